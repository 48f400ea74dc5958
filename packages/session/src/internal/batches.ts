/**
 * Running a batch of headless sessions to its end.
 */
import { InvalidInput, type Problem, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Batches, BatchReplica, BatchSpec } from "../Batch.ts"
import type { Created } from "../Creating.ts"
import type { Session } from "../Session.ts"
import type { WaitOptions } from "../Waiting.ts"
import type { MadeCreating } from "./creating.ts"
import type { Creation } from "./creation.ts"
import { observed } from "./observer.ts"
import { withBudget } from "./withBudget.ts"

/** What batches are made of. */
export interface BatchParts {
  readonly begin: MadeCreating["begin"]
  readonly waitCompleted: (id: string, options: WaitOptions) => Effect.Effect<Session, SkahaError>
  readonly readLog: (operation: string, id: string) => Effect.Effect<string, SkahaError>
  readonly destroyOne: (operation: string) => (id: string) => Effect.Effect<void, SkahaError>
}

const operation = "Sessions.runBatch"

/** Seconds after which the platform ends a headless session: 14 days. */
const longest = 1_209_600

const checkBatch = ({ retries = 0, keep = "none", timeout = longest }: BatchSpec): ReadonlyArray<Problem> => [
  ...(Number.isInteger(retries) && retries >= 0 && retries <= 100
    ? []
    : [{ field: "retries", message: `${retries} is not a whole number from 0 to 100` }]),
  ...(["none", "failed", "all"].includes(keep)
    ? []
    : [{ field: "keep", message: `${JSON.stringify(keep)} is none of none, failed, all` }]),
  ...(timeout > 0 && timeout <= longest
    ? []
    : [{ field: "timeout", message: `seconds, more than 0 and at most ${longest}` }])
]

/** What is made is told when it has ended; what is left when a batch is given up is there to be resumed. */
const nobody = { created: () => {}, unresolved: () => {} }

/** Whether a session is over, or to be ended: otherwise it is only not known how it is. */
const isOver = ({ _tag }: SkahaError): boolean =>
  _tag === "SessionEnded" || _tag === "WaitTimedOut" || _tag === "SessionNotFound"

/** Makes `runBatch`. */
export const makeBatches = ({ begin, destroyOne, readLog, waitCompleted }: BatchParts): Batches => {
  /** Destroys a session; whether it is still there. */
  const isLeft = (id: string) =>
    destroyOne(operation)(id).pipe(
      Effect.as(false),
      Effect.catch((error) =>
        error._tag === "SessionNotFound"
          ? Effect.succeed(false)
          : Effect.as(Effect.logWarning(`${operation}: ${id} is left on the platform: ${error.message}`), true)
      )
    )

  /** Follows a replica to its end, and makes it again as often as it may be. */
  const runReplica = Effect.fnUntraced(function* (
    first: Created,
    again: Creation["again"],
    { retries = 0, keep = "none", timeout = longest }: BatchSpec
  ): Effect.fn.Return<BatchReplica> {
    const { index, input: name } = first
    let created = first
    for (let attempts = 1; ; attempts++) {
      if (Result.isFailure(created.result)) return { name, index, attempts, error: created.result.failure }
      const id = created.result.success
      const end = yield* Effect.result(waitCompleted(id, { timeout }))
      // What it wrote goes with the session: one that has ended stays as long as that could not be had.
      const log = yield* Effect.result(readLog(operation, id))
      const isUnread = Result.isFailure(log) && log.failure._tag !== "SessionNotFound"
      const replica = { name, index, attempts, id, ...(Result.isSuccess(log) ? { log: log.success } : {}) }
      if (Result.isSuccess(end)) {
        const left = keep === "all" || isUnread || (yield* isLeft(id))
        return { ...replica, status: end.success.status, ...(left ? { left } : {}) }
      }
      const error = end.failure
      const status =
        "sessionStatus" in error && error.sessionStatus !== undefined ? { status: error.sessionStatus } : {}
      if (!isOver(error)) return { ...replica, ...status, error, left: true }
      const isRetried = attempts <= retries
      const isKept = keep === "none" ? isUnread && error._tag === "SessionEnded" : error._tag !== "SessionNotFound"
      const left = (isKept && !isRetried) || (yield* isLeft(id))
      // Two of one name must not run at once.
      if (!isRetried || left) return { ...replica, ...status, error, ...(left ? { left } : {}) }
      created = yield* again(index)
    }
  })

  const runBatch = Effect.fn(operation)(function* (
    batch: BatchSpec,
    onReplica?: (replica: BatchReplica) => void
  ): Effect.fn.Return<ReadonlyArray<BatchReplica>, SkahaError> {
    const { keep: _keep, retries: _retries, timeout: _timeout, ...spec } = batch
    const begun = yield* Effect.result(begin(operation, { ...spec, kind: "headless" }))
    const problems = [...checkBatch(batch), ...(Result.isFailure(begun) ? begun.failure.problems : [])]
    if (problems.length > 0 || Result.isFailure(begun)) return yield* new InvalidInput({ operation, problems })
    const creation = begun.success
    return yield* observed(creation.spec.replicas, (settled) =>
      withBudget(
        creation.run(nobody, (created) =>
          Effect.tap(runReplica(created, creation.again, batch), (replica) =>
            Effect.sync(() => {
              const { error, index, name } = replica
              const result = error === undefined ? Result.succeed(replica) : Result.fail(error)
              settled?.({ input: name, index, result })
              onReplica?.(replica)
            })
          )
        )
      )
    )
  })

  return { runBatch }
}
