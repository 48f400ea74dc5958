/**
 * Who has signed in on this machine, with which identity providers, and which servers are used: everything that the
 * configuration file is changed for.
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ForceRequired, LoginRequired, ProviderUnknown } from "../AccountError.ts"
import * as IdentityProviders from "../IdentityProviders.ts"
import type { Activation } from "../ServerActivation.ts"
import { requireServers, type Discovery } from "../ServerDiscovery.ts"
import { mergeServers, type ServerRecord } from "../ServerRecord.ts"
import type { SkahaError } from "../SkahaError.ts"
import { Transport } from "../Transport.ts"
import * as Certificate from "./Certificate.ts"
import type { AuthenticationRecord, Configuration } from "./Configuration.ts"
import { ConfigurationFile } from "./ConfigurationFile.ts"
import { isThere, purged, recordAt, removed, serversOf, switched, withServers } from "./internal/accountRecords.ts"
import {
  discoverServers,
  newOf,
  useServer,
  type ChooseOptions,
  type Connections,
  type DiscoverOptions
} from "./internal/accountServers.ts"
import { enter } from "./internal/entering.ts"
import { homeFolder } from "./internal/homePath.ts"
import { savedIdentity, type Origin, type SignInCallbacks } from "./internal/signingIn.ts"
import * as SavedLogin from "./SavedLogin.ts"

export type { ChooseOptions, DiscoverOptions } from "./internal/accountServers.ts"
export type { NameAndPassword, Origin, SignInCallbacks } from "./internal/signingIn.ts"

/** Which identity providers there are, and how they are reached. All of it has a default. */
export interface AccountsOptions {
  /** The identity providers. Default those that are known. */
  readonly providers?: ReadonlyArray<IdentityProviders.IdentityProvider> | undefined
  /** The user's home. Default the system's. */
  readonly home?: string | undefined
  /** How connections are made to servers that are shown a certificate. */
  readonly connections?: Connections | undefined
  /** Whether an OpenID provider on this machine may be asked without TLS. Default `false`. For tests. */
  readonly allowInsecureRequests?: boolean | undefined
}

/** A login that is kept. */
export interface Account {
  /** The key of the identity provider. */
  readonly idp: string
  /** What people call it. */
  readonly name: string
  readonly mode: "x509" | "oidc"
  /** When the user has to sign in again, where that is known: the end of what cannot be renewed. */
  readonly expires: DateTime.Utc | undefined
  /** Whether it is the one in use. */
  readonly active: boolean
  /** The name of the server in use, of the login in use. */
  readonly server: string | undefined
}

/** How to sign in, and which server to use then. */
export interface LoginOptions<E = never, R = never> extends SignInCallbacks<E, R>, ChooseOptions<E, R> {}

/** A login in use. */
export interface LoginResult extends Account {
  readonly server: string
  /** Whether it was `kept` as it was, `found` in a file of another program, or `obtained` by signing in. */
  readonly origin: Origin
  /** The name that the user goes by, where the login has told it. */
  readonly username: string | undefined
  /** Which server is used, and why that one. */
  readonly activation: Activation
}

/** What is lost only by intent. */
export interface ForceOptions {
  /** Whether it is meant. Default `false`. */
  readonly force?: boolean | undefined
}

/** Which servers are known, and which is used. */
export interface Servers {
  /**
   * Looks for the servers of an identity provider, and saves what it finds. Needs no login. Fails with
   * `ServersNotFound` when there is none.
   */
  readonly discover: (idp: string, options?: DiscoverOptions) => Effect.Effect<Discovery, SkahaError>
  /**
   * The known servers of the login in use, in the order of their names. They are looked for when none is known, unless
   * `discover` is `false`.
   */
  readonly list: (options?: ListServersOptions) => Effect.Effect<ReadonlyArray<ServerRecord>, SkahaError>
  /** Uses a server of the login in use, by its name, or else by its URI. */
  readonly use: (selector: string, options?: DiscoverOptions) => Effect.Effect<Activation, SkahaError>
  /**
   * Uses a login, and a server of its provider that can be used: the one that is wanted, the one in use, the one that
   * was used last, or the only one. Fails as `ServerActivation.activate` does, and with `LoginRequired`.
   */
  readonly activate: <E = never, R = never>(
    idp: string,
    options?: ChooseOptions<E, R>
  ) => Effect.Effect<Activation, SkahaError | E, R>
}

/** Whether servers may be looked for. */
export interface ListServersOptions extends DiscoverOptions {
  /** Whether to look for them when none is known. Default `true`. */
  readonly discover?: boolean | undefined
}

const make = Effect.fnUntraced(function* (options: AccountsOptions = {}) {
  const file = yield* ConfigurationFile
  const transport = yield* Transport
  const { allowInsecureRequests, connections = {}, home, providers = IdentityProviders.all } = options
  const setting = { home, allowInsecureRequests }
  const userHome = () => home ?? homeFolder() ?? "/"
  const services = Context.make(ConfigurationFile, file).pipe(Context.add(Transport, transport))

  const provided = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, services)

  const providerOf = (operation: string, idp: string) => {
    const provider = IdentityProviders.find(idp, providers)
    const choices = providers.map(({ key }) => key)
    return provider === undefined
      ? Effect.fail(new ProviderUnknown({ operation, idp, choices }))
      : Effect.succeed(provider)
  }

  /** What is saved. Without a file, CADC's certificate is a login, if it is there. */
  const saved = Effect.gen(function* () {
    const kept = yield* file.saved
    if (kept !== undefined) return kept
    const certificate = yield* Certificate.make({ home })
    const initial = yield* file.read
    return (yield* isThere(certificate)) ? initial : { ...initial, authentication: {} }
  })

  /** The saved login with a provider. */
  const recordOf = Effect.fnUntraced(function* (operation: string, now: Configuration, idp: string) {
    const record = recordAt(now, idp)
    if (record !== undefined) return record
    yield* providerOf(operation, idp)
    return yield* new LoginRequired({ operation, idp })
  })

  const expiresOf = Effect.fnUntraced(function* (record: AuthenticationRecord) {
    if (record.mode === "oidc") return SavedLogin.expiresOf(record)
    if (record.path === undefined) return undefined
    const certificate = yield* Certificate.make({ file: record.path, home })
    const ends = ({ expires }: { readonly expires?: DateTime.Utc }) => expires
    return yield* Effect.match(certificate.current, { onFailure: ends, onSuccess: ends })
  })

  const accountOf = Effect.fnUntraced(function* (
    { active: { authentication, server } }: Configuration,
    record: AuthenticationRecord
  ) {
    const { idp, mode } = record
    const active = authentication === idp
    const account: Account = {
      idp,
      name: IdentityProviders.find(idp, providers)?.name ?? idp,
      mode,
      expires: yield* expiresOf(record),
      active,
      server: active ? server : undefined
    }
    return account
  })

  const activateWithin = Effect.fnUntraced(function* <E, R>(
    operation: string,
    idp: string,
    given: ChooseOptions<E, R>
  ): Effect.fn.Return<Activation, SkahaError | E, ConfigurationFile | Transport | Scope.Scope | R> {
    const now = yield* saved
    const record = yield* recordOf(operation, now, idp)
    const provider = yield* providerOf(operation, idp)
    const known = serversOf(now)
    const identity = yield* savedIdentity(record, setting)
    const activation = yield* useServer(provider, now, given, identity, connections, known)
    yield* file.update((later) => switched(withServers(later, newOf(activation, known)), idp, activation.server.name))
    return activation
  })

  const activate = <E, R>(operation: string, idp: string, given: ChooseOptions<E, R>) =>
    provided(Effect.scoped(activateWithin(operation, idp, given)))

  const discover = Effect.fnUntraced(function* (operation: string, idp: string, given: DiscoverOptions) {
    const provider = yield* providerOf(operation, idp)
    const discovery = yield* discoverServers(provider, serversOf(yield* file.read), given)
    yield* requireServers(discovery)
    yield* file.update((now) => withServers(now, discovery.servers))
    return discovery
  })

  return Accounts.of({
    login: Effect.fn("Accounts.login")(function* <E, R>(idp: string, given: LoginOptions<E, R> = {}) {
      const operation = "Accounts.login"
      const provider = yield* providerOf(operation, idp)
      const { signedIn, activation, configuration } = yield* provided(enter(provider, given, setting, connections))
      const account = yield* accountOf(configuration, yield* recordOf(operation, configuration, idp))
      const { origin, username } = signedIn
      const result: LoginResult = { ...account, server: activation.server.name, origin, username, activation }
      return result
    }),
    list: Effect.flatMap(saved, (now) =>
      Effect.forEach(Object.values(now.authentication), (record) => accountOf(now, record))
    ).pipe(Effect.withSpan("Accounts.list")),
    show: Effect.flatMap(saved, (now) =>
      Effect.flatMap(recordOf("Accounts.show", now, now.active.authentication), (record) => accountOf(now, record))
    ).pipe(Effect.withSpan("Accounts.show")),
    use: Effect.fn("Accounts.use")(function* (idp) {
      const record = yield* recordOf("Accounts.use", yield* saved, idp)
      return yield* accountOf(yield* file.update((now) => switched(now, idp)), record)
    }),
    remove: Effect.fn("Accounts.remove")(function* (idp, { force = false } = {}) {
      const operation = "Accounts.remove"
      const now = yield* saved
      yield* recordOf(operation, now, idp)
      if (!force && now.active.authentication === idp) {
        return yield* new ForceRequired({ operation, reason: `the login with ${idp} is the one in use` })
      }
      yield* file.update((later) => removed(later, idp, userHome()))
    }),
    purge: Effect.fn("Accounts.purge")(function* ({ force = false } = {}) {
      const operation = "Accounts.purge"
      if (!force) return yield* new ForceRequired({ operation, reason: "all logins and servers would be forgotten" })
      if ((yield* file.saved) !== undefined) yield* file.update((now) => purged(now, userHome()))
    }),
    servers: {
      discover: Effect.fn("Accounts.servers.discover")((idp, given = {}) =>
        provided(discover("Accounts.servers.discover", idp, given))
      ),
      list: Effect.fn("Accounts.servers.list")(function* ({ discover: mayDiscover = true, ...given } = {}) {
        const now = yield* file.read
        const idp = now.active.authentication
        const known = serversOf(now).filter((server) => server.idp === idp)
        if (known.length > 0 || !mayDiscover) return mergeServers([], known)
        return (yield* provided(discover("Accounts.servers.list", idp, given))).servers
      }),
      use: Effect.fn("Accounts.servers.use")(function* (server, given = {}) {
        const choice: ChooseOptions = { ...given, server }
        return yield* activate("Accounts.servers.use", (yield* saved).active.authentication, choice)
      }),
      activate: Effect.fn("Accounts.servers.activate")(<E, R>(idp: string, given: ChooseOptions<E, R> = {}) =>
        activate("Accounts.servers.activate", idp, given)
      )
    }
  })
})

/**
 * Who has signed in on this machine, and which servers are used.
 *
 * Nothing secret is in what it gives. Users are never asked by it but through the callbacks of `login`.
 *
 * @example
 * ```ts
 * import { Settings } from "@skaha/core"
 * import { Accounts, ConfigurationFile, UndiciTransport } from "@skaha/core/node"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const program = Accounts.use((accounts) =>
 *   accounts.login("srcnet", {
 *     onPrompt: ({ verificationUri, userCode }) => Console.log(`Go to ${verificationUri} and enter ${userCode}`),
 *     server: "canSRC"
 *   })
 * ).pipe(
 *   Effect.provide(
 *     Accounts.layer().pipe(
 *       Layer.provide([ConfigurationFile.layer(), UndiciTransport.layer.pipe(Layer.provide(Settings.layer()))])
 *     )
 *   )
 * )
 * ```
 */
export class Accounts extends Context.Service<
  Accounts,
  {
    /**
     * Signs in with an identity provider, finds its servers, and uses one of them from then on; the file is changed
     * once, at the end. A login that is still good is kept and nothing is asked; one that has expired is renewed. When
     * no server can be used the login is saved all the same, and the one in use stays.
     *
     * Fails with `ProviderUnknown`; with `CertificateUnusable` or `LoginRequired` where the user had to be asked and
     * the callback is not given; as `CadcCertificate.download` and `DeviceLogin.login` do; and as `servers.activate`.
     */
    readonly login: <E = never, R = never>(
      idp: string,
      options?: LoginOptions<E, R>
    ) => Effect.Effect<LoginResult, SkahaError | E, R>
    /** The saved logins, in the order of the file. */
    readonly list: Effect.Effect<ReadonlyArray<Account>, SkahaError>
    /** The login in use. Fails with `LoginRequired` when there is none. */
    readonly show: Effect.Effect<Account, SkahaError>
    /**
     * Uses another saved login, with the server that was used last with it, if there is one. Fails with
     * `ProviderUnknown` and `LoginRequired`.
     */
    readonly use: (idp: string) => Effect.Effect<Account, SkahaError>
    /**
     * Forgets a login and the servers of its provider. Of the one in use, with `force` only; the first of the others is
     * in use then. Fails with `ProviderUnknown`, `LoginRequired` and `ForceRequired`. A certificate's file stays.
     */
    readonly remove: (idp: string, options?: ForceOptions) => Effect.Effect<void, SkahaError>
    /** Forgets all logins and servers, with `force` only. Certificates' files, and all else in the file, stay. */
    readonly purge: (options?: ForceOptions) => Effect.Effect<void, SkahaError>
    readonly servers: Servers
  }
>()("@skaha/core/node/Accounts") {
  /** The accounts in the configuration file. Nothing is read yet. */
  static readonly make = make

  /** The accounts in the configuration file. Nothing is read yet. */
  static readonly layer = (
    options: AccountsOptions = {}
  ): Layer.Layer<Accounts, never, ConfigurationFile | Transport> => Layer.effect(Accounts, make(options))
}
