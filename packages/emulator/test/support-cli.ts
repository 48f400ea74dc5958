import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import { join } from "node:path"

const main = join(import.meta.dirname, "../src/node/main.ts")

export interface Program {
  readonly lines: () => ReadonlyArray<string>
  readonly errors: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Effect.Effect<number | null>
}

/** The program itself, in a process of its own. */
export const start = (...args: ReadonlyArray<string>): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
      let output = ""
      let errors = ""
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()))
      const closed = new Promise<number | null>((resolve) => child.once("close", resolve))
      return {
        lines: () => output.split("\n"),
        errors: () => errors,
        kill: (signal: NodeJS.Signals) => void child.kill(signal),
        ended: Effect.promise(() => closed)
      }
    }),
    (program) => {
      program.kill("SIGTERM")
      return program.ended
    }
  )

const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.delay(until(holds), "10 millis")))

const listening = /^listening on (https?:\/\/127\.0\.0\.1:(\d+)\/skaha)$/

export const started = Effect.fnUntraced(function* (program: Program) {
  yield* until(() => program.lines().length > 3)
  const [, url = "", port = ""] = listening.exec(program.lines()[0] ?? "") ?? []
  return { url, port }
})
