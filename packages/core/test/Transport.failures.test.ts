import { ConnectionFailed, RequestTimeout, type TimeoutPhase } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ServerResponse } from "node:http"
import { nobody, serve, serveRaw } from "./support/loopback.ts"
import { assertHides } from "./support/secrets.ts"
import { open, request, transports } from "./support/transports.ts"

/** What each transport says of a connection that is closed before its time. */
const closed = /^the connection was (closed|reset)$/

describe.each(transports)("Transport over %s: failures", (name, layer) => {
  const failure = (origin: string, given?: Parameters<typeof request>[0]) =>
    Effect.scoped(Effect.flatMap(open(layer, origin), ({ send }) => Effect.flip(send(request(given)))))

  const connectionFailed = (origin: string, reason: string | RegExp, isRetryable = true) =>
    Effect.gen(function* () {
      const secret = "hunter2"
      const headers = { authorization: `Bearer ${secret}`, "x-skaha-registry-auth": secret }
      const error = yield* failure(origin, { method: "POST", headers, body: `env=${secret}`, query: `?q=${secret}` })
      assert.instanceOf(error, ConnectionFailed)
      assert.include(error, { operation: "Test.call", method: "POST", path: "/skaha/v1/session", origin })
      if (typeof reason === "string") assert.strictEqual(error.reason, reason)
      else assert.match(error.reason, reason)
      assert.strictEqual(error.isRetryable, isRetryable)
      assertHides(error, secret)
    })

  it.live("says that nobody listens", () =>
    Effect.flatMap(nobody, (origin) => connectionFailed(origin, "connection refused"))
  )

  it.live("says that a host is unknown", () => connectionFailed("http://skaha.invalid", /host/))

  it.live("says that the connection was closed before a reply", () =>
    Effect.gen(function* () {
      const server = yield* serveRaw((socket) => socket.destroy())
      yield* connectionFailed(server.origin, closed)
    })
  )

  it.live("says that the connection was reset before a reply", () =>
    Effect.gen(function* () {
      const server = yield* serveRaw((socket) => socket.resetAndDestroy())
      yield* connectionFailed(server.origin, closed)
    })
  )

  it.live.each([
    ["Content-Length: 100", "twenty bytes of body"],
    ["Transfer-Encoding: chunked", "14\r\ntwenty bytes of body\r\n"],
    ["Transfer-Encoding: chunked", "64\r\ntwenty bytes of body"]
  ])("fails when a reply is cut (%#)", ([header, start]) =>
    Effect.gen(function* () {
      const server = yield* serveRaw((socket) => socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${start}`))
      yield* connectionFailed(server.origin, /^(the connection was (closed|reset)|the reply was cut)$/)
    })
  )

  it.live("fails when a reply is reset in its middle", () =>
    Effect.gen(function* () {
      const server = yield* serveRaw((socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", () => socket.resetAndDestroy())
      })
      yield* connectionFailed(server.origin, closed)
    })
  )

  it.live.each(["SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 two hundred\r\n\r\n"])("says what is not HTTP: %j", (greeting) =>
    Effect.gen(function* () {
      const server = yield* serveRaw((socket) => socket.end(greeting))
      yield* connectionFailed(server.origin, "the reply is not HTTP")
    })
  )

  it.live("does not trust a self-signed certificate, and sends it nothing", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"), { tls: true })
      yield* connectionFailed(server.origin, "the server's certificate is self-signed", false)
      assert.deepStrictEqual(server.arrived, [])
    })
  )

  it.live("fails when TLS is spoken to a server without", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"))
      const error = yield* failure(server.origin.replace("http:", "https:"))
      assert.instanceOf(error, ConnectionFailed)
      assert.deepStrictEqual(server.arrived, [])
    })
  )

  describe.concurrent("limits", () => {
    const timedOut = (
      answer: (response: ServerResponse) => void,
      limits: Parameters<typeof request>[0] & {},
      expected: { readonly phase: TimeoutPhase; readonly limit: number }
    ) =>
      Effect.gen(function* () {
        const server = yield* serve(answer)
        const error = yield* failure(server.origin, limits)
        assert.instanceOf(error, RequestTimeout)
        assert.include(error, { operation: "Test.call", method: "GET", path: "/skaha/v1/session", ...expected })
        assert.strictEqual(server.arrived.length, 1)
      })

    it.live("ends the wait for headers", () =>
      timedOut(
        () => {},
        { limits: { connect: 0.05, headers: 0.05, body: 5, total: 5 } },
        { phase: "headers", limit: 0.05 }
      )
    )

    it.live("ends a silence in the body", () =>
      timedOut(
        (response) => response.write("part of it"),
        { limits: { connect: 5, headers: 5, body: 0.05, total: 5 } },
        { phase: "body", limit: 0.05 }
      )
    )

    it.live("ends the whole, before the headers", () =>
      timedOut(() => {}, { limits: { connect: 5, headers: 5, body: 5, total: 0.05 } }, { phase: "total", limit: 0.05 })
    )

    it.live("ends the whole, in a body that flows", () =>
      timedOut(
        (response) => {
          const timer = setInterval(() => response.write("."), 5)
          response.on("close", () => clearInterval(timer))
        },
        { limits: { connect: 5, headers: 5, body: 5, total: 0.1 } },
        { phase: "total", limit: 0.1 }
      )
    )

    it.live("lets a body flow for longer than any silence may be", () =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          let lines = 0
          const timer = setInterval(() => {
            response.write("line\n")
            if (++lines < 10) return
            clearInterval(timer)
            response.end()
          }, 20)
        })
        const { send } = yield* open(layer, server.origin)
        const reply = yield* send(request({ limits: { connect: 5, headers: 0.15, body: 0.15 } }))
        assert.strictEqual(reply.body, "line\n".repeat(10))
      })
    )

    it.live("ends the wait for a connection also where the whole has no limit", () =>
      Effect.gen(function* () {
        const server = yield* serveRaw(() => {})
        const { send } = yield* open(layer, server.origin.replace("http:", "https:"), { connectTimeout: 5 })
        const error = yield* Effect.flip(send(request({ limits: { connect: 0.1, headers: 0.1, body: 5 } })))
        assert.instanceOf(error, RequestTimeout)
        assert.include(error, { phase: name === "fetch" ? "headers" : "connect", limit: 0.1 })
      })
    )

    it.live("ends the wait for a connection that is never finished", () =>
      Effect.gen(function* () {
        // TLS begins after the port has answered; nobody ever answers here.
        const server = yield* serveRaw(() => {})
        const { send } = yield* open(layer, server.origin.replace("http:", "https:"), { connectTimeout: 0.1 })
        const error = yield* Effect.flip(send(request({ limits: { connect: 0.1, headers: 0.1, body: 5, total: 10 } })))
        assert.instanceOf(error, RequestTimeout)
        assert.include(error, { phase: name === "fetch" ? "headers" : "connect", limit: 0.1 })
      })
    )

    it.live("ends the whole while there is no connection yet", () =>
      Effect.gen(function* () {
        const server = yield* serveRaw(() => {})
        const error = yield* failure(server.origin.replace("http:", "https:"), {
          limits: { connect: 5, headers: 5, body: 5, total: 0.05 }
        })
        assert.instanceOf(error, RequestTimeout)
        assert.include(error, { phase: "total", limit: 0.05 })
      })
    )
  })
})
