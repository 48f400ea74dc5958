/**
 * A login without a browser of one's own: the user confirms it on another device, or in another window, while this
 * program asks the provider whether they have (RFC 8628).
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { LoginDenied, LoginExpired } from "../ProviderError.ts"
import type { Transport } from "../Transport.ts"
import type { Client, Endpoints, Login } from "./Login.ts"
import * as OpenId from "./OpenId.ts"

/** What to show to the user. */
export interface DevicePrompt {
  /** The page where the user enters the code. */
  readonly verificationUri: string
  /** The same page with the code in it, where the provider has that: for a link, a QR code, a browser to open. */
  readonly verificationUriComplete?: string | undefined
  /** The code to enter, or to compare. */
  readonly userCode: string
  /** When it is too late. */
  readonly expires: DateTime.Utc
}

/** How to sign in. */
export interface DeviceLoginOptions<E = never, R = never> extends OpenId.DiscoverOptions, OpenId.RegisterOptions {
  /**
   * The client of an earlier login with the same provider. It is used again, unless its secret ends within the hour or
   * the provider does not know it any more; default: a new one is registered.
   */
  readonly client?: Client | undefined
  /**
   * Shows the user where to confirm. It runs beside the asking and may take as long as it likes (a countdown); it is
   * interrupted when the login ends, and when it fails, the login fails.
   */
  readonly onPrompt: (prompt: DevicePrompt) => Effect.Effect<void, E, R>
}

/** What a login gave. */
export interface DeviceLoginResult extends OpenId.User {
  /** What to keep. Its client may be another than the one that was given. */
  readonly login: Login
}

/** What a login can fail with. */
export type DeviceLoginFailure = OpenId.ProviderFailure | LoginDenied | LoginExpired

const operation = "DeviceLogin.login"

/** A secret that ends within this many milliseconds is as good as none: the next refresh would fail. */
const enough = 3_600_000

/** Seconds between two questions after which a provider that cannot be reached makes no longer any difference. */
const longestInterval = 60

/** A day, in seconds: nobody waits longer for a user. */
const longestWait = 86_400

/**
 * When to ask again. `slow_down` makes every further wait 5 s longer; a provider that cannot be reached makes it twice
 * as long, up to a minute.
 */
const pace = (interval: number) =>
  Schedule.fromStep(
    Effect.sync(() => {
      let seconds = interval
      return (_now: number, failure: OpenId.ProviderFailure) => {
        if (failure._tag === "ProviderUnavailable") {
          seconds = Math.max(seconds, Math.min(2 * seconds, longestInterval))
        } else if (failure._tag === "ProviderRefused" && failure.error === "slow_down") {
          seconds += 5
        }
        const asked = failure._tag === "ProviderUnavailable" ? (failure.retryAfter ?? 0) : 0
        const wait: [number, Duration.Duration] = [seconds, Duration.seconds(Math.max(seconds, asked))]
        return Effect.succeed(wait)
      }
    })
  )

/** Whether the login may still be confirmed. */
const isOpen = (failure: OpenId.ProviderFailure): boolean =>
  failure._tag === "ProviderUnavailable" ||
  (failure._tag === "ProviderRefused" && (failure.error === "authorization_pending" || failure.error === "slow_down"))

/** Whether the provider does not know a client any more. */
const isUnknownClient = (failure: OpenId.ProviderFailure): boolean =>
  failure._tag === "ProviderRefused" &&
  (failure.error === "invalid_client" || failure.error === "unauthorized_client" || failure.status === 401)

/**
 * Signs in. The provider is asked at once, and then at its own pace, by the `Clock`; interrupting the effect ends it at
 * once. That it cannot tell who the user is does not lose a login.
 *
 * Fails with `LoginDenied`, with `LoginExpired` when nobody confirmed it in time, and with what `OpenId.discover` and
 * `OpenId.register` fail with.
 *
 * @example
 * ```ts
 * import { DeviceLogin } from "@skaha/core/node"
 * import * as Console from "effect/Console"
 *
 * const login = DeviceLogin.login({
 *   provider: "https://ska-iam.stfc.ac.uk",
 *   onPrompt: ({ verificationUri, userCode }) => Console.log(`Go to ${verificationUri} and enter ${userCode}`)
 * })
 * ```
 */
export const login: <E = never, R = never>(
  options: DeviceLoginOptions<E, R>
) => Effect.Effect<DeviceLoginResult, DeviceLoginFailure | E, Transport | R> = Effect.fn(operation)(function* <E, R>(
  options: DeviceLoginOptions<E, R>
) {
  const endpoints = yield* OpenId.discover(options)
  const origin = new URL(endpoints.device).origin
  const { client, authorization } = yield* begin(endpoints, options)
  const limit = Math.min(authorization.expiresIn, longestWait)
  const expires = DateTime.makeUnsafe((yield* Clock.currentTimeMillis) + limit * 1000)

  const confirmed = OpenId.redeemDeviceCode(endpoints, client, authorization.deviceCode, options).pipe(
    Effect.retry({ schedule: pace(authorization.interval), while: isOpen }),
    Effect.mapError((failure) => {
      const word = failure._tag === "ProviderRefused" ? failure.error : undefined
      if (word === "access_denied") return new LoginDenied({ operation, origin })
      return word === "expired_token" ? new LoginExpired({ operation, origin, limit }) : failure
    })
  )
  const { userCode, verificationUri, verificationUriComplete } = authorization
  const shown = options.onPrompt({ userCode, verificationUri, verificationUriComplete, expires })
  const tokens = yield* Effect.raceFirst(Effect.andThen(shown, Effect.never), confirmed).pipe(
    Effect.timeoutOrElse({
      duration: Duration.seconds(limit),
      orElse: () => Effect.fail(new LoginExpired({ operation, origin, limit }))
    })
  )

  const user: OpenId.User = yield* endpoints.userinfo === undefined
    ? Effect.succeed({})
    : OpenId.userinfo(endpoints, client, tokens, options).pipe(
        Effect.catch((failure) =>
          Effect.as(Effect.logWarning(`${operation}: who has signed in is not known: ${failure.message}`), {})
        )
      )
  return { login: { endpoints, client, tokens }, ...user }
})

/** Begins a login with the client there is, or else with a new one. */
const begin = Effect.fnUntraced(function* (
  endpoints: Endpoints,
  options: OpenId.RegisterOptions & { readonly client?: Client | undefined }
) {
  const authorize = (client: Client) =>
    Effect.map(OpenId.authorizeDevice(endpoints, client, options), (authorization) => ({ client, authorization }))
  const anew = Effect.flatMap(OpenId.register(endpoints, options), authorize)

  const { client } = options
  if (client === undefined) return yield* anew
  const now = yield* Clock.currentTimeMillis
  const ends = client.secretExpires === undefined ? Infinity : DateTime.toEpochMillis(client.secretExpires)
  // Where programs are not registered, the old client is the only one there is.
  const mayRegister = endpoints.registration !== undefined
  if (mayRegister && ends - now < enough) return yield* anew
  return yield* authorize(client).pipe(
    Effect.catchIf(
      (failure) => mayRegister && isUnknownClient(failure),
      () => anew
    )
  )
})
