/**
 * Looking at sessions again and again until each is what it is waited for.
 */
import type { SkahaError } from "@skaha/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { BulkExecutor } from "../../BulkExecutor.ts"
import type { Session } from "../../Session.ts"
import type { WaitOptions } from "../../Waiting.ts"
import type { Lookout } from "./lookout.ts"
import { monotonicMillis } from "../monotonicMillis.ts"
import { Observer } from "../observer.ts"
import { endsLooking, type Confirm } from "./unlisted.ts"

/** A session that is waited for. */
export interface Awaited {
  readonly id: string
  /** Its place among those that are waited for together. */
  readonly index: number
  /** The last status seen. */
  status: string | undefined
  /** What keeps it from being what it is waited for, where that is not the session itself. */
  trouble: string | undefined
}

/** What came of waiting for one session. */
export type Verdict<A> = Result.Result<A, SkahaError>

/** What is waited for. */
export interface Goal<A> {
  /** What it means that a session is there, as it is; `undefined` to wait on. */
  readonly seen: (session: Session, awaited: Awaited) => Verdict<A> | undefined
  /** What it means that there is no such session. */
  readonly gone: (missing: SkahaError) => Verdict<A>
}

/**
 * Says when to look next: milliseconds from now, or at the pace that all share, but within some; `undefined` when it is
 * over.
 */
export type Pace = Effect.Effect<{ readonly after?: number; readonly within?: number } | undefined>

/** Milliseconds between two looks, at least; and between the last look and the end of the time, where there is one. */
const shortest = 1000

/** Seconds to wait at most, where nobody says otherwise. */
export const longest = 3600

/** Whether there is only time for one look: it is not cut off then, but has the limits of its requests. */
export const looksOnce = ({ timeout = longest }: WaitOptions): boolean => timeout * 1000 <= shortest

/** Makes the pace of one wait: at once, and then as its options say. */
export const makePace = Effect.fnUntraced(function* (options: WaitOptions): Effect.fn.Return<Pace> {
  const { schedule, timeout = longest } = options
  const end = (yield* monotonicMillis) + timeout * 1000
  const step = schedule === undefined ? undefined : yield* Schedule.toStep(schedule)
  let isFirst = true
  return Effect.suspend((): Pace => {
    if (isFirst) {
      isFirst = false
      return Effect.succeed({ after: 0 })
    }
    if (looksOnce(options)) return Effect.undefined
    if (step === undefined) {
      return Effect.map(monotonicMillis, (now) => {
        const left = end - shortest - now
        return left > 0 ? { within: left } : {}
      })
    }
    // By the clock that never jumps, for schedules that look at the time.
    return Effect.flatMap(monotonicMillis, (now) => step(now, undefined)).pipe(
      Effect.map(([, delay]) => ({ after: Math.max(shortest, Duration.toMillis(delay)) })),
      Pull.catchDone(() => Effect.undefined)
    )
  })
})

/** Takes the sessions that have their verdict out of `open`, and tells it; returns when all have, or the pace is over. */
export type LookFor = <A>(
  operation: string,
  open: Set<Awaited>,
  goal: Goal<A>,
  pace: Pace,
  settle: (awaited: Awaited, verdict: Verdict<A>) => void
) => Effect.Effect<void>

/** Makes what looks, together with all others who do. */
export const makeLookFor = (confirm: Confirm, executor: BulkExecutor["Service"], lookout: Lookout): LookFor => {
  /** Reads what is not listed, once each. These reads are part of a look: the next one is their repeat. */
  const readEach = (
    operation: string,
    ids: Iterable<string>,
    take: (id: string, read: Verdict<Session>) => void
  ): Effect.Effect<void> =>
    executor
      .run([...ids], (id) => Effect.map(Effect.result(confirm(operation, id)), (read) => take(id, read)))
      .pipe(Effect.provideService(Observer, undefined))

  return Effect.fnUntraced(function* <A>(
    operation: string,
    open: Set<Awaited>,
    goal: Goal<A>,
    pace: Pace,
    settle: (awaited: Awaited, verdict: Verdict<A>) => void
  ) {
    const decide = (awaited: Awaited, verdict: Verdict<A> | undefined) => {
      if (verdict === undefined) return
      open.delete(awaited)
      settle(awaited, verdict)
    }
    const judge = (awaited: Awaited, session: Session) => {
      awaited.status = session.status
      awaited.trouble = undefined
      decide(awaited, goal.seen(session, awaited))
    }
    const judgeFailure = (awaited: Awaited, failure: SkahaError) => {
      if (endsLooking(failure)) decide(awaited, Result.fail(failure))
      else awaited.trouble = failure.message
    }

    while (open.size > 0) {
      const next = yield* pace
      if (next === undefined) return
      const look = yield* Effect.result(yield* lookout.look(operation, next.after, next.within))
      if (Result.isFailure(look)) {
        for (const awaited of open) judgeFailure(awaited, look.failure)
        continue
      }
      const missing = new Map<string, Array<Awaited>>()
      for (const awaited of open) {
        const session = look.success.find(awaited.id)
        if (session !== undefined) judge(awaited, session)
        else {
          const same = missing.get(awaited.id)
          if (same === undefined) missing.set(awaited.id, [awaited])
          else same.push(awaited)
        }
      }
      if (missing.size === 0) continue
      yield* readEach(operation, missing.keys(), (id, read) => {
        for (const awaited of missing.get(id) ?? []) {
          if (Result.isSuccess(read)) judge(awaited, read.success)
          else if (read.failure._tag === "SessionNotFound") decide(awaited, goal.gone(read.failure))
          else judgeFailure(awaited, read.failure)
        }
      })
    }
  })
}
