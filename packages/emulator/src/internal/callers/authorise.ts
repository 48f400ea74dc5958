import * as Result from "effect/Result"
import { badRequest, type Checked, forbidden, refuse, unavailable, unexpected } from "../http/replies.ts"
import type { Outage } from "../../Fault.ts"
import type { Refusal, User } from "./users.ts"

const words: Record<Exclude<Refusal, "no-headless">, string> = {
  "not-a-member": "Not authorized to use the skaha system",
  "no-permission": "Subject is not authorized to access Skaha according to permissions API plugin authorisation.",
  "no-posix-identity": "No POSIX Principal",
  "no-username": "POSIX Principal is incomplete (no username).",
  "no-delegated-credential": "delegated credentials not found"
}

/**
 * Whether somebody known may use the platform: the memberships are asked for first, then the identity is looked at.
 * `path` is what follows the endpoint in the request's path.
 */
export const authorise = (user: User, path: string | undefined, outage: Outage | undefined): Checked<User> => {
  if (outage === "membership") return refuse(unavailable(path))
  return user.refusal === undefined || user.refusal === "no-headless"
    ? Result.succeed(user)
    : refuse(forbidden(words[user.refusal]))
}

/** The identity service does not answer: noticed with every valid token, before any action begins. */
export const identityServiceDown = unexpected(
  "java.lang.RuntimeException: FAIL: PosixMapperClient.augment(Subject): java.net.ConnectException: Connection refused"
)

/** Nobody calls, in the words of today's servers. */
export const anonymousMembership = badRequest("cannot get group memberships for anonymous")
