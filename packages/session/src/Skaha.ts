/**
 * Everything of a platform in one layer.
 */
import {
  Credentials,
  PlatformClient,
  Settings,
  Transport,
  type ConfigurationInvalid,
  type SettingsOptions
} from "@skaha/core"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { BulkExecutor } from "./BulkExecutor.ts"
import { Context } from "./Context.ts"
import { Images } from "./Images.ts"
import { Overview } from "./Overview.ts"
import { Sessions } from "./Sessions.ts"

/** The services of a platform. */
export type Skaha = Sessions | Images | Context | Overview | BulkExecutor | PlatformClient

/** What runs operations on many sessions. */
type Executor<E> = Layer.Layer<BulkExecutor, E, Settings | Transport>

/** How to reach a platform, as whom, and over which transport. */
export interface Options<R = never, E = never> extends SettingsOptions {
  /** A bearer token. Default anonymous. */
  readonly token?: string | Redacted.Redacted | undefined
  /** The way to the network. Default `Transport.layer`, over fetch; on Node, `UndiciTransport.layer` is faster. */
  readonly transport?: Layer.Layer<Transport, ConfigurationInvalid, R> | undefined
  /**
   * What runs operations on many sessions. Default `BulkExecutor.layer`, in this thread; on Node, `BulkWorkers.layer` of
   * `@skaha/session/node` is one over worker threads.
   */
  readonly executor?: Executor<E> | undefined
}

/** A platform, with an executor, such as `BulkWorkers.layer` of `@skaha/session/node`. */
export const servicesWith = <E>(executor: Executor<E>): Layer.Layer<Skaha, E, Settings | Credentials | Transport> =>
  Layer.mergeAll(Sessions.layer, Images.layer, Context.layer, Overview.layer).pipe(
    Layer.provideMerge(Layer.merge(PlatformClient.layer, executor))
  )

/**
 * A platform, from what its services need, such as `SignIn.layer` of `@skaha/core/node`.
 *
 * @example
 * ```ts
 * import { SignIn } from "@skaha/core/node"
 * import { Sessions, Skaha } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // Who has signed in, by options, environment or configuration file, with the server in use.
 * const platform = Skaha.services.pipe(Layer.provide(SignIn.layer()))
 * const program = Sessions.use((sessions) => sessions.fetch()).pipe(Effect.provide(platform))
 * ```
 */
export const services: Layer.Layer<Skaha, never, Settings | Credentials | Transport> = servicesWith(BulkExecutor.layer)

const assemble = <R, E>(
  configuration: Layer.Layer<Settings | Credentials, ConfigurationInvalid>,
  transport: Layer.Layer<Transport, ConfigurationInvalid, R | Settings>,
  executor: Executor<E> = BulkExecutor.layer
): Layer.Layer<Skaha, ConfigurationInvalid | E, Exclude<R, Settings | Credentials>> =>
  servicesWith(executor).pipe(Layer.provide(transport), Layer.provide(configuration))

/**
 * A platform, from options.
 *
 * @example
 * ```ts
 * import { UndiciTransport } from "@skaha/core/node"
 * import { Sessions, Skaha } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * const platform = Skaha.layer({ token: "…", transport: UndiciTransport.layer })
 * const program = Sessions.use((sessions) => sessions.fetch()).pipe(Effect.provide(platform))
 * ```
 */
export const layer = <R = Settings, E = never>(
  options: Options<R, E> = {}
): Layer.Layer<Skaha, ConfigurationInvalid | E, Exclude<R, Settings | Credentials>> =>
  assemble(
    Layer.merge(Settings.layer(options), Credentials.layer(options)),
    options.transport ?? Transport.layer,
    options.executor
  )

/** A platform, from the environment: `SKAHA_URL`, `SKAHA_TOKEN` and the others of `Settings.layerConfig`. */
export const layerConfig = <R = Settings, E = never>(
  options: Pick<Options<R, E>, "executor" | "transport"> = {}
): Layer.Layer<Skaha, ConfigurationInvalid | E, Exclude<R, Settings | Credentials>> =>
  assemble(
    Layer.merge(Settings.layerConfig, Credentials.layerConfig),
    options.transport ?? Transport.layer,
    options.executor
  )
