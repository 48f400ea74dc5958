/**
 * Which server to use, and whether it can be used.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Audience from "./Audience.ts"
import { Credentials } from "./Credentials.ts"
import { probeServer } from "./internal/probeServer.ts"
import { isWebAddress } from "./internal/publicDocument.ts"
import { recordedResources } from "./internal/serverResources.ts"
import { PlatformClient } from "./PlatformClient.ts"
import type { Discovery } from "./ServerDiscovery.ts"
import { mergeServers, type CompleteServer, type ServerRecord, type ServerResources } from "./ServerRecord.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import { Settings } from "./Settings.ts"
import { ServerSelectionRequired, ServersNotFound, ServerUnknown } from "./ServerError.ts"
import { ConfigurationInvalid, CredentialsMisdirected, type SkahaError } from "./SkahaError.ts"
import { Transport } from "./Transport.ts"
import { ContextReply } from "./wire/ContextReply.ts"

/** Why a server was chosen. */
export type Reason =
  /** It is the active one. */
  | "active"
  /** It is the one that was used last with this identity provider. */
  | "remembered"
  /** There is no other. */
  | "single"
  /** It was asked for. */
  | "selected"

/** What a server is chosen from. */
export interface Candidates {
  /** The key of the identity provider whose server it has to be. */
  readonly idp: string
  /** The servers that are known, also of other providers. */
  readonly servers: ReadonlyArray<ServerRecord>
  /** The name of the server that is wanted, or its URI. Default: whatever else says which. */
  readonly selector?: string | undefined
  /** The name of the server that is active. */
  readonly active?: string | undefined
  /** The name of the server that was used last with this identity provider. */
  readonly remembered?: string | undefined
}

/** A server, and why it is that one. */
export interface Choice {
  readonly server: ServerRecord
  readonly reason: Reason
}

/** Failures to choose a server. */
type ChoiceFailure = ServerSelectionRequired | ServerUnknown | ServersNotFound

/**
 * Chooses a server of an identity provider: the one with the selector's name, or else with its URI; without a selector
 * the active one, the one that was used last, or the only one. Fails with `ServerUnknown` or
 * `ServerSelectionRequired`, which list the choices, and with `ServersNotFound` when there is none to choose from.
 */
export const choose = ({
  idp,
  servers,
  selector,
  active,
  remembered
}: Candidates): Effect.Effect<Choice, ChoiceFailure> => {
  const operation = "ServerActivation.choose"
  const own = mergeServers(
    [],
    servers.filter((server) => server.idp === idp)
  )
  const named = (name: string | undefined) => own.find((server) => server.name === name)
  const choices = own.map(({ name, uri }) => ({ name, ...(uri === undefined ? {} : { uri }) }))
  if (selector !== undefined) {
    const server = named(selector) ?? own.find(({ uri }) => uri === selector)
    return server === undefined
      ? Effect.fail(new ServerUnknown({ operation, idp, selector, choices }))
      : Effect.succeed({ server, reason: "selected" })
  }
  const ways: ReadonlyArray<readonly [Reason, ServerRecord | undefined]> = [
    ["active", named(active)],
    ["remembered", named(remembered)],
    ["single", own.length === 1 ? own[0] : undefined]
  ]
  for (const [reason, server] of ways) if (server !== undefined) return Effect.succeed({ server, reason })
  return Effect.fail(
    own.length === 0
      ? new ServersNotFound({ operation, idp, failures: [] })
      : new ServerSelectionRequired({ operation, idp, choices })
  )
}

/** Credentials, and whose they are. */
export interface OwnedCredentials {
  /** The key of the identity provider. */
  readonly idp: string
  readonly credentials: Credentials["Service"]
}

/** How to see whether a server can be used. */
export interface ValidationOptions {
  /**
   * The caller's credentials, to ask what a session may have. Default: that is not asked. A client certificate is a
   * matter of the transport, whose platform must then be this server: it is shown to no other.
   */
  readonly credentials?: OwnedCredentials | undefined
  /** Seconds that each request may take: more than 0. Default 10. */
  readonly timeout?: number | undefined
}

/** A server that can be used. */
export interface Validation {
  /** What is known of it now: what it says of itself, and what sessions may have where that could be learned. */
  readonly server: CompleteServer
  /** What sessions may have; `undefined` where that was not asked, or not said. */
  readonly resources: ServerResources | undefined
  /** Why it was not said although it was asked. */
  readonly resourcesFailure: SkahaError | undefined
}

const validating = "ServerActivation.validate"

/** Asks a server what a session may have; nothing secret can go to any other place. */
const askResources = Effect.fnUntraced(function* (
  server: CompleteServer,
  { idp, credentials }: OwnedCredentials,
  timeout: number
) {
  const transport = yield* Transport
  const { url, version } = server
  const settings = yield* Settings.make({ server: url, version, timeout, connectTimeout: timeout, concurrency: 1 })
  const { origin } = settings
  const audience = Audience.ofServers(idp, [server])
  const { send } = Audience.confine(transport, audience, origin)
  const client = yield* PlatformClient.make.pipe(
    Effect.provideService(Settings, settings),
    Effect.provideService(Credentials, credentials),
    Effect.provideService(Transport, { send: (request) => send({ ...request, origin }) })
  )
  // What a server says now is what counts: nobody waits here for one that is down.
  return yield* client
    .decode({ operation: validating, method: "GET", path: "context" }, ContextReply, recordedResources)
    .pipe(Effect.provideService(RetryPolicy, RetryPolicy.none))
})

/** The failures that say that the caller cannot use the server, whatever else is the matter. */
const isRefusal = ({ _tag }: SkahaError): boolean =>
  [
    "ConfigurationInvalid",
    "CredentialsMissing",
    "CredentialsExpired",
    "CredentialsRefused",
    "CredentialsMisdirected",
    "Forbidden"
  ].includes(_tag)

/**
 * Sees whether a server can be used: it must say of itself, without anybody's credentials, that it has sessions and how
 * to sign in; and where credentials are given it must accept them. When it says no more than that, what sessions may have
 * stays unknown: nothing is made up.
 *
 * Fails with what is wrong: with `CredentialsMisdirected` before anything is sent when the credentials are another
 * provider's.
 */
export const validate = Effect.fn(validating)(function* (
  server: ServerRecord,
  { credentials, timeout = 10 }: ValidationOptions = {}
): Effect.fn.Return<Validation, SkahaError, Transport> {
  const { idp, name, url = "" } = server
  if (credentials !== undefined && credentials.idp !== idp) {
    const origin = isWebAddress(url) ? new URL(url).origin : name
    return yield* new CredentialsMisdirected({ operation: validating, idp: credentials.idp, origin })
  }
  if (!(timeout > 0 && Number.isFinite(timeout))) {
    const problems = [{ field: "timeout", message: "seconds, more than 0" }]
    return yield* new ConfigurationInvalid({ operation: validating, problems })
  }
  const endpoint = yield* probeServer({ operation: validating, url, timeout, availability: false })
  const known: CompleteServer = { ...server, ...endpoint }
  const unsaid: Validation = { server: known, resources: undefined, resourcesFailure: undefined }
  if (credentials === undefined) return unsaid
  const said = yield* Effect.result(askResources(known, credentials, timeout))
  if (Result.isSuccess(said)) {
    const { resources } = said.success
    return { ...unsaid, server: { ...known, ...said.success }, resources }
  }
  if (isRefusal(said.failure)) return yield* said.failure
  return { ...unsaid, resourcesFailure: said.failure }
})

/** What a server is chosen from, and how it is validated. */
export interface Options extends Candidates, ValidationOptions {
  /**
   * Looks for servers when none is known, or not the one that is wanted; it is given those that are known. Default: that
   * is an error.
   */
  readonly discover?:
    | ((saved: ReadonlyArray<ServerRecord>) => Effect.Effect<Discovery, SkahaError, Transport>)
    | undefined
}

/** A server to be used from now on. */
export interface Activation extends Choice, Validation {
  readonly server: CompleteServer
  /** All servers that are known now, this one as it is now, in the order of their names. */
  readonly servers: ReadonlyArray<ServerRecord>
}

/** Chooses among what is known, or else among what can be found. */
const chooseOrDiscover = Effect.fnUntraced(function* ({ discover, ...candidates }: Options) {
  const first = yield* Effect.result(choose(candidates))
  if (Result.isSuccess(first)) return { choice: first.success, servers: candidates.servers }
  if (discover === undefined || first.failure._tag === "ServerSelectionRequired") return yield* first.failure
  const discovery = yield* discover(candidates.servers)
  const servers = mergeServers(candidates.servers, discovery.servers)
  const choice = yield* choose({ ...candidates, servers }).pipe(
    Effect.mapError((error) =>
      error._tag === "ServersNotFound"
        ? new ServersNotFound({
            operation: error.operation,
            idp: error.idp,
            failures: discovery.failures.map(({ name, error: { message } }) => ({ name, reason: message }))
          })
        : error
    )
  )
  return { choice, servers }
})

/**
 * Chooses a server and sees whether it can be used. When none is known, or not the one that is asked for, they are
 * looked for once, if `discover` says how.
 *
 * Fails as `choose` and `validate` do.
 *
 * @example
 * ```ts
 * import { IdentityProviders, ServerActivation, ServerDiscovery } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function* () {
 *   const { server, reason } = yield* ServerActivation.activate({
 *     idp: "cadc",
 *     servers: [],
 *     selector: "canfar",
 *     discover: (saved) => ServerDiscovery.discover({ provider: IdentityProviders.cadc, saved })
 *   })
 *   console.log(server.url, reason)
 * }).pipe(
 *   Effect.catchTag("ServerUnknown", ({ choices }) => Effect.logError(`choose one of ${choices.length}`))
 * )
 * ```
 */
export const activate = Effect.fn("ServerActivation.activate")(function* (
  options: Options
): Effect.fn.Return<Activation, SkahaError, Transport> {
  const { choice, servers } = yield* chooseOrDiscover(options)
  const validation = yield* validate(choice.server, options)
  return { ...validation, reason: choice.reason, servers: mergeServers(servers, [validation.server]) }
})
