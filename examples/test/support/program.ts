/**
 * Programs run as a user would run them: in a process of their own, with an environment of their own.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../..")

/** Everything of this environment that could send a program to a real platform, or colour its output, is left out. */
const environment = (variables: Record<string, string>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SKAHA_|NO_COLOR|FORCE_COLOR)/.test(name))),
  ...variables
})

export interface Program {
  readonly out: () => string
  readonly err: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  /** Waits for a text on stdout, or for the end of the program. */
  readonly shows: (text: string) => Effect.Effect<void>
  /** The exit code, once there is one. */
  readonly code: Effect.Effect<number | null>
}

/** Starts a program of the repository; it is ended with the scope. */
export const start = (
  file: string,
  variables: Record<string, string> = {},
  args: ReadonlyArray<string> = []
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--import", "tsx", join(root, file), ...args], {
        cwd: root,
        env: environment(variables),
        stdio: ["ignore", "pipe", "pipe"]
      })
      let out = ""
      let err = ""
      let open = true
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk))
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk))
      const closed = new Promise<number | null>((resolve) =>
        child.once("close", (code) => {
          open = false
          resolve(code)
        })
      )
      const shows = (text: string): Effect.Effect<void> =>
        Effect.suspend(() => (out.includes(text) || !open ? Effect.void : Effect.delay(shows(text), "20 millis")))
      return {
        out: () => out,
        err: () => err,
        kill: (signal: NodeJS.Signals) => void child.kill(signal),
        shows,
        code: Effect.promise(() => closed)
      }
    }),
    (program) => {
      program.kill("SIGTERM")
      return program.code
    }
  )

/** Runs a program to its end. */
export const run = Effect.fnUntraced(function* (
  file: string,
  variables: Record<string, string> = {},
  args: ReadonlyArray<string> = []
) {
  const program = yield* start(file, variables, args)
  const code = yield* program.code
  return { code, out: program.out(), err: program.err() }
}, Effect.scoped)

/** An address on which nothing listens: ports below 1024 are not given to programs by chance. */
export const nowhere = "http://127.0.0.1:9/skaha"
