/**
 * How somebody comes to a login with an identity provider, or keeps the one there is.
 */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { LoginRequired } from "../../AccountError.ts"
import type { IdentityProvider } from "../../IdentityProviders.ts"
import type { SkahaError } from "../../SkahaError.ts"
import type { Transport } from "../../Transport.ts"
import * as CadcCertificate from "../CadcCertificate.ts"
import * as Certificate from "../Certificate.ts"
import type { AuthenticationRecord } from "../Configuration.ts"
import type { ConfigurationFile } from "../ConfigurationFile.ts"
import * as DeviceLogin from "../DeviceLogin.ts"
import * as Login from "../Login.ts"
import type { ProviderOptions } from "../OpenId.ts"
import * as OpenIdCredentials from "../OpenIdCredentials.ts"
import * as SavedLogin from "../SavedLogin.ts"
import type { Identity } from "./accountServers.ts"

/** A name and a password. */
export interface NameAndPassword {
  readonly username: string
  readonly password: string | Redacted.Redacted
}

/** How to sign in. */
export interface SignInCallbacks<E = never, R = never> {
  /** Whether to sign in again although there is a login that is still good. Default `false`. */
  readonly force?: boolean | undefined
  /** Shows the user where to confirm the login. Needed where users sign in with a browser. */
  readonly onPrompt?: ((prompt: DeviceLogin.DevicePrompt) => Effect.Effect<void, E, R>) | undefined
  /**
   * Asks for name and password. Needed where users sign in with a certificate and have none that is valid; it is called
   * then only, or with `force`.
   */
  readonly askPassword?: Effect.Effect<NameAndPassword, E, R> | undefined
}

/**
 * Where a login comes from: it was `kept` as it was saved, perhaps with a new token; it was `found` in a file that
 * another program has left; or it was `obtained` by signing in.
 */
export type Origin = "kept" | "found" | "obtained"

/** A login to be used from now on. */
export interface SignedIn extends Identity {
  readonly origin: Origin
  /** What to save; nothing where it is saved already. */
  readonly record: Effect.Effect<AuthenticationRecord | undefined, SkahaError>
  /** The name that the user goes by, where it is known. */
  readonly username?: string | undefined
}

/** What is the same for all logins. */
export interface Setting extends ProviderOptions {
  readonly home?: string | undefined
}

const operation = "Accounts.login"

const toSignIn = () => Effect.undefined

/** The saved login, renewed if need be; nothing where the user has to sign in. */
const keptLogin = Effect.fnUntraced(
  function* (idp: string, setting: Setting) {
    const credentials = yield* OpenIdCredentials.make(yield* SavedLogin.loginStore(idp), setting)
    yield* credentials.authorize
    const kept: SignedIn = { origin: "kept", credentials, record: Effect.undefined }
    return kept
  },
  // Of one that is kept with addresses of no use, nothing can be had either.
  Effect.catchTags({ LoginRequired: toSignIn, CredentialsExpired: toSignIn, ProviderUnsuitable: toSignIn })
)

const deviceLogin = Effect.fnUntraced(function* <E, R>(
  { key: idp, openId }: IdentityProvider,
  before: AuthenticationRecord | undefined,
  { onPrompt }: SignInCallbacks<E, R>,
  setting: Setting
) {
  if (openId === undefined || onPrompt === undefined) {
    const reason = "its users sign in with a browser: say how to show them where, as onPrompt"
    return yield* new LoginRequired({ operation, idp, reason })
  }
  const { discovery, issuer } = openId
  const { login, username } = yield* DeviceLogin.login({
    ...setting,
    provider: discovery,
    issuer,
    client: before === undefined ? undefined : SavedLogin.clientOf(before),
    onPrompt
  })
  const store = yield* Login.memory(login)
  const obtained: SignedIn = {
    origin: "obtained",
    username,
    credentials: yield* OpenIdCredentials.make(store, setting),
    record: Effect.map(store.load, (now) => SavedLogin.recordOf(idp, now, before))
  }
  return obtained
})

const certificateLogin = Effect.fnUntraced(function* <E, R>(
  { key: idp, registries }: IdentityProvider,
  before: AuthenticationRecord | undefined,
  { askPassword, force = false }: SignInCallbacks<E, R>,
  { home, timeout }: Setting
) {
  const certificate = yield* Certificate.make({ file: before?.mode === "x509" ? before.path : undefined, home })
  const { file } = certificate
  const by = (origin: Origin, username?: string): SignedIn => ({
    origin,
    username,
    certificate,
    credentials: Certificate.credentials(certificate, { type: "X509", source: "login" }),
    // What the file itself says of its end is always right.
    record: Effect.succeed({ idp, mode: "x509", path: file, expiry: 0 })
  })

  const found = yield* Effect.result(certificate.reread)
  if (askPassword === undefined || !force) {
    if (Result.isSuccess(found)) return by(before === undefined ? "found" : "kept")
    if (askPassword === undefined) return yield* found.failure
  }
  const { password, username } = yield* askPassword
  const registry = registries[0]?.url
  yield* CadcCertificate.download({ username, password, file, home, registry, timeout })
  yield* certificate.reread
  return by("obtained", username)
})

/**
 * Comes to a login: keeps the one there is while it is good, or else has the user sign in.
 *
 * @param before what is saved of an earlier login
 */
export const signIn = Effect.fnUntraced(function* <E, R>(
  provider: IdentityProvider,
  before: AuthenticationRecord | undefined,
  callbacks: SignInCallbacks<E, R>,
  setting: Setting
): Effect.fn.Return<SignedIn, SkahaError | E, ConfigurationFile | Transport | Scope.Scope | R> {
  if (provider.mode === "x509") return yield* certificateLogin(provider, before, callbacks, setting)
  const mayKeep = before?.mode === "oidc" && callbacks.force !== true
  const kept = mayKeep ? yield* keptLogin(provider.key, setting) : undefined
  return kept ?? (yield* deviceLogin(provider, before, callbacks, setting))
})

/** Who a saved login is, to servers; nobody where its record names no certificate. */
export const savedIdentity = Effect.fnUntraced(function* (record: AuthenticationRecord, setting: Setting) {
  if (record.mode === "oidc") {
    const identity: Identity = {
      credentials: yield* OpenIdCredentials.make(yield* SavedLogin.loginStore(record.idp), setting)
    }
    return identity
  }
  if (record.path === undefined) return undefined
  const certificate = yield* Certificate.make({ file: record.path, home: setting.home })
  const identity: Identity = { certificate, credentials: Certificate.credentials(certificate, { type: "X509" }) }
  return identity
})
