/**
 * A login with an identity provider, as it is kept: where the provider is, how it knows this program, and the tokens.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Semaphore from "effect/Semaphore"
import type { SkahaError } from "../SkahaError.ts"

/** The addresses of a provider. */
export interface Endpoints {
  /** Of the document that names the others. */
  readonly discovery: string
  /** Where a login begins that is confirmed on another device. */
  readonly device: string
  readonly token: string
  /** Where programs are registered; absent where only the provider's people do that. */
  readonly registration?: string | undefined
  /** Where it says who the user is. */
  readonly userinfo?: string | undefined
}

/** This program, as a provider knows it. */
export interface Client {
  readonly id: string
  /** Absent for a client that has to prove nothing. */
  readonly secret?: Redacted.Redacted | undefined
  /** When the secret ends; absent where it does not, or where that is not known. */
  readonly secretExpires?: DateTime.Utc | undefined
}

/** What a provider gives to who has signed in. */
export interface Tokens {
  /** The bearer token for the platform. */
  readonly access: Redacted.Redacted
  /** When it ends; absent where that is not known. */
  readonly accessExpires?: DateTime.Utc | undefined
  /** What the next one is had for; absent where the provider gave none. */
  readonly refresh?: Redacted.Redacted | undefined
  /** When that ends; absent where that is not known. */
  readonly refreshExpires?: DateTime.Utc | undefined
  /** What was granted, where the provider said so. */
  readonly scope?: string | undefined
}

/** A login. */
export interface Login {
  readonly endpoints: Endpoints
  readonly client: Client
  readonly tokens: Tokens
}

/** Where a login is kept, so that other processes and later runs have it. */
export interface LoginStore {
  /** The login as it is now. */
  readonly load: Effect.Effect<Login, SkahaError>
  /** Replaces it. When this is done, it must be there for good. */
  readonly save: (login: Login) => Effect.Effect<void, SkahaError>
  /** Runs an effect while nobody else, in no other process, runs one under the same lock. */
  readonly lock: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SkahaError, R>
}

/**
 * Keeps a login in memory, for programs that have it from elsewhere, and for tests.
 *
 * @example
 * ```ts
 * import { Login } from "@skaha/core/node"
 * import * as Redacted from "effect/Redacted"
 *
 * const store = Login.memory({
 *   endpoints: {
 *     discovery: "https://iam.example/.well-known/openid-configuration",
 *     device: "https://iam.example/devicecode",
 *     token: "https://iam.example/token"
 *   },
 *   client: { id: "my-client", secret: Redacted.make("…") },
 *   tokens: { access: Redacted.make("…"), refresh: Redacted.make("…") }
 * })
 * ```
 */
export const memory: (login: Login) => Effect.Effect<LoginStore> = Effect.fnUntraced(function* (login) {
  const kept = yield* Ref.make(login)
  const permit = yield* Semaphore.make(1)
  return {
    load: Ref.get(kept),
    save: (next: Login) => Ref.set(kept, next),
    lock: permit.withPermits(1)
  }
})
