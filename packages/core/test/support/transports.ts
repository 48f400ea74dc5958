/**
 * The two transports, and requests for them.
 */
import {
  Settings,
  Transport,
  type ConfigurationInvalid,
  type SettingsOptions,
  type TransportRequest
} from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

export type TransportLayer = Layer.Layer<Transport, ConfigurationInvalid, Settings>

/** Every transport that goes to a real network. */
export const transports: ReadonlyArray<readonly [name: "fetch" | "undici", layer: TransportLayer]> = [
  ["fetch", Transport.layer],
  ["undici", UndiciTransport.layer]
]

/** Undici's in a thread that may be held up, as workers use it. */
const inWorkers: TransportLayer = Layer.effect(
  Transport,
  UndiciTransport.makeSend({}, { read: UndiciTransport.textOf, mayBlock: true }).pipe(
    Effect.map((send): Transport["Service"] => ({ send: (request) => send(request) }))
  )
)

/** The ways in which undici's does its work. */
export const undiciWays: ReadonlyArray<{ readonly where: string; readonly layer: TransportLayer }> = [
  { where: "", layer: UndiciTransport.layer },
  { where: " in workers", layer: inWorkers }
]

/** Opens a transport to an origin for as long as the scope is open. */
export const open = (
  layer: TransportLayer,
  origin: string,
  options: SettingsOptions = {}
): Effect.Effect<Transport["Service"], never, Scope.Scope> =>
  Layer.build(Layer.orDie(Layer.provide(layer, Settings.layer({ server: origin, ...options })))).pipe(
    Effect.map(Context.get(Transport))
  )

/** A request; a GET of `/skaha/v1/session` with ample limits unless told otherwise. */
export const request = (given: Partial<TransportRequest> = {}): TransportRequest => ({
  operation: "Test.call",
  method: "GET",
  path: "/skaha/v1/session",
  query: "",
  headers: { accept: "application/json" },
  limits: { connect: 5, headers: 5, body: 5, total: 10 },
  ...given
})
