/**
 * Who is asking.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid, type SkahaError } from "./SkahaError.ts"

/** What credentials add to a request. */
export interface Authorization {
  /** The value of `X-Skaha-Authentication-Type`; absent for anonymous calls. */
  readonly type?: "RUNTIME-TOKEN"
  /** The value of the `Authorization` header. */
  readonly header?: Redacted.Redacted
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
  }
>()("@skaha/core/Credentials") {
  /**
   * Credentials from options: a bearer token, or anonymous without one. An empty token is no token. A token with
   * characters that a header cannot carry fails with `ConfigurationInvalid`.
   */
  static readonly make = Effect.fnUntraced(function* (
    options: { readonly token?: string | Redacted.Redacted | undefined } = {}
  ) {
    const given: unknown = Redacted.isRedacted(options.token) ? Redacted.value(options.token) : (options.token ?? "")
    const token = Predicate.isString(given) ? given.trim() : "no text"
    if (token === "") return Credentials.of({ authorize: Effect.succeed({}) })
    if (!/^[\x21-\x7e]+$/.test(token)) {
      return yield* new ConfigurationInvalid({
        operation: "Credentials.make",
        problems: [{ field: "token", message: "holds blanks or characters that a header cannot carry" }]
      })
    }
    return Credentials.of({
      authorize: Effect.succeed({ type: "RUNTIME-TOKEN", header: Redacted.make(`Bearer ${token}`) })
    })
  })

  /** Credentials from options. */
  static readonly layer = (
    options: { readonly token?: string | Redacted.Redacted | undefined } = {}
  ): Layer.Layer<Credentials, ConfigurationInvalid> => Layer.effect(Credentials, Credentials.make(options))

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
      Effect.flatMap((token) => Credentials.make({ token: Option.getOrUndefined(token) }))
    )
  )
}
