/**
 * Who secrets are for. What proves who a user is belongs to the servers of one identity provider, or to that provider
 * itself; it goes to nobody else, wherever a record or a redirect points.
 */
import * as Effect from "effect/Effect"
import type { IdentityProvider } from "./IdentityProviders.ts"
import { isDowngrade, isWebAddress } from "./internal/publicDocument.ts"
import type { ServerRecord } from "./ServerRecord.ts"
import { CredentialsMisdirected } from "./SkahaError.ts"
import type { Transport, TransportRequest } from "./Transport.ts"

/** Whose secrets they are, and who may see them. */
export interface Audience {
  /** The key of the identity provider. */
  readonly idp: string
  /** Scheme, host and port of each place that may see them. */
  readonly origins: ReadonlySet<string>
}

const originsOf = (addresses: ReadonlyArray<string | undefined>): ReadonlySet<string> =>
  new Set(addresses.flatMap((address = "") => (isWebAddress(address) ? new URL(address).origin : [])))

/** Whom a provider's access tokens and certificates are for: those of the servers that are the provider's own. */
export const ofServers = (idp: string, servers: ReadonlyArray<Pick<ServerRecord, "idp" | "url">>): Audience => ({
  idp,
  origins: originsOf(servers.flatMap((server) => (server.idp === idp ? server.url : [])))
})

/**
 * Whom client secrets and refresh tokens are for: the issuer, and the addresses that the issuer itself names for its
 * endpoints, but for those without TLS where it has it.
 */
export const ofIssuer = (
  { key, openId }: Pick<IdentityProvider, "key" | "openId">,
  endpoints: ReadonlyArray<string> = []
): Audience => {
  const issuer = openId?.issuer ?? ""
  return {
    idp: key,
    origins: isWebAddress(issuer)
      ? originsOf([
          issuer,
          ...endpoints.filter((address) => isWebAddress(address) && !isDowngrade(new URL(issuer), new URL(address)))
        ])
      : new Set()
  }
}

/** Whether the place of an address may see the secrets. */
export const admits = ({ origins }: Audience, address: string): boolean =>
  isWebAddress(address) && origins.has(new URL(address).origin)

const secretHeaders = ["authorization", "cookie", "x-skaha-registry-auth"]

// What a form holds cannot be known here: a refresh token, or the variables of a session.
const holdsSecrets = ({ headers, body = "", cookies = false }: TransportRequest): boolean =>
  cookies || body !== "" || secretHeaders.some((name) => headers[name] !== undefined)

/**
 * The same transport, but that nothing secret goes to a place that may not see it: such a request fails with
 * `CredentialsMisdirected` and is not sent. Transports follow no redirects, so nothing is passed on elsewhere.
 *
 * @param platform where the transport's own platform is
 *
 * @example
 * ```ts
 * import { Audience, Settings, Transport } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const audience = Audience.ofServers("cadc", [{ idp: "cadc", url: "https://ws-uv.canfar.net/skaha" }])
 *
 * const confined = Layer.effect(
 *   Transport,
 *   Effect.gen(function* () {
 *     const { origin } = yield* Settings
 *     return Audience.confine(yield* Transport, audience, origin)
 *   })
 * ).pipe(Layer.provide(Transport.layer))
 * ```
 */
export const confine = (
  transport: Transport["Service"],
  audience: Audience,
  platform: string
): Transport["Service"] => ({
  ...transport,
  send: (request) => {
    const origin = request.origin ?? platform
    if (!holdsSecrets(request) || admits(audience, origin)) return transport.send(request)
    const { operation, method, path } = request
    return Effect.fail(new CredentialsMisdirected({ operation, method, path, idp: audience.idp, origin }))
  }
})
