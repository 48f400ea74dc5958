import { assert, describe, it } from "@effect/vitest"
import { Context } from "@skaha/session"
import * as Effect from "effect/Effect"
import { ways } from "./support/platforms.ts"
import { api, server } from "./support/server.ts"
import { answering, sent } from "./support/wire.ts"

const resources = Context.use((context) => context.resources)

const given = (body: unknown) => Effect.provide(resources, answering({ body: JSON.stringify(body) }))

const options = { defaultRequest: 1, defaultLimit: 8, options: [1, 2] }

describe.each(ways)("Context $way", ({ test }) => {
  test("what a session may ask for", { maxInteractiveSessions: 3 }, () =>
    Effect.gen(function* () {
      const { cores, ram, gpus, maxInteractiveSessions } = yield* resources
      assert.deepInclude(cores, server.context.cores)
      assert.strictEqual(cores.options.at(-1), 16)
      assert.deepInclude(ram, server.context.ram)
      assert.strictEqual(ram.options.at(-1), 192)
      assert.strictEqual(gpus.options.length, 28)
      assert.strictEqual(maxInteractiveSessions, server.context.tellsLimit ? 3 : undefined)
      assert.deepStrictEqual(yield* sent, [`GET ${api}/context`])
    })
  )
})

describe("Context", () => {
  it.effect.each([
    ["5", 5],
    [5, 5],
    [undefined, undefined],
    ["", undefined],
    ["many", undefined]
  ])("reads a limit of %j as %s", ([written, limit]) =>
    Effect.gen(function* () {
      const context = yield* given({ cores: options, memoryGB: options, maxInteractiveSessions: written })
      assert.strictEqual(context.maxInteractiveSessions, limit)
      assert.strictEqual("maxInteractiveSessions" in context, limit !== undefined)
    })
  )

  it.effect("needs neither GPUs nor defaults, and keeps what old servers say", () =>
    Effect.gen(function* () {
      const context = yield* given({ cores: { ...options, defaultHeadless: 1, extra: {} }, memoryGB: {}, more: [1] })
      assert.deepStrictEqual(context.cores, { ...options, defaultHeadless: 1 })
      assert.deepStrictEqual(context.ram, { options: [] })
      assert.deepStrictEqual(context.gpus, { options: [] })
      assert.deepStrictEqual(context.wire["more"], [1])
    })
  )

  it.effect.each([{}, { cores: options }, { cores: 1, memoryGB: 2 }, [], "x"])("cannot understand %j", (body) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(given(body)))._tag, "ReplyUndecodable")
    })
  )

  it.effect("a mock says what it does not have", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(resources)
      assert.match(String(exit), /resources/)
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(Effect.provide(Context.layerTest({})))
  )
})
