/**
 * A platform on which much goes wrong, its clients, and what it holds in truth.
 */
import { Transport } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Emulator, Runner, type Fault, type Job, type Script } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import { Sessions, Skaha, type SessionOperations } from "@skaha/session"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Scale } from "../scales.ts"
import { storm } from "./faults.ts"
import { Wire } from "./Wire.ts"

/** What is known of a session that the platform holds. */
const Held = Schema.Struct({ id: Schema.String, name: Schema.String, status: Schema.String })
export type Held = typeof Held.Type

const decodeHeld = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Held)))

/** A client that can be killed: nothing of it reaches the platform any more, and nothing of the platform reaches it. */
export interface Mortal {
  readonly sessions: SessionOperations
  readonly kill: Effect.Effect<void>
}

export interface World {
  readonly scale: Scale
  readonly wire: Wire
  /** How many requests the platform is handling now. */
  readonly inFlight: Effect.Effect<number>
  /** Replaces all faults. */
  readonly setFaults: (faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Lets go wrong what can. */
  readonly storm: Effect.Effect<void>
  /** Ends all faults, and waits until what was to be carried out late has been. */
  readonly calm: Effect.Effect<void>
  /** A client of its own, as another process would have. */
  readonly connect: Effect.Effect<SessionOperations, never, Scope.Scope>
  readonly connectMortal: Effect.Effect<Mortal, never, Scope.Scope>
  /** What the platform holds in truth: asked without any client. Only while there are no faults. */
  readonly held: Effect.Effect<ReadonlyArray<Held>>
  /** Puts a session there without any client, and gives its id. Only while there are no faults. */
  readonly put: (name: string, args?: string) => Effect.Effect<string>
}

/** The image of all sessions here. */
export const image = "images.canfar.net/skaha/terminal:1.1.2"

/** Sessions end after as many seconds as their first argument says, with the exit code that is the second. */
const script = ({ args: [seconds = "Infinity", exitCode = "0"] }: Job): Script => ({
  seconds: Number(seconds),
  exitCode: Number(exitCode),
  log: ""
})

const token = "token-of-alice"

/**
 * A transport until its client is killed. From then on nothing is sent, and whoever waits is interrupted: so what there
 * is of the client comes to its end, and cannot ask anybody.
 */
const untilKilled = (killed: Deferred.Deferred<never>) => (transport: Transport["Service"]) =>
  Transport.of({ send: (request) => Effect.raceFirst(Deferred.await(killed), transport.send(request)) })

/** Makes a platform that is gone with the scope. All that is random on it follows from the seed. */
export const makeWorld = Effect.fnUntraced(function* (
  scale: Scale,
  seed: string,
  runner: Layer.Layer<Runner> = Runner.layer(script)
): Effect.fn.Return<World, never, Scope.Scope> {
  const emulator = yield* Emulator.make({ token, seed, pending: 1, capacity: { cores: 1e6, ram: 1e6 } }).pipe(
    Effect.provide(runner)
  )
  const wire = new Wire(emulator, scale.over === "memory")
  const noted = Layer.succeed(Emulator, wire.emulator)
  const way =
    scale.over === "memory"
      ? {
          url: emulator.url,
          transport: Layer.provide(Transport.layerHttpClient, Layer.provide(Emulator.layerHttpClient, noted))
        }
      : {
          url: Context.get(
            yield* Layer.build(Layer.provide(EmulatorServer.layer(), noted)).pipe(Effect.orDie),
            EmulatorServer
          ).url,
          transport: Layer.orDie(UndiciTransport.layer)
        }

  const connectMortal = Effect.gen(function* () {
    const killed = yield* Deferred.make<never>()
    const transport = Layer.effect(Transport, Effect.map(Transport, untilKilled(killed))).pipe(
      Layer.provide(way.transport)
    )
    const { createTimeout, settle, timeout } = scale
    // Fresh, so that no two clients share anything.
    const services = yield* Layer.build(
      Layer.fresh(
        Skaha.layer({
          url: way.url,
          token,
          transport,
          createTimeout,
          settle,
          timeout,
          concurrency: 64,
          createConcurrency: 16
        })
      )
    ).pipe(Effect.orDie)
    return { sessions: Context.get(services, Sessions), kill: Effect.asVoid(Deferred.interrupt(killed)) }
  })

  const ask = (method: string, body = "") =>
    emulator
      .handle({
        method,
        target: "/skaha/v1/session",
        headers: {
          authorization: `Bearer ${Redacted.value(emulator.token)}`,
          "content-type": "application/x-www-form-urlencoded"
        },
        body: new TextEncoder().encode(body)
      })
      .pipe(
        Effect.filterOrFail(
          ({ status }) => status === 200,
          ({ status }) => new Error(`the platform itself answers ${method} with ${status}`)
        ),
        Effect.map((reply) => new TextDecoder().decode(reply.body)),
        Effect.orDie
      )

  return {
    scale,
    wire,
    inFlight: emulator.inFlight,
    setFaults: emulator.setFaults,
    storm: emulator.setFaults(storm(scale)),
    calm: Effect.andThen(emulator.setFaults([]), Effect.sleep((scale.createTimeout + scale.settle) * 1000)),
    connect: Effect.map(connectMortal, ({ sessions }) => sessions),
    connectMortal,
    held: Effect.flatMap(ask("GET"), decodeHeld).pipe(Effect.orDie),
    put: (name, args = "") =>
      Effect.map(
        ask("POST", new URLSearchParams({ name, image, cmd: "run", ...(args === "" ? {} : { args }) }).toString()),
        (id) => id.trim()
      )
  }
})
