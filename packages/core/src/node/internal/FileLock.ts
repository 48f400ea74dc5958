/**
 * A lock that processes share: a file that only one of them can make.
 *
 * Who holds it touches it again and again. So a lock that nobody touches is none, also one of another machine that
 * shares the disk; on the same machine a holder that has crashed is known at once.
 */
import { randomUUID } from "node:crypto"
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync
} from "node:fs"
import { hostname } from "node:os"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { attempt, codeOf, type FileFailure } from "./files.ts"

/** Others had the lock all the time, in milliseconds. */
export class LockTimeout extends Data.TaggedError("LockTimeout")<{ readonly waited: number }> {}

/** A lock that is held. */
export interface Held {
  /** Whether it is still there: a process that sleeps too long loses it. */
  readonly isMine: () => boolean
}

/** How often a holder touches its lock, and after how long without that it is nobody's, in milliseconds. */
const beat = 2000
const silence = 15_000

const readOr = <A>(read: () => A, otherwise: A): A => {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** Where a process' number means something: one container of one machine, since it was started. */
const placeOf = (): string => {
  const boot = readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(), hostname())
  return `${boot} ${readOr(() => readlinkSync("/proc/self/ns/pid"), "")}`
}

/** When a process was started, where the system says it: the 22nd word, counted behind the program's name. */
const startOf = (pid: number): string | null =>
  readOr(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null
  }, null)

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (cause) {
    // It may be somebody else's.
    return codeOf(cause) === "EPERM"
  }
}

/** `id` tells one holding of the lock from the next by the same process. */
const Holder = Schema.fromJsonString(
  Schema.Struct({ place: Schema.String, pid: Schema.Int, started: Schema.NullOr(Schema.String), id: Schema.String })
)

const decodeHolder = Schema.decodeUnknownOption(Holder)
const encodeHolder = Schema.encodeSync(Holder)

/** Whether who wrote this has crashed. Of another machine, or of a lock half written, that is not known. */
const isAbandoned = (text: string): boolean => {
  const holder = decodeHolder(text)
  if (Option.isNone(holder)) return false
  const { pid, place, started } = holder.value
  return place === placeOf() && !(isRunning(pid) && startOf(pid) === started)
}

/** What stands in a lock, and when it was last touched; nothing where there is none. */
const look = (path: string) =>
  readOr(() => ({ text: readFileSync(path, "utf8"), touched: statSync(path).mtimeMs }), undefined)

/** Takes away a lock that is nobody's. If it is another one by the time that it is moved, it is put back. */
const takeAway = (path: string, text: string) =>
  attempt(() => {
    const aside = `${path}.${randomUUID()}`
    try {
      renameSync(path, aside)
    } catch {
      return
    }
    if (readFileSync(aside, "utf8") !== text) readOr(() => linkSync(aside, path), undefined)
    rmSync(aside, { force: true })
  })

/** Makes the lock, or nothing: on a full disk there must not be one that nobody has signed. */
const create = (path: string, text: string): void => {
  const file = openSync(path, "wx", 0o600)
  try {
    writeSync(file, text)
  } catch (cause) {
    rmSync(path, { force: true })
    throw cause
  } finally {
    closeSync(file)
  }
}

/** Whether the lock could be made. */
const make = (path: string, text: string): Effect.Effect<boolean, FileFailure> =>
  attempt(() => create(path, text)).pipe(
    Effect.as(true),
    Effect.catchIf(
      (failure) => failure.code === "EEXIST",
      () => Effect.succeed(false)
    )
  )

const acquire = Effect.fnUntraced(function* (path: string, text: string, patience: number) {
  const began = yield* Clock.currentTimeMillis
  let seen: { readonly text: string; readonly touched: number; readonly at: number } | undefined
  while (!(yield* make(path, text))) {
    const now = yield* Clock.currentTimeMillis
    if (now - began >= patience) return yield* new LockTimeout({ waited: now - began })
    const there = look(path)
    if (there !== undefined) {
      const isSame = seen?.text === there.text && seen.touched === there.touched
      if (seen === undefined || !isSame) seen = { ...there, at: now }
      if (isAbandoned(there.text) || now - seen.at >= silence) yield* takeAway(path, there.text)
    }
    // Only while waiting: a lock that was just made must not be forgotten.
    yield* Effect.interruptible(Effect.sleep(yield* Random.nextIntBetween(5, 25)))
  }
})

/** A lock, how many milliseconds to wait for it, and what it means that it cannot be had. */
export interface LockOptions<E> {
  readonly path: string
  readonly patience: number
  readonly onFailure: (failure: FileFailure | LockTimeout) => E
}

/** Runs something while this process holds the lock. */
export const withLock = <E, A, E2, R>(
  { onFailure, path, patience }: LockOptions<E>,
  use: (held: Held) => Effect.Effect<A, E2, R>
): Effect.Effect<A, E | E2, R> =>
  Effect.suspend(() => {
    const text = encodeHolder({ place: placeOf(), pid: process.pid, started: startOf(process.pid), id: randomUUID() })
    const isMine = () => look(path)?.text === text
    const touch = Effect.map(Clock.currentTimeMillis, (millis) => {
      if (isMine()) readOr(() => utimesSync(path, millis / 1000, millis / 1000), undefined)
    })
    const touching = Effect.repeat(Effect.delay(touch, beat), Schedule.forever)
    return Effect.acquireUseRelease(
      Effect.mapError(acquire(path, text, patience), onFailure),
      () => Effect.scoped(Effect.andThen(Effect.forkScoped(touching), use({ isMine }))),
      () =>
        Effect.sync(() => {
          if (isMine()) rmSync(path, { force: true })
        })
    )
  })
