/**
 * The time between a failure and the next attempt.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import { retryDelay } from "./internal/retryDelay.ts"
import { retrySpan } from "./internal/tracing.ts"
import { RetryBudget } from "./RetryBudget.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import type { SkahaError } from "./SkahaError.ts"

const retries = Metric.counter("skaha_retries", {
  description: "Requests that were sent again",
  incremental: true
})

/**
 * Waits until something may be done again that has failed, for the `repeat`-th time (from 1), and counts that: in the
 * `RetryBudget`, in the metric `skaha_retries`, and as a span `retry` where there is a tracer. Gives `false`, at once,
 * when the `RetryPolicy` or the budget has had enough. Whether the error is worth it, and whether it is safe, is for who
 * asks.
 *
 * @example
 * ```ts
 * import { waitToRepeat, type SkahaError } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 *
 * const stubbornly = <A>(attempt: Effect.Effect<A, SkahaError>, repeat = 1): Effect.Effect<A, SkahaError> =>
 *   Effect.catch(attempt, (error) =>
 *     Effect.flatMap(waitToRepeat("stubbornly", error, repeat), (again) =>
 *       again ? stubbornly(attempt, repeat + 1) : Effect.fail(error)
 *     )
 *   )
 * ```
 */
export const waitToRepeat = (operation: string, error: SkahaError, repeat: number): Effect.Effect<boolean> =>
  Effect.withFiber((fiber) => {
    const policy = fiber.getRef(RetryPolicy)
    if (repeat > policy.times) return Effect.succeed(false)
    const delay = retryDelay(policy, repeat, error, fiber.getRef(Random.Random).nextDoubleUnsafe())
    if (delay === undefined || fiber.getRef(RetryBudget)?.spend() === false) return Effect.succeed(false)
    const { code } = error
    return Effect.sleep(delay * 1000).pipe(
      retrySpan({ operation, code, attempt: repeat, delay }),
      Effect.andThen(Metric.update(Metric.withAttributes(retries, { operation, code }), 1)),
      Effect.as(true)
    )
  })
