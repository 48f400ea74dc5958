import * as Base64Url from "effect/encoding/Base64Url"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import { certificateRefused, unauthorized } from "../http/replies.ts"
import { type Account, normaliseSubject, type User } from "./users.ts"

/** Which credentials a deployment understands: bearer tokens alone, or certificates and cookies as well. */
export type IdentityManager = "oidc" | "ac"

/** Who calls, as far as the credentials of the request tell. */
export type Identity =
  | { readonly _tag: "Known"; readonly user: User }
  /** No credential at all. `callbackToken` is set when one was given, which counts only then. */
  | { readonly _tag: "Anonymous"; readonly callbackToken: string | undefined }
  /** A bad credential: the servlet's own answer, before any action begins. */
  | { readonly _tag: "Refused"; readonly message: string; readonly reply: EmulatorReply }

const challenges: Record<IdentityManager, string> = { oidc: "Bearer", ac: "ivoa_cookie, ivoa_x509, Bearer" }

/** The `WWW-Authenticate` of a reply to somebody who gave no credential. */
export const challengeOf = (manager: IdentityManager): string => challenges[manager]

const quoted = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')

/** A refusal; `error` is what the challenge says of a token, where tokens are all there is. */
type Refuse = (message: string, error?: "invalid_token" | "invalid_request") => Identity

const refuseWith =
  (manager: IdentityManager): Refuse =>
  (message, error) => {
    const details =
      error === undefined || manager === "ac" ? "" : ` error="${error}", error_description="${quoted(message)}"`
    return { _tag: "Refused", message, reply: unauthorized(message, `${challengeOf(manager)}${details}`) }
  }

const record = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const parseJson = (text: string): Result.Result<unknown, unknown> => Result.try(() => JSON.parse(text))

/** What a JSON Web Token claims, or `undefined` when it only looks like one. */
const claimsOf = (token: string): Readonly<Record<string, unknown>> | undefined => {
  const claims = Result.flatMap(Base64Url.decodeString(token.split(".")[1] ?? ""), parseJson)
  return Result.isSuccess(claims) && record(claims.success) ? claims.success : undefined
}

/**
 * An opaque token can only be asked about. A JSON Web Token fails by its own contents: nothing here is trusted to issue
 * one, so at best it comes from the wrong issuer.
 */
const unknownToken = (token: string, refused: Refuse): Identity => {
  if (token.split(".").length !== 3) return refused("Cannot validate token using user info endpoint", "invalid_token")
  const issuer = claimsOf(token)?.["iss"]
  return typeof issuer === "string"
    ? refused(`Token from untrusted issuer: ${issuer} ignored`, "invalid_request")
    : refused("Invalid JWT token", "invalid_token")
}

const known = (account: Account): Identity => ({ _tag: "Known", user: account.user })

const isSecret = (secret: Redacted.Redacted | undefined, given: string) =>
  secret !== undefined && Redacted.value(secret) === given

const identifyByToken = (token: string, accounts: ReadonlyArray<Account>, now: number, refused: Refuse): Identity => {
  if (/, *bearer /i.test(token)) return refused("Multiple authorization tokens not supported", "invalid_request")
  const account = accounts.find((account) => isSecret(account.token, token))
  if (account === undefined) return unknownToken(token, refused)
  return now < account.tokenExpiresAt ? known(account) : refused("Token has expired", "invalid_token")
}

const cookieOf = (header: string | undefined): string | undefined =>
  header
    ?.split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith("CADC_SSO="))
    ?.slice("CADC_SSO=".length)

const identifyByCertificate = (request: EmulatorRequest, accounts: ReadonlyArray<Account>): Identity | undefined => {
  const { certificate } = request
  if (certificate === undefined) return undefined
  if (certificate._tag === "Refused") {
    return { _tag: "Refused", message: certificate.reason, reply: certificateRefused(certificate.reason) }
  }
  const subject = normaliseSubject(certificate.subject)
  const account = accounts.find((account) => account.subject === subject)
  // A good certificate of somebody without an account: known to the authority, but not to the platform.
  return account === undefined
    ? { _tag: "Known", user: { name: certificate.subject, uid: 0, refusal: "no-posix-identity" } }
    : known(account)
}

const identifyByCookie = (
  request: EmulatorRequest,
  accounts: ReadonlyArray<Account>,
  refused: Refuse
): Identity | undefined => {
  const cookie = cookieOf(request.headers["cookie"])
  if (cookie === undefined) return undefined
  const account = accounts.find((account) => isSecret(account.cookie, cookie))
  return account === undefined ? refused("invalid cookie: CADC_SSO") : known(account)
}

/** Looks at the credentials of a request: a token first, then, where they count, a certificate and a cookie. */
export const identify = (
  request: EmulatorRequest,
  accounts: ReadonlyArray<Account>,
  manager: IdentityManager,
  now: number
): Identity => {
  const refused = refuseWith(manager)
  const authorization = request.headers["authorization"]
  if (authorization !== undefined) {
    const blank = authorization.indexOf(" ")
    if (blank < 0) return refused(`BUG: invalid authorization ${authorization}`)
    const scheme = authorization.slice(0, blank).toLowerCase()
    if (scheme === "bearer") return identifyByToken(authorization.slice(blank + 1).trim(), accounts, now, refused)
    if (scheme !== "basic") return refused(`unhandled auth: Authorization ${authorization}`)
  }
  const other =
    manager === "ac"
      ? (identifyByCertificate(request, accounts) ?? identifyByCookie(request, accounts, refused))
      : undefined
  return other ?? { _tag: "Anonymous", callbackToken: request.headers["x-auth-token-skaha"] }
}
