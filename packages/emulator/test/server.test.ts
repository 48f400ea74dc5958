import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { connect } from "node:net"
import { Emulator, type ScriptedOptions } from "../src/index.ts"
import { EmulatorServer, type ServerOptions } from "../src/node/index.ts"
import { terminal } from "./support.ts"
import { fetchRaw, fetchSkaha, headerOf } from "./support-http.ts"

const platform = (options: ScriptedOptions & ServerOptions = {}) =>
  Layer.provideMerge(EmulatorServer.layer(options), Emulator.layer(options))

const authorityOf = Effect.map(EmulatorServer, ({ url }) => new URL(url).host)

describe("the server", () => {
  it.live("sends replies as the platform does", () =>
    Effect.gen(function* () {
      const body = new URLSearchParams({ name: "x", image: terminal }).toString()
      const headers = { "content-type": "application/x-www-form-urlencoded" }
      const created = yield* fetchSkaha("/v1/session", { method: "POST", headers, body })
      assert.deepStrictEqual(created.headers.slice(0, 8), [
        "server",
        "OpenCADC/cadc-rest",
        "x-vo-authenticated",
        "alice",
        "Content-Type",
        "text/plain",
        "Content-Length",
        "9"
      ])
      assert.isDefined(headerOf(created, "date"))
      const context = yield* fetchSkaha("/v1/context")
      assert.strictEqual(headerOf(context, "transfer-encoding"), "chunked")
      assert.isUndefined(headerOf(context, "content-length"))
      const deleted = yield* fetchSkaha("/v1/session/nosuch01", { method: "DELETE" })
      assert.deepStrictEqual([headerOf(deleted, "content-length"), headerOf(deleted, "content-type")], ["0", undefined])
      const put = yield* fetchSkaha("/v1/session", { method: "PUT" })
      assert.deepStrictEqual(
        [put.status, headerOf(put, "transfer-encoding"), headerOf(put, "server")],
        [405, "chunked", undefined]
      )
      const options = yield* fetchSkaha("/v1/session", { method: "OPTIONS" })
      assert.deepStrictEqual([options.status, headerOf(options, "content-length")], [200, "0"])
      const head = yield* fetchSkaha("/capabilities", { method: "HEAD" })
      assert.deepStrictEqual([head.status, headerOf(head, "content-type")], [200, undefined])
    }).pipe(Effect.provide(platform()))
  )

  it.live("sends what is longer than 8 KiB in chunks", () =>
    Effect.gen(function* () {
      const log = "x".repeat(9000)
      const body = new URLSearchParams({ name: "x", image: terminal }).toString()
      const headers = { "content-type": "application/x-www-form-urlencoded" }
      const id = (yield* fetchSkaha("/v1/session", { method: "POST", headers, body })).text.trim()
      const answer = yield* fetchSkaha(`/v1/session/${id}?view=logs`)
      assert.strictEqual(headerOf(answer, "transfer-encoding"), "chunked")
      assert.strictEqual(answer.text, log)
    }).pipe(
      Effect.provide(platform({ pending: 0, script: () => ({ seconds: 1, exitCode: 0, log: "x".repeat(9000) }) }))
    )
  )

  it.live("gives URLs under which it can be reached", () =>
    Effect.gen(function* () {
      const authority = yield* authorityOf
      const { text } = yield* fetchSkaha("/capabilities")
      assert.include(text, `<accessURL use="base">http://${authority}/skaha/v1/session</accessURL>`)
    }).pipe(Effect.provide(platform()))
  )

  it.live("sees a client leave, and stops", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.setFaults([{ match: {}, action: { _tag: "Never" } }])
      const fiber = yield* Effect.forkChild(fetchSkaha("/v1/session"))
      const until = (count: number): Effect.Effect<void> =>
        Effect.flatMap(emulator.inFlight, (now) =>
          now === count ? Effect.void : Effect.delay(until(count), "5 millis")
        )
      yield* until(1)
      yield* Fiber.interrupt(fiber)
      yield* until(0)
      assert.deepStrictEqual(yield* emulator.requests, [
        { method: "GET", target: "/skaha/v1/session", status: undefined, fault: "Never" }
      ])
      assert.strictEqual(yield* emulator.maxInFlight, 1)
    }).pipe(Effect.provide(platform()))
  )

  it.live("closes with requests in flight and connections open", () =>
    Effect.gen(function* () {
      const url = yield* Effect.gen(function* () {
        const emulator = yield* Emulator
        const { url } = yield* EmulatorServer
        yield* fetchSkaha("/v1/context")
        yield* emulator.setFaults([{ match: {}, action: { _tag: "Never" } }])
        yield* Effect.forkDetach(Effect.ignore(fetchSkaha("/v1/session")))
        yield* Effect.sleep("20 millis")
        return url
      }).pipe(Effect.provide(platform()))
      const refused = yield* Effect.flip(fetchRaw(`${url}/availability`))
      assert.propertyVal(refused, "code", "ECONNREFUSED")
    })
  )

  it.live("says when its port is in use", () =>
    Effect.gen(function* () {
      const port = Number((yield* authorityOf).split(":")[1])
      const error = yield* Effect.flip(Layer.build(EmulatorServer.layer({ port })))
      assert.strictEqual(error._tag, "ListenError")
      assert.strictEqual(error.message, `cannot listen on 127.0.0.1 port ${port}: it is in use`)
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )

  it.live.each([
    [{ host: "" }, "host: it is empty"],
    [{ port: 65_536 }, "port: 65536 is not between 0 and 65535"],
    [{ port: 1.5 }, "port: 1.5 is not between 0 and 65535"]
  ] as const)("does not listen on %j", ([options, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(EmulatorServer.layer(options)))
      assert.deepInclude(error, { _tag: "ServerOptionsError", message })
    }).pipe(Effect.scoped, Effect.provide(platform()))
  )
})

describe("faults over HTTP", () => {
  it.live("reset the connection", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.setFaults([{ match: {}, action: { _tag: "Reset" } }])
      assert.propertyVal(yield* Effect.flip(fetchSkaha("/v1/session")), "code", "ECONNRESET")
    }).pipe(Effect.provide(platform()))
  )

  it.live.each([0, 5])("break a body off after %i bytes of the promised length", (bytes) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const authority = yield* authorityOf
      yield* emulator.setFaults([{ match: {}, action: { _tag: "Truncate", bytes } }])
      const raw = yield* Effect.callback<string>((resume) => {
        let text = ""
        const socket = connect(Number(authority.split(":")[1]), "127.0.0.1", () =>
          socket.write(`GET /skaha/availability HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
        )
        socket.on("data", (chunk) => (text += chunk.toString()))
        socket.on("close", () => resume(Effect.succeed(text)))
      })
      const [head = "", body] = raw.split("\r\n\r\n")
      assert.strictEqual(body, "<?xml".slice(0, bytes))
      assert.isAbove(Number(/content-length: (\d+)/i.exec(head)?.[1]), 300)
      yield* Effect.flip(fetchSkaha("/availability"))
    }).pipe(Effect.provide(platform()))
  )
})

describe("security", () => {
  const status = (headers: Record<string, string>) =>
    Effect.map(fetchSkaha("/v1/session", { headers }), (answer) => answer.status)

  it.live("only known hosts and origins may call", () =>
    Effect.gen(function* () {
      const authority = yield* authorityOf
      const port = authority.split(":")[1] ?? ""
      for (const host of [authority, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
        assert.strictEqual(yield* status({ host }), 200, host)
      }
      for (const host of ["evil.example", `evil.example:${port}`, "localhost:1", "localhost", "friend.example:1"]) {
        assert.strictEqual(yield* status({ host }), 403, host)
      }
      for (const origin of [`http://${authority}`, `http://localhost:${port}`]) {
        assert.strictEqual(yield* status({ origin }), 200, origin)
      }
      for (const origin of ["http://evil.example", "null", "http://localhost:3000", "https://127.0.0.1"]) {
        assert.strictEqual(yield* status({ origin }), 403, origin)
      }
      const emulator = yield* Emulator
      assert.lengthOf(yield* emulator.requests, 6)
    }).pipe(Effect.provide(platform()))
  )

  it.live("unless they are listed", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* status({ host: "friend.example" }), 200)
      assert.strictEqual(yield* status({ host: "friend.example:99" }), 200)
      assert.strictEqual(yield* status({ host: "other.example:1" }), 200)
      assert.strictEqual(yield* status({ host: "other.example:2" }), 403)
      assert.strictEqual(yield* status({ origin: "http://localhost:3000" }), 200)
      assert.strictEqual(yield* status({ origin: "http://localhost:3001" }), 403)
    }).pipe(
      Effect.provide(
        platform({ allowedHosts: ["friend.example", "other.example:1"], allowedOrigins: ["http://localhost:3000"] })
      )
    )
  )

  it.live("nothing is run for anybody without the token", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const emulator = yield* Emulator
      const body = new URLSearchParams({ name: "x", image: terminal, cmd: "echo" }).toString()
      const form = { "content-type": "application/x-www-form-urlencoded" }
      for (const credential of [
        {},
        { cookie: "CADC_SSO=x" },
        { authorization: "Basic YTpi" },
        { authorization: "Bearer x" },
        { "x-client-certificate": "x" },
        { "x-auth-token-skaha": "x~y" }
      ]) {
        const answer = yield* fetchRaw(`${url}/v1/session`, {
          method: "POST",
          headers: { ...form, ...credential },
          body
        })
        assert.isAtLeast(answer.status, 400)
      }
      assert.strictEqual((yield* fetchSkaha("/v1/session")).text, "[]")
      assert.lengthOf(yield* emulator.requests, 7)
    }).pipe(Effect.provide(EmulatorServer.layerProcess()))
  )
})
