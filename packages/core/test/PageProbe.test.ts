import { assert, describe, it } from "@effect/vitest"
import { PageProbe, Transport, type TransportRequest } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { nobody, serve } from "./support/loopback.ts"
import { open, transports } from "./support/transports.ts"

const probe = (transport: Transport["Service"], address: string, timeout = 5) =>
  PageProbe.isOpen("Test.isOpen", Redacted.make(address), timeout).pipe(Effect.provideService(Transport, transport))

describe.each(transports)("PageProbe over %s", (_, layer) => {
  it.live("says yes to a success, also where it is sent to, and no to all else", () =>
    Effect.gen(function* () {
      const other = yield* serve((response) => response.end("elsewhere"))
      const server = yield* serve((response, { target }) => {
        const status = Number(/\d+/.exec(target)?.[0])
        const location = /to=(.*)/.exec(target)?.[1]
        response.writeHead(status, location === undefined ? {} : { location, "set-cookie": "a=b" })
        response.end(status === 204 ? undefined : "<!doctype html>")
      })
      const transport = yield* open(layer, server.origin)
      const answers: Record<string, boolean> = {}
      for (const path of [
        "/200?token=x",
        "/204",
        "/404",
        "/401",
        "/502",
        "/503",
        "/302",
        "/302?to=/200",
        "/307?to=200",
        `/308?to=${other.origin}/`,
        "/302?to=/503",
        "/302?to=/302?to=/200",
        "/301?to=ftp://h.example/",
        "/301?to=http://a:b@h.example/",
        "/301?to=//"
      ]) {
        answers[path] = yield* probe(transport, server.origin + path)
      }
      assert.deepStrictEqual(
        Object.entries(answers).flatMap(([path, isOpen]) => (isOpen ? [path] : [])),
        ["/200?token=x", "/204", "/302?to=/200", "/307?to=200", `/308?to=${other.origin}/`, "/302?to=/302?to=/200"]
      )
      for (const { headers } of [...server.arrived, ...other.arrived]) {
        assert.notProperty(headers, "cookie")
        assert.notProperty(headers, "authorization")
      }
    })
  )

  it.live("goes round no longer than five times, and waits no longer than it is told to", () =>
    Effect.gen(function* () {
      const server = yield* serve((response, { target }) => {
        if (target === "/round") response.writeHead(302, { location: "/round" }).end()
      })
      const transport = yield* open(layer, server.origin)
      assert.isFalse(yield* probe(transport, `${server.origin}/round`))
      assert.strictEqual(server.arrived.length, 6)
      assert.isFalse(yield* probe(transport, `${server.origin}/silent`, 0.2))
      assert.isFalse(yield* probe(transport, `${yield* nobody}/`))
    })
  )
})

describe("PageProbe", () => {
  it.effect("takes a protected page to no unprotected one, and asks for no address that is none", () =>
    Effect.gen(function* () {
      const sent: Array<TransportRequest> = []
      const transport = Transport.of({
        send: (request) => {
          sent.push(request)
          return Effect.succeed({ status: 302, headers: { location: "http://h.example/next" }, body: "" })
        }
      })
      assert.isFalse(yield* probe(transport, "https://h.example/first"))
      for (const address of ["", "not an address", "ftp://h.example/", "https://a:b@h.example/"]) {
        assert.isFalse(yield* probe(transport, address))
      }
      assert.deepStrictEqual(
        sent.map(({ anonymous, path }) => [path, anonymous]),
        [["/first", true]]
      )
    })
  )

  it.effect("takes a reply that a browser hides for a yes", () =>
    Effect.gen(function* () {
      const transport = Transport.of({ send: () => Effect.succeed({ status: 0, headers: {}, body: "" }) })
      assert.isTrue(yield* probe(transport, "https://h.example/"))
    })
  )

  it.effect("writes what follows the path nowhere", () =>
    Effect.gen(function* () {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          return Object.assign(span, {
            end: () => {
              spans.push(JSON.stringify([span.name, Object.fromEntries(span.attributes)]))
            }
          })
        }
      })
      const transport = Layer.succeed(Transport, { send: () => Effect.succeed({ status: 500, headers: {}, body: "" }) })
      const address = Redacted.make("https://h.example/abcd1234/?token=hush")
      yield* PageProbe.isOpen("Test.isOpen", address, 5).pipe(Effect.provide(transport), Effect.withTracer(tracer))
      assert.strictEqual(spans.length, 1)
      assert.include(spans[0], "https://h.example/abcd1234/")
      assert.notInclude(spans.join(), "hush")
    })
  )
})
