import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Job, type JobState, Runner } from "../Runner.ts"
import { StateStore } from "../StateStore.ts"
import { cleanUpOnExit } from "./internal/cleanUpOnExit.ts"
import { LogBuffer } from "./internal/LogBuffer.ts"
import { runProcess, StartFailure } from "./internal/runProcess.ts"

/** How headless sessions are run as processes. */
export interface ProcessRunnerOptions {
  /**
   * How long a process that is to end has from SIGTERM to SIGKILL. Default 2 seconds, by the real clock: a process
   * knows nothing of a `TestClock`.
   */
  readonly grace?: Duration.Input | undefined
  /** How much of a session's output is kept, in bytes: its beginning. Default 16 MiB. */
  readonly logLimit?: number | undefined
}

/** A folder for as long as the scope is open. */
const folder = (make: () => Promise<string>) =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: make, catch: (cause) => new StartFailure({ reason: String(cause) }) }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true, maxRetries: 3 }))
  )

const makeRunner = Effect.fnUntraced(function* (options: ProcessRunnerOptions) {
  const grace = Duration.toMillis(options.grace ?? "2 seconds")
  const logLimit = options.logLimit ?? 16 * 1024 * 1024
  const clock = yield* Clock.Clock
  // In this order: at the end all processes are ended first, and then the folder is empty.
  const root = yield* Effect.orDie(folder(() => mkdtemp(join(tmpdir(), "skaha-emulator-"))))
  const groups = new Set<number>()
  yield* cleanUpOnExit(root, groups)
  const fork = yield* FiberSet.makeRuntime()
  const state = yield* StateStore
  const write = Effect.runForkWith(yield* Effect.context())

  const runJob = Effect.fnUntraced(function* (
    job: Job,
    log: LogBuffer,
    moveTo: (state: JobState) => void,
    started: Effect.Effect<void>
  ) {
    yield* Effect.sleep(Math.max(0, job.startsAt - clock.currentTimeMillisUnsafe()))
    const path = join(root, job.id)
    const since = clock.currentTimeMillisUnsafe()
    const exited = (at: number, exitCode: number): JobState => ({ _tag: "Exited", since, at, exitCode })
    const onStarted = Effect.andThen(
      Effect.sync(() => moveTo({ _tag: "Running", since })),
      started
    )
    if (job.cmd === undefined) {
      log.append("no cmd: the entry point of an image cannot be run here\n")
      return exited(since, 0)
    }
    const ending = Effect.andThen(
      folder(() => mkdir(path).then(() => path)),
      runProcess(job, job.cmd, { folder: path, log, grace, groups, onStarted })
    )
    const exitCode = yield* Effect.catch(ending, (failure) => {
      log.append(`${failure.message}\n`)
      return Effect.succeed(failure.exitCode)
    })
    return exited(clock.currentTimeMillisUnsafe(), exitCode)
  }, Effect.scoped)

  return Runner.of({
    start: (job, report) =>
      Effect.sync(() => {
        const log = new LogBuffer(logLimit, (output) => write(state.append(job.id, output)))
        let current: JobState = { _tag: "Waiting" }
        let destroyed = false
        const moveTo = (next: JobState) => {
          current = next
        }
        // A job that is interrupted without having been destroyed ends with this runner: there is no platform any more.
        const ended = Effect.suspend(() => (destroyed || current._tag === "Exited" ? report.ended : Effect.void))
        let fiber: Fiber.Fiber<void> | undefined = fork(
          // Nobody sees the end before all of it has happened: what is left of the job is gone, and it is reported.
          Effect.ensuring(Effect.map(runJob(job, log, moveTo, report.started), moveTo), ended)
        )
        // What has ended is remembered long after; its fiber need not be.
        fiber.addObserver(() => {
          fiber = undefined
        })
        return {
          endsAt: undefined,
          state: () => current,
          log: () => Effect.sync(() => log.bytes()),
          destroy: Effect.sync(() => {
            destroyed = true
            fiber?.interruptUnsafe()
          })
        }
      })
  })
})

/**
 * Headless sessions as child processes of this one: `cmd` with `args` and `env`, without a shell.
 *
 * Every process has a folder of its own, which is its working directory, `HOME` and `TMPDIR` and goes with it. It leads
 * a process group, and what is left of the group when it ends, or when its session is destroyed, is killed. Needs a
 * system with process groups: Linux or macOS.
 *
 * A session without `cmd` would run its image's own entry point: there is none here, so it succeeds at once.
 */
export const ProcessRunner = {
  /** Closing the layer's scope ends all processes and removes all folders. */
  layer: (options: ProcessRunnerOptions = {}): Layer.Layer<Runner> => Layer.effect(Runner, makeRunner(options))
}
