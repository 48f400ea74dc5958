/**
 * Which servers an identity provider has: its registries list them, and each says of itself what it is.
 *
 * Everything that is asked here is open to everybody, so no credentials go anywhere. What one registry or server does
 * not say, or too late, loses nothing of what the others say.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { IdentityProvider, Registry } from "./IdentityProviders.ts"
import { assembleServers } from "./internal/assembleServers.ts"
import { listedServers, serverName } from "./internal/listedServers.ts"
import { probeServer, type ProbedServer } from "./internal/probeServer.ts"
import { isDowngrade, isWebAddress, readPublicDocument } from "./internal/publicDocument.ts"
import { RequestTimeout } from "./NetworkError.ts"
import type { ServerRecord } from "./ServerRecord.ts"
import { ServersNotFound } from "./ServerError.ts"
import { ConfigurationInvalid, ReplyUndecodable, type SkahaError } from "./SkahaError.ts"
import type { Transport } from "./Transport.ts"
import { parseRegistry, type RegistryEntry } from "./wire/Registry.ts"
import type { Availability } from "./wire/Vosi.ts"

/** What to search, and for how long. */
export interface Options {
  /** Whose servers to look for; `IdentityProviders` has those that are known. */
  readonly provider: IdentityProvider
  /** Whether to look for servers for developers as well. Default `false`. */
  readonly dev?: boolean | undefined
  /** What is known already, also of other providers: what was found is added to it. Default nothing. */
  readonly saved?: ReadonlyArray<ServerRecord> | undefined
  /** Seconds that all of it may take: more than 0. Default 10. */
  readonly timeout?: number | undefined
  /** Seconds that one request may take: more than 0. Default 5. */
  readonly requestTimeout?: number | undefined
  /** Whether to ask each server if it can be used just now, too. Default `false`. */
  readonly availability?: boolean | undefined
  /** Is told how the search goes on. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** A server as a registry has it. */
export interface Listed {
  /** Its usual name; in the end it may have another one, where this is taken. */
  readonly name: string
  readonly uri: string
  /** Its address without a version. */
  readonly url: string
}

/** How a search goes on. */
export type Progress =
  | { readonly _tag: "RegistryRead"; readonly registry: Registry; readonly servers: number }
  | { readonly _tag: "RegistryFailed"; readonly registry: Registry; readonly error: SkahaError }
  | ({ readonly _tag: "ServerListed" } & Listed)
  | ({ readonly _tag: "ServerFound"; readonly version: string; readonly auths: ReadonlyArray<string> } & Listed)
  | ({ readonly _tag: "ServerFailed"; readonly error: SkahaError } & Listed)

/** A registry that could not be read, or a server that did not say what it is. */
export type Failure =
  | { readonly _tag: "Registry"; readonly name: string; readonly url: string; readonly error: SkahaError }
  | ({ readonly _tag: "Server"; readonly error: SkahaError } & Listed)

/** What a search has found. */
export interface Discovery {
  /** The key of the provider. */
  readonly idp: string
  /**
   * The servers that are listed, in the order of their names: those that answered, and those that did not but of which
   * enough is known already. What was known and not asked for, such as `cores`, is kept.
   */
  readonly servers: ReadonlyArray<ServerRecord>
  /** What could not be found out, and why. */
  readonly failures: ReadonlyArray<Failure>
  /** Whether a server can be used just now, by its name, where that was asked for and told. */
  readonly availability: ReadonlyMap<string, Availability>
}

const operation = "ServerDiscovery.discover"

/** Servers that are asked at the same time. */
const atOnce = 16

const seconds = (field: string, value: number) =>
  value > 0 && Number.isFinite(value) ? [] : [{ field, message: "seconds, more than 0" }]

/** A server on the list, and what became of it. */
interface Candidate extends RegistryEntry {
  readonly registry: Registry
  answer?: Result.Result<ProbedServer, SkahaError>
}

/** What a registry has said so far. */
interface Listing {
  readonly registry: Registry
  read?: Result.Result<unknown, SkahaError>
  readonly candidates: Array<Candidate>
}

const listedAs = ({ uri, url }: RegistryEntry): Listed => ({ name: serverName(uri), uri, url })

const readRegistry = Effect.fnUntraced(function* ({ url }: Registry, timeout: number) {
  if (!isWebAddress(url)) {
    const problems = [{ field: "registries", message: "not an http or https address" }]
    return yield* new ConfigurationInvalid({ operation, problems })
  }
  return yield* readPublicDocument({
    operation,
    url: new URL(url),
    accept: "text/plain",
    timeout,
    follows: (to, from) => isWebAddress(to.href) && !isDowngrade(from, to),
    read: parseRegistry,
    expected: "a registry's text"
  })
})

const probe = ({ registry, url }: Candidate, timeout: number, availability: boolean) =>
  isWebAddress(url) && isDowngrade(new URL(registry.url), new URL(url))
    ? Effect.fail(new ReplyUndecodable({ operation, reason: "the registry gives an address without TLS" }))
    : probeServer({ operation, url, timeout, availability })

const tooLate = (url: string, limit: number): RequestTimeout =>
  new RequestTimeout({
    operation,
    method: "GET",
    ...(URL.canParse(url) ? { path: new URL(url).pathname } : {}),
    phase: "total",
    limit
  })

/**
 * Looks for the servers of an identity provider: reads all its registries, and asks each server what it is, all at the
 * same time. It ends when everything has answered or failed, or when `timeout` is over, with whatever was found.
 *
 * Fails with `ConfigurationInvalid` only, for a limit that is none.
 *
 * @example
 * ```ts
 * import { IdentityProviders, ServerDiscovery, Settings, Transport } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function* () {
 *   const { servers, failures } = yield* ServerDiscovery.discover({ provider: IdentityProviders.cadc })
 *   for (const { name, url } of servers) console.log(name, url)
 *   for (const { name, error } of failures) console.log(`not ${name}: ${error.message}`)
 * }).pipe(Effect.provide(Transport.layer.pipe(Layer.provide(Settings.layer()))))
 * ```
 */
export const discover = Effect.fn(operation)(function* (
  options: Options
): Effect.fn.Return<Discovery, ConfigurationInvalid, Transport> {
  const { availability = false, dev = false, provider, requestTimeout = 5, saved = [], timeout = 10 } = options
  const problems = [...seconds("timeout", timeout), ...seconds("requestTimeout", requestTimeout)]
  if (problems.length > 0) return yield* new ConfigurationInvalid({ operation, problems })
  const each = Math.min(requestTimeout, timeout)
  const tell = (progress: Progress) => Effect.sync(() => options.onProgress?.(progress))
  const registries = dev ? [...provider.registries, ...provider.devRegistries] : provider.registries
  const listings = registries.map((registry): Listing => ({ registry, candidates: [] }))
  const permits = yield* Semaphore.make(atOnce)
  const known = new Set<string>()

  const settleRegistry = (listing: Listing, read: Result.Result<ReadonlyArray<RegistryEntry>, SkahaError>) => {
    const { registry } = listing
    listing.read = read
    if (Result.isFailure(read)) return tell({ _tag: "RegistryFailed", registry, error: read.failure })
    for (const server of listedServers(read.success, registry, dev)) {
      const key = `${server.uri} ${server.url}`
      // What two registries list is asked once.
      if (!known.has(key)) listing.candidates.push({ ...server, registry })
      known.add(key)
    }
    return tell({ _tag: "RegistryRead", registry, servers: listing.candidates.length })
  }

  const settleServer = (candidate: Candidate, answer: Result.Result<ProbedServer, SkahaError>) => {
    candidate.answer = answer
    return Result.isFailure(answer)
      ? tell({ _tag: "ServerFailed", ...listedAs(candidate), error: answer.failure })
      : tell({
          _tag: "ServerFound",
          ...listedAs(candidate),
          version: answer.success.version,
          auths: answer.success.auths
        })
  }

  const ask = Effect.fnUntraced(function* (candidate: Candidate) {
    yield* tell({ _tag: "ServerListed", ...listedAs(candidate) })
    yield* settleServer(candidate, yield* Effect.result(probe(candidate, each, availability)))
  }, permits.withPermits(1))

  const search = Effect.fnUntraced(function* (listing: Listing) {
    yield* settleRegistry(listing, yield* Effect.result(readRegistry(listing.registry, each)))
    yield* Effect.forEach(listing.candidates, ask, { concurrency: "unbounded", discard: true })
  })

  yield* Effect.forEach(listings, search, { concurrency: "unbounded", discard: true }).pipe(
    Effect.timeoutOrElse({ duration: timeout * 1000, orElse: () => Effect.void })
  )

  for (const listing of listings) {
    if (listing.read === undefined) yield* settleRegistry(listing, Result.fail(tooLate(listing.registry.url, timeout)))
    for (const candidate of listing.candidates) {
      if (candidate.answer === undefined) {
        yield* settleServer(candidate, Result.fail(tooLate(`${candidate.url}/capabilities`, timeout)))
      }
    }
  }
  return summary(provider.key, listings, saved)
})

const summary = (idp: string, listings: ReadonlyArray<Listing>, saved: ReadonlyArray<ServerRecord>): Discovery => {
  const asked = listings.flatMap(({ candidates }) =>
    candidates.flatMap(({ uri, url, answer }) => (answer === undefined ? [] : { uri, url, answer }))
  )
  const { availability, servers, silent } = assembleServers(idp, asked, saved)
  return {
    idp,
    servers,
    availability,
    failures: [
      ...listings.flatMap(({ registry: { name, url }, read }): ReadonlyArray<Failure> =>
        read !== undefined && Result.isFailure(read) ? [{ _tag: "Registry", name, url, error: read.failure }] : []
      ),
      ...silent.map((server): Failure => ({ _tag: "Server", ...server }))
    ]
  }
}

/**
 * The servers that were found, in the order of their names; fails with `ServersNotFound`, which says what went wrong,
 * when there is none.
 */
export const requireServers = ({
  idp,
  servers,
  failures
}: Pick<Discovery, "idp" | "servers" | "failures">): Effect.Effect<ReadonlyArray<ServerRecord>, ServersNotFound> =>
  servers.length > 0
    ? Effect.succeed(servers)
    : Effect.fail(
        new ServersNotFound({
          operation,
          idp,
          failures: failures.map(({ name, error }) => ({ name, reason: error.message }))
        })
      )
