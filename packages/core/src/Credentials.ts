/**
 * Who is asking.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid, type SkahaError } from "./SkahaError.ts"

/** The ways to say who is asking. */
export type CredentialsMode =
  /** A bearer token that the program was given. */
  | "token"
  /** A login with an OpenID provider: its access token, refreshed as needed. */
  | "oidc"
  /** A client certificate, shown when the connection is made. */
  | "x509"
  /** The cookies that the browser has for the platform. */
  | "cookie"
  /** Nobody. */
  | "anonymous"

/** What credentials add to a request. */
export interface Authorization {
  readonly mode: CredentialsMode
  /** The value of `X-Skaha-Authentication-Type`; absent for cookies and anonymous calls. */
  readonly type?: "RUNTIME-TOKEN" | "RUNTIME-X509" | "OIDC" | "X509"
  /** The value of the `Authorization` header. */
  readonly header?: Redacted.Redacted
}

/** Which credentials are in use, without anything secret. */
export interface CredentialsDescription {
  readonly mode: CredentialsMode
  /** Where they come from: `options`, a variable such as `SKAHA_TOKEN`, a file, or `default`. */
  readonly source: string
  /** When they expire, where that is known. */
  readonly expires?: DateTime.Utc | undefined
}

/** Credentials that need nothing but to be given. */
export interface CredentialsOptions {
  /** A bearer token. */
  readonly token?: string | Redacted.Redacted | undefined
  /** Whether the browser's own cookies for the platform say who is asking. Default `false`. Not beside a token. */
  readonly cookies?: boolean | undefined
}

/**
 * Who is asking: every request asks this service for its authorization right before it is sent.
 *
 * @example
 * ```ts
 * import { Credentials } from "@skaha/core"
 *
 * const token = Credentials.layer({ token: "…" })
 * const anonymous = Credentials.layer()
 * const fromEnvironment = Credentials.layerConfig // SKAHA_TOKEN, or anonymous
 * ```
 */
export class Credentials extends Context.Service<
  Credentials,
  {
    /** What to add to the next request. Fails when no usable credentials can be had. */
    readonly authorize: Effect.Effect<Authorization, SkahaError>
    /**
     * What to try instead, once, after the server did not accept `refused` (401); `undefined` where there is nothing
     * else to try.
     */
    readonly renew: (refused: Authorization) => Effect.Effect<Authorization | undefined, SkahaError>
    /** Which credentials are in use. */
    readonly describe: Effect.Effect<CredentialsDescription, SkahaError>
  }
>()("@skaha/core/Credentials") {
  /** Credentials that never change. */
  static readonly fixed = (authorization: Authorization, source: string): Credentials["Service"] =>
    Credentials.of({
      authorize: Effect.succeed(authorization),
      renew: () => Effect.undefined,
      describe: Effect.succeed({ mode: authorization.mode, source })
    })

  /**
   * Credentials from options: a bearer token, the browser's cookies, or anonymous without either. An empty token is no
   * token. A token with characters that a header cannot carry fails with `ConfigurationInvalid`.
   */
  static readonly make = Effect.fnUntraced(function* (options: CredentialsOptions = {}, source = "options") {
    const given: unknown = Redacted.isRedacted(options.token) ? Redacted.value(options.token) : (options.token ?? "")
    const token = Predicate.isString(given) ? given.trim() : "no text"
    if (token === "") {
      return options.cookies === true
        ? Credentials.fixed({ mode: "cookie" }, source)
        : Credentials.fixed({ mode: "anonymous" }, "default")
    }
    if (!/^[\x21-\x7e]+$/.test(token)) {
      return yield* new ConfigurationInvalid({
        operation: "Credentials.make",
        problems: [{ field: "token", message: "holds blanks or characters that a header cannot carry" }]
      })
    }
    const header = Redacted.make(`Bearer ${token}`)
    return Credentials.fixed({ mode: "token", type: "RUNTIME-TOKEN", header }, source)
  })

  /** Credentials from options. */
  static readonly layer = (options: CredentialsOptions = {}): Layer.Layer<Credentials, ConfigurationInvalid> =>
    Layer.effect(Credentials, Credentials.make(options))

  /** Credentials from the environment: `SKAHA_TOKEN`, or anonymous without it. */
  static readonly layerConfig: Layer.Layer<Credentials, ConfigurationInvalid> = Layer.effect(
    Credentials,
    Config.option(Config.Redacted("SKAHA_TOKEN")).pipe(
      Effect.mapError(
        (error) =>
          new ConfigurationInvalid({
            operation: "Credentials.layerConfig",
            problems: [{ field: "SKAHA_TOKEN", message: error.message }]
          })
      ),
      Effect.flatMap((token) => Credentials.make({ token: Option.getOrUndefined(token) }, "SKAHA_TOKEN"))
    )
  )
}
