/**
 * Keeping sessions alive, or only as long as they are needed.
 */
import { isAboutCredentials, type PlatformClient, type SkahaError } from "@skaha/core"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { BulkExecutor } from "../BulkExecutor.ts"
import type { Created, Creating } from "../Creating.ts"
import type { KeepingAlive } from "../KeepingAlive.ts"
import type { Session } from "../Session.ts"
import type { SessionSpec } from "../SessionSpec.ts"
import { destroyAll } from "./destroyAll.ts"
import { checkId, withCheckedId } from "./each.ts"
import { monotonicMillis } from "./monotonicMillis.ts"
import { hasEnded } from "./looking/unlisted.ts"
import { Observer } from "./observer.ts"
import { readOne } from "./lists/reading.ts"
import { spanned } from "./spanned.ts"

/** What keeping alive needs. */
export interface KeepingAliveParts {
  readonly client: PlatformClient["Service"]
  readonly executor: BulkExecutor["Service"]
  readonly create: Creating["create"]
  /** Renews one session, in the name of an operation. */
  readonly renewOne: (operation: string) => (id: string) => Effect.Effect<void, SkahaError>
  /** Destroys one session, in the name of an operation. */
  readonly destroyOne: (operation: string) => (id: string) => Effect.Effect<void, SkahaError>
}

const second = 1000
const hour = 3600 * second

/** Milliseconds between two renewals, at least and at most: by the latter a wrong clock does no harm for long. */
const shortest = 10 * second
const longest = 12 * hour

/** Milliseconds before the first attempt after a failure; before each further one they are doubled, up to the slowest. */
const firstDelay = 10 * second
const slowestDelay = 600 * second

/** Whether there is nothing left to be kept alive. */
const isEnding = ({ status }: Session): boolean => hasEnded(status) || status === "Terminating"

/** Milliseconds until the platform ends a session: none where it has ended, `undefined` where that is not said. */
const leftOf = (session: Session): Effect.Effect<number | undefined> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    if (isEnding(session)) return 0
    return session.expiryTime && Math.max(0, session.expiryTime.epochMilliseconds - now)
  })

/**
 * Milliseconds until the next renewal. Where a session that has just been renewed is said to have no time at all, this
 * machine's clock is wrong, and tells nothing.
 */
const pauseAfter = (left: number | undefined): number =>
  left === undefined || left === 0 ? hour : Math.min(Math.max(left / 2, shortest), longest)

/** Milliseconds until the next attempt after so many failures in a row: in any case before the time is over. */
const delayAfter = (failures: number, error: SkahaError, left: number): number => {
  const slow = isAboutCredentials(error) ? slowestDelay : Math.min(firstDelay * 2 ** (failures - 1), slowestDelay)
  return left > 0 ? Math.min(slow, Math.max(left / 2, second)) : slow
}

/** Makes `timeLeft`, `keepAlive` and `scoped`. */
export const makeKeepingAlive = ({
  client,
  executor,
  create,
  renewOne,
  destroyOne
}: KeepingAliveParts): KeepingAlive => {
  const keepAlive = Effect.fn("Sessions.keepAlive")(function* (
    id: string
  ): Effect.fn.Return<void, SkahaError, Scope.Scope> {
    const operation = "Sessions.keepAlive"
    yield* checkId(operation, id)

    /** A session that waits for its turn cannot be renewed, nor need be: it goes on as one that has been. */
    const renew = Effect.catchTag(renewOne(operation)(id), "SessionNotReady", (error) =>
      Effect.flatMap(readOne(client, operation, id), (session) =>
        isEnding(session) ? Effect.fail(error) : Effect.void
      )
    )

    const renewForEver = Effect.fnUntraced(function* () {
      const read = readOne(client, operation, id)
      let round = read
      let failures = 0
      /** When the time is over, by a clock that never jumps. */
      let end = Number.POSITIVE_INFINITY
      for (;;) {
        const outcome = yield* Effect.result(round)
        round = Effect.andThen(renew, read)
        const now = yield* monotonicMillis
        if (Result.isSuccess(outcome)) {
          if (isEnding(outcome.success)) return
          const left = yield* leftOf(outcome.success)
          failures = 0
          end = now + (left || Number.POSITIVE_INFINITY)
          yield* Effect.sleep(pauseAfter(left))
          continue
        }
        const error = outcome.failure
        if (error._tag === "SessionNotFound" || error._tag === "SessionNotReady") return
        const log = isAboutCredentials(error) ? Effect.logError : Effect.logWarning
        yield* log(`${operation}: session ${id} could not be renewed, which is tried again: ${error.message}`)
        failures++
        yield* Effect.sleep(delayAfter(failures, error, end - now))
      }
    })

    yield* renew
    yield* Effect.forkScoped(renewForEver())
  })

  const scoped = Effect.fn("Sessions.scoped")(function* (
    spec: SessionSpec,
    onUnresolved?: (name: string) => void
  ): Effect.fn.Return<ReadonlyArray<Created>, SkahaError, Scope.Scope> {
    const made = new Set<string>()

    const destroyMade = Effect.suspend(() => {
      const ids = [...made]
      made.clear()
      return destroyAll(executor, ids, destroyOne("Sessions.scoped"))
    }).pipe(
      // It is no part of what somebody follows the progress of.
      Effect.provideService(Observer, undefined),
      Effect.flatMap(
        Effect.forEach(({ error, input }) =>
          Effect.logError(`Sessions.scoped: session ${input} was not destroyed: ${error.message}`)
        )
      ),
      Effect.asVoid
    )

    yield* Effect.addFinalizer(() => destroyMade)
    const note = ({ result }: Created) => {
      if (Result.isSuccess(result)) made.add(result.success)
    }
    const creating = create(spec, note, onUnresolved)
    // Nobody hears of what was made by a call that fails: it is destroyed at once.
    return yield* Effect.onError(creating, () => destroyMade)
  })

  const timeLeft = (id: string) =>
    readOne(client, "Sessions.timeLeft", id).pipe(
      Effect.flatMap(leftOf),
      Effect.map((left) => (left === undefined ? undefined : Duration.millis(left)))
    )

  return {
    timeLeft: spanned("Sessions.timeLeft", withCheckedId("Sessions.timeLeft", timeLeft)),
    keepAlive,
    scoped
  }
}
