import { ConnectionFailed, isUndone, type SkahaError } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isUnsent } from "../src/internal/unsent.ts"
import { nobody, serve, serveRaw } from "./support/loopback.ts"
import { open, request, transports } from "./support/transports.ts"

describe.each(transports)("Transport over %s: whether anything was sent", (name, layer) => {
  const failure = (origin: string) =>
    Effect.scoped(
      Effect.flatMap(open(layer, origin), ({ send }) => Effect.flip(send(request({ method: "POST", body: "a=b" }))))
    )

  const isCertain = (error: SkahaError, expected: boolean) => {
    assert.instanceOf(error, ConnectionFailed)
    assert.strictEqual(error.unsent === true, expected, error.message)
    assert.strictEqual(isUndone(error), expected)
  }

  it.live("is certain where nobody listens", () =>
    Effect.gen(function* () {
      isCertain(yield* failure(yield* nobody), true)
      // One name, several addresses.
      isCertain(yield* failure((yield* nobody).replace("127.0.0.1", "localhost")), true)
    })
  )

  it.live("is certain where the host is unknown", () =>
    Effect.map(failure("http://skaha.invalid"), (error) => isCertain(error, true))
  )

  it.live("is certain where the server cannot be trusted", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"), { tls: true })
      isCertain(yield* failure(server.origin), true)
      assert.deepStrictEqual(server.arrived, [])
    })
  )

  it.live("is certain, over undici, where the server speaks no TLS", () =>
    Effect.gen(function* () {
      const plain = yield* serve((response) => response.end("{}"))
      isCertain(yield* failure(plain.origin.replace("http:", "https:")), name === "undici")
    })
  )

  it.live("is not certain where the connection breaks, be the request read or not", () =>
    Effect.gen(function* () {
      const reading = yield* serveRaw((socket) => socket.resetAndDestroy())
      isCertain(yield* failure(reading.origin), false)
      const closing = yield* serveRaw((socket) => socket.destroy())
      isCertain(yield* failure(closing.origin), false)
    })
  )

  it.live("is not certain on a kept connection that breaks", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, { target }) => {
        if (target.endsWith("reset")) response.socket?.resetAndDestroy()
        else response.end("{}")
      })
      const { send } = yield* open(layer, server.origin, { concurrency: 1 })
      yield* send(request())
      isCertain(yield* Effect.flip(send(request({ path: "/reset" }))), false)
      assert.strictEqual(server.connections.made, 1)
    })
  )

  it.live("is not certain where the reply is cut", () =>
    Effect.gen(function* () {
      const server = yield* serveRaw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut"))
      isCertain(yield* failure(server.origin), false)
    })
  )
})

describe("isUnsent", () => {
  const error = (fields: object) => Object.assign(new Error("raw words"), fields)
  const caused = (cause: unknown) => new TypeError("fetch failed", { cause })
  const refused = error({ code: "ECONNREFUSED", syscall: "connect" })

  it.each<readonly [thrown: unknown, isUnsent: boolean]>([
    [refused, true],
    [error({ code: "EHOSTUNREACH", syscall: "connect" }), true],
    [error({ code: "ENETUNREACH", syscall: "connect" }), true],
    [error({ code: "ENOTFOUND", syscall: "getaddrinfo" }), true],
    [error({ code: "EAI_AGAIN", syscall: "getaddrinfo" }), true],
    [error({ code: "UND_ERR_CONNECT_TIMEOUT" }), true],
    [error({ code: "CERT_HAS_EXPIRED" }), true],
    [error({ code: "ERR_TLS_CERT_ALTNAME_INVALID" }), true],
    [caused(refused), true],
    [caused(new AggregateError([refused, refused])), true],
    // A connection that was there can find out as late as this that there is no way any more.
    [error({ code: "EHOSTUNREACH", syscall: "read" }), false],
    [error({ code: "ECONNREFUSED", syscall: "write" }), false],
    [error({ code: "ECONNRESET", syscall: "read" }), false],
    [caused(new AggregateError([refused, error({ code: "ECONNRESET", syscall: "read" })])), false],
    [new AggregateError([]), false],
    [error({ code: "UND_ERR_SOCKET" }), false],
    [error({ code: "UND_ERR_HEADERS_TIMEOUT" }), false],
    // A server can say so once it has read the request.
    [error({ code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" }), false],
    [new TypeError("Failed to fetch"), false],
    ["connect", false],
    [undefined, false],
    [null, false]
  ])("of %s is %s", (thrown, expected) => {
    assert.strictEqual(isUnsent(thrown), expected)
  })
})
