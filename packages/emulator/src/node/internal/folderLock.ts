import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** The lock could not be had. `code` is the system's. */
export class LockFailure extends Data.TaggedError("LockFailure")<{
  readonly reason: string
  readonly code: string | undefined
}> {}

const attempt = <A>(run: () => A): Effect.Effect<A, LockFailure> =>
  Effect.try({
    try: run,
    catch: (cause) =>
      cause instanceof Error
        ? new LockFailure({ reason: cause.message, code: "code" in cause ? String(cause.code) : undefined })
        : new LockFailure({ reason: String(cause), code: undefined })
  })

/** `started` tells a process from a later one of the same number, where the system says when a process started. */
const Holder = Schema.Struct({ pid: Schema.Int, started: Schema.NullOr(Schema.String) })
type Holder = typeof Holder.Type

/** Only Linux says it in a file: in clock ticks since the system's start, 19 words after the program's state. */
const startOf = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null
  } catch {
    return null
  }
}

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    // It may be somebody else's.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}

const readHolder = (path: string) =>
  Effect.flatMap(
    attempt(() => readFileSync(path, "utf8")),
    Schema.decodeEffect(Schema.fromJsonString(Holder))
  )

/** Real milliseconds; a lock is there a moment before its text is. */
const writingMillis = 50

/** Refuses if who left this lock is still alive. A lock that stays unreadable is nobody's. */
const checkHolder = (path: string): Effect.Effect<void, LockFailure> =>
  readHolder(path).pipe(
    Effect.catch(() =>
      Effect.andThen(
        Effect.promise(() => sleep(writingMillis)),
        readHolder(path)
      )
    ),
    Effect.option,
    Effect.flatMap((holder) => {
      if (holder._tag === "None") return Effect.void
      const { pid, started } = holder.value
      const isAlive = exists(pid) && (started === null || startOf(pid) === started)
      return isAlive
        ? Effect.fail(new LockFailure({ reason: `process ${pid} is using it`, code: undefined }))
        : Effect.void
    })
  )

const write = (path: string) => {
  const holder: Holder = { pid: process.pid, started: startOf(process.pid) }
  return attempt(() => writeFileSync(path, JSON.stringify(holder), { flag: "wx", mode: 0o600 }))
}

/**
 * Takes away what a crash has left. By another name first, which only one of several can give it; if it turns out to be
 * a new lock by now it is put back.
 */
const removeStale = (path: string) => {
  const aside = `${path}.${process.pid}`
  return attempt(() => renameSync(path, aside)).pipe(
    Effect.andThen(Effect.tapError(checkHolder(aside), () => attempt(() => renameSync(aside, path)))),
    Effect.andThen(attempt(() => rmSync(aside)))
  )
}

const acquire = Effect.fnUntraced(function* (path: string) {
  const first = yield* Effect.result(write(path))
  if (first._tag === "Success") return
  if (first.failure.code !== "EEXIST") return yield* first.failure
  yield* checkHolder(path)
  yield* removeStale(path)
  yield* write(path)
})

/** The folder is this process' own for as long as the scope is open. The lock of a process that has crashed is none. */
export const lockFolder = (folder: string) => {
  const path = join(folder, "lock")
  return Effect.acquireRelease(acquire(path), () => Effect.ignore(attempt(() => rmSync(path, { force: true }))))
}
