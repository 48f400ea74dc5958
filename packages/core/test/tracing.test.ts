import { ConnectionFailed, RetryPolicy, type PlatformCall } from "@skaha/core"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { platform, reply, type Respond } from "./support/platform.ts"
import { assertHides } from "./support/secrets.ts"

const secret = "hunter2"

const call: PlatformCall = {
  operation: "Test.call",
  method: "POST",
  path: "session",
  query: [["q", secret]],
  form: [["env", `PASSWORD=${secret}`]],
  creates: true
}

const options = { token: secret, registry: { username: "alice", secret } }

/** A tracer that keeps its spans. */
const makeTracer = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (given) => {
      const span = new Tracer.NativeSpan(given)
      spans.push(span)
      return span
    }
  })
  return { tracer, spans }
}

/** Makes the call under a tracer; its span, and what was sent. */
const trace = (respond: Respond | ReturnType<typeof reply>, settings: Parameters<typeof platform>[1] = {}) =>
  Effect.gen(function* () {
    const { tracer, spans } = makeTracer()
    const { client, sent } = yield* platform(respond, { ...options, ...settings })
    yield* Effect.exit(client.call(call)).pipe(
      Effect.withTracer(tracer),
      Effect.provideService(RetryPolicy, RetryPolicy.none)
    )
    const [span] = spans
    const [request] = sent
    if (span === undefined || request === undefined) throw new Error("there is no span")
    assert.strictEqual(spans.length, 1)
    return { span, request, attributes: Object.fromEntries(span.attributes) }
  })

describe("tracing", () => {
  it.effect("makes one span a request, by the semantic conventions, without a secret", () =>
    Effect.gen(function* () {
      const { span, attributes } = yield* trace(reply("abcdefgh\n"))
      assert.strictEqual(span.name, "POST")
      assert.strictEqual(span.kind, "client")
      assert.deepStrictEqual(attributes, {
        "http.request.method": "POST",
        "server.address": "platform.example",
        "server.port": 443,
        "url.full": "https://platform.example/skaha/v1/session",
        "url.path": "/skaha/v1/session",
        "url.scheme": "https",
        "http.response.status_code": 200
      })
      assert.isTrue(span.status._tag === "Ended" && Exit.isSuccess(span.status.exit))
      assertHides({ attributes, links: span.links, events: span.events }, secret)
    })
  )

  it.effect.each([
    ["http://127.0.0.1:8080/skaha", "127.0.0.1", 8080, "http"],
    ["http://a.example", "a.example", 80, "http"]
  ] as const)("knows the port of %s", ([server, address, port, scheme]) =>
    Effect.gen(function* () {
      const { attributes } = yield* trace(reply(), { server })
      assert.include(attributes, { "server.address": address, "server.port": port, "url.scheme": scheme })
    })
  )

  it.effect("marks a reply that is an error with its status", () =>
    Effect.gen(function* () {
      const { attributes } = yield* trace(reply("temporarily unavailable: null", 503))
      assert.include(attributes, { "http.response.status_code": 503, "error.type": "503" })
    })
  )

  it.effect("marks a failure of the network with its tag", () =>
    Effect.gen(function* () {
      const failure = new ConnectionFailed({ operation: "Test.call", origin: "https://platform.example", reason: "x" })
      const { span, attributes } = yield* trace(() => Effect.fail(failure))
      assert.include(attributes, { "error.type": "ConnectionFailed" })
      assert.notProperty(attributes, "http.response.status_code")
      assert.isTrue(span.status._tag === "Ended" && Exit.isFailure(span.status.exit))
    })
  )

  it.effect("ends the span of a request that is interrupted", () =>
    Effect.gen(function* () {
      const { tracer, spans } = makeTracer()
      const { client } = yield* platform(() => Effect.never)
      const fiber = yield* Effect.forkChild(client.call(call).pipe(Effect.withTracer(tracer)))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(
        spans.map(({ status }) => status._tag),
        ["Ended"]
      )
    })
  )

  it.effect("hangs the span under the caller's own", () =>
    Effect.gen(function* () {
      const { tracer, spans } = makeTracer()
      const { client } = yield* platform()
      yield* client.call(call).pipe(Effect.withSpan("Outer"), Effect.withTracer(tracer))
      const [outer, inner] = spans
      assert.strictEqual(inner && Option.getOrUndefined(inner.parent)?.spanId, outer?.spanId)
    })
  )

  it.effect("makes no span without a tracer", () =>
    Effect.gen(function* () {
      const made = vi.spyOn(Tracer.nativeTracer, "span")
      const { client } = yield* platform()
      yield* client.call(call).pipe(Effect.withSpan("Outer"))
      const names = made.mock.calls.map(([{ name }]) => name)
      made.mockRestore()
      assert.deepStrictEqual(names, ["Outer"])
    })
  )

  describe("the platform", () => {
    it.effect("is not told of the trace by default", () =>
      Effect.gen(function* () {
        const { request } = yield* trace(reply())
        for (const header of ["traceparent", "tracestate", "b3"]) assert.notProperty(request.headers, header)
      })
    )

    it.effect("is told of the trace on demand", () =>
      Effect.gen(function* () {
        const { span, request } = yield* trace(reply(), { propagateTrace: true })
        assert.include(request.headers["traceparent"], `-${span.spanId}-`)
        assert.strictEqual(request.headers["authorization"], `Bearer ${secret}`)
      })
    )

    it.effect("is told of no trace where there is no tracer", () =>
      Effect.gen(function* () {
        const { client, sent } = yield* platform(reply(), { propagateTrace: true })
        yield* client.call(call)
        assert.notProperty(sent[0]?.headers, "traceparent")
      })
    )
  })
})
