import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { deflateSync, gzipSync } from "node:zlib"
import { serve } from "./support/loopback.ts"
import { open, request, transports } from "./support/transports.ts"

describe.each(transports)("Transport over %s: replies", (name, layer) => {
  it.live.each(["GET", "DELETE"] as const)("sends a %s", (method) =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("[]"))
      const { send } = yield* open(layer, server.origin)
      const reply = yield* send(request({ method, query: "?type=headless&status=a+b" }))
      assert.include(reply, { status: 200, body: "[]" })
      const [arrived] = server.arrived
      assert.include(arrived, { method, target: "/skaha/v1/session?type=headless&status=a+b", body: "" })
    })
  )

  it.live("sends a POST with its body", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("abcdefgh\n"))
      const { send } = yield* open(layer, server.origin)
      const type = "application/x-www-form-urlencoded; charset=UTF-8"
      const body = "name=x&env=A%3D%C3%A9"
      const reply = yield* send(request({ method: "POST", headers: { "content-type": type }, body }))
      assert.strictEqual(reply.body, "abcdefgh\n")
      const [arrived] = server.arrived
      assert.include(arrived, { method: "POST", target: "/skaha/v1/session", body })
      assert.strictEqual(arrived?.headers["content-type"], type)
      assert.strictEqual(arrived?.headers["content-length"], String(body.length))
    })
  )

  it.live("sends a POST without parameters", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end())
      const { send } = yield* open(layer, server.origin)
      yield* send(
        request({ method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "" })
      )
      const [arrived] = server.arrived
      assert.include(arrived, { method: "POST", body: "" })
      assert.strictEqual(arrived?.headers["content-length"], "0")
    })
  )

  it.live("sends exactly the headers it is given, and those of the connection", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end())
      const { send } = yield* open(layer, server.origin)
      const headers = {
        accept: "application/json",
        authorization: "Bearer t",
        "content-type": "application/x-www-form-urlencoded",
        date: "Thu, 01 Jan 1970 00:00:00 GMT",
        "user-agent": "skaha-typescript/0",
        "x-skaha-authentication-type": "RUNTIME-TOKEN"
      }
      yield* send(request({ headers }))
      const { host, connection, ...others } = server.arrived[0]?.headers ?? {}
      assert.strictEqual(`http://${host}`, server.origin)
      assert.strictEqual(connection, "keep-alive")
      // What they can inflate, and what fetch adds of itself.
      assert.strictEqual(others["accept-encoding"], "gzip, deflate")
      const own = name === "fetch" ? ["accept-encoding", "accept-language", "sec-fetch-mode"] : ["accept-encoding"]
      assert.deepStrictEqual(
        Object.fromEntries(Object.entries(others).filter(([header]) => !own.includes(header))),
        headers
      )
    })
  )

  it.live("asks for the encodings that it is told to ask for", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end())
      const { send } = yield* open(layer, server.origin)
      yield* send(request({ headers: { "accept-encoding": "identity" } }))
      const { rawHeaders = [] } = server.arrived[0] ?? {}
      const asked = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "accept-encoding")
      assert.deepStrictEqual(asked, ["identity"])
    })
  )

  it.live.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync]
  ] as const)("inflates what comes with %s, and leaves the headers as they came", ([encoding, compress]) =>
    Effect.gen(function* () {
      const bytes = compress("\ufeffnaïve ☃ 星雲 🛰️")
      const server = yield* serve((response) => {
        response.writeHead(200, { "content-encoding": encoding, "content-length": bytes.length })
        response.end(bytes)
      })
      const { send } = yield* open(layer, server.origin)
      const reply = yield* send(request())
      assert.strictEqual(reply.body, "naïve ☃ 星雲 🛰️")
      assert.include(reply.headers, { "content-encoding": encoding, "content-length": String(bytes.length) })
    })
  )

  it.live("gives the status and headers in lower case, all values of a repeated one", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => {
        response.writeHead(
          401,
          [
            ["Content-Type", "text/plain"],
            ["WWW-Authenticate", "Bearer"],
            ["WWW-Authenticate", 'ivoa_x509 standard_id="x"'],
            ["X-Empty", ""]
          ].flat()
        )
        response.end("Unauthorized\n")
      })
      const { send } = yield* open(layer, server.origin)
      const reply = yield* send(request())
      assert.include(reply, { status: 401, body: "Unauthorized\n" })
      assert.include(reply.headers, {
        "content-type": "text/plain",
        "www-authenticate": 'Bearer, ivoa_x509 standard_id="x"',
        "x-empty": ""
      })
    })
  )

  it.live.each([
    { text: "naïve ☃ 星雲 🛰️", step: 1 },
    { text: "naïve ☃ 星雲 🛰️", step: 2 },
    { text: "\ufeffstarts with a byte order mark", step: 3 },
    { text: "ends in half a character: \ud83d\ude80", step: 1, cut: 2 },
    { text: "", step: 1 }
  ])("reads UTF-8 that is split anywhere: %j", ({ text, step, cut = 0 }) =>
    Effect.gen(function* () {
      const bytes = Buffer.from(text).subarray(0, Buffer.byteLength(text) - cut)
      const server = yield* serve((response) => {
        response.writeHead(200)
        const writeFrom = (at: number): void => {
          if (at >= bytes.length) response.end()
          else response.write(bytes.subarray(at, at + step), () => setImmediate(writeFrom, at + step))
        }
        writeFrom(0)
      })
      const { send } = yield* open(layer, server.origin)
      const { body } = yield* send(request())
      assert.strictEqual(body, bytes.toString().replace(/^\ufeff/, ""))
    })
  )

  it.live.each([
    { chunked: true, size: 5_000_000 },
    { chunked: false, size: 5_000_000 },
    { chunked: true, size: 1 },
    { chunked: false, size: 0 }
  ])("reads a body to its end: %j", ({ chunked, size }) =>
    Effect.gen(function* () {
      const text = "0123456789abcdef".repeat(Math.ceil(size / 16)).slice(0, size)
      const server = yield* serve((response) => {
        if (!chunked) response.setHeader("content-length", size)
        response.write(text)
        response.end()
      })
      const { send } = yield* open(layer, server.origin)
      const { body } = yield* send(request())
      assert.strictEqual(body.length, size)
      assert.isTrue(body === text)
    })
  )

  it.live.each([301, 302, 303, 307, 308])("does not follow a %d", (status) =>
    Effect.gen(function* () {
      const server = yield* serve((response) => {
        response.writeHead(status, { location: "/elsewhere" })
        response.end()
      })
      const { send } = yield* open(layer, server.origin)
      const reply = yield* send(request())
      assert.strictEqual(reply.status, status)
      assert.strictEqual(reply.headers["location"], "/elsewhere")
      assert.deepStrictEqual(
        server.arrived.map(({ target }) => target),
        ["/skaha/v1/session"]
      )
    })
  )

  it.live.each([200, 204, 304, 400, 404, 429, 500, 503])("takes a %d for a reply like any other", (status) =>
    Effect.gen(function* () {
      const server = yield* serve((response) => {
        response.statusCode = status
        response.end(status === 204 || status === 304 ? undefined : "text\n")
      })
      const { send } = yield* open(layer, server.origin)
      const reply = yield* send(request())
      assert.strictEqual(reply.status, status)
      assert.strictEqual(reply.body, status === 204 || status === 304 ? "" : "text\n")
    })
  )

  it.live("sees a reply that is not text as characters, never as a failure", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end(Buffer.from([0x66, 0xff, 0xfe, 0x00, 0x67])))
      const { send } = yield* open(layer, server.origin)
      assert.strictEqual((yield* send(request())).body, "f\ufffd\ufffd\0g")
    })
  )
})
