/**
 * How long is waited before a request is sent again.
 */
import type { RetryPolicy } from "../RetryPolicy.ts"
import type { SkahaError } from "../SkahaError.ts"

/** Doubled more often than that, any delay is beyond every limit. */
const mostDoublings = 1000

/** The seconds that whoever failed wants to be left alone for. */
const wish = (error: SkahaError): number => ("retryAfter" in error ? (error.retryAfter ?? 0) : 0)

/**
 * Seconds to wait before the repeat of that number, from 1, with a random number from 0 to less than 1; `undefined` when
 * that is longer than anybody wants to wait. What is drawn comes on top of a `Retry-After`, too: many are told the same.
 */
export const retryDelay = (
  { delay, longestDelay, longestRetryAfter }: RetryPolicy,
  repeat: number,
  error: SkahaError,
  random: number
): number | undefined => {
  const least = wish(error)
  if (least > longestRetryAfter) return undefined
  const half = Math.min(longestDelay, delay * 2 ** Math.min(repeat - 1, mostDoublings)) / 2
  return Math.max(half, least) + half * random
}
