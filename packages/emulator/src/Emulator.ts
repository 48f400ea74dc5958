import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import type { EmulatorOptions, ScriptedOptions } from "./EmulatorOptions.ts"
import type { ConnectionReset, EmulatorReply, EmulatorRequest, JournalEntry } from "./Exchange.ts"
import type { Fault } from "./Fault.ts"
import { randomHex, toRedacted } from "./internal/callers/secrets.ts"
import { makeAct } from "./internal/faults/act.ts"
import { makeFaultsRoute } from "./internal/faults/faultsRoute.ts"
import { delayed, drawMillis } from "./internal/faults/latency.ts"
import { planFaults } from "./internal/faults/plan.ts"
import { answer } from "./internal/http/route.ts"
import { Journal } from "./internal/journal.ts"
import { makePlatform } from "./internal/makePlatform.ts"
import { makeMemoryClient } from "./internal/memoryClient.ts"
import { Runner } from "./Runner.ts"

/**
 * The Skaha platform in one process, as seen from the wire.
 *
 * A session's state is a function of the clock's time: under a `TestClock` time passes when it is told to.
 *
 * @example
 * const program = Effect.gen(function* () {
 *   const emulator = yield* Emulator
 *   const response = yield* HttpClientRequest.get(`${emulator.url}/v1/session`).pipe(
 *     HttpClientRequest.bearerToken(emulator.token),
 *     HttpClient.execute
 *   )
 *   return yield* response.json
 * }).pipe(Effect.provide(Emulator.layerTest()))
 */
export class Emulator extends Context.Service<
  Emulator,
  {
    /** Answers one request, with latency and faults. Only a `Reset` fault makes it fail. */
    readonly handle: (request: EmulatorRequest) => Effect.Effect<EmulatorReply, ConnectionReset>
    /** Where the in-memory client finds the platform: `http://emulator.invalid/skaha`. */
    readonly url: string
    /** The bearer token of the first user. */
    readonly token: Redacted.Redacted
    /**
     * A token by which what runs inside a session calls the platform as the session's owner, in the header
     * `x-auth-token-skaha`. On the real platform desktops are given one.
     */
    readonly callbackToken: (sessionId: string) => Effect.Effect<Redacted.Redacted>
    /** What has been asked so far, in order of arrival: the newest 100,000 requests. */
    readonly requests: Effect.Effect<ReadonlyArray<JournalEntry>>
    /** How many requests are being handled now. */
    readonly inFlight: Effect.Effect<number>
    /** The most requests that were handled at the same time since the start or the last `clear`. */
    readonly maxInFlight: Effect.Effect<number>
    /** Forgets the requests and the maximum. Sessions and faults stay. */
    readonly clear: Effect.Effect<void>
    /**
     * Replaces all faults and starts their counts anew; an empty list ends them. What an old one will let the platform
     * handle later stays. A fault that makes no sense, such as one with a negative time, is a defect.
     */
    readonly setFaults: (faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  }
>()("@skaha/emulator/Emulator") {
  /**
   * A platform whose headless sessions are run by whatever `Runner` there is, and stored by whatever `StateStore`. What
   * faults have put off is given up when the scope closes.
   */
  static readonly make = Effect.fnUntraced(function* (options: EmulatorOptions = {}) {
    const token = toRedacted(options.token ?? (yield* Effect.sync(() => randomHex(24))))
    const platform = yield* makePlatform(options, token)
    const seed = options.seed ?? (yield* Random.nextInt)
    const latency = options.latency ?? 0
    const latencyRandom = yield* Random.withSeed(Random.Random, `${seed} latency`)
    const journal = new Journal()
    const act = makeAct(platform, yield* Effect.scope)
    let plan = yield* planFaults(options.faults ?? [], seed)
    const setFaults = (list: ReadonlyArray<Fault>) =>
      Effect.map(planFaults(list, seed), (next) => {
        plan = next
      })
    const faultsRoute = makeFaultsRoute(token, { get: Effect.sync(() => plan.faults), set: setFaults })

    return Emulator.of({
      handle: (request) =>
        Effect.suspend(() => {
          const ofTheEmulator = faultsRoute(request)
          if (ofTheEmulator !== undefined) return ofTheEmulator
          const hit = plan.meet(request)
          const entry = journal.begin(request, hit?.action._tag)
          const reply = hit === undefined ? answer(platform, request) : act(hit, request)
          return Effect.onExit(delayed(reply, drawMillis(latency, latencyRandom)), (exit) =>
            Effect.sync(() => journal.end(entry, exit._tag === "Success" ? exit.value.status : undefined))
          )
        }),
      url: "http://emulator.invalid/skaha",
      token,
      callbackToken: (sessionId) => Effect.sync(() => platform.callbackTokens.mint(sessionId)),
      requests: Effect.sync(() => journal.entries),
      inFlight: Effect.sync(() => journal.inFlight),
      maxInFlight: Effect.sync(() => journal.maxInFlight),
      clear: Effect.sync(() => journal.clear()),
      setFaults
    })
  })

  /** A platform whose headless sessions are scripted: nothing is run. */
  static layer(options: ScriptedOptions = {}): Layer.Layer<Emulator> {
    return Layer.effect(Emulator, Emulator.make(options)).pipe(Layer.provide(Runner.layer(options.script)))
  }

  /** An Effect `HttpClient` that reaches the platform without a socket, whatever host a URL names. */
  static readonly layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, Emulator> = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(Emulator, (emulator) => makeMemoryClient(emulator.handle))
  )

  /** A scripted platform and the client that reaches it. */
  static layerTest(options: ScriptedOptions = {}): Layer.Layer<Emulator | HttpClient.HttpClient> {
    return Layer.provideMerge(Emulator.layerHttpClient, Emulator.layer(options))
  }
}
