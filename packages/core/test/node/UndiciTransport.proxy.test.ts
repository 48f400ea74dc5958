import { ConfigurationInvalid, Settings } from "@skaha/core"
import { Certificate, UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { ServerResponse } from "node:http"
import { connect } from "node:net"
import { TLSSocket } from "node:tls"
import { nobody, serve, until } from "../support/loopback.ts"
import { asking, folder, pem, server as identity, write } from "../support/pems.ts"
import { proxying } from "../support/proxy.ts"
import { assertHides } from "../support/secrets.ts"
import { open, request } from "../support/transports.ts"

const user = "alice:hunter2"
const basic = `Basic ${Buffer.from(user).toString("base64")}`

/** The address of a proxy with a user in it. */
const as = (origin: string, who = user) => origin.replace("://", `://${who}@`)

/** A file with the authority of the servers here. */
const authority = Effect.map(folder, (path) => write(path, "ca.pem", pem("ca")))

const portOf = (origin: string) => Number(new URL(origin).port)

describe("UndiciTransport through a proxy", () => {
  it.live("is the environment's doing: https through a tunnel, http forwarded, this machine straight", () =>
    Effect.gen(function* () {
      const secure = yield* serve((response) => response.end("secure"), { tls: { ...identity } })
      const plain = yield* serve((response) => response.end("plain"))
      const proxy = yield* proxying({
        hosts: { localhost: portOf(secure.origin), "plain.example": portOf(plain.origin) }
      })
      const ca = yield* authority
      const env = { HTTPS_PROXY: proxy.origin, http_proxy: proxy.origin }
      // Of the environment a host of this machine would be asked straight away.
      const tunnel = yield* open(UndiciTransport.layerWith({ ca, proxy: proxy.origin }), "https://localhost")
      assert.strictEqual((yield* tunnel.send(request())).body, "secure")
      const forward = yield* open(UndiciTransport.layerWith({ env }), "http://plain.example")
      const asked = request({ method: "POST", query: "?a=b", body: "c=d", headers: { "x-a": "b" } })
      assert.strictEqual((yield* forward.send(asked)).body, "plain")
      const straight = yield* open(UndiciTransport.layerWith({ env }), plain.origin)
      assert.strictEqual((yield* straight.send(request())).body, "plain")
      assert.deepStrictEqual(proxy.asked, [
        { method: "CONNECT", target: "localhost:443" },
        { method: "POST", target: "http://plain.example/skaha/v1/session?a=b" }
      ])
      const [arrived] = plain.arrived
      assert.include(arrived, { method: "POST", target: "/skaha/v1/session?a=b", body: "c=d" })
      assert.include(arrived?.headers, { host: "plain.example", "x-a": "b" })
    })
  )

  it.live("asks for a tunnel where HTTPS_PROXY says so, and not where NO_PROXY does", () =>
    Effect.gen(function* () {
      const proxy = yield* proxying({ instead: (socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n") })
      const env = { HTTPS_PROXY: proxy.origin, NO_PROXY: "*.invalid" }
      const { send } = yield* open(UndiciTransport.layerWith({ env }), "https://platform.example")
      const refused = yield* Effect.flip(send(request()))
      assert.include(refused, {
        _tag: "ConnectionFailed",
        origin: "https://platform.example",
        reason: `the proxy refused with 403 (by way of the proxy ${proxy.origin})`
      })
      const unknown = yield* Effect.flip(send(request({ origin: "https://platform.invalid" })))
      assert.notInclude(unknown.message, "proxy")
      assert.deepStrictEqual(
        proxy.asked.map(({ target }) => target),
        ["platform.example:443"]
      )
    })
  )

  it.live.each(["tunnel", "forward"] as const)("signs in there: %s", (way) =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"), { tls: way === "tunnel" && { ...identity } })
      const proxy = yield* proxying({ user })
      const ca = yield* authority
      for (const address of [as(proxy.origin), Redacted.make(as(proxy.origin))]) {
        const layer = UndiciTransport.layerWith({ ca, proxy: address })
        assertHides(layer, "hunter2", basic)
        const transport = yield* open(layer, server.origin)
        assert.strictEqual((yield* transport.send(request())).status, 200)
        assertHides(transport, "hunter2", basic)
      }
      assert.isTrue(proxy.asked.every(({ authorization }) => authorization === basic))
      assert.notProperty(server.arrived[0]?.headers, "proxy-authorization")
      for (const address of [proxy.origin, as(proxy.origin, "alice:wrong-one")]) {
        const { send } = yield* open(UndiciTransport.layerWith({ ca, proxy: address }), server.origin)
        const error = yield* Effect.flip(send(request()))
        assert.include(error, {
          _tag: "ConnectionFailed",
          reason: `the proxy wants to know who is asking (407) (by way of the proxy ${proxy.origin})`
        })
        assertHides(error, "wrong-one", Buffer.from("alice:wrong-one").toString("base64"))
      }
      assert.strictEqual(server.arrived.length, 2)
    })
  )

  it.live("shows the client certificate to the platform through the tunnel, and not to the proxy", () =>
    Effect.gen(function* () {
      const shown: Array<unknown> = []
      const server = yield* serve(
        (response, _, { socket }) => {
          shown.push(socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : "no TLS")
          response.end("{}")
        },
        { tls: asking }
      )
      const proxy = yield* proxying({ user, tls: { ...asking } })
      // By its name: an address has no place in what TLS says of a server first.
      const named = proxy.origin.replace("127.0.0.1", "localhost")
      const path = yield* folder
      const ca = write(path, "ca.pem", pem("ca"))
      const certificate = yield* Certificate.make({ file: write(path, "cert.pem", pem("rfc-proxy")) })
      const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, proxy: as(named) }), server.origin)
      assert.strictEqual((yield* send(request())).status, 200)
      assert.deepStrictEqual(shown, [["alice", "1234"]])
      write(path, "cert.pem", pem("bob"))
      yield* certificate.reread
      assert.strictEqual((yield* send(request())).status, 200)
      assert.deepStrictEqual(shown, [["alice", "1234"], "bob"])
      const target = server.origin.replace("https://", "")
      const asked = { method: "CONNECT", target, authorization: basic }
      assert.deepStrictEqual(proxy.asked, [asked, asked])
    })
  )

  it.live("has never more than `concurrency` connections, and keeps them", () =>
    Effect.gen(function* () {
      for (const tls of [{ ...identity }, false] as const) {
        const server = yield* serve((response) => setTimeout(() => response.end("{}"), 5), { tls })
        const proxy = yield* proxying()
        const layer = UndiciTransport.layerWith({ ca: yield* authority, proxy: proxy.origin })
        const { send } = yield* open(layer, server.origin, { concurrency: 3 })
        yield* Effect.forEach(Array.from({ length: 20 }), () => send(request()), { concurrency: "unbounded" })
        assert.strictEqual(server.arrived.length, 20)
        assert.isAtMost(server.busy.most, 3)
        assert.isAtMost(proxy.connections.made, 3)
      }
    })
  )

  it.live("says that the proxy is not there, and by which way", () =>
    Effect.gen(function* () {
      const proxy = yield* nobody
      for (const origin of ["https://platform.example", "http://platform.example"]) {
        const { send } = yield* open(UndiciTransport.layerWith({ proxy: as(proxy) }), origin)
        const error = yield* Effect.flip(send(request()))
        assert.include(error, {
          _tag: "ConnectionFailed",
          origin,
          reason: `connection refused (by way of the proxy ${proxy})`
        })
        assertHides(error, "hunter2", basic)
      }
    })
  )

  it.live.each([
    ["hangs up", "ConnectionFailed"],
    ["says nothing", "RequestTimeout"],
    ["leads to something else", "ConnectionFailed"]
  ] as const)("fails when the proxy %s", ([how, tag]) =>
    Effect.gen(function* () {
      const proxy = yield* proxying({
        instead: (socket) => {
          if (how === "hangs up") socket.destroy()
          if (how === "leads to something else") socket.write("HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH_9.6\r\n")
        }
      })
      const { send } = yield* open(UndiciTransport.layerWith({ proxy: as(proxy.origin) }), "https://platform.example", {
        connectTimeout: 0.2
      })
      const error = yield* Effect.flip(send(request({ limits: { connect: 0.2, headers: 5, body: 5, total: 8 } })))
      assert.strictEqual(error._tag, tag)
      if (error._tag === "RequestTimeout") assert.include(error, { phase: "connect", limit: 0.2 })
      assertHides(error, "hunter2", basic)
    })
  )

  it.live("is a way to a server that is not trusted, and to one of another name", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"), { tls: { ...identity } })
      const proxy = yield* proxying({ hosts: { "platform.example": portOf(server.origin) } })
      const untrusting = yield* open(UndiciTransport.layerWith({ proxy: proxy.origin, env: {} }), server.origin)
      assert.include((yield* Effect.flip(untrusting.send(request()))).message, "is not trusted")
      const ca = yield* authority
      const misled = yield* open(UndiciTransport.layerWith({ ca, proxy: proxy.origin }), "https://platform.example")
      assert.include((yield* Effect.flip(misled.send(request()))).message, "for another host")
      assert.deepStrictEqual(server.arrived, [])
    })
  )

  it.live("never sends what is interrupted while it waits for the tunnel", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"), { tls: { ...identity } })
      const waiting: Array<() => void> = []
      let asked = 0
      const proxy = yield* proxying({
        instead: (socket) => {
          const lead = () => {
            const tunnel = connect(portOf(server.origin), "127.0.0.1")
            socket.write("HTTP/1.1 200 OK\r\n\r\n")
            tunnel.on("error", () => socket.destroy())
            tunnel.pipe(socket).pipe(tunnel)
          }
          // Only the first one has to wait.
          if (asked++ === 0) waiting.push(lead)
          else lead()
        }
      })
      const layer = UndiciTransport.layerWith({ ca: yield* authority, proxy: proxy.origin })
      const { send } = yield* open(layer, server.origin, { concurrency: 1 })
      const fiber = yield* Effect.forkChild(send(request({ method: "POST", path: "/given-up", body: "a=b" })))
      yield* until(() => waiting.length === 1)
      yield* Fiber.interrupt(fiber)
      const next = yield* Effect.forkChild(send(request({ path: "/next" })))
      waiting[0]?.()
      yield* Fiber.join(next)
      assert.deepStrictEqual(
        server.arrived.map(({ target }) => target),
        ["/next"]
      )
    })
  )

  it.live("aborts what is in flight when it is interrupted, and closes all with its scope", () =>
    Effect.gen(function* () {
      const held: Array<ServerResponse> = []
      const server = yield* serve((response) => held.push(response), { tls: { ...identity } })
      const proxy = yield* proxying()
      const scope = yield* Scope.make()
      const layer = UndiciTransport.layerWith({ ca: yield* authority, proxy: proxy.origin })
      const { send } = yield* Scope.provide(open(layer, server.origin), scope)
      const first = yield* Effect.forkChild(send(request()))
      yield* until(() => held.length === 1)
      yield* Fiber.interrupt(first)
      yield* until(() => server.busy.now === 0)
      const second = yield* Effect.forkChild(Effect.flip(send(request())))
      yield* until(() => held.length === 2)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(second))._tag, "ConnectionFailed")
      yield* until(() => server.connections.open === 0 && proxy.connections.open === 0)
    })
  )

  it.live("is not used where it is ruled out", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("{}"))
      const proxy = yield* nobody
      const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }
      const { send } = yield* open(UndiciTransport.layerWith({ proxy: false, env }), server.origin)
      assert.strictEqual((yield* send(request())).status, 200)
    })
  )

  it.effect.each([
    [{ proxy: "socks5://alice:hunter2@proxy.example" }, "proxy"],
    [{ proxy: Redacted.make("http://alice:hunter2@") }, "proxy"],
    [{ env: { HTTPS_PROXY: "socks5://alice:hunter2@proxy.example" } }, "HTTPS_PROXY"],
    [{ env: { http_proxy: "http://alice:hunter2@proxy.example:x" } }, "http_proxy"]
  ] as const)("cannot be had with an address that is none (%#)", ([options, field]) =>
    Effect.gen(function* () {
      const layer = Layer.provide(UndiciTransport.layerWith(options), Settings.layer())
      const error = yield* Effect.flip(Layer.build(layer))
      assert.instanceOf(error, ConfigurationInvalid)
      assert.deepStrictEqual(error.problems, [{ field, message: "not the address of an http or https proxy" }])
      assertHides(error, "hunter2")
    })
  )
})
