/**
 * How far bulk operations have got: for a progress bar, or a line that says how long it will take.
 *
 * Whatever runs many at once within an effect is counted, also one thing after another and beside each other: the
 * lists and the streams of `Sessions`, the replicas of `create`, `saveLogs`, and what runs on the `BulkExecutor`. Where
 * nobody follows, nothing is counted.
 */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Observer } from "./internal/observer.ts"
import type { Outcome } from "./Outcome.ts"

/** How far the bulk operations of an effect have got. */
export interface Progress {
  /** How many inputs have their outcome, whether it is a value or an error. */
  readonly done: number
  /** How many of these are errors. */
  readonly failed: number
  /**
   * How many inputs there are, of all bulk operations that have begun. `undefined` while the size of a stream is
   * unknown: that of a generator, until it has ended. What ended early has the size that it got to.
   */
  readonly total: number | undefined
  /** Bytes that came: of texts, such as logs, their length as UTF-8; of files what was written; of others 0. */
  readonly bytes: number
  /** Seconds since the effect began. */
  readonly seconds: number
  /** Outcomes a second: over the last 10 seconds, or over the last quarter of the time where that is longer. */
  readonly rate: number
  /** Seconds that the rest takes at this rate; `undefined` where the total is unknown or nothing comes. */
  readonly remaining: number | undefined
}

/** Milliseconds between two reports. */
const interval = 100

/** Seconds that the rate is taken over, after so many. */
const windowAfter = (seconds: number) => Math.max(10, seconds / 4)

const utf8 = new TextEncoder()

/** The bytes that came with a value. */
const bytesOf = (value: unknown): number => {
  if (typeof value === "string") return utf8.encode(value).length
  if (!Predicate.hasProperty(value, "bytes") || typeof value.bytes !== "number") return 0
  // What was there already did not come.
  return Predicate.hasProperty(value, "resumed") && value.resumed === true ? 0 : value.bytes
}

/** Counts the outcomes of bulk operations. */
class Tally implements Observer {
  #done = 0
  #failed = 0
  #bytes = 0
  /** The sizes that are known, and how many operations there are whose size is not. */
  #known = 0
  #unknown = 0
  /** What was done when: the first is the last one before the window. */
  readonly #past: Array<{ readonly seconds: number; readonly done: number }> = [{ seconds: 0, done: 0 }]

  begin(size: number | undefined) {
    let settled = 0
    if (size === undefined) this.#unknown++
    else this.#known += size
    return {
      settled: ({ result }: Outcome<unknown>) => {
        settled++
        this.#done++
        if (Result.isFailure(result)) this.#failed++
        else this.#bytes += bytesOf(result.success)
      },
      end: () => {
        if (size === undefined) this.#unknown--
        this.#known += settled - (size ?? 0)
      }
    }
  }

  /** How far it is after so many seconds. */
  after(seconds: number): Progress {
    const done = this.#done
    const total = this.#unknown === 0 ? this.#known : undefined
    const rate = this.#rate(seconds, done)
    const left = total === undefined ? undefined : total - done
    return {
      done,
      failed: this.#failed,
      total,
      bytes: this.#bytes,
      seconds,
      rate,
      remaining: left === 0 ? 0 : left === undefined || rate === 0 ? undefined : left / rate
    }
  }

  #rate(seconds: number, done: number): number {
    const past = this.#past
    const window = windowAfter(seconds)
    while (past[1] !== undefined && past[1].seconds <= seconds - window) past.shift()
    const from = past[0] ?? { seconds: 0, done: 0 }
    // Of a longer window fewer moments are kept: some hundred of each.
    if (seconds - (past.at(-1)?.seconds ?? 0) >= window / 100) past.push({ seconds, done })
    return seconds > from.seconds ? (done - from.done) / (seconds - from.seconds) : 0
  }
}

/** Tells both, where there are two: an effect may be followed within one that is. */
const both = (inner: Observer, outer: Observer | undefined): Observer =>
  outer === undefined
    ? inner
    : {
        begin: (size) => {
          const observations = [inner.begin(size), outer.begin(size)]
          return {
            settled: (outcome) => observations.forEach(({ settled }) => settled(outcome)),
            end: () => observations.forEach(({ end }) => end())
          }
        }
      }

/** Runs an effect, and tells of its bulk operations every 100 ms and when it has ended, however it ends. */
const telling = Effect.fnUntraced(function* <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  tell: (progress: Progress) => Effect.Effect<unknown>
) {
  const tally = new Tally()
  const observer = both(tally, yield* Observer)
  const start = yield* Clock.monotonicTimeNanos
  const now = Effect.flatMap(Clock.monotonicTimeNanos, (nanos) => tell(tally.after(Number(nanos - start) / 1e9)))
  return yield* Effect.acquireUseRelease(
    Effect.forkChild(Effect.forever(Effect.delay(now, interval)), { startImmediately: true }),
    () => Effect.provideService(effect, Observer, observer),
    (ticking) => Effect.andThen(Fiber.interrupt(ticking), now)
  )
})

/**
 * Runs an effect, and calls a function with the progress of its bulk operations: every 100 milliseconds while it runs,
 * and once when it has ended, however it ends.
 *
 * The function is not waited for. If it throws, or the promise it gives is rejected, that is reported to the logger,
 * and it is not called again; the effect goes on.
 *
 * @example
 * ```ts
 * import { Progress, Sessions } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * const logs = (ids: ReadonlyArray<string>) =>
 *   Sessions.use((sessions) => sessions.logs(ids)).pipe(
 *     Progress.observe(({ done, total, remaining }) => {
 *       console.error(`${done} of ${total ?? "?"}, ${remaining?.toFixed(0) ?? "?"} s left`)
 *     })
 *   )
 * ```
 */
export const observe: {
  (onProgress: (progress: Progress) => void): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, onProgress: (progress: Progress) => void): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(effect: Effect.Effect<A, E, R>, onProgress: (progress: Progress) => void): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      let broken = false
      return telling(effect, (progress) =>
        broken
          ? Effect.void
          : Effect.forkDetach(
              // A function that is to give nothing may give a promise all the same.
              Effect.tryPromise(async () => onProgress(progress)).pipe(
                Effect.catch(({ cause }) => {
                  broken = true
                  return Effect.logWarning("the progress cannot be told: its function failed", cause)
                })
              ),
              { startImmediately: true }
            )
      )
    })
)

/** An effect that runs, and what is to be seen of it. */
export interface Followed<A, E> {
  /**
   * The progress every 100 milliseconds, and when the effect has ended, with which the stream ends. Who takes it slowly
   * gets the latest. It is there once: two that take it share it.
   */
  readonly progress: Stream.Stream<Progress>
  /** Waits for the effect, and gives what comes of it. */
  readonly result: Effect.Effect<A, E>
}

/**
 * Starts an effect, and gives the progress of its bulk operations as a stream beside its result. It runs as long as the
 * scope: when that closes, what is not done yet is interrupted.
 *
 * @example
 * ```ts
 * import { Progress, Sessions } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const logs = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
 *   const sessions = yield* Sessions
 *   const { progress, result } = yield* Progress.follow(sessions.logs(ids))
 *   yield* Stream.runForEach(progress, ({ done, total }) => Effect.log(`${done} of ${total}`))
 *   return yield* result
 * }, Effect.scoped)
 * ```
 */
export const follow = Effect.fnUntraced(function* <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.fn.Return<Followed<A, E>, never, R | Scope.Scope> {
  // Only the latest counts.
  const latest = yield* Queue.sliding<Progress, Cause.Done>(1)
  const fiber = yield* Effect.forkScoped(telling(effect, (progress) => Queue.offer(latest, progress)))
  // Not a finalizer of the effect: one that is interrupted before its first step has none.
  fiber.addObserver(() => Queue.endUnsafe(latest))
  return { progress: Stream.fromQueue(latest), result: Fiber.join(fiber) }
})
