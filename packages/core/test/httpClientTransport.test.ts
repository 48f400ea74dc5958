import {
  ConnectionFailed,
  RequestTimeout,
  Settings,
  Transport,
  type TimeoutPhase,
  type TransportRequest
} from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { portableHeaders } from "../src/internal/httpClientTransport.ts"
import { assertHides } from "./support/secrets.ts"
import { open, request } from "./support/transports.ts"

type Respond = (
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<Response, HttpClientError.HttpClientErrorReason>

/** A transport over a client that answers in this process. */
const over = (respond: Respond) =>
  open(
    Layer.provide(
      Transport.layerHttpClient,
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          respond(request).pipe(
            Effect.map((response) => HttpClientResponse.fromWeb(request, response)),
            Effect.mapError((reason) => new HttpClientError.HttpClientError({ reason }))
          )
        )
      )
    ),
    "https://platform.example/skaha"
  )

const limits = { connect: 5, headers: 10, body: 4, total: 60 }

/** Sends a request in a fiber of its own. */
const start = (respond: Respond, given: Partial<TransportRequest> = {}) =>
  Effect.flatMap(over(respond), ({ send }) => Effect.forkChild(send(request({ limits, ...given }))))

/** Lets what a stream has been given arrive. */
const settle = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Waits, without a clock, until something is so. */
const eventually = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.andThen(settle, eventually(condition))))

/** A body that is written to by hand. */
const bodyByHand = () => {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const state = { reads: 0, isCancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => {
        state.reads++
      },
      cancel: () => {
        state.isCancelled = true
      }
    },
    { highWaterMark: 0 }
  )
  /** Writes once somebody reads, and waits for the next reading. */
  const write = (text: string) =>
    Effect.gen(function* () {
      yield* eventually(() => state.reads > 0)
      const { reads } = state
      controller?.enqueue(new TextEncoder().encode(text))
      yield* eventually(() => state.reads > reads)
    })
  const end = Effect.sync(() => controller?.close())
  return { stream, state, write, end }
}

const timedOut = (fiber: Fiber.Fiber<unknown, unknown>, phase: TimeoutPhase, limit: number) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Fiber.join(fiber))
    assert.instanceOf(error, RequestTimeout)
    assert.include(error, { phase, limit, operation: "Test.call", path: "/skaha/v1/session" })
  })

const isRunning = (fiber: Fiber.Fiber<unknown, unknown>) => fiber.pollUnsafe() === undefined

describe("Transport over an HttpClient", () => {
  it.effect("passes on the request as it is", () =>
    Effect.gen(function* () {
      const seen: Array<HttpClientRequest.HttpClientRequest> = []
      const { send } = yield* over((given) => Effect.sync(() => (seen.push(given), new Response("x"))))
      const headers = { accept: "application/json", "content-type": "a/b; charset=UTF-8", authorization: "Bearer t" }
      yield* send(request({ method: "POST", query: "?a=%20+", headers, body: "c=d" }))
      const [given] = seen
      assert.strictEqual(given?.method, "POST")
      assert.strictEqual(given?.url, "https://platform.example/skaha/v1/session?a=%20+")
      assert.include({ ...given?.headers }, headers)
      assert.deepStrictEqual(given?.body.toJSON(), {
        _id: "effect/HttpBody",
        _tag: "Uint8Array",
        body: "Uint8Array(3)",
        contentType: "a/b; charset=UTF-8",
        contentLength: 3
      })
    })
  )

  it.effect("limits connecting and waiting together", () =>
    Effect.gen(function* () {
      const fiber = yield* start(() => Effect.never)
      yield* TestClock.adjust("9999 millis")
      assert.isTrue(isRunning(fiber))
      yield* TestClock.adjust("1 millis")
      yield* timedOut(fiber, "headers", 10)
    })
  )

  it.effect("limits each silence in the body, not the body", () =>
    Effect.gen(function* () {
      const body = bodyByHand()
      const fiber = yield* start(() => Effect.succeed(new Response(body.stream)), {
        limits: { connect: 5, headers: 10, body: 4 }
      })
      for (let second = 0; second < 300; second += 3) {
        yield* body.write("x")
        yield* TestClock.adjust("3 seconds")
      }
      assert.isTrue(isRunning(fiber))
      assert.isFalse(body.state.isCancelled)
      yield* TestClock.adjust("1 seconds")
      yield* timedOut(fiber, "body", 4)
      yield* eventually(() => body.state.isCancelled)
    })
  )

  it.effect("reads a body of any length without a total", () =>
    Effect.gen(function* () {
      const body = bodyByHand()
      const fiber = yield* start(() => Effect.succeed(new Response(body.stream)), {
        limits: { connect: 5, headers: 10, body: 4 }
      })
      for (let second = 0; second < 300; second += 3) {
        yield* body.write("x")
        yield* TestClock.adjust("3 seconds")
      }
      yield* body.end
      assert.strictEqual((yield* Fiber.join(fiber)).body, "x".repeat(100))
    })
  )

  it.effect("limits the whole, however the body flows", () =>
    Effect.gen(function* () {
      const body = bodyByHand()
      const fiber = yield* start(() => Effect.succeed(new Response(body.stream)))
      for (let second = 0; second < 57; second += 3) {
        yield* body.write("x")
        yield* TestClock.adjust("3 seconds")
      }
      yield* body.write("x")
      assert.isTrue(isRunning(fiber))
      yield* TestClock.adjust("3 seconds")
      yield* timedOut(fiber, "total", 60)
      yield* eventually(() => body.state.isCancelled)
    })
  )

  it.effect("interrupts the client's work when it is interrupted itself, or out of time", () =>
    Effect.gen(function* () {
      let ended = 0
      const hang = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void ended++))
      const first = yield* start(hang)
      yield* Effect.yieldNow
      yield* Fiber.interrupt(first)
      assert.strictEqual(ended, 1)
      const second = yield* start(hang)
      yield* TestClock.adjust("15 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(second)))
      assert.strictEqual(ended, 2)
    })
  )

  it.effect("lets go of a body that is given up", () =>
    Effect.gen(function* () {
      const body = bodyByHand()
      const fiber = yield* start(() => Effect.succeed(new Response(body.stream)))
      yield* body.write("half")
      yield* Fiber.interrupt(fiber)
      yield* eventually(() => body.state.isCancelled)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    })
  )

  it.effect.each([204, 205, 304])("takes a reply of no body at all for an empty one (%d)", (status) =>
    Effect.gen(function* () {
      const { send } = yield* over(() => Effect.succeed(new Response(null, { status })))
      assert.include(yield* send(request()), { status, body: "" })
    })
  )

  it.effect.each<readonly [headers: Record<string, string>, given: Partial<TransportRequest>, isCut: boolean]>([
    [{ "content-length": "5" }, {}, true],
    [{ "content-length": "4" }, {}, false],
    // As it was on its way, it was longer.
    [{ "content-length": "30", "content-encoding": "gzip" }, {}, false],
    [{ "content-length": "30" }, { method: "HEAD" }, false],
    [{ "content-length": "what?" }, {}, false],
    [{}, {}, false]
  ])("counts the bytes of a body: %j, %j", ([headers, given, isCut]) =>
    Effect.gen(function* () {
      const { send } = yield* over(() => Effect.succeed(new Response("é!\n", { headers })))
      const result = yield* Effect.result(send(request(given)))
      if (!isCut) return assert.strictEqual(result._tag, "Success")
      assert(result._tag === "Failure")
      assert.instanceOf(result.failure, ConnectionFailed)
      assert.include(result.failure, { reason: "the reply was cut", path: "/skaha/v1/session", isRetryable: true })
      assert.notProperty(result.failure, "unsent")
    })
  )

  it.effect("says that nothing was sent where that is certain", () =>
    Effect.gen(function* () {
      for (const [syscall, unsent] of [
        ["connect", true],
        ["read", undefined]
      ] as const) {
        const cause = Object.assign(new Error("raw words"), { code: "ECONNREFUSED", syscall })
        const { send } = yield* over((request) => Effect.fail(new HttpClientError.TransportError({ request, cause })))
        const error = yield* Effect.flip(send(request()))
        assert(error._tag === "ConnectionFailed")
        assert.strictEqual(error.unsent, unsent)
      }
    })
  )

  it.effect("shows no header and no query of the request in an error", () =>
    Effect.gen(function* () {
      const secret = "hunter2"
      const given = request({ query: `?q=${secret}`, headers: { authorization: secret }, method: "POST", body: secret })
      for (const detail of [{}, { description: "the line is dead" }, { cause: new Error("the line is dead") }]) {
        const { send } = yield* over((request) =>
          Effect.fail(new HttpClientError.TransportError({ request, ...detail }))
        )
        const error = yield* Effect.flip(send(given))
        assert.instanceOf(error, ConnectionFailed)
        assert.strictEqual(
          error.reason,
          "cause" in detail || "description" in detail ? "the line is dead" : "the connection failed"
        )
        assertHides(error, secret)
      }
    })
  )

  it.effect("makes no span of its own, and sends no trace header", () =>
    Effect.gen(function* () {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          spans.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      const seen: Array<HttpClientRequest.HttpClientRequest> = []
      const { send } = yield* over((given) => Effect.sync(() => (seen.push(given), new Response("x"))))
      yield* send(request()).pipe(Effect.withSpan("outer"), Effect.withTracer(tracer))
      assert.deepStrictEqual(spans, ["outer"])
      assert.deepStrictEqual(Object.keys(seen[0]?.headers ?? {}), ["accept"])
    })
  )

  it.effect("fails, and does not die, on what is no address", () =>
    Effect.gen(function* () {
      const transport = yield* Transport
      const error = yield* Effect.flip(transport.send(request({ query: "?q=hunter2" })))
      assert.instanceOf(error, ConnectionFailed)
      assertHides(error, "hunter2")
    }).pipe(
      Effect.provide(
        Transport.layer.pipe(
          Layer.provide(
            Layer.effect(
              Settings,
              Effect.map(Settings.make(), (settings) => ({ ...settings, origin: "http://[not an address" }))
            )
          )
        )
      )
    )
  )
})

describe("portableHeaders", () => {
  const headers = {
    accept: "application/json",
    authorization: "Bearer t",
    "content-type": "application/x-www-form-urlencoded",
    date: "Thu, 01 Jan 1970 00:00:00 GMT",
    "user-agent": "skaha-typescript/0",
    "x-skaha-authentication-type": "RUNTIME-TOKEN",
    "x-skaha-registry-auth": "YTpi"
  }

  it("leaves everything as it is outside a browser", () => {
    assert.deepStrictEqual(portableHeaders({ headers }, false), headers)
    assert.deepStrictEqual(portableHeaders({ headers, body: "a=b" }, false), headers)
  })

  it("drops in a browser what it forbids, and a content type without a content", () => {
    assert.deepStrictEqual(portableHeaders({ headers }, true), {
      accept: "application/json",
      authorization: "Bearer t",
      "x-skaha-registry-auth": "YTpi"
    })
  })

  it.each(["", "a=b"])("keeps in a browser the content type of a body: %j", (body) => {
    assert.deepStrictEqual(portableHeaders({ headers, body }, true), {
      accept: "application/json",
      authorization: "Bearer t",
      "content-type": "application/x-www-form-urlencoded",
      "x-skaha-registry-auth": "YTpi"
    })
  })
})
