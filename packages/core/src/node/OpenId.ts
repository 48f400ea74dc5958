/**
 * The protocol of OpenID Connect, as far as a program without a browser needs it: a provider is looked up, a client
 * registered, a login begun on another device, its token asked for, and refreshed.
 *
 * Each of these asks the provider once, through {@link Transport}. `DeviceLogin` puts them together.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as library from "openid-client"
import { ProviderUnsuitable } from "../ProviderError.ts"
import type { Transport } from "../Transport.ts"
import { configure, metadataOf, momentAt, permissions, tokensOf } from "./internal/openIdClient.ts"
import { exchange, isSafeAddress, type ProviderFailure, type ProviderOptions } from "./internal/providerExchange.ts"
import type { Client, Endpoints, Tokens } from "./Login.ts"

export type { ProviderFailure, ProviderOptions } from "./internal/providerExchange.ts"

/** What is asked for at a login: who the user is, and a refresh token. */
export const scope = "openid profile email offline_access"

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

const wellKnown = "/.well-known/openid-configuration"

/** A login that waits for being confirmed. */
export interface DeviceAuthorization {
  /** What the token is asked for with. */
  readonly deviceCode: Redacted.Redacted
  /** What the user enters. */
  readonly userCode: string
  /** Where the user enters it. */
  readonly verificationUri: string
  /** The same with the code in it, where the provider has that: for a link or a QR code. */
  readonly verificationUriComplete?: string | undefined
  /** Seconds until it is too late. */
  readonly expiresIn: number
  /** Seconds to wait between two questions whether it has been confirmed: 1 or more. */
  readonly interval: number
}

/** Where to find a provider. */
export interface DiscoverOptions extends ProviderOptions {
  /**
   * The provider's address: its issuer, or that of its discovery document, which has `/.well-known/` in it.
   */
  readonly provider: string
  /**
   * The name that the provider must give itself, to the letter. Default: what `provider` says, with or without a slash
   * at its end.
   */
  readonly issuer?: string | undefined
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/** Letters that a terminal would take for orders. */
const isPlain = (text: string): boolean => !/\p{Cc}/u.test(text)

/** Whether a browser may be sent to an address. */
const isPage = (address: string, options: ProviderOptions): boolean => {
  const url = URL.parse(address)
  return url !== null && isSafeAddress(url, options)
}

/**
 * Looks a provider up.
 *
 * Fails with `ProviderUnsuitable` when it is another than the one that was meant, when it lacks what a login needs, or
 * when an address of it is not https; with `ProviderUnavailable` when it cannot be asked now.
 *
 * @example
 * ```ts
 * import { OpenId } from "@skaha/core/node"
 *
 * const endpoints = OpenId.discover({ provider: "https://ska-iam.stfc.ac.uk" })
 * ```
 */
export const discover: (options: DiscoverOptions) => Effect.Effect<Endpoints, ProviderFailure, Transport> = Effect.fn(
  "OpenId.discover"
)(function* (options) {
  const operation = "OpenId.discover"
  const address = options.provider.includes("/.well-known/")
    ? options.provider
    : options.provider.replace(/\/+$/, "") + wellKnown
  const metadata = yield* exchange({ operation, request: "discovery", address }, options, async (fetch) => {
    const found = await library.discovery(new URL(address), "none", undefined, library.None(), {
      [library.customFetch]: fetch,
      ...permissions(options)
    })
    return found.serverMetadata()
  })
  const unsuitable = (problem: "issuer" | "endpoint" | "address", reason: string) =>
    new ProviderUnsuitable({ operation, origin: URL.parse(address)?.origin ?? address, problem, reason })

  const { issuer } = metadata
  const base = address.slice(0, address.lastIndexOf("/.well-known/"))
  const meant = options.issuer === undefined ? [base, `${base}/`] : [options.issuer]
  if (!meant.includes(issuer)) {
    return yield* unsuitable("issuer", `it says that it is another than ${meant[0]}`)
  }

  const { token_endpoint: token, device_authorization_endpoint: device } = metadata
  const { registration_endpoint: registration, userinfo_endpoint: userinfo } = metadata
  if (!isText(token) || !isText(device)) {
    const missing = isText(token) ? "device_authorization_endpoint" : "token_endpoint"
    return yield* unsuitable("endpoint", `it has no ${missing}`)
  }
  const endpoints: Endpoints = {
    discovery: address,
    device,
    token,
    ...(isText(registration) ? { registration } : {}),
    ...(isText(userinfo) ? { userinfo } : {})
  }
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const url = URL.parse(endpoint)
    if (url === null) return yield* unsuitable("endpoint", `the address of its ${name} endpoint is none`)
    if (!isSafeAddress(url, options)) {
      return yield* unsuitable("address", `the address of its ${name} endpoint is not https`)
    }
  }
  return endpoints
})

/** How to register. */
export interface RegisterOptions extends ProviderOptions {
  /** What the user reads when asked for consent. Default `Skaha`. */
  readonly name?: string | undefined
}

/**
 * Registers this program with a provider (RFC 7591). Keep the client and use it again: each registration stays with
 * the provider.
 *
 * Fails with `ProviderRefused` when the provider does not want to, and with `ProviderUnsuitable` when it does not
 * register anybody.
 */
export const register: (
  endpoints: Endpoints,
  options?: RegisterOptions
) => Effect.Effect<Client, ProviderFailure, Transport> = Effect.fn("OpenId.register")(function* (
  endpoints,
  options = {}
) {
  const operation = "OpenId.register"
  const { discovery, registration } = endpoints
  if (registration === undefined) {
    const reason = "it registers no programs by itself: ask its people for a client"
    const origin = URL.parse(discovery)?.origin ?? discovery
    return yield* new ProviderUnsuitable({ operation, origin, problem: "endpoint", reason })
  }
  const now = yield* Clock.currentTimeMillis
  return yield* exchange({ operation, request: "registration", address: registration }, options, async (fetch) => {
    const known = metadataOf(endpoints)
    const registered = await library.dynamicClientRegistration(
      new URL(discovery),
      {
        client_name: options.name ?? "Skaha",
        grant_types: [deviceGrant, "refresh_token"],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: "client_secret_basic",
        scope
      },
      library.None(),
      {
        // The library looks the provider up once more; it is told what has been checked already.
        [library.customFetch]: async (url, init) => (init.method === "GET" ? Response.json(known) : fetch(url, init)),
        ...permissions(options)
      }
    )
    const { client_id: id, client_secret: secret, client_secret_expires_at: expires } = registered.clientMetadata()
    return {
      id,
      secret: isText(secret) ? Redacted.make(secret) : undefined,
      secretExpires: momentAt(now, expires)
    }
  })
})

/**
 * Begins a login that the user confirms on another device, or in another window (RFC 8628).
 *
 * Fails with `ProviderRefused`, its `error` `invalid_client`, when the provider does not know the client (any more).
 */
export const authorizeDevice: (
  endpoints: Endpoints,
  client: Client,
  options?: ProviderOptions
) => Effect.Effect<DeviceAuthorization, ProviderFailure, Transport> = Effect.fn("OpenId.authorizeDevice")(function* (
  endpoints,
  client,
  options = {}
) {
  const purpose = {
    operation: "OpenId.authorizeDevice",
    request: "device",
    address: endpoints.device
  } as const
  return yield* exchange(purpose, options, async (fetch) => {
    const reply = await library.initiateDeviceAuthorization(configure(endpoints, client, options, fetch), { scope })
    const { user_code: userCode, verification_uri: verificationUri, verification_uri_complete: complete } = reply
    // These are shown in a terminal and opened in a browser.
    if (!isPlain(userCode) || !isPage(verificationUri, options)) return undefined
    return {
      deviceCode: Redacted.make(reply.device_code),
      userCode,
      verificationUri,
      verificationUriComplete: complete !== undefined && isPage(complete, options) ? complete : undefined,
      expiresIn: reply.expires_in,
      interval: Math.max(1, reply.interval ?? 5)
    }
  })
})

/**
 * Asks, once, whether a login has been confirmed, and takes its tokens.
 *
 * Fails with `ProviderRefused` and the provider's word as its `error`: `authorization_pending` and `slow_down` (ask
 * again later), `access_denied`, `expired_token`, or another.
 */
export const redeemDeviceCode: (
  endpoints: Endpoints,
  client: Client,
  deviceCode: Redacted.Redacted,
  options?: ProviderOptions
) => Effect.Effect<Tokens, ProviderFailure, Transport> = Effect.fn("OpenId.redeemDeviceCode")(function* (
  endpoints,
  client,
  deviceCode,
  options = {}
) {
  const purpose = { operation: "OpenId.redeemDeviceCode", request: "token", address: endpoints.token } as const
  // A token's time begins before its reply is here.
  const now = yield* Clock.currentTimeMillis
  return yield* exchange(purpose, options, async (fetch) => {
    const reply = await library.genericGrantRequest(configure(endpoints, client, options, fetch), deviceGrant, {
      device_code: Redacted.value(deviceCode)
    })
    return tokensOf(reply, now)
  })
})

/**
 * Asks for new tokens. Where the provider does not send a new refresh token, or does not name the scope again, the old
 * ones hold on.
 *
 * Fails with `ProviderRefused`, its `error` `invalid_grant`, when the refresh token does not count (any more).
 */
export const refresh: (
  endpoints: Endpoints,
  client: Client,
  tokens: Tokens & { readonly refresh: Redacted.Redacted },
  options?: ProviderOptions
) => Effect.Effect<Tokens, ProviderFailure, Transport> = Effect.fn("OpenId.refresh")(function* (
  endpoints,
  client,
  tokens,
  options = {}
) {
  const purpose = { operation: "OpenId.refresh", request: "token", address: endpoints.token } as const
  const now = yield* Clock.currentTimeMillis
  return yield* exchange(purpose, options, async (fetch) => {
    const reply = await library.refreshTokenGrant(
      configure(endpoints, client, options, fetch),
      Redacted.value(tokens.refresh)
    )
    const next = tokensOf(reply, now)
    if (next === undefined) return undefined
    const { refresh, refreshExpires, scope } = tokens
    return {
      ...next,
      scope: next.scope ?? scope,
      ...(next.refresh === undefined ? { refresh, refreshExpires } : {})
    }
  })
})

/** Who has signed in. */
export interface User {
  /** The name they go by; absent where the provider does not tell. */
  readonly username?: string | undefined
}

/** Asks who an access token is for. */
export const userinfo: (
  endpoints: Endpoints,
  client: Client,
  tokens: Tokens,
  options?: ProviderOptions
) => Effect.Effect<User, ProviderFailure, Transport> = Effect.fn("OpenId.userinfo")(function* (
  endpoints,
  client,
  tokens,
  options = {}
) {
  const { userinfo: address = "", discovery } = endpoints
  const purpose = { operation: "OpenId.userinfo", request: "userinfo", address: address || discovery } as const
  return yield* exchange(purpose, options, async (fetch) => {
    const { preferred_username: username } = await library.fetchUserInfo(
      configure(endpoints, client, options, fetch),
      Redacted.value(tokens.access),
      library.skipSubjectCheck
    )
    return isText(username) && isPlain(username) ? { username } : {}
  })
})
