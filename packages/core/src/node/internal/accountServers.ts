/**
 * Which servers the accounts know, and which one is used.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Credentials } from "../../Credentials.ts"
import type { IdentityProvider } from "../../IdentityProviders.ts"
import * as ServerActivation from "../../ServerActivation.ts"
import * as ServerDiscovery from "../../ServerDiscovery.ts"
import { mergeServers, type CompleteServer, type ServerRecord } from "../../ServerRecord.ts"
import { Settings } from "../../Settings.ts"
import type { SkahaError } from "../../SkahaError.ts"
import { Transport } from "../../Transport.ts"
import type { Certificate } from "../Certificate.ts"
import type { Configuration } from "../Configuration.ts"
import * as UndiciTransport from "../UndiciTransport.ts"
import { rememberedAt, serversOf } from "./accountRecords.ts"

/** How to look for servers. */
export interface DiscoverOptions {
  /** Whether to look for servers for developers as well. Default `false`. */
  readonly dev?: boolean | undefined
  /** Seconds that all of it may take: more than 0. Default 10. */
  readonly timeout?: number | undefined
  /** Whether to ask each server if it can be used just now, too. Default `false`. */
  readonly availability?: boolean | undefined
  /** Is told how the search goes on. */
  readonly onProgress?: ((progress: ServerDiscovery.Progress) => void) | undefined
}

/** How to choose a server. */
export interface ChooseOptions<E = never, R = never> extends DiscoverOptions {
  /** The server's name, or else its URI. Default: the one in use, the one that was used last, or the only one. */
  readonly server?: string | undefined
  /**
   * Chooses one of several servers when nothing else says which; answers its name or its URI. Default: that is
   * `ServerSelectionRequired`, which lists them.
   */
  readonly chooseServer?: ((servers: ReadonlyArray<ServerRecord>) => Effect.Effect<string, E, R>) | undefined
}

/** Who signs in to servers, and by what. */
export interface Identity {
  readonly credentials: Credentials["Service"]
  /** What the transport has to show, where it is a certificate. */
  readonly certificate?: Certificate | undefined
}

/** How connections are made to servers that are shown a certificate. */
export type Connections = Omit<UndiciTransport.ConnectionOptions, "certificate" | "certificateOrigins">

/** Looks for the servers of a provider, beside those that are known. */
export const discoverServers = (
  provider: IdentityProvider,
  saved: ReadonlyArray<ServerRecord>,
  { availability, dev, onProgress, timeout }: DiscoverOptions
): Effect.Effect<ServerDiscovery.Discovery, SkahaError, Transport> =>
  ServerDiscovery.discover({ provider, saved, availability, dev, onProgress, timeout })

/** Sees whether a server takes the identity, over a connection on which it can be shown. */
const tryServer = Effect.fnUntraced(function* (
  server: CompleteServer,
  { certificate, credentials }: Identity,
  timeout: number | undefined,
  connections: Connections
) {
  const options = { timeout, credentials: { idp: server.idp, credentials } }
  if (certificate === undefined) return yield* ServerActivation.validate(server, options)
  const { origin } = new URL(server.url)
  const opened = yield* Layer.build(
    UndiciTransport.layerWith({ ...connections, certificate }).pipe(
      Layer.provide(Settings.layer({ server: origin, concurrency: 1 }))
    )
  )
  return yield* Effect.provideService(
    ServerActivation.validate(server, options),
    Transport,
    Context.get(opened, Transport)
  )
}, Effect.scoped)

/**
 * Chooses a server of a provider and sees whether it can be used, with the identity too where there is one.
 *
 * @param known the servers to choose from; those of the configuration unless given
 */
export const useServer = Effect.fnUntraced(function* <E, R>(
  provider: IdentityProvider,
  configuration: Configuration,
  options: ChooseOptions<E, R>,
  identity: Identity | undefined,
  connections: Connections,
  known: ReadonlyArray<ServerRecord> = serversOf(configuration)
) {
  const { chooseServer, timeout } = options
  const idp = provider.key
  let servers = known
  const activate = (selector: string | undefined): Effect.Effect<ServerActivation.Activation, SkahaError, Transport> =>
    ServerActivation.activate({
      idp,
      servers,
      selector,
      active: configuration.active.server,
      remembered: rememberedAt(configuration, idp),
      timeout,
      discover: (saved) =>
        Effect.tap(discoverServers(provider, saved, options), (found) =>
          Effect.sync(() => (servers = mergeServers(servers, found.servers)))
        )
    })
  const activation = yield* Effect.catchTag(
    activate(options.server),
    "ServerSelectionRequired",
    (error): Effect.Effect<ServerActivation.Activation, SkahaError | E, Transport | R> =>
      chooseServer === undefined
        ? Effect.fail(error)
        : Effect.flatMap(chooseServer(servers.filter((server) => server.idp === idp)), activate)
  )
  if (identity === undefined || !canBeShown(identity, activation.server)) return activation
  const validation = yield* tryServer(activation.server, identity, timeout, connections)
  const used: ServerActivation.Activation = {
    ...activation,
    ...validation,
    servers: mergeServers(activation.servers, [validation.server])
  }
  return used
})

/** A certificate belongs to TLS. */
const canBeShown = ({ certificate }: Identity, { url }: CompleteServer): boolean =>
  certificate === undefined || url.startsWith("https:")

/** What is known of servers now and was not before. */
export const newOf = (
  { server: { idp }, servers }: Pick<ServerActivation.Activation, "server" | "servers">,
  known: ReadonlyArray<ServerRecord>
): ReadonlyArray<ServerRecord> => servers.filter((server) => server.idp === idp && !known.includes(server))
