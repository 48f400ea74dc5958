/**
 * When a request is sent again that has failed.
 *
 * Reads, destroys and renewals are repeated freely: doing them twice is doing them once. What creates something is
 * repeated by itself only when it is certain that nothing was created; see {@link isUndone}.
 */
import * as Context from "effect/Context"
import type { Problem, SkahaError } from "./SkahaError.ts"

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
  /** The longest `Retry-After` that is waited for, in seconds, from 0; for a longer one nothing is repeated. Default 120. */
  readonly longestRetryAfter?: number | undefined
  /**
   * How many repeats a bulk run has to spend, a whole number from 0: each costs one, and each request that succeeds earns one. So a server that
   * is down is not asked again for each of thousands, and one that fails now and then is. Default 100.
   */
  readonly budget?: number | undefined
  /**
   * Which errors are worth it. Default those of the network, of a server and of an identity provider that may pass:
   * `isRetryable`, but not those where something else is to be waited for, such as `SessionNotReady`.
   */
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

/** Worth a try later on, but not because of the request. */
const waitedForElsewhere: ReadonlySet<SkahaError["_tag"]> = new Set([
  "SessionNotReady",
  "WaitTimedOut",
  "LoginExpired",
  "ConfigurationFileBusy"
])

const make = (options: RetryOptions = {}): RetryPolicy => ({
  times: options.times ?? 5,
  delay: options.delay ?? 0.5,
  longestDelay: options.longestDelay ?? 30,
  longestRetryAfter: options.longestRetryAfter ?? 120,
  budget: options.budget ?? 100,
  retryable: options.retryable ?? (({ _tag, isRetryable }) => isRetryable && !waitedForElsewhere.has(_tag))
})

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0
const isTime = (value: number): boolean => Number.isFinite(value) && value >= 0

const findProblems = (policy: RetryPolicy): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  for (const field of ["times", "budget"] as const) {
    if (!isCount(policy[field])) problems.push({ field: `retry.${field}`, message: "a whole number from 0" })
  }
  for (const field of ["delay", "longestDelay", "longestRetryAfter"] as const) {
    if (!isTime(policy[field])) problems.push({ field: `retry.${field}`, message: "seconds, from 0" })
  }
  if (typeof policy.retryable !== "function") problems.push({ field: "retry.retryable", message: "is no function" })
  return problems
}

const known = new WeakMap<RetryPolicy, ReadonlyArray<Problem>>()

/** Every request asks; a policy does not change. */
const problemsOf = (policy: RetryPolicy): ReadonlyArray<Problem> => {
  const found = known.get(policy)
  if (found !== undefined) return found
  const problems = findProblems(policy)
  known.set(policy, problems)
  return problems
}

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
  /** What is out of its bounds. */
  readonly problemsOf: (policy: RetryPolicy) => ReadonlyArray<Problem>
} = Object.assign(reference, { make, none: make({ times: 0 }), problemsOf })

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
    case "RequestRefused":
      // A proxy that got tired of waiting may have passed the request on.
      return error.status !== 408
    // The platform said no.
    case "CredentialsMissing":
    case "CredentialsRefused":
    case "Forbidden":
    case "SessionNotFound":
    case "SessionNotReady":
    case "QuotaReached":
    case "ResourceUnavailable":
    case "ImageNotTrusted":
    case "ImageNotPublic":
    // It said no, or was not asked, since there is nobody to ask as.
    case "CredentialsExpired":
    case "CredentialsMisdirected":
    case "CertificateUnusable":
    case "ProviderUnavailable":
    case "ProviderUnsuitable":
    case "ProviderRefused":
    case "ProviderUnknown":
    case "LoginDenied":
    case "LoginExpired":
    case "LoginRequired":
    case "ForceRequired":
    case "ConfigurationFileInvalid":
    case "ConfigurationFileUnusable":
    case "ConfigurationFileBusy":
    case "ServerSelectionRequired":
    case "ServerUnknown":
    case "ServersNotFound":
    // It was not asked at all.
    case "InvalidInput":
    case "ConfigurationInvalid":
      return true
    case "ServerFailure":
    case "ReplyUndecodable":
    // Here the reply has come, and was a success.
    case "FileUnwritable":
    case "CreateUnknown":
    case "SessionAmbiguous":
    // What was waited for tells nothing of a request.
    case "SessionEnded":
    case "WaitTimedOut":
    case "WorkersFailed":
    case "Cancelled":
      return false
  }
}
