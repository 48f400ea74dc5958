/**
 * Which servers there are and which is used, with async/await: the module `canfar.server` of the Python client. What is
 * found is kept in `~/.canfar/config.yaml`. All of it needs Node.
 */
import type { ServerActivation, ServerRecord } from "@skaha/core"
import * as Effect from "effect/Effect"
import { onAccounts, type AccountsOptions } from "./internal/accounts.ts"

/** A server of an identity provider. What is not known is `null`. */
export interface Server {
  readonly name: string
  /** The key of its identity provider. */
  readonly idp: string
  /** What registries call it, such as `ivo://cadc.nrc.ca/skaha`. */
  readonly uri: string | null
  /** Its address without a version. */
  readonly url: string | null
  readonly version: string | null
  /** How to sign in there: `x509`, `oidc`, and others. */
  readonly auths: ReadonlyArray<string> | null
  /** The most cores that a flexible session may use. */
  readonly cores: number | null
  /** The most RAM that a flexible session may use, in GB (really 2³⁰ bytes). */
  readonly ram: number | null
  /** The most GPUs that a session may ask for. */
  readonly gpus: number | null
}

/** How to look for servers. */
export interface DiscoverOptions extends AccountsOptions {
  /** Whether to look for servers for developers as well. Default `false`. */
  readonly dev?: boolean | undefined
  /** Seconds that all of it may take: more than 0. Default 10. */
  readonly timeout?: number | undefined
}

/** Whether servers may be looked for. */
export interface ListOptions extends DiscoverOptions {
  /** Whether to look for them when none is known. Default `true`. */
  readonly discoverIfEmpty?: boolean | undefined
}

/** A server in use, and why it is that one. */
export interface Activation {
  readonly server: Server
  readonly reason: ServerActivation.Reason
}

/** A server in the shape of the Python client's. */
export const serverOf = (server: ServerRecord): Server => ({
  name: server.name,
  idp: server.idp,
  uri: server.uri ?? null,
  url: server.url ?? null,
  version: server.version ?? null,
  auths: server.auths ?? null,
  cores: server.cores ?? null,
  ram: server.ram ?? null,
  gpus: server.gpus ?? null
})

const activationOf = ({ reason, server }: ServerActivation.Activation): Activation => ({
  server: serverOf(server),
  reason
})

/**
 * Looks for the servers of an identity provider, and keeps what it finds. Needs no login. Rejects with
 * `ServersNotFound` when there is none.
 */
export const discover = (idp: string, options: DiscoverOptions = {}): Promise<Array<Server>> =>
  onAccounts("server.discover", { idp }, options, ["dev", "timeout"], (accounts, { dev, timeout }) =>
    Effect.map(accounts.servers.discover(idp, { dev, timeout }), ({ servers }) => servers.map(serverOf))
  )

/** The known servers of the login in use, in the order of their names; they are looked for when none is known. */
export const list = (options: ListOptions = {}): Promise<Array<Server>> =>
  onAccounts("server.list", {}, options, ["dev", "timeout", "discoverIfEmpty"], (accounts, given) =>
    Effect.map(
      accounts.servers.list({ dev: given.dev, timeout: given.timeout, discover: given.discoverIfEmpty }),
      (servers) => servers.map(serverOf)
    )
  )

/** Uses a server of the login in use, by its name, or else by its URI. */
export const use = (selector: string, options: DiscoverOptions = {}): Promise<Activation> =>
  onAccounts("server.use", { selector }, options, ["dev", "timeout"], (accounts, { dev, timeout }) =>
    Effect.map(accounts.servers.use(selector, { dev, timeout }), activationOf)
  )

/**
 * Uses a login, and one of its servers: the one that is asked for by its name or URI, the one in use, the one that was
 * used last, or the only one. It must be usable, or nothing changes. Rejects with `ServerSelectionRequired` or
 * `ServerUnknown`, which list the choices, and with `LoginRequired`.
 */
export const activate = (idp: string, selector?: string, options: DiscoverOptions = {}): Promise<Activation> =>
  onAccounts(
    "server.activate",
    { idp, ...(selector === undefined ? {} : { selector }) },
    options,
    ["dev", "timeout"],
    (accounts, { dev, timeout }) =>
      Effect.map(accounts.servers.activate(idp, { server: selector, dev, timeout }), activationOf)
  )
