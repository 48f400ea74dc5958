import { UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serveRaw, until } from "../support/loopback.ts"
import { open, request } from "../support/transports.ts"

describe("UndiciTransport: kept connections", () => {
  /** A server that says for how many seconds it keeps idle connections. */
  const announcing = (seconds: number) =>
    serveRaw((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nKeep-Alive: timeout=${seconds}\r\nContent-Length: 2\r\n\r\n{}`)
    )

  it.live("are given up before the server does so", () =>
    Effect.gen(function* () {
      const server = yield* announcing(3)
      const { send } = yield* open(UndiciTransport.layer, server.origin, { concurrency: 1 })
      yield* send(request())
      yield* send(request())
      assert.deepStrictEqual({ ...server.connections }, { made: 1, open: 1 })
      const start = performance.now()
      yield* until(() => server.connections.open === 0)
      assert.isBelow(performance.now() - start, 2500)
      yield* send(request())
      assert.strictEqual(server.connections.made, 2)
    })
  )

  it.live("are none where the server keeps them for as good as no time", () =>
    Effect.gen(function* () {
      const server = yield* announcing(2)
      const { send } = yield* open(UndiciTransport.layer, server.origin, { concurrency: 1 })
      yield* send(request())
      yield* until(() => server.connections.open === 0)
      yield* send(request())
      assert.strictEqual(server.connections.made, 2)
    })
  )

  it.live("through a proxy that forwards, too", () =>
    Effect.gen(function* () {
      const proxy = yield* announcing(2)
      const { send } = yield* open(
        UndiciTransport.layerWith({ env: {}, proxy: proxy.origin }),
        "http://platform.example"
      )
      yield* send(request())
      yield* until(() => proxy.connections.open === 0)
    })
  )
})
