/**
 * When a request is sent again that has failed.
 *
 * Reads, destroys and renewals are repeated freely: doing them twice is doing them once. What creates something is
 * repeated by itself only when it is certain that nothing was created; see {@link isUndone}.
 */
import * as Context from "effect/Context"
import type { SkahaError } from "./SkahaError.ts"

/** How requests are repeated. What is not given has its default. */
export interface RetryOptions {
  /** How often one request is repeated at most: a whole number from 0, which is never. Default 5. */
  readonly times?: number | undefined
  /**
   * Seconds before the first repeat, from 0; before each further one they are doubled. What is waited is drawn from the
   * upper half, so that many that failed together do not come back together. Default 0.5.
   */
  readonly delay?: number | undefined
  /** The longest that is waited, in seconds, from 0. Default 30. A `Retry-After` is waited for beyond that. */
  readonly longestDelay?: number | undefined
  /** The longest `Retry-After` that is waited for, in seconds; for a longer one nothing is repeated. Default 120. */
  readonly longestRetryAfter?: number | undefined
  /**
   * How many repeats a bulk run has to spend: each costs one, and each request that succeeds earns one. So a server that
   * is down is not asked again for each of thousands, and one that fails now and then is. Default 100.
   */
  readonly budget?: number | undefined
  /** Which errors are worth it. Default those that say so: `isRetryable`. */
  readonly retryable?: ((error: SkahaError) => boolean) | undefined
}

/** How requests are repeated. */
export interface RetryPolicy {
  readonly times: number
  readonly delay: number
  readonly longestDelay: number
  readonly longestRetryAfter: number
  readonly budget: number
  readonly retryable: (error: SkahaError) => boolean
}

const make = (options: RetryOptions = {}): RetryPolicy => ({
  times: options.times ?? 5,
  delay: options.delay ?? 0.5,
  longestDelay: options.longestDelay ?? 30,
  longestRetryAfter: options.longestRetryAfter ?? 120,
  budget: options.budget ?? 100,
  retryable: options.retryable ?? (({ isRetryable }) => isRetryable)
})

const reference = Context.Reference<RetryPolicy>("@skaha/core/RetryPolicy", { defaultValue: () => make() })

/**
 * How the requests of an effect are repeated: a service that has a default.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 *
 * const once = Effect.provideService(RetryPolicy, RetryPolicy.none)
 * const stubbornly = Effect.provideService(RetryPolicy, RetryPolicy.make({ times: 20, longestDelay: 60 }))
 * ```
 */
export const RetryPolicy: Context.Reference<RetryPolicy> & {
  /** A policy. Values out of their bounds are an error of each call that is made with it. */
  readonly make: (options?: RetryOptions) => RetryPolicy
  /** Nothing is repeated. */
  readonly none: RetryPolicy
} = Object.assign(reference, { make, none: make({ times: 0 }) })

/**
 * Whether it is certain that the platform has not done, and will not do, what a request asked for: it said no, or not a
 * byte of the request was sent. After any other failure the request may have been carried out, or still be.
 */
export const isUndone = (error: SkahaError): boolean => {
  switch (error._tag) {
    case "ServerBusy":
      return error.refused === true
    case "ConnectionFailed":
      return error.unsent === true
    case "RequestTimeout":
      return error.phase === "connect"
    case "ServerFailure":
    case "ReplyUndecodable":
    case "CreateUnknown":
    case "Cancelled":
    case "WorkersFailed":
      return false
    default:
      // A proxy that got tired of waiting may have passed the request on.
      return !("status" in error) || error.status !== 408
  }
}
