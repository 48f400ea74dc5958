/**
 * One suite, several ways to the same platform: in memory under a `TestClock`, and over real sockets with real time, from
 * this thread or from worker threads.
 */
import { it } from "@effect/vitest"
import { RetryPolicy, Transport } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Emulator, type ScriptedOptions } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import { BulkExecutor, Skaha } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { server, serverOf, type Feature } from "./server.ts"
import { recorded, Wire } from "./wire.ts"
import { workersLayer } from "./workers.ts"

/** How the platform is set up, and how it is talked to. */
export interface PlatformOptions extends ScriptedOptions {
  readonly sdk?: Omit<Skaha.Options, "transport" | "url" | "server"> | undefined
  /** How requests are repeated. Here, unlike in life, they are not: a test sees each request that it makes. */
  readonly retry?: RetryPolicy | undefined
}

/** What a test can ask for. */
export type Services = Skaha.Skaha | Emulator | Wire

/** The bearer token of every platform here. */
export const token = "token-of-alice"

/** The server is that of the run, and sessions start at once, unless a test wants it otherwise. */
const emulated = (options: PlatformOptions): ScriptedOptions => ({
  profile: server.profile,
  pending: 0,
  token,
  seed: "session",
  ...options
})

/** What a client of that platform must be told. */
const client = ({ profile = server.profile, sdk }: PlatformOptions) => ({
  version: serverOf(profile).version,
  token,
  ...sdk
})

const inMemory = (options: PlatformOptions): Layer.Layer<Services> =>
  Layer.unwrap(
    Effect.map(Emulator, ({ url }) =>
      Skaha.layer({ ...client(options), url, transport: recorded(Transport.layerHttpClient) })
    )
  ).pipe(Layer.orDie, Layer.provideMerge([Emulator.layerTest(emulated(options)), Wire.layer]))

/** The client over real sockets to whatever server there is. */
export const overSockets = <E = never>(
  options: PlatformOptions,
  executor: Skaha.Options<never, E>["executor"] = BulkExecutor.layer
): Layer.Layer<Skaha.Skaha | Wire, never, EmulatorServer | Emulator> =>
  Layer.unwrap(
    Effect.map(EmulatorServer, ({ url }) =>
      Skaha.layer({ ...client(options), url, transport: recorded(Layer.orDie(UndiciTransport.layer)), executor })
    )
  ).pipe(Layer.orDie, Layer.provideMerge(Wire.layer))

const overHttp = <E = never>(
  options: PlatformOptions,
  executor?: Skaha.Options<never, E>["executor"]
): Layer.Layer<Services> =>
  overSockets(options, executor).pipe(
    Layer.provide(EmulatorServer.layer().pipe(Layer.orDie)),
    Layer.provideMerge(Emulator.layer(emulated(options)))
  )

const overWorkers = (options: PlatformOptions): Layer.Layer<Services> =>
  overHttp(options, workersLayer(Math.min(2, options.sdk?.concurrency ?? 2)))

/** Registers a test that has a platform of its own. */
type PlatformTest = <A, E>(
  name: string,
  options: PlatformOptions,
  self: () => Effect.Effect<A, E, Services | Scope.Scope>
) => void

const testOn =
  (tester: typeof it.effect, layer: (options: PlatformOptions) => Layer.Layer<Services>): PlatformTest =>
  (name, options, self) => {
    tester(name, () =>
      self().pipe(Effect.provide(layer(options)), Effect.provideService(RetryPolicy, options.retry ?? RetryPolicy.none))
    )
  }

/** A test in memory, where time passes as it is told. */
export const testInMemory = testOn(it.effect, inMemory)

/** One way to the platform. */
export interface Way {
  readonly way: string
  readonly test: PlatformTest
  /** Whether time is real there, so that a test cannot make it pass. */
  readonly live: boolean
}

/** Both ways to the platform, for `describe.each`. */
export const ways: ReadonlyArray<Way> = [
  { way: "in memory", test: testInMemory, live: false },
  { way: "over HTTP", test: testOn(it.live, overHttp), live: true }
]

/** The same, and from worker threads: for operations on many sessions. */
export const waysOfMany: ReadonlyArray<Way> = [
  ...ways,
  { way: "over workers", test: testOn(it.live, overWorkers), live: true }
]

/** The same for tests of what not every server has: no way where it is not there. */
export const waysWhereThereIs = (feature: Feature): ReadonlyArray<Way> =>
  server.features.includes(feature) ? ways : []
