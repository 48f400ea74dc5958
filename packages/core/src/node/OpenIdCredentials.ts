/**
 * Credentials of a login with an identity provider, which renew themselves.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Credentials, type Authorization } from "../Credentials.ts"
import { ConfigurationInvalid, CredentialsExpired, type SkahaError } from "../SkahaError.ts"
import { Transport } from "../Transport.ts"
import type { Login, LoginStore } from "./Login.ts"
import * as OpenId from "./OpenId.ts"

/** How credentials of a login behave. */
export interface OpenIdCredentialsOptions extends OpenId.ProviderOptions {
  /**
   * Seconds before its end from which on a token is not used any more while a new one can be had: 0 or more. Default
   * 60. Covers the time that a request takes, and clocks that differ.
   */
  readonly leeway?: number | undefined
  /** Where the login comes from, for `describe`. Default `login`. */
  readonly source?: string | undefined
}

/** A token that is younger than this, in milliseconds, is not the reason for a 401: a new one would be refused, too. */
const young = 10_000

/** Milliseconds until the next try, after a token could not be renewed ahead of its end. */
const pause = 10_000

const millis = (moment: DateTime.Utc | undefined): number =>
  moment === undefined ? Infinity : DateTime.toEpochMillis(moment)

/** A login in use. */
interface Held {
  readonly login: Login
  readonly authorization: Authorization
  /** When the access token ends, and from when on another should be had, in milliseconds. */
  readonly ends: number
  renewAt: number
  /** When it was obtained, where it was obtained by renewing. */
  readonly obtained?: number
}

const accessOf = ({ tokens }: Login): string => Redacted.value(tokens.access)

/** The refresh token, while it counts. */
const refreshOf = ({ tokens }: Login, now: number): Redacted.Redacted | undefined =>
  millis(tokens.refreshExpires) > now ? tokens.refresh : undefined

const hold = (login: Login, lead: number, obtained?: number): Held => {
  const ends = millis(login.tokens.accessExpires)
  return {
    login,
    authorization: { mode: "oidc", type: "OIDC", header: Redacted.make(`Bearer ${accessOf(login)}`) },
    ends,
    renewAt: login.tokens.refresh === undefined ? ends : ends - lead,
    ...(obtained === undefined ? {} : { obtained })
  }
}

/**
 * Credentials of the login in a store.
 *
 * An access token is renewed ahead of its end, and after the platform refused it: once for all that wait for it, and,
 * by the store's lock, once for all processes. New tokens are saved before they are used. A token that cannot be renewed
 * is used until it ends; one whose end is not known, until the platform refuses it. When the scope closes, a renewal
 * that is under way is finished first.
 *
 * `authorize` fails with `CredentialsExpired` when the user has to sign in again, with `ProviderUnavailable` when the
 * provider cannot be asked now, with `ReplyUndecodable` or `ProviderUnsuitable` when it is none, and with what the store
 * fails with.
 */
export const make = Effect.fnUntraced(function* (store: LoginStore, options: OpenIdCredentialsOptions = {}) {
  const transport = yield* Transport
  const { leeway: seconds = 60 } = options
  if (!(seconds >= 0)) {
    const problems = [{ field: "leeway", message: "seconds, 0 or more" }]
    return yield* new ConfigurationInvalid({ operation: "OpenIdCredentials.make", problems })
  }
  const leeway = seconds * 1000
  let held = hold(yield* store.load, leeway)
  /** The renewal that is under way. */
  let renewal: Deferred.Deferred<Authorization, SkahaError> | undefined
  /** New tokens that could not be saved, and the access token that the store has in their place. */
  let unsaved: { readonly login: Login; readonly stored: string } | undefined
  /** A refresh token that does not count any more. */
  let spent: string | undefined

  /** Goes over to a login that has just been obtained. A short-lived token is used for half of its life at least. */
  const take = (login: Login, now: number): Authorization => {
    const left = Math.max(0, millis(login.tokens.accessExpires) - now)
    held = hold(login, Math.min(leeway, left / 2), now)
    return held.authorization
  }

  const expired = (reason: string) => new CredentialsExpired({ operation: "Credentials.authorize", reason })

  const save = (login: Login, stored: string) =>
    store.save(login).pipe(
      Effect.tap(Effect.sync(() => (unsaved = undefined))),
      Effect.catch((error) => {
        // They are all there is now: the old refresh token may be spent.
        unsaved = { login, stored }
        return Effect.logWarning(`Credentials: the new tokens could not be saved: ${error.message}`)
      })
    )

  /** Goes over to what somebody else has put into the store in place of a token, if it can be used. */
  const takeOther = (login: Login, than: Login, now: number): Authorization | undefined =>
    accessOf(login) !== accessOf(than) && millis(login.tokens.accessExpires) > now ? take(login, now) : undefined

  /** Obtains another token than the one that is held: one that somebody else has obtained by now, or a new one. */
  const obtain = Effect.gen(function* () {
    const stored = yield* store.load
    const login = unsaved?.stored === accessOf(stored) ? unsaved.login : stored
    const now = yield* Clock.currentTimeMillis
    const other = takeOther(login, held.login, now)
    if (other !== undefined) return other

    const refresh = refreshOf(login, now)
    if (refresh === undefined) return yield* expired("they cannot be renewed")
    if (Redacted.value(refresh) === spent) return yield* expired("the identity provider does not renew them")
    const renewed = yield* Effect.result(
      OpenId.refresh(login.endpoints, login.client, { ...login.tokens, refresh }, options)
    )
    if (Result.isFailure(renewed)) {
      const { failure } = renewed
      if (failure._tag !== "ProviderRefused") return yield* failure
      spent = Redacted.value(refresh)
      // Not everybody who refreshes asks for the lock.
      const newer = takeOther(yield* store.load, login, now)
      const why = failure.error ?? failure.status
      return newer ?? (yield* expired(`the identity provider does not renew them: ${why}`))
    }
    const next = { ...login, tokens: renewed.success }
    yield* save(next, accessOf(stored))
    yield* Effect.logDebug("Credentials: a new access token")
    return take(next, now)
  })

  /**
   * Obtains another token, once for all who ask while that is under way. It belongs to none of them: who gives up must
   * not lose the tokens of the others, nor what the provider has already sent.
   */
  const renewed = Effect.uninterruptibleMask((restore) => {
    if (renewal !== undefined) return restore(Deferred.await(renewal))
    const mine = Deferred.makeUnsafe<Authorization, SkahaError>()
    // From here to the fork nothing may come in between: all others would wait for what was never begun.
    renewal = mine
    return store.lock(obtain).pipe(
      Effect.provideService(Transport, transport),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          renewal = undefined
          Deferred.doneUnsafe(mine, exit)
        })
      ),
      Effect.forkDetach,
      Effect.andThen(restore(Deferred.await(mine)))
    )
  })
  yield* Effect.addFinalizer(() => (renewal === undefined ? Effect.void : Effect.exit(Deferred.await(renewal))))

  const authorize = Effect.gen(function* () {
    if ((yield* Clock.currentTimeMillis) < held.renewAt) return held.authorization
    return yield* Effect.catch(renewed, (error) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (now >= held.ends) return yield* error
        held.renewAt = Math.min(now + pause, held.ends)
        yield* Effect.logWarning(`Credentials: the access token is used until it ends: ${error.message}`)
        return held.authorization
      })
    )
  })

  const renew = Effect.fnUntraced(function* ({ header }: Authorization) {
    if (header === undefined || Redacted.value(header) !== `Bearer ${accessOf(held.login)}`) return yield* authorize
    const now = yield* Clock.currentTimeMillis
    // A clock that was set back makes nothing young.
    if (held.obtained !== undefined && Math.abs(now - held.obtained) < young) return undefined
    // Without a way to renew it, the platform's own words about the token say more.
    return yield* refreshOf(held.login, now) === undefined
      ? Effect.catchTag(renewed, "CredentialsExpired", () => Effect.undefined)
      : renewed
  })

  return Credentials.of({
    authorize,
    renew,
    describe: Effect.gen(function* () {
      const { accessExpires, refreshExpires } = held.login.tokens
      const renewable = refreshOf(held.login, yield* Clock.currentTimeMillis) !== undefined
      return {
        mode: "oidc",
        source: options.source ?? "login",
        expires: renewable ? refreshExpires : accessExpires
      } as const
    })
  })
})

/**
 * Credentials of the login in a store.
 *
 * @example
 * ```ts
 * import { Login, OpenIdCredentials } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * declare const saved: Login.Login
 *
 * const credentials = Layer.unwrap(Effect.map(Login.memory(saved), (store) => OpenIdCredentials.layer(store)))
 * ```
 */
export const layer = (
  store: LoginStore,
  options: OpenIdCredentialsOptions = {}
): Layer.Layer<Credentials, SkahaError, Transport> => Layer.effect(Credentials, make(store, options))
