import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { Emulator, type Fault } from "../src/index.ts"
import { terminal } from "./support.ts"

const get = Effect.fnUntraced(function* (path: string) {
  const emulator = yield* Emulator
  return yield* HttpClientRequest.get(`${emulator.url}${path}`).pipe(
    HttpClientRequest.bearerToken(emulator.token),
    HttpClient.execute
  )
})

const status = (path: string) => Effect.map(get(path), (response) => response.status)

describe("the client in memory", () => {
  it.effect("sends forms, bytes, text and multipart bodies", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const fields = { name: "x", image: terminal }
      const post = HttpClientRequest.post(`${emulator.url}/v1/session`).pipe(
        HttpClientRequest.bearerToken(emulator.token)
      )
      const form = "application/x-www-form-urlencoded"
      const text = new URLSearchParams(fields).toString()
      for (const request of [
        HttpClientRequest.bodyUrlParams(post, fields),
        HttpClientRequest.bodyText(post, text, form),
        HttpClientRequest.bodyUint8Array(post, new TextEncoder().encode(text), form),
        HttpClientRequest.bodyFormDataRecord(post, fields)
      ]) {
        const response = yield* HttpClient.execute(request)
        assert.strictEqual(response.status, 200)
        assert.match(yield* response.text, /^[a-z][a-z0-9]{7}\n$/)
      }
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("gets no body with a reply to HEAD", () =>
    Effect.gen(function* () {
      const { url } = yield* Emulator
      for (const path of ["/availability", "/v1/session"]) {
        const response = yield* HttpClient.head(`${url}${path}`)
        assert.deepStrictEqual([response.status, yield* response.text], [path === "/availability" ? 200 : 405, ""])
      }
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("has answered before time goes on, so that no limit runs out meanwhile", () =>
    Effect.gen(function* () {
      const orElse = () => Effect.fail("too late")
      const read = get("/v1/session").pipe(
        Effect.flatMap(({ stream }) =>
          stream.pipe(
            Stream.timeoutOrElse({ duration: "1 second", orElse: () => Stream.fail("too late") }),
            Stream.decodeText(),
            Stream.mkString
          )
        ),
        Effect.timeoutOrElse({ duration: "1 second", orElse })
      )
      // Woken by the clock, it ends within the instant in which it starts.
      const reading = yield* read.pipe(Effect.delay("10 seconds"), Effect.repeat({ times: 5 }), Effect.forkChild)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(reading), "[]")
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("is slow when told so, and can be interrupted", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const slow = yield* Effect.forkChild(status("/v1/session"))
      const left = yield* Effect.forkChild(status("/v1/image"))
      yield* TestClock.adjust("99 millis")
      assert.strictEqual(yield* emulator.inFlight, 2)
      yield* Fiber.interrupt(left)
      assert.strictEqual(yield* emulator.inFlight, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(slow), 200)
      assert.deepStrictEqual(yield* emulator.requests, [
        { method: "GET", target: "/skaha/v1/session", status: 200 },
        { method: "GET", target: "/skaha/v1/image", status: undefined }
      ])
      assert.strictEqual(yield* emulator.maxInFlight, 2)
      yield* emulator.clear
      assert.deepStrictEqual(yield* emulator.requests, [])
      assert.strictEqual(yield* emulator.maxInFlight, 0)
    }).pipe(Effect.provide(Emulator.layerTest({ latency: 100 })))
  )

  it.effect("needs the token, which is another one every time", () =>
    Effect.gen(function* () {
      const { token, url } = yield* Emulator
      const other = yield* Effect.provide(Emulator, Emulator.layer())
      assert.notStrictEqual(Redacted.value(token), Redacted.value(other.token))
      const response = yield* HttpClient.get(`${url}/v1/session`)
      assert.strictEqual(response.status, 400)
      const given = yield* Effect.provide(Emulator, Emulator.layer({ token: "mine" }))
      assert.strictEqual(Redacted.value(given.token), "mine")
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})

describe("faults", () => {
  const busy: Fault["action"] = { _tag: "Reply", status: 503, headers: { "Retry-After": "1" }, body: "busy" }

  it.effect("reply in the platform's stead, every n-th time, so many times", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.setFaults([{ match: { path: "/v1/session", every: 2, times: 2 }, action: busy }])
      const statuses = yield* Effect.forEach([1, 2, 3, 4, 5, 6], () => status("/v1/session?view=all"))
      assert.deepStrictEqual(statuses, [200, 503, 200, 503, 200, 200])
      assert.strictEqual(yield* status("/v1/context"), 200)
      yield* emulator.setFaults([{ match: {}, action: busy }])
      const response = yield* get("/v1/image")
      assert.deepStrictEqual([response.headers["retry-after"], yield* response.text], ["1", "busy"])
      yield* emulator.setFaults([])
      assert.strictEqual(yield* status("/v1/image"), 200)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("meet requests by method, pattern and session; the first one counts", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.setFaults([
        { match: { method: "POST" }, action: { ...busy, status: 500 } },
        { match: { ids: ["bad00001", "bad00002"] }, action: { ...busy, status: 501 } },
        { match: { path: /^\/v1\/session\/b/g }, action: { ...busy, status: 502 } },
        { match: { path: "/v1" }, action: { ...busy, status: 504 } }
      ])
      assert.strictEqual(yield* status("/v1/session/bad00002?view=logs"), 501)
      assert.strictEqual(yield* status("/v1/session/bad00003"), 502)
      assert.strictEqual(yield* status("/v1/session/bad00003"), 502)
      assert.strictEqual(yield* status("/v1/session"), 200)
      const post = yield* HttpClient.post(`${emulator.url}/v1/session`)
      assert.strictEqual(post.status, 500)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )

  it.effect("delay, cut, reset, and never answer", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.setFaults([{ match: {}, action: { _tag: "Delay", duration: "3 seconds" } }])
      const delayed = yield* Effect.forkChild(status("/v1/session"))
      yield* TestClock.adjust("2 seconds")
      assert.isUndefined(delayed.pollUnsafe())
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* Fiber.join(delayed), 200)

      yield* emulator.setFaults([{ match: {}, action: { _tag: "Truncate", bytes: 9 } }])
      const cut = yield* get("/v1/context")
      assert.strictEqual(yield* cut.text, '{"cores":')
      assert.isAbove(Number(cut.headers["content-length"]), 9)

      yield* emulator.setFaults([{ match: {}, action: { _tag: "Reset" } }])
      const error = yield* Effect.flip(get("/v1/session"))
      assert.strictEqual(error.reason._tag, "TransportError")

      yield* emulator.setFaults([{ match: {}, action: { _tag: "Never" } }])
      const never = yield* Effect.forkChild(Effect.timeoutOption(get("/v1/session"), "1 day"))
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* Fiber.join(never))._tag, "None")
      assert.strictEqual(yield* emulator.inFlight, 0)
    }).pipe(Effect.provide(Emulator.layerTest()))
  )
})
