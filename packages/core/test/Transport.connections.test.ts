import { Credentials, PlatformClient, RetryPolicy, Settings, Transport, type PlatformCall } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { ServerResponse } from "node:http"
import { serve, until } from "./support/loopback.ts"
import { open, request, transports, type TransportLayer } from "./support/transports.ts"

const call: PlatformCall = { operation: "Test.call", method: "GET", path: "session" }

/** A client of the platform, for one effect. */
const withClient = <A, E, R>(
  layer: TransportLayer,
  server: string,
  concurrency: number,
  use: (client: PlatformClient["Service"]) => Effect.Effect<A, E, R>
) =>
  PlatformClient.use(use).pipe(
    Effect.provideService(RetryPolicy, RetryPolicy.none),
    Effect.provide(
      PlatformClient.layer.pipe(
        Layer.provide(layer),
        Layer.provide(Credentials.layer()),
        Layer.provide(Layer.orDie(Settings.layer({ server, concurrency }))),
        Layer.orDie
      )
    )
  )

describe.each(transports)("Transport over %s: connections", (name, layer) => {
  it.live("aborts the request when it is interrupted: the server sees the end", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => {})
      const { send } = yield* open(layer, server.origin)
      const fiber = yield* Effect.forkChild(send(request()))
      yield* until(() => server.arrived.length === 1)
      yield* Fiber.interrupt(fiber)
      yield* until(() => server.busy.now === 0)
      assert.strictEqual(server.connections.open, 0)
    })
  )

  it.live("aborts a reply in its middle when it is interrupted", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.write("half"))
      const { send } = yield* open(layer, server.origin)
      const fiber = yield* Effect.forkChild(send(request()))
      yield* until(() => server.arrived.length === 1)
      yield* Effect.sleep(20)
      yield* Fiber.interrupt(fiber)
      yield* until(() => server.busy.now === 0)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    })
  )

  it.live("is of use after interruptions and failures", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, { target }) => {
        if (target.endsWith("hang")) return
        if (target.endsWith("reset")) response.destroy()
        else response.end("fine")
      })
      const { send } = yield* open(layer, server.origin, { concurrency: 1 })
      for (let round = 0; round < 3; round++) {
        const fiber = yield* Effect.forkChild(send(request({ path: "/hang" })))
        yield* until(() => server.busy.now === 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual((yield* Effect.flip(send(request({ path: "/reset" }))))._tag, "ConnectionFailed")
        assert.strictEqual((yield* send(request())).body, "fine")
      }
    })
  )

  it.live("keeps its connection for the next request, errors included", () =>
    Effect.gen(function* () {
      let replies = 0
      const server = yield* serve((response) => {
        response.statusCode = [200, 500, 404][replies++ % 3] ?? 200
        response.end("x".repeat(300_000))
      })
      yield* withClient(layer, server.origin, 1, (client) =>
        Effect.forEach(Array.from({ length: 9 }), () => Effect.exit(client.call(call)), { discard: true })
      )
      assert.strictEqual(server.arrived.length, 9)
      assert.strictEqual(server.connections.made, 1)
    })
  )

  it.live("has never more than `concurrency` requests under way, for all calls of a client together", () =>
    Effect.gen(function* () {
      const held: Array<ServerResponse> = []
      const server = yield* serve((response) => held.push(response))
      yield* withClient(layer, server.origin, 3, (client) =>
        Effect.gen(function* () {
          const calls = Effect.forEach(Array.from({ length: 6 }), () => client.call(call), { concurrency: "unbounded" })
          const fiber = yield* Effect.forkChild(Effect.all([calls, calls], { concurrency: 2 }))
          for (let done = 0; done < 12; done++) {
            yield* until(() => held.length > 0 && server.busy.now === Math.min(3, 12 - done))
            held.shift()?.end("{}")
          }
          yield* Fiber.join(fiber)
        })
      )
      assert.strictEqual(server.arrived.length, 12)
      assert.strictEqual(server.busy.most, 3)
      if (name === "undici") assert.isAtMost(server.connections.made, 3)
    })
  )

  it.live("never sends a request that was interrupted while it waited", () =>
    Effect.gen(function* () {
      const held: Array<ServerResponse> = []
      const server = yield* serve((response) => held.push(response))
      yield* withClient(layer, server.origin, 1, (client) =>
        Effect.gen(function* () {
          const first = yield* Effect.forkChild(client.call({ ...call, path: "first" }))
          yield* until(() => held.length === 1)
          const second = yield* Effect.forkChild(client.call({ ...call, method: "POST", path: "second" }))
          const third = yield* Effect.forkChild(client.call({ ...call, path: "third" }))
          yield* Effect.sleep(5)
          yield* Fiber.interrupt(second)
          held.shift()?.end("{}")
          yield* Fiber.join(first)
          yield* until(() => held.length === 1)
          held.shift()?.end("{}")
          yield* Fiber.join(third)
        })
      )
      assert.deepStrictEqual(
        server.arrived.map(({ target }) => target),
        ["/v1/first", "/v1/third"]
      )
    })
  )
})

/** What keeps the process alive now. */
const activeResources = () => {
  const names = process.getActiveResourcesInfo()
  const count = (name: string) => names.filter((one) => one === name).length
  return { sockets: count("TCPSocketWrap"), timers: count("Timeout") }
}

describe("UndiciTransport", () => {
  it.live("has never more than `concurrency` connections, however many requests are sent past the client", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => setTimeout(() => response.end("{}"), 2))
      const { send } = yield* open(UndiciTransport.layer, server.origin, { concurrency: 4 })
      yield* Effect.forEach(Array.from({ length: 40 }), () => send(request()), { concurrency: "unbounded" })
      assert.strictEqual(server.arrived.length, 40)
      assert.strictEqual(server.busy.most, 4)
      assert.strictEqual(server.connections.made, 4)
    })
  )

  it.live("never sends what is interrupted, or overdue, in undici's own queue", () =>
    Effect.gen(function* () {
      const held: Array<ServerResponse> = []
      const server = yield* serve((response) => held.push(response))
      const { send } = yield* open(UndiciTransport.layer, server.origin, { concurrency: 1 })
      const first = yield* Effect.forkChild(send(request({ path: "/first" })))
      yield* until(() => held.length === 1)
      const second = yield* Effect.forkChild(send(request({ method: "POST", path: "/second", body: "a=b" })))
      const limits = { connect: 5, headers: 5, body: 5, total: 0.02 }
      const overdue = yield* Effect.flip(send(request({ path: "/overdue", limits })))
      assert.include(overdue, { phase: "total", limit: 0.02 })
      const third = yield* Effect.forkChild(send(request({ path: "/third" })))
      yield* Effect.sleep(5)
      yield* Fiber.interrupt(second)
      held.shift()?.end("{}")
      yield* Fiber.join(first)
      yield* until(() => held.length === 1)
      held.shift()?.end("{}")
      yield* Fiber.join(third)
      assert.deepStrictEqual(
        server.arrived.map(({ target }) => target),
        ["/first", "/third"]
      )
    })
  )

  it.live("leaves no socket and no timer when its scope closes, and refuses what comes after", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, { target }) => {
        if (!target.endsWith("hang")) response.end("{}")
      })
      const before = activeResources()
      const scope = yield* Scope.make()
      const { send } = yield* Scope.provide(open(UndiciTransport.layer, server.origin, { concurrency: 3 }), scope)
      yield* Effect.forEach(Array.from({ length: 6 }), () => send(request()), { concurrency: 3 })
      const hanging = yield* Effect.forkChild(Effect.flip(send(request({ path: "/hang" }))))
      yield* until(() => server.busy.now === 1)
      assert.isAtLeast(server.connections.open, 1)
      yield* Scope.close(scope, Exit.void)
      yield* until(() => server.connections.open === 0)
      assert.include(yield* Fiber.join(hanging), { _tag: "ConnectionFailed", reason: "the client is closed" })
      assert.include(yield* Effect.flip(send(request())), { _tag: "ConnectionFailed", reason: "the client is closed" })
      const after = activeResources()
      assert.isAtMost(after.sockets, before.sockets)
      assert.isAtMost(after.timers, before.timers)
    })
  )

  it.live("speaks to a server that hangs up after each reply", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => {
        response.setHeader("connection", "close")
        response.end("{}")
      })
      const { send } = yield* open(UndiciTransport.layer, server.origin, { concurrency: 2 })
      const replies = yield* Effect.forEach(Array.from({ length: 8 }), () => send(request()), { concurrency: 2 })
      assert.strictEqual(replies.length, 8)
    })
  )

  it.effect("is a Transport that needs nothing but settings", () =>
    Effect.gen(function* () {
      const transport = yield* Transport
      assert.isFunction(transport.send)
    }).pipe(Effect.provide(Layer.provide(UndiciTransport.layer, Settings.layer())))
  )
})
