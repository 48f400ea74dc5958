import { PlatformClient, Settings, Transport } from "@skaha/core"
import { Login, OpenIdCredentials } from "@skaha/core/node"
import { Emulator } from "@skaha/emulator"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { login, mockProvider, origin, settle, tokens } from "../support/mockProvider.ts"
import { reply } from "../support/platform.ts"

const calls = 500
const concurrency = 32

/** A platform that takes the first token for 8 s and the second for good, and a second for each request. */
const platform = Emulator.layer({
  latency: 1000,
  users: [
    { name: "before", token: "secret-access-0", tokenExpiresAt: 8000 },
    { name: "after", token: "secret-access-1" }
  ]
})

/** Makes the calls with a saved login; what came of them, and how often tokens and the platform were asked. */
const bulk = (saved: Login.Login, options: OpenIdCredentials.OpenIdCredentialsOptions = {}) =>
  Effect.gen(function* () {
    const emulator = Context.get(yield* Layer.build(platform), Emulator)
    const provider = mockProvider({ "/token": Effect.as(Effect.sleep("1500 millis"), reply(tokens())) })
    const settings = Layer.orDie(Settings.layer({ server: emulator.url, concurrency }))
    const network = Layer.effect(
      Transport,
      Effect.gen(function* () {
        const toPlatform = yield* Transport
        const toProvider = Context.get(yield* Layer.build(provider.layer), Transport)
        return { send: (request) => (request.origin === origin ? toProvider : toPlatform).send(request) }
      })
    ).pipe(
      Layer.provide(Transport.layerHttpClient),
      Layer.provide(Emulator.layerHttpClient),
      Layer.provide(Layer.succeed(Emulator, emulator)),
      Layer.provide(settings)
    )
    const store = yield* Login.memory(saved)
    const layer = PlatformClient.layer.pipe(
      Layer.provide(Layer.orDie(OpenIdCredentials.layer(store, options))),
      Layer.provide(network),
      Layer.provide(settings)
    )
    const client = Context.get(yield* Layer.build(layer), PlatformClient)
    const call = client.json({ operation: "Test.list", method: "GET", path: "session" })
    const fiber = yield* Effect.forkChild(
      Effect.forEach(Array.from({ length: calls }), () => Effect.exit(call), { concurrency })
    )
    while (fiber.pollUnsafe() === undefined) {
      yield* settle
      yield* TestClock.adjust("500 millis")
    }
    const failures = (yield* Fiber.join(fiber)).filter((exit) => exit._tag === "Failure")
    const statuses = (yield* emulator.requests).map(({ status }) => status)
    return { failures, refreshes: provider.times("/token"), statuses }
  })

describe("a bulk of 500 calls whose token ends in the middle", () => {
  it.effect("loses none, and refreshes once, after the platform refused it", () =>
    Effect.gen(function* () {
      const { failures, refreshes, statuses } = yield* bulk(login())
      assert.deepStrictEqual(failures, [])
      assert.strictEqual(refreshes, 1)
      const refused = statuses.filter((status) => status === 401).length
      assert.isAbove(refused, 1)
      assert.isAtMost(refused, concurrency)
      assert.strictEqual(statuses.filter((status) => status === 200).length, calls)
    })
  )

  it.effect("loses none, and refreshes once, ahead of its end", () =>
    Effect.gen(function* () {
      const { failures, refreshes, statuses } = yield* bulk(login(8), { leeway: 2 })
      assert.deepStrictEqual(failures, [])
      assert.strictEqual(refreshes, 1)
      assert.strictEqual(statuses.filter((status) => status === 200).length, calls)
      assert.strictEqual(statuses.length, calls)
    })
  )
})
