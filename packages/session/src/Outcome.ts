/**
 * What became of one input of a bulk operation.
 */
import type { SkahaError } from "@skaha/core"
import * as Result from "effect/Result"

/** What became of one input: a value, or the typed error that stands in its place. */
export interface Outcome<A> {
  /** The input itself: a session's id, or a replica's name. */
  readonly input: string
  /** Its place among the inputs, from 0. */
  readonly index: number
  readonly result: Result.Result<A, SkahaError>
}

/** What failed, and why. */
export interface Failure {
  readonly input: string
  readonly index: number
  readonly error: SkahaError
}

/**
 * The values of those that succeeded, in order.
 *
 * @example
 * ```ts
 * import { Outcome, Sessions } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * const logs = Sessions.use((sessions) => sessions.logs(["abcdefgh", "bcdefghi"])).pipe(
 *   Effect.map((outcomes) => ({ texts: Outcome.values(outcomes), failures: Outcome.failures(outcomes) }))
 * )
 * ```
 */
export const values = <A>(outcomes: ReadonlyArray<Outcome<A>>): ReadonlyArray<A> =>
  outcomes.flatMap(({ result }) => (Result.isSuccess(result) ? [result.success] : []))

/** Those that failed, in order. */
export const failures = <A>(outcomes: ReadonlyArray<Outcome<A>>): ReadonlyArray<Failure> =>
  outcomes.flatMap(({ input, index, result }) =>
    Result.isFailure(result) ? [{ input, index, error: result.failure }] : []
  )
