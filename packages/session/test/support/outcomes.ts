/**
 * Outcomes in a form that is easily compared.
 */
import type { SkahaError } from "@skaha/core"
import type { Outcome } from "@skaha/session"
import * as Result from "effect/Result"

/** Each outcome's value, or the tag of its error. */
export const valuesOrTags = <A>(outcomes: ReadonlyArray<Outcome.Outcome<A>>): ReadonlyArray<A | SkahaError["_tag"]> =>
  outcomes.map(({ result }) => (Result.isSuccess(result) ? result.success : result.failure._tag))

/** Whether each input has its outcome, in the order of the inputs. */
export const inOrder = (outcomes: ReadonlyArray<Outcome.Outcome<unknown>>, inputs: ReadonlyArray<string>): boolean =>
  outcomes.length === inputs.length &&
  outcomes.every(({ input, index }, position) => index === position && input === inputs[position])

/** The indices of those that failed. */
export const failedAt = (outcomes: ReadonlyArray<Outcome.Outcome<unknown>>): ReadonlyArray<number> =>
  outcomes.flatMap(({ index, result }) => (Result.isFailure(result) ? [index] : []))
