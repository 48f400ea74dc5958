/**
 * One look at the caller's sessions for all who wait or watch.
 */
import { CallTimeout, ReplyObserver, RetryBudget, RetryPolicy, type SkahaError } from "@skaha/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { monotonicMillis } from "../monotonicMillis.ts"
import { Observer } from "../observer.ts"
import type { Listed, SharedLists } from "../lists/listing.ts"
import { told } from "../lists/shared.ts"

/** What a look gave: the list, or why there is none. */
export type Look = Exit.Exit<Listed, SkahaError>

/** Milliseconds between the beginnings of two looks, at least. */
const tick = 1000

/** Milliseconds after which it is looked again, where nobody wants it otherwise and nothing changes. */
const slowest = 15_000

/** By so much the looks become rarer while nothing changes. */
const slowing = 1.25

/** Somebody who wants to look. */
interface Waiter {
  /** When, in milliseconds of a clock that never jumps; `undefined` when it is all the same. */
  readonly due: number | undefined
  /** When at the latest. */
  readonly by: number
  readonly answer: Deferred.Deferred<Look>
}

/** Looks at the caller's sessions, together with all others who look. */
export interface Lookout {
  /**
   * The next look that begins from now on: after so many milliseconds, or sooner when somebody else wants to look, but
   * never within a second of the last one. Without `after` it is looked at the pace that all share, which slows down
   * while nothing changes or nothing comes, but `within` so many milliseconds where that is given; who looks at once (0) is
   * new, and lets the pace begin anew. It never fails: what has failed is told as it is.
   */
  readonly look: (operation: string, after?: number, within?: number) => Effect.Effect<Look>
}

/** The status of each session: what tells whether anything has changed between two lists. */
const statusesOf = ({ sessions }: Listed): ReadonlyMap<string, string> =>
  new Map(sessions.map(({ appId = "", id, status }) => [`${id} ${appId}`, status]))

const areSame = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean => {
  if (one.size !== other.size) return false
  for (const [key, status] of one) if (other.get(key) !== status) return false
  return true
}

/** Makes the one lookout that all share. It looks only while somebody waits for it. */
export const makeLookout = (lists: SharedLists): Lookout => {
  const waiters = new Set<Waiter>()
  /** When the last look began or, once it is over, ended. */
  let last = Number.NEGATIVE_INFINITY
  let pace = tick
  let seen: ReadonlyMap<string, string> = new Map()
  /** Whether somebody looks, and who: the second is known a little later. */
  let isLooking = false
  let fiber: Fiber.Fiber<void> | undefined
  /** Until when it is slept, and what ends that when somebody wants to look sooner. */
  let planned = Number.POSITIVE_INFINITY
  let wake: Deferred.Deferred<void> = Deferred.makeUnsafe()

  const wishOf = ({ by, due }: Waiter): number => Math.max(due ?? Math.min(last + pace, by), last + tick)

  const lookOnce = Effect.fnUntraced(function* (operation: string) {
    const answered = [...waiters]
    last = yield* monotonicMillis
    const look = yield* Effect.exit(lists.whole(operation))
    // Anew: it may have waited for its turn, and have been sent just now.
    last = yield* monotonicMillis
    const statuses = Exit.isSuccess(look) ? statusesOf(look.value) : seen
    pace = areSame(statuses, seen) ? Math.min(pace * slowing, slowest) : tick
    seen = statuses
    for (const waiter of answered) {
      if (waiters.delete(waiter)) Deferred.doneUnsafe(waiter.answer, Exit.succeed(look))
    }
  })

  const run = Effect.fnUntraced(function* (operation: string) {
    for (;;) {
      if (waiters.size === 0) {
        // In the same breath: whoever comes next starts anew.
        isLooking = false
        fiber = undefined
        return
      }
      const now = yield* monotonicMillis
      planned = Number.POSITIVE_INFINITY
      for (const waiter of waiters) planned = Math.min(planned, wishOf(waiter))
      if (planned > now) {
        wake = Deferred.makeUnsafe()
        // Whole milliseconds: a timer may not know shorter ones, and would be set again and again.
        yield* Effect.race(Effect.sleep(Math.ceil(planned - now)), Deferred.await(wake))
      } else {
        yield* lookOnce(operation)
        // Who was answered may want to look again at once, and is to find the others still here.
        yield* Effect.yieldNow
      }
    }
  })

  const start = (operation: string) =>
    Effect.map(
      run(operation).pipe(
        // It belongs to nobody: not to the limits, the observers and the repeats of who happened to be first.
        Effect.provideService(CallTimeout, undefined),
        Effect.provideService(ReplyObserver, undefined),
        Effect.provideService(Observer, undefined),
        Effect.provideService(RetryPolicy, RetryPolicy.none),
        Effect.provideService(RetryBudget, undefined),
        Effect.forkDetach
      ),
      (looking) => {
        fiber = looking
      }
    )

  /** Who has been answered is gone already; the last who gives up ends the looking. */
  const leave = (waiter: Waiter) =>
    Effect.suspend(() => {
      if (!waiters.delete(waiter) || waiters.size > 0 || fiber === undefined) return Effect.void
      const looking = fiber
      isLooking = false
      fiber = undefined
      return Fiber.interrupt(looking)
    })

  return {
    look: (operation, after, within = Number.POSITIVE_INFINITY) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const now = yield* monotonicMillis
          const due = after === undefined ? undefined : now + after
          const waiter: Waiter = { due, by: now + within, answer: Deferred.makeUnsafe() }
          waiters.add(waiter)
          if (after === 0) pace = tick
          if (!isLooking) {
            // Before the fork: others may come in the middle of it.
            isLooking = true
            yield* start(operation)
          } else if (wishOf(waiter) < planned) Deferred.doneUnsafe(wake, Exit.void)
          const look = yield* restore(Deferred.await(waiter.answer)).pipe(Effect.ensuring(leave(waiter)))
          return Exit.mapError(look, told(operation))
        })
      )
  }
}
