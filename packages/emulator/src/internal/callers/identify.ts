import * as Redacted from "effect/Redacted"
import type { EmulatorReply } from "../../Exchange.ts"
import { badRequest, forbidden, unauthorized } from "../http/replies.ts"

// The identity manager is the one of an OpenID Connect deployment: bearer tokens, no certificates, no cookies.

/** A person the platform knows. */
export interface User {
  readonly name: string
  /** The numeric user id, which is the group id too. */
  readonly uid: number
}

export interface Account {
  readonly user: User
  readonly token: Redacted.Redacted
}

export type Identity =
  | { readonly _tag: "Known"; readonly user: User }
  /** No credential at all. `callbackToken` is set when one was given, which counts only then. */
  | { readonly _tag: "Anonymous"; readonly callbackToken: string | undefined }
  | { readonly _tag: "Refused"; readonly message: string; readonly challenge: string }

/** The challenge to a caller who gave no credential. */
export const bareChallenge = "Bearer"

const quoted = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')
const refused = (message: string, error?: string): Identity => ({
  _tag: "Refused",
  message,
  challenge:
    error === undefined ? bareChallenge : `${bareChallenge} error="${error}", error_description="${quoted(message)}"`
})

// An opaque token can only be asked about; what looks like a JSON Web Token fails its own check first.
const invalidToken = (token: string): Identity =>
  refused(
    token.split(".").length === 3 ? "Invalid JWT token" : "Cannot validate token using user info endpoint",
    "invalid_token"
  )

export const identify = (headers: Readonly<Record<string, string>>, accounts: ReadonlyArray<Account>): Identity => {
  const authorization = headers["authorization"]
  const anonymous: Identity = { _tag: "Anonymous", callbackToken: headers["x-auth-token-skaha"] }
  if (authorization === undefined) return anonymous
  const blank = authorization.indexOf(" ")
  if (blank < 0) return refused(`BUG: invalid authorization ${authorization}`)
  const credential = authorization.slice(blank + 1).trim()
  switch (authorization.slice(0, blank).toLowerCase()) {
    case "basic":
      return anonymous
    case "bearer": {
      if (/, *bearer /i.test(credential))
        return refused("Multiple authorization tokens not supported", "invalid_request")
      const account = accounts.find((account) => Redacted.value(account.token) === credential)
      return account === undefined ? invalidToken(credential) : { _tag: "Known", user: account.user }
    }
    default:
      return refused(`unhandled auth: Authorization ${authorization}`)
  }
}

/** Why a caller who is nobody may not do anything under `/v1`. */
export const refuseStranger = (identity: Exclude<Identity, { _tag: "Known" }>): EmulatorReply => {
  if (identity._tag === "Refused") return unauthorized(identity.message, identity.challenge)
  return identity.callbackToken === undefined
    ? badRequest("cannot get group memberships for anonymous")
    : forbidden("Invalid auth token")
}
