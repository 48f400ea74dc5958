import { assert, describe, it } from "@effect/vitest"
import { getEventListeners } from "node:events"
import * as Effect from "effect/Effect"
import { Cancelled, ServerFailure, SessionRequestError } from "skaha"
import { Signals } from "../src/internal/Signals.ts"
import { usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length

/** From now on the platform takes requests and never answers. */
const silent = () => platform.fail({ match: {}, action: { _tag: "Never" } })

const repeat = <A>(count: number, make: () => A) => Array.from({ length: count }, make)

describe("the listeners of a signal", () => {
  it("are gone with every call that ends", async () => {
    const sessions = platform.sessions()
    const { signal } = new AbortController()
    for (let call = 0; call < 50; call++) await sessions.fetch({ signal })
    await sessions.info(["abcd1234", "bcde2345"], { signal })
    assert.strictEqual(listeners(signal), 0)
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 500 } })
    await rejectionOf(ServerFailure, sessions.fetch({ signal }))
    // What becomes of the failure is an effect of its own.
    await rejectionOf(SessionRequestError, sessions.info("abcd1234", { signal, errors: "raise" }))
    assert.strictEqual(listeners(signal), 0)
  })

  it("are gone with every stream that is left", async () => {
    const sessions = platform.sessions()
    const { signal } = new AbortController()
    for await (const _ of sessions.streamLogs(["a", "b", "c"], { signal })) break
    for await (const _ of sessions.streamLogs(["a", "b", "c"], { signal }));
    assert.strictEqual(listeners(signal), 0)
  })

  it("are one for all the calls that are under way, each of which is aborted", async () => {
    await silent()
    const sessions = platform.sessions({ concurrency: 2 })
    const abort = new AbortController()
    const { signal } = abort
    const rejected = repeat(5000, () => rejectionOf(Cancelled, sessions.fetch({ signal })))
    await until(async () => (await platform.inFlight()) === 2)
    assert.strictEqual(listeners(signal), 1)
    abort.abort("enough")
    for (const { cause } of await Promise.all(rejected)) assert.strictEqual(cause, "enough")
    assert.strictEqual(listeners(signal), 0)
    await until(async () => (await platform.inFlight()) === 0)
    assert.strictEqual(platform.sent.length, 2)
  })

  it("are gone after a million that waited, one after another and many at once", () => {
    const signals = new Signals()
    const { signal } = new AbortController()
    for (let round = 0; round < 1000; round++) {
      const fibers = repeat(1000, () => Effect.runFork(Effect.never))
      for (const fiber of fibers) signals.follow(signal, fiber)
      assert.strictEqual(listeners(signal), 1)
      for (const fiber of fibers) fiber.interruptUnsafe()
    }
    assert.strictEqual(listeners(signal), 0)
  })

  it("are one for all that wait", async () => {
    const id = await platform.given({ cmd: "stay" })
    const sessions = platform.sessions()
    const abort = new AbortController()
    const { signal } = abort
    await Promise.all(repeat(1000, () => sessions.waitRunning(id, { signal })))
    assert.strictEqual(listeners(signal), 0)
    const rejected = repeat(1000, () => rejectionOf(Cancelled, sessions.waitCompleted(id, { signal })))
    await until(() => platform.sent.length > 1)
    assert.strictEqual(listeners(signal), 1)
    abort.abort()
    await Promise.all(rejected)
    assert.strictEqual(listeners(signal), 0)
  })

  it("stay for as long as one call is under way", async () => {
    await platform.fail({ match: { ids: ["slow"] }, action: { _tag: "Never" } })
    const sessions = platform.sessions()
    const abort = new AbortController()
    const { signal } = abort
    const slow = rejectionOf(Cancelled, sessions.logs("slow", { signal }))
    await sessions.logs("quick", { signal })
    assert.strictEqual(listeners(signal), 1)
    abort.abort()
    await slow
    assert.strictEqual(listeners(signal), 0)
  })

  it("are of other clients for themselves", async () => {
    await silent()
    const abort = new AbortController()
    const clients = [platform.sessions(), platform.sessions()]
    const rejected = clients.map((sessions) => rejectionOf(Cancelled, sessions.fetch({ signal: abort.signal })))
    await until(async () => (await platform.inFlight()) === 2)
    await clients[0]?.close()
    assert.strictEqual(listeners(abort.signal), 1)
    abort.abort("enough")
    const [closed, aborted] = await Promise.all(rejected)
    assert.include(closed?.cause, { message: "the client was closed" })
    assert.strictEqual(aborted?.cause, "enough")
    assert.strictEqual(listeners(abort.signal), 0)
  })

  it("are gone with a client that is closed", async () => {
    await silent()
    const sessions = platform.sessions()
    const { signal } = new AbortController()
    const rejected = repeat(3, () => rejectionOf(Cancelled, sessions.fetch({ signal })))
    await until(async () => (await platform.inFlight()) > 0)
    await sessions.close()
    await Promise.all(rejected)
    assert.strictEqual(listeners(signal), 0)
  })
})
