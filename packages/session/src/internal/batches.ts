/**
 * Running a batch of headless sessions to its end.
 */
import { InvalidInput, type Problem, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Batches, BatchReplica, BatchSpec } from "../Batch.ts"
import type { BulkExecutor } from "../BulkExecutor.ts"
import type { Created } from "../Creating.ts"
import type * as Outcome from "../Outcome.ts"
import type { Session } from "../Session.ts"
import type { WaitOptions } from "../Waiting.ts"
import type { MadeCreating } from "./creating/creating.ts"
import type { Creation } from "./creating/creation.ts"
import { destroyAll } from "./destroyAll.ts"
import { observed } from "./observer.ts"
import { withBudget } from "./withBudget.ts"

/** What batches are made of. */
export interface BatchParts {
  readonly begin: MadeCreating["begin"]
  readonly executor: BulkExecutor["Service"]
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
const isOver = ({ _tag }: SkahaError): boolean => _tag === "SessionEnded" || _tag === "WaitTimedOut"

/** How a session that was waited for is: as far as is known. */
const statusOf = (end: Result.Result<Session, SkahaError>): Pick<BatchReplica, "status"> => {
  const status = Result.isSuccess(end)
    ? end.success.status
    : "sessionStatus" in end.failure
      ? end.failure.sessionStatus
      : undefined
  return status === undefined ? {} : { status }
}

/** A replica that is done; `unwanted` is its session, when that is to be destroyed at the end. */
interface Done {
  readonly created: Created
  readonly replica: BatchReplica
  readonly unwanted?: string | undefined
}

/** Makes `runBatch`. */
export const makeBatches = ({ begin, destroyOne, executor, readLog, waitCompleted }: BatchParts): Batches => {
  /** Destroys sessions; gives those that could not be. */
  const destroyThem = (ids: ReadonlyArray<string>): Effect.Effect<ReadonlySet<string>> =>
    Effect.flatMap(destroyAll(executor, ids, destroyOne(operation)), (left) =>
      Effect.as(
        Effect.forEach(left, ({ error, input }) =>
          Effect.logWarning(`${operation}: ${input} is left on the platform: ${error.message}`)
        ),
        new Set(left.map(({ input }) => input))
      )
    )

  /** Follows a replica to its end, and makes it again as often as it may be. */
  const runReplica = Effect.fnUntraced(function* (
    first: Created,
    again: Creation["again"],
    { retries = 0, keep = "none", timeout = longest }: BatchSpec
  ): Effect.fn.Return<Done> {
    const { index, input: name } = first
    let created = first
    /** As it was the last time that it ran. */
    let past: BatchReplica = { name, index, attempts: 0 }
    for (let attempts = 1; ; attempts++) {
      if (Result.isFailure(created.result)) return { created, replica: { ...past, error: created.result.failure } }
      const id = created.result.success
      const end = yield* Effect.result(waitCompleted(id, { timeout }))
      const log = yield* Effect.result(readLog(operation, id))
      const error = Result.isFailure(end) ? end.failure : undefined
      const replica: BatchReplica = {
        name,
        index,
        attempts,
        id,
        ...statusOf(end),
        ...(Result.isSuccess(log) ? { log: log.success } : {}),
        ...(error === undefined ? {} : { error })
      }
      if (error?._tag === "SessionNotFound") {
        if (attempts > retries) return { created, replica }
      } else if (error !== undefined && attempts <= retries && isOver(error)) {
        // Two of one name must not run at once.
        if ((yield* destroyThem([id])).size > 0) return { created, replica: { ...replica, left: true } }
      } else {
        const isWanted = keep === "all" || (error !== undefined && (keep === "failed" || !isOver(error)))
        // What it wrote would go with it.
        if (isWanted || Result.isFailure(log)) return { created, replica: { ...replica, left: true } }
        return { created, replica, unwanted: id }
      }
      past = replica
      created = yield* again(index)
    }
  })

  const runBatch = Effect.fn(operation)(function* (
    batch: BatchSpec,
    onReplica?: (replica: BatchReplica) => unknown
  ): Effect.fn.Return<ReadonlyArray<BatchReplica>, SkahaError> {
    const { keep: _keep, retries: _retries, timeout: _timeout, ...spec } = batch
    const begun = yield* Effect.result(begin(operation, { ...spec, kind: "headless" }))
    const problems = [...checkBatch(batch), ...(Result.isFailure(begun) ? begun.failure.problems : [])]
    if (problems.length > 0 || Result.isFailure(begun)) return yield* new InvalidInput({ operation, problems })
    const { again, run, spec: checked, withTwins } = begun.success

    const runAll = Effect.fnUntraced(function* (settled?: (outcome: Outcome.Outcome<BatchReplica>) => void) {
      const all = yield* run(nobody, (created) =>
        Effect.tap(runReplica(created, again, batch), ({ replica }) =>
          Effect.suspend(() => {
            const { error, index, name } = replica
            const result = error === undefined ? Result.succeed(replica) : Result.fail(error)
            settled?.({ input: name, index, result })
            const told = onReplica?.(replica)
            return Predicate.isPromiseLike(told) ? Effect.promise(() => told) : Effect.void
          })
        )
      )
      // Only now: a batch that is given up before has all that ended to be taken up.
      const left = yield* destroyThem(all.flatMap(({ unwanted }) => unwanted ?? []))
      return all.map(({ created, replica }): BatchReplica => {
        const { twins } = withTwins(created)
        return {
          ...replica,
          ...(twins === undefined ? {} : { twins }),
          ...(left.has(replica.id ?? "") ? { left: true } : {})
        }
      })
    })
    return yield* observed(checked.replicas, (settled) => withBudget(runAll(settled)))
  })

  return { runBatch }
}
