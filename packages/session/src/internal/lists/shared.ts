/**
 * Reads that are under way, shared by all who want the same at the same time.
 */
import { CallTimeout, ReplyObserver, RetryPolicy, SkahaError, type ReplyInfo } from "@skaha/core"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"

/** Who waits for a read. */
interface Waiter {
  readonly operation: string
  readonly observe: ((reply: ReplyInfo) => void) | undefined
  /** With its loggers. */
  readonly services: Context.Context<never>
}

/** Tells who waits of a reply. An observer that throws must not harm the others. */
const tell = ({ observe, operation, services }: Waiter, reply: ReplyInfo): void => {
  try {
    observe?.({ ...reply, operation })
  } catch (cause) {
    Effect.runForkWith(services)(Effect.logWarning(`${operation}: the observer of replies failed`, cause))
  }
}

/** A read that is under way. */
interface Reading<A> {
  readonly key: string
  /** How many writes had ended when it was asked for. */
  readonly writes: number
  readonly policy: RetryPolicy
  readonly waiters: Set<Waiter>
  /** The replies so far: who joins later hears of them, too. */
  readonly replies: Array<ReplyInfo>
  readonly answer: Deferred.Deferred<A, SkahaError>
  fiber?: Fiber.Fiber<A, SkahaError>
}

/**
 * Joins a read that is under way under one of the `keys`; where there is none, reads under the first. What it fails
 * with, and the replies that an observer is told of, are those of the caller's `operation`.
 */
export type Share<A> = (
  operation: string,
  keys: readonly [string, ...ReadonlyArray<string>],
  read: Effect.Effect<A, SkahaError>
) => Effect.Effect<A, SkahaError>

/**
 * Makes what shares reads. One is joined only if no write has ended since it was asked for, and only by callers with
 * the same `CallTimeout` and `RetryPolicy`; nothing is kept once it is answered. It goes on as long as anyone waits for it, in the span
 * and with the loggers of who asked first, and is aborted when the last one is interrupted.
 */
export const makeShared = <A>(writes: Effect.Effect<number>): Share<A> => {
  const underWay = new Map<string, Reading<A>>()

  const forget = (reading: Reading<A>) => {
    // After a write another one may have taken its place.
    if (underWay.get(reading.key) === reading) underWay.delete(reading.key)
  }

  /** Reads for all who wait. */
  const run = (reading: Reading<A>, read: Effect.Effect<A, SkahaError>) =>
    read.pipe(
      Effect.provideService(ReplyObserver, (reply) => {
        reading.replies.push(reply)
        // An observer that several have in common is told once.
        const waiters = new Map([...reading.waiters].map((waiter) => [waiter.observe, waiter]))
        waiters.forEach((waiter) => tell(waiter, reply))
      }),
      Effect.onExit((exit) => {
        forget(reading)
        return Deferred.done(reading.answer, exit)
      })
    )

  const catchUp = ({ replies, waiters }: Reading<A>, waiter: Waiter) => {
    const wasTold = [...waiters].some(({ observe }) => observe === waiter.observe)
    if (!wasTold) replies.forEach((reply) => tell(waiter, reply))
  }

  const leave = (reading: Reading<A>, waiter: Waiter) =>
    Effect.suspend(() => {
      reading.waiters.delete(waiter)
      if (reading.waiters.size > 0 || reading.fiber === undefined) return Effect.void
      forget(reading)
      return Fiber.interrupt(reading.fiber)
    })

  return (operation, keys, read) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const timeout = yield* CallTimeout
        const policy = yield* RetryPolicy
        const waiter = { operation, observe: yield* ReplyObserver, services: yield* Effect.context() }
        const ended = yield* writes
        const candidates = keys.map((key) => underWay.get(keyFor(key, timeout)))
        let reading = candidates.find((candidate) => candidate?.writes === ended && candidate.policy === policy)
        if (reading === undefined) {
          reading = {
            key: keyFor(keys[0], timeout),
            writes: ended,
            policy,
            waiters: new Set([waiter]),
            replies: [],
            answer: Deferred.makeUnsafe()
          }
          underWay.set(reading.key, reading)
          reading.fiber = yield* Effect.forkDetach(run(reading, read))
        } else {
          if (reading.replies.length > 0) catchUp(reading, waiter)
          reading.waiters.add(waiter)
        }
        return yield* restore(Deferred.await(reading.answer)).pipe(
          Effect.mapError(told(operation)),
          Effect.ensuring(leave(reading, waiter))
        )
      })
    )
}

const keyFor = (key: string, timeout: number | undefined): string => `${timeout} ${key}`

/** The same failure, of another operation. */
export const told =
  (operation: string) =>
  (error: SkahaError): SkahaError =>
    error.operation === operation
      ? error
      : Schema.decodeSync(SkahaError)({ ...Schema.encodeSync(SkahaError)(error), operation })
