/**
 * Sessions that are not in a list: gone, or of a server that lists only those that are pending or running.
 */
import { isAboutCredentials, RetryPolicy, type PlatformClient, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import type { Session, SessionStatus } from "../../Session.ts"
import { readOne } from "../lists/reading.ts"
import { makeShared } from "../lists/shared.ts"

/** Whether a session of this status has ended for good. */
export const hasEnded = (status: SessionStatus): boolean => status === "Completed" || status === "Failed"

/** Whether it is of no use to ask again after such a failure. */
export const endsLooking = (error: SkahaError): boolean =>
  isAboutCredentials(error) || error._tag === "Forbidden" || error._tag === "ConfigurationInvalid"

/**
 * Asks for a session that a list lacks, or an app as `<desktop's id>/app/<app's id>`; `SessionNotFound` when there is
 * none. Who asks for the same one at the same time shares the request. It is not repeated: the next look is the repeat.
 */
export type Confirm = (operation: string, id: string) => Effect.Effect<Session, SkahaError>

/** Makes what all who look share to ask for what is not listed. */
export const makeConfirm = (client: PlatformClient["Service"]): Confirm => {
  const share = makeShared<Session>(client.writes)
  return (operation, id) =>
    Effect.provideService(share(operation, [id], readOne(client, operation, id)), RetryPolicy, RetryPolicy.none)
}

/** How many are asked for at once after one look. */
export const confirmedAtOnce = 16
