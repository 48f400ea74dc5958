/**
 * What went wrong, and what to do about it, for people.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** What to do about an error, by its tag; the others' messages say enough. */
const advice: Readonly<Record<string, string>> = {
  ConnectionFailed: "Check SKAHA_URL and the network; without SKAHA_URL this runs on an emulator.",
  RequestTimeout: "The platform may be overloaded: try again later, or set SKAHA_TIMEOUT to more seconds.",
  ReplyUndecodable: "Check SKAHA_URL: it should end like https://ws-uv.canfar.net/skaha.",
  CredentialsMissing: "Set SKAHA_TOKEN to a bearer token of the platform.",
  CredentialsExpired: "Set SKAHA_TOKEN to a new bearer token of the platform.",
  CredentialsRefused: "Set SKAHA_TOKEN to a valid bearer token of the platform.",
  ImageNotPublic: "Set SKAHA_IMAGE to a public image of the platform.",
  ImageNotTrusted: "Set SKAHA_IMAGE to an image from one of the platform's own registries.",
  LeftBehind: "List your sessions and destroy those of that name."
}

/** Writes each failure to stderr, in one or two lines. */
export const complain = (cause: Cause.Cause<Error>) =>
  Effect.sync(() => {
    for (const reason of cause.reasons) {
      if (Cause.isInterruptReason(reason)) continue
      const error = Cause.isFailReason(reason) ? reason.error : reason.defect
      const text = Predicate.isError(error) ? error.message : String(error)
      const hint = Predicate.hasProperty(error, "_tag") ? advice[String(error._tag)] : undefined
      process.stderr.write(`Error: ${text}\n${hint === undefined ? "" : `${hint}\n`}`)
    }
  })
