/**
 * From the outcomes of many inputs to one result, in the way of the Python client.
 */
import type { SkahaError } from "@skaha/core"
import { Outcome } from "@skaha/session"
import * as Effect from "effect/Effect"
import { SessionRequestError } from "../SessionRequestError.ts"

/** What becomes of failures: left out of the result and logged, or one error that holds all there is. */
export type ErrorsMode = "ignore" | "raise"

const isAboutCredentials = ({ code }: SkahaError): boolean => code.startsWith("credentials.")

/**
 * Makes the result of outcomes. Failures are left out and logged, or raised; failed credentials are always raised.
 * No result is lost: an error that stands in its way carries it.
 */
export const settle = <A, Results>(
  operation: string,
  errors: ErrorsMode,
  outcomes: ReadonlyArray<Outcome.Outcome<A>>,
  collect: (outcomes: ReadonlyArray<Outcome.Outcome<A>>) => Results
): Effect.Effect<Results, SkahaError | SessionRequestError<Results>> => {
  const failures = Outcome.failures(outcomes)
  const results = collect(outcomes)
  if (failures.length === 0) return Effect.succeed(results)
  const [refused] = failures.filter(({ error }) => isAboutCredentials(error))
  const onlyRefused = failures.length === outcomes.length && failures.every(({ error }) => isAboutCredentials(error))
  if (refused !== undefined && onlyRefused) return Effect.fail(refused.error)
  // A misspelt word must not hide what failed.
  if (refused !== undefined || errors !== "ignore") {
    return Effect.fail(
      new SessionRequestError(operation, results, new Map(failures.map(({ input, error }) => [input, error])))
    )
  }
  return Effect.as(
    Effect.forEach(failures, ({ input, error }) => Effect.logWarning(`${operation}: ${input}: ${error.message}`), {
      discard: true
    }),
    results
  )
}
