import {
  ConnectionFailed,
  RequestTimeout,
  RetryPolicy,
  type PlatformCall,
  type TransportFailure,
  type TransportReply
} from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { platform, reply } from "./support/platform.ts"

const info: PlatformCall = { operation: "Test.info", method: "GET", path: "session/abcdefgh", id: "abcdefgh" }
const list: PlatformCall = { operation: "Test.list", method: "GET", path: "session" }
const logs: PlatformCall = { ...info, unbounded: true }
const create: PlatformCall = { operation: "Test.create", method: "POST", path: "session", creates: true }

const reset = new ConnectionFailed({ operation: "Test", origin: "https://platform.example", reason: "reset" })
const untrusted = new ConnectionFailed({
  operation: "Test",
  origin: "https://platform.example",
  reason: "the server's certificate is not trusted",
  lasting: true
})
const overdue = new RequestTimeout({ operation: "Test", phase: "total", limit: 30 })

/** How many such calls are in flight at once when many are made after others ended in that way. */
const inFlightAfter = (
  before: PlatformCall,
  end: Effect.Effect<TransportReply, TransportFailure>,
  after: PlatformCall,
  { calls = 1, ...options } = {}
) =>
  Effect.gen(function* () {
    let respond = () => end
    let inFlight = 0
    const { client } = yield* platform(() => Effect.suspend(() => respond()), {
      concurrency: 20,
      createConcurrency: 10,
      ...options
    })
    const some = Effect.forEach(Array.from({ length: calls }), () => Effect.exit(client.call(before)), {
      concurrency: "unbounded"
    })
    const fiber = yield* Effect.forkChild(some)
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    respond = () => {
      inFlight++
      return Effect.never
    }
    for (let call = 0; call < 40; call++) yield* Effect.forkChild(client.call(after))
    yield* Effect.yieldNow
    return inFlight
  }).pipe(Effect.provideService(RetryPolicy, RetryPolicy.none))

describe("The calls of a client", () => {
  it.effect.each<readonly [what: string, end: Effect.Effect<TransportReply, TransportFailure>, left: number]>([
    ["a success", Effect.succeed(reply("{}")), 20],
    ["429", Effect.succeed(reply("", 429)), 14],
    ["503", Effect.succeed(reply("", 503)), 14],
    ["a broken connection", Effect.fail(reset), 14],
    ["a failure of another kind, which lasts", Effect.fail(untrusted), 20],
    ["a timeout", Effect.fail(overdue), 14],
    ["400", Effect.succeed(reply("", 400)), 20],
    ["404", Effect.succeed(reply("", 404)), 20],
    ["500", Effect.succeed(reply("", 500)), 20],
    ["502", Effect.succeed(reply("", 502)), 20]
  ])("after %s", ([, end, left]) =>
    Effect.gen(function* () {
      for (const call of [info, list, logs]) assert.strictEqual(yield* inFlightAfter(call, end, info), left)
    })
  )

  it.effect.each<readonly [what: string, end: Effect.Effect<TransportReply, TransportFailure>, left: number]>([
    ["a success", Effect.succeed(reply("abcdefgh")), 10],
    ["400", Effect.succeed(reply("", 400)), 10],
    ["500", Effect.succeed(reply("", 500)), 7],
    ["503", Effect.succeed(reply("", 503)), 7],
    ["a timeout", Effect.fail(overdue), 7]
  ])("that create, after %s", ([, end, left]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* inFlightAfter(create, end, create), left)
    })
  )

  it.effect("are as many as ever after creates that were turned away, or had no answer", () =>
    Effect.gen(function* () {
      for (const end of [Effect.succeed(reply("", 503)), Effect.fail(reset), Effect.fail(overdue)]) {
        assert.strictEqual(yield* inFlightAfter(create, end, list), 20)
      }
    })
  )

  it.effect("are as many as ever after a create that failed with 500, and creates after others that did not", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* inFlightAfter(create, Effect.succeed(reply("", 500)), info), 20)
      assert.strictEqual(yield* inFlightAfter(info, Effect.succeed(reply("", 503)), create), 10)
    })
  )

  it.effect("leave room for others while many create", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const { client } = yield* platform(({ method }) => (sent.push(method), Effect.never), { concurrency: 12 })
      for (let call = 0; call < 40; call++) yield* Effect.forkChild(client.call(create))
      for (let call = 0; call < 40; call++) yield* Effect.forkChild(client.call(info))
      yield* Effect.yieldNow
      assert.deepStrictEqual(sent, [...Array<string>(8).fill("POST"), ...Array<string>(4).fill("GET")])
    })
  )

  /** Some replies at once, and then most a second later. */
  const rising = () => {
    let requests = 0
    return Effect.suspend(() => Effect.delay(Effect.succeed(reply("{}")), ++requests <= 20 ? 0 : 1000))
  }

  it.effect("are fewer when those about one session take longer and longer, but not for others", () =>
    Effect.gen(function* () {
      const after = (call: PlatformCall) => inFlightAfter(call, rising(), call, { calls: 100 })
      assert.strictEqual(yield* after(info), 14)
      assert.strictEqual(yield* after({ ...info, method: "DELETE" }), 14)
      assert.strictEqual(yield* after(list), 20)
      assert.strictEqual(yield* after(logs), 20)
      assert.strictEqual(yield* after(create), 10)
    })
  )
})
