import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"
import type { Outage } from "../../Fault.ts"
import type { Arrival } from "../http/arrival.ts"
import { type Checked, forbidden, refuse, serverName, unavailable, unexpected } from "../http/replies.ts"
import type { Platform } from "../platform.ts"
import { challengeOf, identify, type Identity, type IdentityManager } from "./identify.ts"
import type { Refusal, User } from "./users.ts"

/** The headers of every reply that an action makes, of whatever status. A callback token identifies nobody here. */
export const identified = (
  identity: Identity,
  manager: IdentityManager,
  reply: EmulatorReply,
  server = serverName
): EmulatorReply => ({
  ...reply,
  headers:
    identity._tag === "Known"
      ? { server, "x-vo-authenticated": identity.user.name, ...reply.headers }
      : { server, "WWW-Authenticate": challengeOf(manager), ...reply.headers }
})

export const identityOf = ({ settings }: Platform, { now, request }: Arrival): Identity =>
  identify(request, settings.accounts, settings.identityManager, now)

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
const authorise = (user: User, path: string | undefined, outage: Outage | undefined): Checked<User> => {
  if (outage === "membership") return refuse(unavailable(path))
  return user.refusal === undefined || user.refusal === "no-headless"
    ? Result.succeed(user)
    : refuse(forbidden(words[user.refusal]))
}

/** The identity service does not answer: noticed with every valid token, before any action begins. */
export const identityServiceDown = unexpected(
  "java.lang.RuntimeException: FAIL: PosixMapperClient.augment(Subject): java.net.ConnectException: Connection refused"
)

/** A callback token stands for the owner of its session, who is not asked for memberships. */
const callBack = ({ callbackTokens, store }: Platform, token: string, now: number): Checked<User> => {
  const sessionId = callbackTokens.sessionOf(token)
  if (sessionId === undefined) return refuse(forbidden("Invalid auth token"))
  const session = store.find(sessionId, now)
  return session === undefined
    ? refuse(unexpected("java.lang.RuntimeException: Unable to retrieve information for callback flow"))
    : Result.succeed(session.owner)
}

/** Whether a caller whose credentials are not bad may use the platform, and as whom. */
export const admit = (
  platform: Platform,
  { now, outage }: Arrival,
  identity: Exclude<Identity, { _tag: "Refused" }>,
  path: string | undefined
): Checked<User> => {
  if (identity._tag === "Known") return authorise(identity.user, path, outage)
  return identity.callbackToken === undefined
    ? refuse(platform.settings.profile.anonymous)
    : callBack(platform, identity.callbackToken, now)
}
