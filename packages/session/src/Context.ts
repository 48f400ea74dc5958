/**
 * What a session on this platform may ask for.
 */
import { ContextReply, PlatformClient, type SkahaError } from "@skaha/core"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { present } from "./internal/present.ts"

/** What of one resource a session may ask for. What the server does not say is absent. */
export interface ResourceOptions {
  /** The values that may be asked for. */
  readonly options: ReadonlyArray<number>
  /** What a form should suggest. */
  readonly default?: number | undefined
  /** What a flexible session is given for certain. */
  readonly defaultRequest?: number | undefined
  /** What a flexible session may use at most. */
  readonly defaultLimit?: number | undefined
  /** What a headless session is given; on old servers. */
  readonly defaultHeadless?: number | undefined
}

/** What a session may ask for. */
export class ResourceContext {
  readonly #wire: Readonly<Record<string, unknown>>
  /** CPU cores. */
  readonly cores: ResourceOptions
  /** RAM, in the GB (really 2³⁰ bytes) in which a session asks for it. */
  readonly ram: ResourceOptions
  /** GPUs. */
  readonly gpus: { readonly options: ReadonlyArray<number> }
  /** How many interactive sessions one user may have at once. */
  declare readonly maxInteractiveSessions?: number | undefined

  constructor(
    { cores, memoryGB, gpus, maxInteractiveSessions }: typeof ContextReply.Type,
    wire: Readonly<Record<string, unknown>>
  ) {
    this.#wire = wire
    this.cores = { ...present(cores), options: cores.options ?? [] }
    this.ram = { ...present(memoryGB), options: memoryGB.options ?? [] }
    this.gpus = { options: gpus?.options ?? [] }
    Object.assign(this, present({ maxInteractiveSessions }))
  }

  /** The reply this was read from, keys and values as the server sent them. */
  get wire(): Readonly<Record<string, unknown>> {
    return this.#wire
  }
}

/**
 * What a session on this platform may ask for.
 *
 * @example
 * ```ts
 * import { Context } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * const mostCores = Effect.gen(function* () {
 *   const context = yield* Context
 *   const { cores } = yield* context.resources
 *   return Math.max(...cores.options)
 * })
 * ```
 */
export class Context extends EffectContext.Service<
  Context,
  {
    /** The options for cores, RAM and GPUs. */
    readonly resources: Effect.Effect<ResourceContext, SkahaError>
  }
>()("@skaha/session/Context") {
  static readonly make = Effect.gen(function* () {
    const client = yield* PlatformClient
    return Context.of({
      resources: client
        .decode(
          { operation: "Context.resources", method: "GET", path: "context" },
          ContextReply,
          (reply, wire) => new ResourceContext(reply, wire)
        )
        .pipe(Effect.withSpan("Context.resources"))
    })
  })

  static readonly layer: Layer.Layer<Context, never, PlatformClient> = Layer.effect(Context, Context.make)

  /** A mock: what is not given fails as unimplemented when it is called. */
  static readonly layerTest = (service: Partial<Context["Service"]>): Layer.Layer<Context> =>
    Layer.mock(Context)(service)
}
