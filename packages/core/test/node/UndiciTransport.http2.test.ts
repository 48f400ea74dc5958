import { RequestTimeout, type SettingsOptions } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Emulator } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { readdirSync, readFileSync } from "node:fs"
import type { Http2ServerResponse } from "node:http2"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { serveHttp2 } from "../support/http2.ts"
import { serve, until } from "../support/loopback.ts"
import { folder, pem, server as identity, write } from "../support/pems.ts"
import { proxying } from "../support/proxy.ts"
import { open, request } from "../support/transports.ts"

/** A transport that speaks HTTP/2 where it can. */
const opened = (origin: string, settings: SettingsOptions = {}, options: UndiciTransport.ConnectionOptions = {}) =>
  Effect.flatMap(folder, (path) => {
    const ca = write(path, "ca.pem", pem("ca"))
    return open(UndiciTransport.layerWith({ ca, env: {}, http2: true, ...options }), origin, settings)
  })

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

describe("UndiciTransport over HTTP/2", () => {
  it.live("is not spoken unless it is wanted", () =>
    Effect.gen(function* () {
      const server = yield* serveHttp2((response) => response.end("{}"))
      const plain = yield* opened(server.origin, {}, { http2: false })
      yield* plain.send(request())
      const { send } = yield* opened(server.origin)
      yield* send(request())
      assert.deepStrictEqual(server.versions, ["1.1", "2.0"])
    })
  )

  it.live("carries requests and replies as ever", () =>
    Effect.gen(function* () {
      const server = yield* serveHttp2((response, asked) => {
        let body = ""
        asked.on("data", (piece) => (body += piece))
        asked.on("end", () => {
          response.writeHead(asked.method === "POST" ? 201 : 404, {
            "content-type": "text/plain",
            "www-authenticate": ["Bearer", "Basic"]
          })
          response.end(`${asked.method} ${asked.url} ${asked.headers["authorization"]} ${body}`)
        })
      })
      const { send } = yield* opened(server.origin)
      const headers = { authorization: "Bearer t" }
      const posted = yield* send(request({ method: "POST", query: "?a=b", headers, body: "name=é" }))
      assert.include(posted, { status: 201, body: "POST /skaha/v1/session?a=b Bearer t name=é" })
      assert.include(posted.headers, { "content-type": "text/plain", "www-authenticate": "Bearer, Basic" })
      const gotten = yield* send(request({ headers }))
      assert.include(gotten, { status: 404, body: "GET /skaha/v1/session Bearer t " })
    })
  )

  it.live.each([
    { concurrency: 60, streams: 100, most: 1 },
    { concurrency: 60, streams: 20, most: 4 },
    { concurrency: 256, streams: 100, most: 4 }
  ])("needs few connections: $concurrency requests, $streams streams on each", ({ concurrency, streams, most }) =>
    Effect.gen(function* () {
      const held: Array<Http2ServerResponse> = []
      const server = yield* serveHttp2((response) => held.push(response), {
        settings: { maxConcurrentStreams: streams }
      })
      const { send } = yield* opened(server.origin, { concurrency })
      const fiber = yield* Effect.forkChild(
        Effect.forEach(times(concurrency), () => send(request()), { concurrency: "unbounded" })
      )
      // All of them are under way at the same time.
      yield* until(() => held.length === concurrency)
      for (const response of held) response.end("{}")
      assert.strictEqual((yield* Fiber.join(fiber)).length, concurrency)
      assert.isAtMost(server.connections.made, most)
    })
  )

  it.live("falls back to HTTP/1.1, with a connection for each request", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => setTimeout(() => response.end("{}"), 5), { tls: identity })
      const { send } = yield* opened(server.origin, { concurrency: 4 })
      yield* Effect.forEach(times(20), () => send(request()), { concurrency: "unbounded" })
      assert.strictEqual(server.busy.most, 4)
      assert.strictEqual(server.connections.made, 4)
    })
  )

  it.live("is spoken through a proxy, too", () =>
    Effect.gen(function* () {
      const server = yield* serveHttp2((response) => response.end("{}"))
      const proxy = yield* proxying()
      const { send } = yield* opened(server.origin, {}, { proxy: proxy.origin })
      assert.strictEqual((yield* send(request())).body, "{}")
      assert.deepStrictEqual(server.versions, ["2.0"])
      assert.strictEqual(proxy.asked.length, 1)
    })
  )

  it.live("is spoken to a platform", () => {
    const platform = Layer.provideMerge(
      EmulatorServer.layer({ tls: identity, http2: true }),
      Emulator.layer({ token: "token-of-alice" })
    )
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const { send } = yield* opened(url)
      const headers = { authorization: "Bearer token-of-alice" }
      const reply = yield* send(request({ path: "/skaha/v1/context", headers }))
      assert.strictEqual(reply.status, 200)
      assert.property(JSON.parse(reply.body), "cores")
    }).pipe(Effect.scoped, Effect.provide(platform))
  })

  it.live("ends the stream of what is interrupted, and not its neighbours", () =>
    Effect.gen(function* () {
      const held = new Map<string, Http2ServerResponse>()
      const server = yield* serveHttp2((response, { url }) => held.set(url, response))
      const { send } = yield* opened(server.origin)
      const [first, second] = yield* Effect.all([
        Effect.forkChild(send(request({ path: "/first" }))),
        Effect.forkChild(send(request({ path: "/second" })))
      ])
      yield* until(() => held.size === 2)
      held.get("/first")?.write("half")
      yield* Fiber.interrupt(first)
      yield* until(() => server.busy.now === 1)
      held.get("/second")?.end("whole")
      assert.strictEqual((yield* Fiber.join(second)).body, "whole")
      assert.deepInclude(server.connections, { made: 1, open: 1 })
    })
  )

  it.live.each([
    ["headers", { connect: 5, headers: 0.05, body: 5 }],
    ["body", { connect: 5, headers: 5, body: 0.05 }],
    ["total", { connect: 5, headers: 5, body: 5, total: 0.05 }]
  ] as const)("ends the wait for what does not come, and not its neighbours: %s", ([phase, limits]) =>
    Effect.gen(function* () {
      const held: Array<Http2ServerResponse> = []
      const server = yield* serveHttp2((response, { url }) => {
        if (url === "/neighbour") held.push(response)
        else if (phase === "body") response.write("half")
      })
      const { send } = yield* opened(server.origin)
      const neighbour = yield* Effect.forkChild(send(request({ path: "/neighbour" })))
      yield* until(() => held.length === 1)
      const error = yield* Effect.flip(send(request({ limits })))
      assert.instanceOf(error, RequestTimeout)
      assert.include(error, { phase, limit: 0.05 })
      yield* until(() => server.busy.now === 1)
      held[0]?.end("whole")
      assert.strictEqual((yield* Fiber.join(neighbour)).body, "whole")
      assert.strictEqual(server.connections.made, 1)
    })
  )

  it.live.each([
    [
      "a stream that is reset",
      (response: Http2ServerResponse) => response.stream.close(2),
      "the server broke off the reply"
    ],
    [
      "a connection that is lost",
      (response: Http2ServerResponse) => response.stream.session?.destroy(),
      "the connection was closed"
    ]
  ] as const)("tells of %s, and goes on", ([, end, reason]) =>
    Effect.gen(function* () {
      const server = yield* serveHttp2((response, { url }) => {
        if (url === "/fine") response.end("fine")
        else response.write("half", () => end(response))
      })
      const { send } = yield* opened(server.origin)
      const error = yield* Effect.flip(send(request()))
      assert.include(error, { _tag: "ConnectionFailed", reason })
      assert.strictEqual((yield* send(request({ path: "/fine" }))).body, "fine")
    })
  )

  it.live("saves and inflates", () =>
    Effect.gen(function* () {
      const text = "some lines of a log\n".repeat(200_000)
      const server = yield* serveHttp2((response, { url }) => {
        if (url !== "/gzip") response.end(text)
        else {
          response.setHeader("content-encoding", "gzip")
          response.end(gzipSync(text))
        }
      })
      const path = yield* folder
      const { send } = yield* opened(server.origin)
      yield* Effect.forEach(
        times(12),
        (index) => send(request({ path: index % 2 === 0 ? "/gzip" : "/", saveAs: join(path, `${index}`) })),
        { concurrency: 6 }
      )
      assert.strictEqual(readdirSync(path).length, 12)
      for (const name of readdirSync(path)) assert.isTrue(readFileSync(join(path, name), "utf8") === text)
      assert.strictEqual((yield* send(request({ path: "/gzip" }))).body, text)
      assert.strictEqual(server.connections.made, 1)
    })
  )

  it.live("leaves no connection and no timer when its scope closes", () =>
    Effect.gen(function* () {
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
      const server = yield* serveHttp2((response, { url }) => {
        if (url !== "/hang") response.end("{}")
      })
      const before = timers()
      const scope = yield* Scope.make()
      const { send } = yield* Scope.provide(opened(server.origin), scope)
      yield* Effect.forEach(times(6), () => send(request()), { concurrency: 3 })
      const hanging = yield* Effect.forkChild(Effect.flip(send(request({ path: "/hang" }))))
      yield* until(() => server.busy.now === 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(hanging))._tag, "ConnectionFailed")
      yield* until(() => server.connections.open === 0)
      assert.isAtMost(timers(), before)
    })
  )
})
