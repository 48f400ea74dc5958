/**
 * The platform as a whole: whether it can be used, and what it offers.
 */
import {
  parseAvailability,
  parseCapabilities,
  PlatformClient,
  type Availability,
  type Capability,
  type SkahaError
} from "@skaha/core"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export type { Availability, Capability, CapabilityInterface } from "@skaha/core"

/**
 * The platform as a whole. Neither document needs credentials.
 *
 * @example
 * ```ts
 * import { Overview } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * const up = Effect.gen(function* () {
 *   const overview = yield* Overview
 *   const { available, notes } = yield* overview.availability
 *   return available || notes
 * })
 * ```
 */
export class Overview extends EffectContext.Service<
  Overview,
  {
    /** Whether the platform can be used, and what its operators say. */
    readonly availability: Effect.Effect<Availability, SkahaError>
    /** What the platform offers, where, and how to sign in there. */
    readonly capabilities: Effect.Effect<ReadonlyArray<Capability>, SkahaError>
  }
>()("@skaha/session/Overview") {
  static readonly make = Effect.gen(function* () {
    const client = yield* PlatformClient

    const document = <A>(name: "availability" | "capabilities", parse: (xml: string) => A | undefined) => {
      const operation = `Overview.${name}`
      return client
        .text(
          { operation, method: "GET", path: name, unversioned: true, accept: "application/xml, text/xml" },
          parse,
          `a VOSI ${name} document`
        )
        .pipe(Effect.withSpan(operation))
    }

    return Overview.of({
      availability: document("availability", parseAvailability),
      capabilities: document("capabilities", parseCapabilities)
    })
  })

  static readonly layer: Layer.Layer<Overview, never, PlatformClient> = Layer.effect(Overview, Overview.make)

  /** A mock: what is not given fails as unimplemented when it is called. */
  static readonly layerTest = (service: Partial<Overview["Service"]>): Layer.Layer<Overview> =>
    Layer.mock(Overview)(service)
}
