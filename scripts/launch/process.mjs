import { spawn } from "node:child_process"
import { root } from "./paths.mjs"

/** An error that is told to the user as it is, without a stack. */
export class Failure extends Error {
  constructor(message, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"]

/**
 * Waits for a child, and passes on the signals that reach the launcher alone. A Ctrl-C does not: the terminal sends it
 * to every process of the group, and a second one would read as "now, at once".
 */
const ended = (child, onSignal) =>
  new Promise((resolve, reject) => {
    const forward = (signal) => {
      onSignal?.(signal)
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal)
    }
    const settle = (done, value) => {
      for (const signal of signals) process.removeListener(signal, forward)
      done(value)
    }
    for (const signal of signals) process.on(signal, forward)
    child.on("error", (error) => settle(reject, error))
    child.on("close", (code, signal) => settle(resolve, { code, signal }))
  })

/** Runs the task itself: it has the terminal, and its exit is the launcher's. */
export const runTask = (command, args, env) =>
  ended(spawn(command, args, { cwd: root, env, stdio: "inherit" })).catch((error) => {
    throw new Failure(`Could not run ${command}: ${error.message}`, 127)
  })

const isStackLine = (line) => /^(npm error)?\s+at /.test(line)

const lastLines = (output) =>
  output
    .trimEnd()
    .split("\n")
    .filter((line) => !isStackLine(line))
    .slice(-15)
    .map((line) => `  | ${line}`)
    .join("\n")

/** Runs a step of the preparation. What it prints is shown only when it fails, with a hint on what to do. */
export const runStep = async (what, advice, command, args, { onStart, ...options }) => {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options })
  if (child.pid !== undefined) onStart?.(child.pid)
  let output = ""
  const collect = (chunk) => (output = (output + chunk).slice(-16_384))
  child.stdout.on("data", collect)
  child.stderr.on("data", collect)
  let interrupted
  const { code, signal } = await ended(child, (received) => (interrupted = received)).catch((error) => {
    throw new Failure(`${what} failed: ${error.message}\n${advice}`)
  })
  if (interrupted !== undefined) throw new Failure(`${what} was interrupted.`, interrupted === "SIGINT" ? 130 : 143)
  if (code === 0) return
  throw new Failure(`${what} failed (${signal ?? `code ${code}`}):\n${lastLines(output)}\n${advice}`)
}
