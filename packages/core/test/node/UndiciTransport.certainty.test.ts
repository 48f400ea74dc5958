import { ConnectionFailed, isUndone, RequestTimeout, type SkahaError, type TransportRequest } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { Socket } from "node:net"
import { Deadlines } from "../../src/node/internal/Deadlines.ts"
import { Exchange, textOf } from "../../src/node/internal/Exchange.ts"
import { serveHttp2 } from "../support/http2.ts"
import { nobody, serve, serveRaw, until } from "../support/loopback.ts"
import { folder, pem, server as identity, write } from "../support/pems.ts"
import { proxying } from "../support/proxy.ts"
import { open, request } from "../support/transports.ts"

const create: Partial<TransportRequest> = { method: "POST", body: "name=a" }

const transport = (origin: string, options: UndiciTransport.ConnectionOptions = {}) =>
  Effect.flatMap(folder, (path) =>
    open(UndiciTransport.layerWith({ ca: write(path, "ca.pem", pem("ca")), env: {}, ...options }), origin)
  )

const failure = (origin: string, options?: UndiciTransport.ConnectionOptions, given: Partial<TransportRequest> = {}) =>
  Effect.flatMap(transport(origin, options), ({ send }) => Effect.flip(send(request({ ...create, ...given }))))

const isCertain = (error: SkahaError, expected: boolean) => {
  assert.instanceOf(error, ConnectionFailed)
  assert.strictEqual(error.unsent === true, expected, error.message)
}

describe("UndiciTransport: whether anything was sent", () => {
  it.live("is certain while there is no connection in time", () =>
    Effect.gen(function* () {
      const silent = yield* serveRaw(() => {})
      const error = yield* failure(silent.origin.replace("http:", "https:"), undefined, {
        limits: { connect: 0.05, headers: 5, body: 5 }
      })
      assert.instanceOf(error, RequestTimeout)
      assert.isTrue(isUndone(error))
    })
  )

  it.live("is certain once all is closed, and not for what was on its way then", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => {})
      const scope = yield* Scope.make()
      const { send } = yield* Scope.provide(transport(server.origin), scope)
      const fiber = yield* Effect.forkChild(Effect.flip(send(request(create))))
      yield* until(() => server.arrived.length === 1)
      yield* Scope.close(scope, Exit.void)
      isCertain(yield* Fiber.join(fiber), false)
      isCertain(yield* Effect.flip(send(request(create))), true)
      assert.strictEqual(server.arrived.length, 1)
    })
  )

  describe("through a proxy", () => {
    it.live.each<readonly [what: string, instead: (socket: Socket) => void]>([
      ["refuses", (socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")],
      ["is busy", (socket) => socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n")],
      ["breaks off", (socket) => socket.destroy()],
      ["breaks off the tunnel", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")]
    ])("that %s, is certain", ([, instead]) =>
      Effect.gen(function* () {
        const proxy = yield* proxying({ instead })
        isCertain(yield* failure("https://platform.example", { proxy: proxy.origin }), true)
        assert.deepStrictEqual(
          proxy.asked.map(({ method }) => method),
          ["CONNECT"]
        )
      })
    )

    it.live("is certain where there is no proxy, or it wants to know who is asking", () =>
      Effect.gen(function* () {
        isCertain(yield* failure("https://platform.example", { proxy: yield* nobody }), true)
        isCertain(yield* failure("http://platform.example", { proxy: yield* nobody }), true)
        const proxy = yield* proxying({ user: "alice:hunter2" })
        isCertain(yield* failure("https://platform.example", { proxy: proxy.origin }), true)
      })
    )

    it.live("is not certain where the server breaks off behind it, or the proxy that forwards", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => response.destroy(), { tls: { ...identity } })
        const proxy = yield* proxying({ hosts: { localhost: Number(new URL(server.origin).port) } })
        isCertain(yield* failure("https://localhost", { proxy: proxy.origin }), false)
        assert.strictEqual(server.arrived.length, 1)
        const rude = yield* serveRaw((socket) => socket.resetAndDestroy())
        isCertain(yield* failure("http://platform.example", { proxy: rude.origin }), false)
      })
    )
  })

  describe("over HTTP/2", () => {
    it.live("is certain where nobody listens", () =>
      Effect.gen(function* () {
        isCertain(yield* failure((yield* nobody).replace("http:", "https:"), { http2: true }), true)
      })
    )

    it.effect("is not certain once a request was begun, though there is no connection for it in the end", () =>
      Effect.gen(function* () {
        const deadlines = new Deadlines()
        const controller = { paused: false, aborted: false, reason: null, pause() {}, resume() {}, abort() {} }
        const endOf = (isBegun: boolean) =>
          Effect.callback<unknown, SkahaError>((resume) => {
            const exchange = new Exchange(
              request(create),
              "https://a.example",
              undefined,
              deadlines,
              { read: textOf },
              resume
            )
            if (isBegun) exchange.onRequestStart(controller)
            const late = Object.assign(new Error("no connection"), { code: "UND_ERR_CONNECT_TIMEOUT" })
            exchange.onResponseError(controller, late)
          })
        assert.isTrue(isUndone(yield* Effect.flip(endOf(false))))
        isCertain(yield* Effect.flip(endOf(true)), false)
        deadlines.stop()
      })
    )

    it.live("is not certain where the server goes, or ends the stream", () =>
      Effect.gen(function* () {
        const leaving = yield* serveHttp2((response) => response.stream.session?.destroy())
        isCertain(yield* failure(leaving.origin, { http2: true }), false)
        const refusing = yield* serveHttp2((response) => response.stream.close(7))
        isCertain(yield* failure(refusing.origin, { http2: true }), false)
        const going = yield* serveHttp2((response) => {
          response.stream.session?.goaway(0, 0)
          response.stream.session?.close()
          setTimeout(() => response.stream.session?.destroy(), 20)
        })
        isCertain(yield* failure(going.origin, { http2: true }), false)
      })
    )
  })
})
