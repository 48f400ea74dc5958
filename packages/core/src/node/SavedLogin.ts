/**
 * Logins with OpenID providers in the configuration file.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { LoginRequired } from "../AccountError.ts"
import * as IdentityProviders from "../IdentityProviders.ts"
import type { AuthenticationRecord, OidcRecord } from "./Configuration.ts"
import { ConfigurationFile } from "./ConfigurationFile.ts"
import { recordAt } from "./internal/accountRecords.ts"
import type { Client, Login, LoginStore } from "./Login.ts"

/** A moment in seconds since 1970. 0 and less stand for one that is not known. */
const momentOf = (seconds: number | undefined): DateTime.Utc | undefined =>
  seconds === undefined || seconds <= 0 ? undefined : Option.getOrUndefined(DateTime.make(seconds * 1000))

const secondsOf = (moment: DateTime.Utc | undefined): number | undefined =>
  moment === undefined ? undefined : DateTime.toEpochMillis(moment) / 1000

/** The secret, where it is one. */
const nonEmpty = (secret: Redacted.Redacted | undefined): Redacted.Redacted | undefined =>
  secret === undefined || Redacted.value(secret).trim() === "" ? undefined : secret

const address = (text: string | undefined): string | undefined =>
  text !== undefined && URL.canParse(text) ? text : undefined

/** This program as the provider of a record knows it, to be used again. */
export const clientOf = (record: AuthenticationRecord): Client | undefined =>
  record.mode !== "oidc" || record.client.identity === undefined
    ? undefined
    : {
        id: record.client.identity,
        secret: nonEmpty(record.client.secret),
        secretExpires: momentOf(record.client.secretExpiresAt)
      }

/**
 * The login that a record holds. A login that can only be used or only be renewed is one, too; what can be neither is
 * told as a reason.
 */
export const loginOf = (record: AuthenticationRecord): Result.Result<Login, string> => {
  if (record.mode !== "oidc") return Result.fail("what is kept is a certificate")
  const { client, endpoints, expiry, idp, token } = record
  const access = nonEmpty(token.access)
  const refresh = nonEmpty(token.refresh)
  const discovery = address(endpoints.discovery) ?? IdentityProviders.find(idp)?.openId?.discovery
  const asked = address(endpoints.token)
  const mayRenew = asked !== undefined && client.identity !== undefined
  if (access === undefined && (refresh === undefined || !mayRenew)) {
    return Result.fail("what is kept of the login has no token")
  }
  const provider = asked ?? discovery
  if (provider === undefined) return Result.fail("what is kept of the login does not say where it comes from")
  return Result.succeed({
    endpoints: {
      discovery: discovery ?? provider,
      device: endpoints.device ?? "",
      token: provider,
      registration: endpoints.registration
    },
    client: clientOf(record) ?? { id: "" },
    tokens: {
      access: access ?? Redacted.make(""),
      // Without a token, it is time to renew it.
      accessExpires: access === undefined ? DateTime.makeUnsafe(0) : momentOf(expiry.access),
      refresh: mayRenew ? refresh : undefined,
      refreshExpires: momentOf(expiry.refresh),
      scope: token.scope
    }
  })
}

/** When the user has to sign in again, where that is known: the end of what cannot be renewed. */
export const expiresOf = (record: AuthenticationRecord): DateTime.Utc | undefined => {
  const login = loginOf(record)
  if (Result.isFailure(login)) return undefined
  const { accessExpires, refresh, refreshExpires } = login.success.tokens
  return refresh === undefined ? accessExpires : refreshExpires
}

/**
 * The record of a login with a provider.
 *
 * @param before the record that it replaces: what it says of the same client, and the login does not, holds on
 */
export const recordOf = (
  idp: string,
  { client, endpoints, tokens }: Login,
  before?: AuthenticationRecord
): OidcRecord => {
  const old = before?.mode === "oidc" && before.client.identity === client.id ? before : undefined
  return {
    idp,
    mode: "oidc",
    endpoints: {
      discovery: endpoints.discovery,
      device: endpoints.device === "" ? undefined : endpoints.device,
      registration: endpoints.registration,
      token: endpoints.token
    },
    client: {
      identity: client.id === "" ? undefined : client.id,
      secret: client.secret,
      // A whole number, in the file's schema.
      secretExpiresAt:
        client.secretExpires === undefined
          ? old?.client.secretExpiresAt
          : Math.floor(DateTime.toEpochMillis(client.secretExpires) / 1000)
    },
    token: {
      access: tokens.access,
      refresh: tokens.refresh,
      tokenType: old?.token.tokenType ?? "Bearer",
      scope: tokens.scope
    },
    expiry: { access: secondsOf(tokens.accessExpires), refresh: secondsOf(tokens.refreshExpires) }
  }
}

/** Runs an effect while no other process renews or replaces the login with a provider. */
export const exclusively = <A, E, R>(idp: string, effect: Effect.Effect<A, E, R>) =>
  ConfigurationFile.use((file) => file.exclusively(`login-${idp}`, effect))

/**
 * Keeps the login with a provider in the configuration file, for `OpenIdCredentials`. Nothing is read yet.
 *
 * Each save changes the record of this login alone. A login that somebody has removed meanwhile does not come back:
 * loading and saving it fail with `LoginRequired`, as they do when what is kept is no login with an OpenID provider.
 *
 * @param idp the key of the identity provider, such as `srcnet`
 *
 * @example
 * ```ts
 * import { ConfigurationFile, OpenIdCredentials, SavedLogin } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const credentials = Layer.unwrap(
 *   Effect.map(SavedLogin.loginStore("srcnet"), (store) => OpenIdCredentials.layer(store))
 * ).pipe(Layer.provide(ConfigurationFile.layer()))
 * ```
 */
export const loginStore: (idp: string) => Effect.Effect<LoginStore, never, ConfigurationFile> = Effect.fnUntraced(
  function* (idp) {
    const file = yield* ConfigurationFile
    const required = (operation: string, reason?: string) =>
      new LoginRequired({ operation, idp, ...(reason === undefined ? {} : { reason }) })
    const kept: LoginStore = {
      load: Effect.gen(function* () {
        const record = recordAt(yield* file.read, idp)
        if (record === undefined) return yield* required("SavedLogin.load")
        const login = loginOf(record)
        return Result.isSuccess(login) ? login.success : yield* required("SavedLogin.load", login.failure)
      }),
      save: Effect.fnUntraced(function* (login) {
        let isThere = false
        yield* file.update((now) => {
          const record = recordAt(now, idp)
          isThere = record?.mode === "oidc"
          return isThere
            ? { ...now, authentication: { ...now.authentication, [idp]: recordOf(idp, login, record) } }
            : now
        })
        if (!isThere) return yield* required("SavedLogin.save", "it was signed out meanwhile")
      }),
      lock: (effect) => Effect.provideService(exclusively(idp, effect), ConfigurationFile, file)
    }
    return kept
  }
)
