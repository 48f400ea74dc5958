/**
 * Sending again what has failed, as the `RetryPolicy` wants it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { PlatformCall } from "../PlatformClient.ts"
import { isUndone, RetryPolicy } from "../RetryPolicy.ts"
import { waitToRepeat } from "../RetryWait.ts"
import type { SkahaError } from "../SkahaError.ts"
import type { TransportReply } from "../Transport.ts"

/** What a call has been through: attempts that failed, and whether one of them may have been carried out. */
interface Past {
  readonly failures: number
  readonly isUnsettled: boolean
}

const nothing: Past = { failures: 0, isUnsettled: false }

/** What an earlier attempt has deleted is not there any more: servers of `v0` say so, later ones do not mind. */
const isGone = ({ method }: PlatformCall, error: SkahaError, { isUnsettled }: Past): boolean =>
  isUnsettled && method === "DELETE" && error._tag === "SessionNotFound"

const deleted: TransportReply = { status: 200, headers: {}, body: "" }

const mayRepeat = ({ creates }: PlatformCall, error: SkahaError, { retryable }: RetryPolicy): boolean =>
  error._tag !== "InvalidInput" &&
  error._tag !== "ConfigurationInvalid" &&
  (creates !== true || isUndone(error)) &&
  retryable(error)

/** What becomes of a call whose attempt has failed. */
const afterFailure = (
  call: PlatformCall,
  attempt: Effect.Effect<TransportReply, SkahaError>,
  cause: Cause.Cause<SkahaError>,
  past: Past
): Effect.Effect<TransportReply, SkahaError> =>
  Effect.withFiber((fiber) => {
    const error = cause.reasons.find(Cause.isFailReason)?.error
    if (error === undefined) return Effect.failCause(cause)
    if (isGone(call, error, past)) return Effect.succeed(deleted)
    if (!mayRepeat(call, error, fiber.getRef(RetryPolicy))) return Effect.failCause(cause)
    const failures = past.failures + 1
    return Effect.flatMap(waitToRepeat(call.operation, error, failures), (again) =>
      again
        ? repeating(call, attempt, { failures, isUnsettled: past.isUnsettled || !isUndone(error) })
        : Effect.failCause(cause)
    )
  })

/**
 * Makes an attempt of a call again as long as it fails in a way that may pass: whatever the call asks for, as long as it
 * creates nothing, and a create only when nothing came of it for certain. The error is that of the last attempt. While
 * it is waited nothing of the attempt is held.
 */
export const repeating = (
  call: PlatformCall,
  attempt: Effect.Effect<TransportReply, SkahaError>,
  past: Past = nothing
): Effect.Effect<TransportReply, SkahaError> =>
  Effect.catchCause(attempt, (cause) => afterFailure(call, attempt, cause, past))
