/**
 * From the outcomes of many inputs to one result, in the way of the Python client.
 */
import { isAboutCredentials, type SkahaError } from "@skaha/core"
import type { Outcome, Session } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { SessionRequestError } from "../SessionRequestError.ts"

/** What becomes of failures: left out of the result and logged, or one error that holds all there is. */
export type ErrorsMode = "ignore" | "raise"

/** How a result is put together, outcome by outcome. */
export interface Gather<A, Results> {
  readonly start: () => Results
  readonly value: (results: Results, value: A, input: string) => void
  /** Where a failure is seen in the result, too. */
  readonly failure?: (results: Results, input: string) => void
}

/** A list of what was made of the values, in order. */
export const list = <A, B>(read: (value: A, input: string) => B): Gather<A, Array<B>> => ({
  start: () => [],
  value: (results, value, input) => results.push(read(value, input))
})

/** Sessions, as the server reports them. */
export const rows = list(({ wire }: Session) => wire)

/** Ids, as they were given. */
export const values = list((id: string) => id)

/**
 * A record without keys. The engine keeps it as a dictionary: for an ordinary object it would make a shape of every id
 * that is ever a key, at a microsecond each.
 */
const emptyRecord = <B>(): Record<string, B> => Object.setPrototypeOf(Object.create(null), Object.prototype)

/** What was made of the values, by input. */
export const record = <A, B>(read: (value: A) => B): Gather<A, Record<string, B>> => ({
  start: emptyRecord,
  value: (results, value, input) => {
    results[input] = read(value)
  }
})

/** Whether it could be done, by input: of one that was given twice, whether it could be done at all. */
export const flags: Gather<void, Record<string, boolean>> = {
  start: emptyRecord,
  value: (results, _, input) => {
    results[input] = true
  },
  failure: (results, input) => {
    results[input] ??= false
  }
}

/**
 * Makes the result of outcomes. Failures are left out and logged, or raised; failed credentials are always raised.
 * No result is lost: an error that stands in its way carries it.
 */
export const settle = <A, Results>(
  operation: string,
  options: { readonly errors?: ErrorsMode | undefined } | undefined,
  outcomes: ReadonlyArray<Outcome.Outcome<A>>,
  gather: Gather<A, Results>
): Effect.Effect<Results, SkahaError | SessionRequestError<Results>> => {
  const results = gather.start()
  const failures: Array<readonly [input: string, error: SkahaError]> = []
  for (const { input, result } of outcomes) {
    if (Result.isSuccess(result)) gather.value(results, result.success, input)
    else {
      gather.failure?.(results, input)
      failures.push([input, result.failure])
    }
  }
  if (failures.length === 0) return Effect.succeed(results)
  const refused = failures.find(([, error]) => isAboutCredentials(error))
  const onlyRefused = failures.length === outcomes.length && failures.every(([, error]) => isAboutCredentials(error))
  if (refused !== undefined && onlyRefused) return Effect.fail(refused[1])
  // A misspelt word must not hide what failed.
  if (refused !== undefined || (options?.errors ?? "ignore") !== "ignore") {
    return Effect.fail(new SessionRequestError(operation, results, new Map(failures)))
  }
  return Effect.as(
    Effect.forEach(failures, ([input, error]) => Effect.logWarning(`${operation}: ${input}: ${error.message}`), {
      discard: true
    }),
    results
  )
}
