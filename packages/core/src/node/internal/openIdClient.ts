/**
 * This program, its provider and its tokens, as the OpenID library sees them.
 */
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as library from "openid-client"
import { urlencode } from "../../internal/form.ts"
import type { Client, Endpoints, Tokens } from "../Login.ts"
import type { ProviderOptions } from "./providerExchange.ts"

/** What the library has to know of a provider. Its name was checked when it was looked up, and is not needed again. */
export const metadataOf = (endpoints: Endpoints): library.ServerMetadata => ({
  issuer: endpoints.discovery,
  token_endpoint: endpoints.token,
  device_authorization_endpoint: endpoints.device,
  ...(endpoints.registration === undefined ? {} : { registration_endpoint: endpoints.registration }),
  ...(endpoints.userinfo === undefined ? {} : { userinfo_endpoint: endpoints.userinfo })
})

/** What the library must be told before it asks anybody without TLS. */
export const permissions = ({ allowInsecureRequests }: ProviderOptions): library.DiscoveryRequestOptions =>
  allowInsecureRequests === true ? { execute: [library.allowInsecureRequests] } : {}

/**
 * Id and secret as forms encode them. The library's own way encodes `-` and `_` too: allowed, but a provider that does
 * not decode at all, where ids are UUIDs, would not know the client.
 */
const basicAuthentication =
  ({ id, secret }: Client): library.ClientAuth =>
  (_server, _client, body, headers) => {
    if (secret === undefined) {
      body.set("client_id", id)
    } else {
      const encoded = urlencode([[id, Redacted.value(secret)]]).replace("=", ":")
      headers.set("authorization", `Basic ${btoa(encoded)}`)
    }
  }

/**
 * Leaves the identity token out of a reply. It tells a program who the user is, which userinfo is asked for here, and
 * the platform judges the access token. What is wrong with it, such as its time where the user's clock is, must not
 * lose the tokens beside it: the refresh token may be the only one that still counts.
 */
const withoutIdentity =
  (fetch: library.CustomFetch): library.CustomFetch =>
  async (url, init) => {
    const response = await fetch(url, init)
    if (!response.ok) return response
    const json: unknown = await response
      .clone()
      .json()
      .catch(() => undefined)
    return typeof json === "object" && json !== null && "id_token" in json
      ? Response.json({ ...json, id_token: undefined }, { status: response.status })
      : response
  }

/** A client of a provider, ready to ask. */
export const configure = (
  endpoints: Endpoints,
  client: Client,
  options: ProviderOptions,
  fetch: library.CustomFetch
): library.Configuration => {
  const server = metadataOf(endpoints)
  const configuration = new library.Configuration(server, client.id, undefined, basicAuthentication(client))
  configuration[library.customFetch] = withoutIdentity(fetch)
  if (options.allowInsecureRequests === true) library.allowInsecureRequests(configuration)
  return configuration
}

/** Ten years, in seconds: what ends later does not end. */
const longest = 10 * 365 * 86_400

/** A moment some seconds from now; nothing for a number that cannot mean one. */
const momentIn = (now: number, seconds: number | undefined): DateTime.Utc | undefined =>
  seconds === undefined || seconds <= 0 || seconds > longest ? undefined : DateTime.makeUnsafe(now + seconds * 1000)

/** A moment in seconds since 1970; 0 is never. */
export const momentAt = (now: number, seconds: unknown): DateTime.Utc | undefined =>
  typeof seconds !== "number" || seconds <= 0 || seconds > now / 1000 + longest
    ? undefined
    : DateTime.makeUnsafe(seconds * 1000)

/** The tokens of a reply to a question of `now`; nothing where the access token is not one for a header. */
export const tokensOf = (reply: library.TokenEndpointResponse, now: number): Tokens | undefined => {
  const { access_token: access, expires_in: expiresIn, refresh_token: refresh, scope, token_type: type } = reply
  if (type !== "bearer" || !/^[\x21-\x7e]+$/.test(access)) return undefined
  return {
    access: Redacted.make(access),
    accessExpires: momentIn(now, expiresIn),
    refresh: refresh === undefined ? undefined : Redacted.make(refresh),
    scope
  }
}
