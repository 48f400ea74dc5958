/**
 * The forms that calls on sessions have: one or several ids at once, and one after the other.
 */
import { InvalidInput, isAboutCredentials, type SkahaError } from "@skaha/core"
import { idProblem, Sessions, type Each, type Outcome } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { AsyncSessionOptions } from "../ClientOptions.ts"
import type { BulkOptions, Ids, StreamedFailure, StreamOptions } from "../SessionOptions.ts"
import type { SkahaPromise } from "../SkahaPromise.ts"
import { bulkDetails, streamDetails } from "./accepted.ts"
import { settle, type Gather } from "./bulk.ts"
import { Client, type CallDetails } from "./Client.ts"
import { idsProblem, isIterable } from "./input.ts"

/** A client that is asked about sessions. */
export abstract class SessionClient extends Client {
  protected static override readonly own = ["workers"] as const

  /** @throws ConfigurationInvalid when an option is wrong */
  constructor(options: AsyncSessionOptions = {}) {
    super(options)
  }

  /** A call about ids. One goes by itself, without what several need. */
  protected each<A, Results>(
    method: string,
    operation: (sessions: Sessions["Service"]) => Each<A>,
    ids: Ids,
    options: BulkOptions | undefined,
    gather: Gather<A, Results>,
    details: CallDetails = bulkDetails
  ): SkahaPromise<Results> {
    if (typeof ids !== "string" || options?.onProgress !== undefined || idProblem(ids) !== undefined) {
      return this.several(
        method,
        (sessions, list) => operation(sessions)(list),
        ids,
        options,
        (outcomes) => settle(method, options, outcomes, gather),
        details
      )
    }
    return this.runOne(
      method,
      Sessions,
      (sessions) => operation(sessions)(ids),
      {
        success: (value) => {
          const results = gather.start()
          gather.value(results, value, ids)
          return results
        },
        failure: (error) => settle(method, options, [{ input: ids, index: 0, result: Result.fail(error) }], gather)
      },
      options,
      details
    )
  }

  /** A call about a list of ids, or about one as a list, and what becomes of its outcomes. */
  protected several<A, Results, E extends Error>(
    method: string,
    use: (
      sessions: Sessions["Service"],
      ids: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Outcome.Outcome<A>>, SkahaError>,
    ids: Ids,
    options: BulkOptions | undefined,
    conclude: (outcomes: ReadonlyArray<Outcome.Outcome<A>>) => Effect.Effect<Results, E>,
    details: CallDetails
  ): SkahaPromise<Results> {
    const problem = idsProblem(method, ids)
    return this.run(
      method,
      Sessions,
      (sessions): Effect.Effect<Results, E | SkahaError> =>
        problem === undefined
          ? Effect.flatMap(use(sessions, typeof ids === "string" ? [ids] : ids), conclude)
          : Effect.fail(problem),
      options,
      details
    )
  }

  /** A call about any number of ids, whose outcomes are given one by one. */
  protected stream<A, B>(
    method: string,
    operation: (sessions: Sessions["Service"]) => Each<A>,
    ids: Iterable<string>,
    options: StreamOptions | undefined,
    read: (id: string, index: number, value: A) => B
  ): AsyncIterable<B | StreamedFailure> {
    return this.iterate(
      method,
      Sessions,
      (sessions, give: (outcome: B | StreamedFailure) => Effect.Effect<void>) =>
        isIterable(ids)
          ? Stream.runForEach(operation(sessions).stream(ids), ({ input: id, index, result }) => {
              if (Result.isSuccess(result)) return give(read(id, index, result.success))
              const error = result.failure
              return isAboutCredentials(error) ? Effect.fail(error) : give({ id, index, error })
            })
          : Effect.fail(
              new InvalidInput({
                operation: method,
                problems: [{ field: "ids", message: "an id or ids that can be gone through are needed" }]
              })
            ),
      options,
      streamDetails
    )
  }
}
