import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2"
import { connect as connectTls } from "node:tls"
import { Emulator } from "../src/index.ts"
import { EmulatorServer, type ServerOptions } from "../src/node/index.ts"
import { terminal } from "./support.ts"
import { echo, fetchRaw, fetchSkaha, headerOf, pem, tls } from "./support-http.ts"

const ca = pem("ca")
const options: ServerOptions = { tls: { ...tls, clientCa: ca }, http2: true }
const platform = (more: ServerOptions = {}) =>
  Layer.provideMerge(EmulatorServer.layer({ ...options, ...more }), Emulator.layer({ pending: 0 }))

/** A connection that speaks HTTP/2. */
const session = (name?: string) =>
  Effect.acquireRelease(
    Effect.map(EmulatorServer, ({ url }) => {
      const shown = name === undefined ? {} : { key: pem(name), cert: pem(name) }
      return connect(new URL(url).origin, { ca, ...shown }).on("error", () => undefined)
    }),
    (session) => Effect.sync(() => session.destroy())
  )

interface Received {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

const ask = (session: ClientHttp2Session, headers: OutgoingHttpHeaders, body = "") =>
  Effect.callback<Received, Error>((resume) => {
    const stream = session.request(headers, { endStream: body === "" })
    const chunks: Array<Buffer> = []
    let received: Omit<Received, "text"> = { status: undefined, headers: {} }
    stream.on("response", ({ ":status": status, ...headers }) => (received = { status, headers }))
    stream.on("data", (chunk: Buffer) => chunks.push(chunk))
    stream.on("error", (error) => resume(Effect.fail(error)))
    stream.on("end", () => resume(Effect.succeed({ ...received, text: Buffer.concat(chunks).toString() })))
    if (body !== "") stream.end(body)
    return Effect.sync(() => stream.close())
  })

const bearer = Effect.map(Emulator, ({ token }) => ({ authorization: `Bearer ${Redacted.value(token)}` }))

describe("HTTP/2", () => {
  it.live("needs TLS", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(EmulatorServer.layer({ http2: true })))
      assert.deepInclude(error, { _tag: "ServerOptionsError", message: "http2: it needs TLS" })
    }).pipe(Effect.scoped, Effect.provide(echo))
  )

  it.live("is not spoken unless it is wanted", () =>
    Effect.gen(function* () {
      yield* Effect.flip(ask(yield* session(), { ":path": "/" }))
    }).pipe(Effect.scoped, Effect.provide(platform({ http2: false })))
  )

  it.live("carries the same requests", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const headers = { "x-other": ["a", "b"], cookie: ["a=1", "b=2"], "x-client-certificate": "x" }
      const { text } = yield* ask(
        yield* session("nested-proxy"),
        { ":path": "/p?q", ":method": "POST", ...headers },
        "body"
      )
      assert.deepStrictEqual(JSON.parse(text), {
        method: "POST",
        target: "/p?q",
        headers: { host: new URL(url).host, "x-other": "a, b", cookie: "a=1; b=2" },
        scheme: "https",
        certificate: { _tag: "Trusted", subject: "CN=alice,OU=people,O=Example" },
        bytes: 4
      })
    }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(EmulatorServer.layer(options), echo)))
  )

  it.live("carries the same replies", () =>
    Effect.gen(function* () {
      const connection = yield* session()
      const headers = yield* bearer
      const context = yield* ask(connection, { ":path": "/skaha/v1/context", ...headers })
      assert.strictEqual(context.status, 200)
      assert.deepInclude(context.headers, { server: "OpenCADC/cadc-rest", "content-type": "application/json" })
      assert.notProperty(context.headers, "transfer-encoding")
      assert.property(JSON.parse(context.text), "cores")
      const created = yield* ask(
        connection,
        {
          ":path": "/skaha/v1/session",
          ":method": "POST",
          "content-type": "application/x-www-form-urlencoded",
          ...headers
        },
        new URLSearchParams({ name: "x", image: terminal }).toString()
      )
      assert.deepInclude(created.headers, { "content-length": "9" })
      const deleted = yield* ask(connection, {
        ":path": `/skaha/v1/session/${created.text.trim()}`,
        ":method": "DELETE",
        ...headers
      })
      assert.deepStrictEqual([deleted.status, deleted.text], [200, ""])
      const capabilities = yield* ask(connection, { ":path": "/skaha/capabilities" })
      assert.include(capabilities.text, `>${(yield* EmulatorServer).url}/v1/session</accessURL>`)
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )

  it.live("stands beside HTTP/1.1, on the same port and with the same rules", () =>
    Effect.gen(function* () {
      const answer = yield* fetchSkaha("/v1/context", { tls: { ca } })
      assert.deepStrictEqual([answer.status, headerOf(answer, "transfer-encoding")], [200, "chunked"])
      assert.strictEqual(headerOf(answer, "keep-alive"), "timeout=600")
      const { url } = yield* EmulatorServer
      const large = yield* fetchRaw(url, { headers: { x: "x".repeat(70_000) }, tls: { ca } })
      assert.include(large.text, "Request header is too large")
    }).pipe(Effect.provide(platform()))
  )

  it.live("has the same guard", () =>
    Effect.gen(function* () {
      const connection = yield* session()
      const status = (headers: OutgoingHttpHeaders) =>
        Effect.map(ask(connection, { ":path": "/skaha/availability", ...headers }), (received) => received.status)
      assert.strictEqual(yield* status({}), 200)
      assert.strictEqual(yield* status({ ":authority": "evil.example" }), 403)
      assert.strictEqual(yield* status({ host: "evil.example" }), 403)
      assert.strictEqual(yield* status({ origin: "http://evil.example" }), 403)
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )

  it.live("handles requests at the same time, and sees a client leave", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const connection = yield* session()
      yield* emulator.setFaults([{ match: {}, action: { _tag: "Never" } }])
      const until = (count: number): Effect.Effect<void> =>
        Effect.flatMap(emulator.inFlight, (now) =>
          now === count ? Effect.void : Effect.delay(until(count), "5 millis")
        )
      const fibers = yield* Effect.all(
        Array.from({ length: 3 }, () => Effect.forkChild(Effect.ignore(ask(connection, { ":path": "/" }))))
      )
      yield* until(3)
      if (fibers[0] !== undefined) yield* Fiber.interrupt(fibers[0])
      yield* until(2)
      connection.destroy()
      yield* until(0)
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )

  it.live("closes with requests in flight", () =>
    Effect.gen(function* () {
      const { fiber } = yield* Effect.gen(function* () {
        const emulator = yield* Emulator
        yield* emulator.setFaults([{ match: {}, action: { _tag: "Never" } }])
        const fiber = yield* Effect.forkDetach(Effect.exit(ask(yield* session(), { ":path": "/" })))
        yield* Effect.sleep("50 millis")
        return { fiber }
      }).pipe(Effect.provide(platform()))
      yield* Fiber.join(fiber)
    }).pipe(Effect.scoped)
  )

  it.live("has faults of single streams, and goes on", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const connection = yield* session()
      yield* emulator.setFaults([
        { match: { path: "/reset" }, action: { _tag: "Reset" } },
        { match: { path: "/availability" }, action: { _tag: "Truncate", bytes: 5 } },
        { match: { path: "/empty" }, action: { _tag: "Truncate", bytes: 0 } },
        { match: { path: "/chunked" }, action: { _tag: "Truncate", bytes: 5, chunked: true } },
        { match: { path: "/capabilities" }, action: { _tag: "Slow", body: { bytes: 2000, every: "5 millis" } } },
        {
          match: { path: "/headers" },
          action: {
            _tag: "Reply",
            status: 503,
            headers: { Connection: "close", "Transfer-Encoding": "chunked", A: "中" }
          }
        }
      ])
      for (const path of ["/reset", "/skaha/availability", "/empty", "/chunked"]) {
        const error = yield* Effect.flip(ask(connection, { ":path": path }))
        assert.include(error.message, "Stream closed with error code", path)
      }
      const reply = yield* ask(connection, { ":path": "/headers" })
      assert.deepStrictEqual([reply.status, reply.headers["a"]], [503, "?"])
      const slow = yield* ask(connection, { ":path": "/skaha/capabilities" })
      assert.strictEqual(slow.status, 200)
      assert.match(slow.text, /<\/vosi:capabilities>\s*$/)
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )

  it.live("is closed on somebody who speaks something else, and serves on", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      for (const sent of ["hello\r\n\r\n", "\0".repeat(1000), preface + "\u00ff".repeat(1000), `${preface}x`]) {
        yield* Effect.callback<void>((resume) => {
          const socket = connectTls({ port: Number(new URL(url).port), ca, ALPNProtocols: ["h2"] })
          socket.end(Buffer.from(sent, "latin1"))
          socket.on("error", () => undefined)
          socket.on("close", () => resume(Effect.void)).resume()
        })
      }
      assert.strictEqual((yield* ask(yield* session(), { ":path": "/skaha/capabilities" })).status, 200)
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )

  it.live("does not wait for half a body", () =>
    Effect.gen(function* () {
      const connection = yield* session()
      const stalled = Effect.callback<number>((resume) => {
        const stream = connection.request({ ":path": "/", ":method": "POST" })
        stream.write("half")
        stream.on("error", () => undefined)
        stream.on("close", () => resume(Effect.succeed(stream.rstCode)))
      })
      yield* stalled
      assert.strictEqual((yield* ask(connection, { ":path": "/skaha/capabilities" })).status, 200)
    }).pipe(Effect.scoped, Effect.provide(platform({ timeout: "100 millis" })))
  )
})
