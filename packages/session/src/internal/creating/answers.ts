/**
 * What the answer to a create means for its replica.
 */
import type { RetryPolicy, SkahaError } from "@skaha/core"

/** The ids of today's servers and those before; a part of one is none. */
export const readSessionId = (body: string): string | undefined => /^[a-z][a-z0-9]{7}$/.exec(body.trim())?.[0]

/** Whether the server understood and said no, so that asking again for the next replica is in vain. */
export const isRefusal = (error: SkahaError): boolean =>
  "status" in error && error.status !== undefined && error.status >= 400 && error.status < 500

/** Whether a create may be tried again, now that it is known that nothing was made. */
export const isRepeatable = (error: SkahaError, { retryable }: RetryPolicy): boolean =>
  // An answer that was cut on its way is not cut each time.
  error._tag === "ReplyUndecodable" || retryable(error)

/**
 * Milliseconds for which what the platform was doing may still go on after it said itself, with a 500, that it had
 * failed. The thread that answers is the one that creates: it has done what it will do. Only the cluster behind it may
 * take a moment to show the job, as with `jobs.batch … not found`.
 */
const afterOwnFailure = 15_000

/** Milliseconds for which a create that ended with this error may still be carried out; at most `settle`. */
export const windowOf = (error: SkahaError, settle: number): number =>
  // A proxy's page has no such text: behind it the platform may be at work.
  error._tag === "ServerFailure" && error.serverText?.startsWith("unexpected exception:") === true
    ? Math.min(settle, afterOwnFailure)
    : settle
