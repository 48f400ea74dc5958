/**
 * Who asks which platform: from options, from the environment, from the configuration file, or else nobody asks the
 * default platform.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Audience from "../Audience.ts"
import { Credentials } from "../Credentials.ts"
import { Settings, type SettingsOptions } from "../Settings.ts"
import { ConfigurationInvalid, CredentialsMisdirected, type SkahaError } from "../SkahaError.ts"
import { Transport } from "../Transport.ts"
import * as Certificate from "./Certificate.ts"
import type { AuthenticationRecord, Configuration } from "./Configuration.ts"
import { withEnvironment, type Environment } from "./configurationEnvironment.ts"
import { ConfigurationFile } from "./ConfigurationFile.ts"
import { isThere, recordAt, serversOf } from "./internal/accountRecords.ts"
import { homePath } from "./internal/homePath.ts"
import * as OpenIdCredentials from "./OpenIdCredentials.ts"
import * as SavedLogin from "./SavedLogin.ts"
import * as UndiciTransport from "./UndiciTransport.ts"

/** Who asks which platform, and how it is reached. All of it has a default. */
export interface SignInOptions
  extends SettingsOptions, Omit<UndiciTransport.ConnectionOptions, "certificate" | "certificateOrigins" | "env"> {
  /** A bearer token. Not beside a certificate. */
  readonly token?: string | Redacted.Redacted | undefined
  /** The PEM file of a client certificate with its chain and key; `~` is the user's home. Not beside a token. */
  readonly certificate?: string | undefined
  /**
   * The identity provider whose saved login is used. Default the one that is active in the configuration file. Not beside
   * a token or a certificate, nor where no configuration file is looked at.
   */
  readonly idp?: string | undefined
  /** The configuration file, or `false` to look at none. Default `~/.canfar/config.yaml`. */
  readonly configuration?: string | false | undefined
  /** The user's home. Default the system's. */
  readonly home?: string | undefined
  /** The variables that are looked up. Default those of the process. */
  readonly env?: Environment | undefined
}

/** What the program or its environment gives, and where it comes from. */
interface Given {
  readonly value: string | Redacted.Redacted
  readonly source: string
}

const textOf = (secret: string | Redacted.Redacted): string =>
  Redacted.isRedacted(secret) ? Redacted.value(secret) : secret

/** The first of some variables that says something. */
const variable = (env: Environment, names: ReadonlyArray<string>): Given | undefined => {
  const source = names.find((name) => (env[name] ?? "").trim() !== "")
  return source === undefined ? undefined : { value: env[source] ?? "", source }
}

const given = (value: string | Redacted.Redacted | undefined, env: Environment, names: ReadonlyArray<string>) =>
  value === undefined || textOf(value).trim() === "" ? variable(env, names) : { value, source: "options" }

const operation = "SignIn.layer"

const invalid = (field: string, message: string) =>
  new ConfigurationInvalid({ operation, problems: [{ field, message }] })

/** Who asks: what the transport has to show, what requests carry, and where that may go. */
interface Who {
  readonly certificate?: Certificate.Certificate
  readonly credentials: Effect.Effect<Credentials["Service"], SkahaError, Transport | ConfigurationFile | Scope.Scope>
  /** Whom the credentials are for. Absent where the program itself has said both. */
  readonly audience?: Audience.Audience
}

const anonymous: Who = { credentials: Credentials.make() }

/** Whose saved login the program itself asks for. */
const wantedOf = ({ idp = "" }: SignInOptions): string | undefined => (idp.trim() === "" ? undefined : idp)

/** Who asks by what needs no configuration file. What the program says counts before what its environment says. */
const whoByOptions = Effect.fnUntraced(function* (options: SignInOptions, variables: Environment) {
  // Who names a login does not want whatever token there is in the environment.
  const env = wantedOf(options) === undefined ? variables : {}
  const token = given(options.token, env, ["SKAHA_TOKEN", "CANFAR_TOKEN"])
  const file = given(options.certificate, env, ["SKAHA_CERTIFICATE", "CANFAR_CERTIFICATE"])
  if (token !== undefined && (file === undefined || isStronger(token, file))) {
    const who: Who = { credentials: Credentials.make({ token: token.value }, token.source) }
    return who
  }
  if (file === undefined) return undefined
  if (token !== undefined && !isStronger(file, token)) {
    return yield* invalid("certificate", `give a token or a certificate, not both (${token.source}, ${file.source})`)
  }
  return byCertificate(yield* Certificate.make({ file: textOf(file.value), home: options.home }), {
    source: file.source
  })
})

const isStronger = (one: Given, other: Given) => one.source === "options" && other.source !== "options"

const byCertificate = (certificate: Certificate.Certificate, how: Certificate.CertificateCredentialsOptions): Who => ({
  certificate,
  credentials: Effect.succeed(Certificate.credentials(certificate, how))
})

/** Where the program or its environment says that the platform is. */
const addressByOptions = ({ server, url }: SignInOptions, env: Environment): SettingsOptions | undefined => {
  if (url !== undefined || server !== undefined) return { url, server }
  const variables = { url: variable(env, ["SKAHA_URL", "CANFAR_URL"]), server: variable(env, ["SKAHA_SERVER"]) }
  if (variables.url !== undefined) return { url: textOf(variables.url.value) }
  return variables.server === undefined ? undefined : { server: textOf(variables.server.value) }
}

/** What the configuration file says of a login. */
interface Saved {
  readonly idp: string
  /** Whether it was asked for by name. */
  readonly wanted: boolean
  readonly record: AuthenticationRecord
  readonly configuration: Configuration
  /** Whether there is a file at all. */
  readonly isKept: boolean
  readonly source: string
}

const savedLogin = Effect.fnUntraced(function* (options: SignInOptions, env: Environment) {
  const file = yield* ConfigurationFile
  const kept = yield* file.saved
  const configuration = yield* withEnvironment(kept ?? (yield* file.read), env)
  const chosen = given(options.idp, env, ["CANFAR_AUTHENTICATION_IDP"])
  const idp = chosen === undefined ? configuration.active.authentication : textOf(chosen.value)
  const record = recordAt(configuration, idp)
  if (record === undefined) {
    const field = chosen === undefined || chosen.source === "options" ? "idp" : chosen.source
    return yield* invalid(field, `not signed in with ${idp}`)
  }
  const saved: Saved = {
    idp,
    wanted: wantedOf(options) !== undefined,
    record,
    configuration,
    isKept: kept !== undefined,
    source: yield* file.path
  }
  return saved
})

/** The server in use, if it takes this login, or else the one that was last used with it. */
const serverOf = ({ configuration: { active, servers }, idp }: Saved): SettingsOptions => {
  const names = [active.server, active.servers[idp]].filter((name) => name !== undefined)
  const server = names.flatMap((name) => servers[name] ?? []).find((one) => one.idp === idp)
  return { server: server?.url, version: server?.version }
}

const audienceOf = ({ configuration, idp }: Saved): Audience.Audience =>
  Audience.ofServers(idp, serversOf(configuration))

const whoBySaved = Effect.fnUntraced(function* (saved: Saved, options: SignInOptions) {
  const { idp, isKept, record, source } = saved
  const audience = audienceOf(saved)
  if (record.mode === "oidc") {
    const credentials = Effect.flatMap(SavedLogin.loginStore(idp), (store) => OpenIdCredentials.make(store, { source }))
    return { audience, credentials }
  }
  if (record.path === undefined) return anonymous
  const certificate = yield* Certificate.make({ file: record.path, home: options.home })
  if (!isKept && !(yield* isThere(certificate))) return anonymous
  return { audience, ...byCertificate(certificate, { type: "X509", source }) }
})

/** The registry of private images. A secret of one registry is none of another's: what the program says replaces both. */
const registryOf = ({ configuration: { registry } }: Saved): SettingsOptions => {
  const { secret, url, username } = registry
  if (username === undefined || secret === undefined) return {}
  return { registry: { username, secret }, ...(url === undefined ? {} : { imageRegistry: new URL(url).host }) }
}

/** What is not said must not cover what is said elsewhere. */
const saidOf = (options: SettingsOptions): SettingsOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** Where the platform is, and who asks. */
const decide = Effect.fnUntraced(function* (options: SignInOptions, env: Environment) {
  const runtime = yield* whoByOptions(options, env)
  if (wantedOf(options) !== undefined && (runtime !== undefined || options.configuration === false)) {
    const other = runtime === undefined ? "no configuration: false" : "no token or certificate"
    return yield* invalid("idp", `a saved login is meant: give ${other} beside it`)
  }
  const version = variable(env, ["SKAHA_VERSION"])
  const address = addressByOptions(options, env)
  const saved = runtime === undefined && options.configuration !== false ? yield* savedLogin(options, env) : undefined
  const said = {
    ...(saved === undefined || address !== undefined ? {} : serverOf(saved)),
    ...(version === undefined ? {} : { version: textOf(version.value) }),
    ...saidOf(options),
    ...address
  }
  const settings = yield* Settings.make(said)
  if (saved === undefined) return { settings, who: runtime ?? anonymous }
  const { origin } = settings
  if (Audience.admits(audienceOf(saved), origin)) {
    const registry = options.registry === undefined ? registryOf(saved) : {}
    return { settings: yield* Settings.make({ ...registry, ...said }), who: yield* whoBySaved(saved, options) }
  }
  // Nobody's login goes to a server that it is not for, and neither does the registry's secret.
  if (saved.wanted) return yield* new CredentialsMisdirected({ operation, idp: saved.idp, origin })
  const log = saved.isKept ? Effect.logInfo : Effect.logDebug
  yield* log(`SignIn: the login with ${saved.idp} is not for ${origin}: nobody asks there`)
  return { settings, who: anonymous }
})

const make = Effect.fnUntraced(function* (options: SignInOptions) {
  const env = options.env ?? process.env
  const { settings, who } = yield* decide(options, env)
  const { ca = [], home, http2, proxy, systemCa } = options
  const authorities = [ca].flat().map((file) => homePath(file, home))
  const opened = yield* Layer.build(
    UndiciTransport.layerWith({ certificate: who.certificate, ca: authorities, systemCa, proxy, http2, env }).pipe(
      Layer.provide(Layer.succeed(Settings, settings))
    )
  )
  const transport = Context.get(opened, Transport)
  const credentials = yield* Effect.provideService(who.credentials, Transport, transport)
  const confined = who.audience === undefined ? transport : Audience.confine(transport, who.audience, settings.origin)
  return Context.make(Settings, settings).pipe(Context.add(Credentials, credentials), Context.add(Transport, confined))
})

/**
 * All that a platform's services need, for programs on Node.
 *
 * Who asks is, in this order: the `token` or `certificate` of the options; `SKAHA_TOKEN` or `SKAHA_CERTIFICATE` of the
 * environment, also as `CANFAR_…`, unless `idp` is given; the login in the configuration file that `idp` or
 * `CANFAR_AUTHENTICATION_IDP` names, or that is active there; nobody. Where the platform is: `url` or `server`;
 * `SKAHA_URL`, `CANFAR_URL` or `SKAHA_SERVER`; the server in use with that login; CANFAR. A saved login only ever goes to
 * the servers of its identity provider: at any other nobody asks, and with `idp` that is `CredentialsMisdirected`. The
 * file's registry of private images goes with its login: with a token, the file is not even read.
 *
 * `Credentials.describe` says what it has come to.
 *
 * @example
 * ```ts
 * import { Credentials } from "@skaha/core"
 * import { SignIn } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 *
 * const who = Credentials.use(({ describe }) => describe).pipe(Effect.provide(SignIn.layer()))
 * ```
 */
export const layer = (options: SignInOptions = {}): Layer.Layer<Settings | Credentials | Transport, SkahaError> =>
  Layer.effectContext(make(options)).pipe(
    Layer.provide(
      ConfigurationFile.layer({
        path: options.configuration === false ? undefined : options.configuration,
        home: options.home
      })
    )
  )
