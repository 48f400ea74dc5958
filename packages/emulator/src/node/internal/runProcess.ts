import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { constants } from "node:os"
import type { Job } from "../../Runner.ts"
import type { LogBuffer } from "./LogBuffer.ts"
import { type OutputPipe, outputPipe } from "./outputPipe.ts"

/** The container could not be started, in the words of its log. */
export class StartFailure extends Data.TaggedError("StartFailure")<{
  readonly reason: string
}> {
  /** What Kubernetes reports of such a container. */
  readonly exitCode = 128
  override get message() {
    return `failed to start container: ${this.reason}`
  }
}

export interface ProcessOptions {
  readonly folder: string
  readonly log: LogBuffer
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number
  /** The process groups there are; the job's is among them while its process runs. */
  readonly groups: Set<number>
  readonly onStarted: Effect.Effect<void>
}

/** Little of this process' own environment, so that a session does not see the user's secrets. */
const inherited = ["PATH", "LANG", "LC_ALL", "TZ"]

const environment = (job: Job, folder: string): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = {}
  for (const name of inherited) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  Object.assign(env, { HOME: folder, TMPDIR: folder, USER: job.user, LOGNAME: job.user })
  for (const [name, value] of job.env) env[name] = value
  return env
}

/** Signals all that is left of the child's process group, which may be nothing. */
export const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // there is no such group any more
  }
}

interface Started {
  readonly child: ChildProcess
  readonly pid: number
  readonly pipe: OutputPipe
  /** Settles when the process itself has ended. */
  readonly exited: Promise<number>
}

const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal])

const reasons: Record<string, string> = {
  ENOENT: "executable file not found in $PATH",
  EACCES: "permission denied"
}

const startFailure = (command: string, cause: unknown) => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const reason = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new StartFailure({ reason: `exec: ${JSON.stringify(command)}: ${reason}` })
}

const spawnChild = (job: Job, command: string, pipe: OutputPipe, { folder, groups }: ProcessOptions) =>
  Effect.callback<Started, StartFailure>((resume) => {
    const failed = (cause: unknown) => {
      pipe.read.destroy()
      pipe.write.destroy()
      resume(Effect.fail(startFailure(command, cause)))
    }
    let child: ChildProcess
    try {
      child = spawn(command, job.args, {
        cwd: folder,
        env: environment(job, folder),
        stdio: ["ignore", pipe.write, pipe.write],
        detached: true
      })
    } catch (cause) {
      return failed(cause)
    }
    const { pid } = child
    child.once("error", failed)
    if (pid === undefined) return
    // The child has its own copy; this one would keep the reading end open for ever.
    pipe.write.destroy()
    groups.add(pid)
    const exited = new Promise<number>((resolve) => {
      child.once("exit", (code, signal) => {
        // As in a container, where nothing outlives the first process.
        signalGroup(pid, "SIGKILL")
        groups.delete(pid)
        resolve(exitCodeOf(code, signal))
      })
    })
    resume(Effect.succeed({ child, pid, pipe, exited }))
  })

/** Waits for one or for so many real milliseconds. */
const within = (settled: Effect.Effect<unknown>, millis: number) => {
  const realSleep = Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })
  return Effect.race(settled, realSleep)
}

/** SIGTERM, and SIGKILL for what is still there after a while. */
const endProcess = ({ child, exited, pid, pipe }: Started, grace: number) =>
  Effect.gen(function* () {
    if (child.exitCode !== null || child.signalCode !== null) return
    signalGroup(pid, "SIGTERM")
    const ended = Effect.promise(() => exited)
    yield* within(ended, grace)
    signalGroup(pid, "SIGKILL")
    yield* ended
  }).pipe(Effect.ensuring(Effect.sync(() => pipe.read.destroy())))

/** A process that has left the group may hold on to the output; it is waited for only this long. */
const outputMillis = 500

/** Collects the output; gives the effect that waits for its end. */
const readOutput = ({ pipe: { read } }: Started, log: LogBuffer): Effect.Effect<void> => {
  read.on("data", (chunk: Buffer) => log.append(chunk))
  // Broken or closed: either way there is no more to read.
  read.on("error", () => undefined)
  return Effect.callback<void>((resume) => {
    read.once("close", () => resume(Effect.void))
    if (read.closed) resume(Effect.void)
  })
}

/** Runs the job's process to its end and to the end of its output. When the scope closes the process is ended. */
export const runProcess = Effect.fnUntraced(function* (
  job: Job,
  command: string,
  options: ProcessOptions
): Effect.fn.Return<number, StartFailure, Scope.Scope> {
  const { folder, grace, log, onStarted } = options
  const start = outputPipe(`${folder}.sock`).pipe(
    Effect.mapError((cause) => new StartFailure({ reason: cause.message })),
    Effect.flatMap((pipe) => spawnChild(job, command, pipe, options))
  )
  const started = yield* Effect.acquireRelease(start, (process) => endProcess(process, grace))
  const outputEnd = readOutput(started, log)
  yield* onStarted
  const exitCode = yield* Effect.promise(() => started.exited)
  yield* within(outputEnd, outputMillis)
  return exitCode
})
