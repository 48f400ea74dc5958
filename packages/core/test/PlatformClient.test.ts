import {
  CallTimeout,
  Credentials,
  CredentialsRefused,
  PlatformClient,
  ReplyObserver,
  RetryPolicy,
  Settings,
  Transport,
  type PlatformCall,
  type ReplyInfo,
  type SettingsOptions
} from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as TestClock from "effect/testing/TestClock"
import { platform, reply } from "./support/platform.ts"

const get: PlatformCall = { operation: "Test.get", method: "GET", path: "session" }
const create: PlatformCall = { operation: "Test.create", method: "POST", path: "session", creates: true }

const registry = { username: "älice", secret: "s3cret" }

/** What one call sends. */
const sentBy = (call: PlatformCall, options: Parameters<typeof platform>[1] = {}) =>
  Effect.gen(function* () {
    const { client, sent } = yield* platform(reply("{}"), options)
    yield* client.call(call)
    const [request] = sent
    if (request === undefined) throw new Error("nothing was sent")
    return request
  })

describe("PlatformClient: requests", () => {
  // The first test: the date is kept for a second, and the clock starts at none.
  it.effect("sends the date of each request, at whatever time", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* platform()
      yield* client.call(get)
      yield* TestClock.adjust("900 millis")
      yield* client.call(get)
      yield* TestClock.adjust("100 millis")
      yield* client.call(get)
      yield* TestClock.setTime(0)
      yield* client.call(get)
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["date"]),
        [0, 0, 1, 0].map((second) => `Thu, 01 Jan 1970 00:00:0${second} GMT`)
      )
    })
  )

  it.effect.each<readonly [options: SettingsOptions, call: Partial<PlatformCall>, path: string]>([
    [{}, {}, "/skaha/v1/session"],
    [{}, { path: "session/abcdefgh" }, "/skaha/v1/session/abcdefgh"],
    [{}, { path: "availability", unversioned: true }, "/skaha/availability"],
    [{ server: "https://platform.example", version: "v2" }, {}, "/v2/session"],
    [{ server: "https://platform.example" }, { path: "capabilities", unversioned: true }, "/capabilities"]
  ])("finds its path with %j and %j", ([options, call, path]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* sentBy({ ...get, ...call }, options)).path, path)
    })
  )

  it.effect("sends these headers with a GET, and no others", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 17, 8, 5, 3, 999))
      const { headers, body, query } = yield* sentBy(get, { token: "tok", registry })
      assert.deepStrictEqual(headers, {
        accept: "application/json",
        authorization: "Bearer tok",
        "content-type": "application/x-www-form-urlencoded",
        date: "Sat, 17 Jan 2026 08:05:03 GMT",
        "user-agent": "skaha-typescript/0.1.0",
        "x-skaha-authentication-type": "RUNTIME-TOKEN"
      })
      assert.isUndefined(body)
      assert.strictEqual(query, "")
    })
  )

  it.effect("says nothing of who asks when nobody does", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentBy(get)
      assert.notProperty(headers, "authorization")
      assert.notProperty(headers, "x-skaha-authentication-type")
    })
  )

  it.effect("sends registry credentials with what creates, in UTF-8, and with nothing else", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentBy(create, { registry })
      assert.strictEqual(
        Buffer.from(headers["x-skaha-registry-auth"] ?? "", "base64").toString(),
        `${registry.username}:${registry.secret}`
      )
      for (const call of [get, { ...create, creates: false }, { ...get, method: "DELETE" as const }]) {
        assert.notProperty((yield* sentBy(call, { registry })).headers, "x-skaha-registry-auth")
      }
      assert.notProperty((yield* sentBy(create)).headers, "x-skaha-registry-auth")
    })
  )

  it.effect("sends the parameters of a POST in its body, as UTF-8, and nothing in the address", () =>
    Effect.gen(function* () {
      const form = [
        ["name", "my job"],
        ["env", "A=é"],
        ["env", "B=*~"]
      ] as const
      const { headers, body, path, query } = yield* sentBy({ ...create, form })
      assert.strictEqual(body, "name=my+job&env=A%3D%C3%A9&env=B%3D%2A~")
      assert.strictEqual(headers["content-type"], "application/x-www-form-urlencoded; charset=UTF-8")
      assert.strictEqual(path + query, "/skaha/v1/session")
    })
  )

  it.effect("sends an empty body with a POST without parameters", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* sentBy(create)).body, "")
    })
  )

  it.effect("sends the parameters of a GET in the query, and another accept on demand", () =>
    Effect.gen(function* () {
      const query = [
        ["type", "headless"],
        ["status", "a b"]
      ] as const
      const sent = yield* sentBy({ ...get, query, accept: "text/xml" })
      assert.strictEqual(sent.query, "?type=headless&status=a+b")
      assert.strictEqual(sent.headers["accept"], "text/xml")
      assert.strictEqual((yield* sentBy({ ...get, query: [] })).query, "")
    })
  )

  it.effect("asks for the authorization of every request, right before it is sent", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      let count = 0
      const layer = PlatformClient.layer.pipe(
        Layer.provide([
          Settings.layer({ concurrency: 1 }),
          Layer.succeed(Credentials, {
            ...Credentials.fixed({ mode: "token" }, "test"),
            authorize: Effect.sync(() => ({ mode: "token" as const, header: Redacted.make(`Bearer ${++count}`) }))
          }),
          Layer.succeed(Transport, {
            send: ({ headers }) => Effect.sync(() => (seen.push(headers["authorization"]), reply()))
          })
        ])
      )
      yield* PlatformClient.use((client) => Effect.all([client.call(get), client.call(get)])).pipe(
        Effect.provide(layer)
      )
      assert.deepStrictEqual(seen, ["Bearer 1", "Bearer 2"])
    })
  )

  it.effect("sends nothing when there are no usable credentials", () =>
    Effect.gen(function* () {
      let sends = 0
      const refused = new CredentialsRefused({ operation: "Test.login", status: 401 })
      const layer = PlatformClient.layer.pipe(
        Layer.provide([
          Settings.layer(),
          Layer.succeed(Credentials, {
            ...Credentials.fixed({ mode: "token" }, "test"),
            authorize: Effect.fail(refused)
          }),
          Layer.succeed(Transport, { send: () => Effect.sync(() => (sends++, reply())) })
        ])
      )
      const error = yield* PlatformClient.use((client) => client.call(get)).pipe(Effect.flip, Effect.provide(layer))
      assert.strictEqual(error, refused)
      assert.strictEqual(sends, 0)
    })
  )
})

describe("PlatformClient: limits", () => {
  const settings = { timeout: 30, createTimeout: 120, connectTimeout: 10 }

  it.effect.each<readonly [call: Partial<PlatformCall>, override: number | undefined, limits: object]>([
    [{}, undefined, { connect: 10, headers: 30, body: 30, total: 30 }],
    [{ creates: true }, undefined, { connect: 10, headers: 120, body: 120, total: 120 }],
    [{ unbounded: true }, undefined, { connect: 10, headers: 30, body: 30 }],
    [{}, 5, { connect: 5, headers: 5, body: 5, total: 5 }],
    [{ creates: true }, 600, { connect: 10, headers: 600, body: 600, total: 600 }],
    [{ unbounded: true }, 60, { connect: 10, headers: 60, body: 60 }]
  ])("of %j with a call timeout of %j", ([call, override, limits]) =>
    Effect.gen(function* () {
      const sent = yield* sentBy({ ...get, ...call }, settings).pipe(Effect.provideService(CallTimeout, override))
      assert.deepStrictEqual(sent.limits, limits)
    })
  )

  it.effect("do not count the waiting for others", () =>
    Effect.gen(function* () {
      const layer = PlatformClient.layer.pipe(
        Layer.provide(Transport.layerHttpClient),
        Layer.provide([Settings.layer({ concurrency: 1, timeout: 30 }), Credentials.layer()]),
        Layer.provide(
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make((request) =>
              Effect.delay(Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}"))), "20 seconds")
            )
          )
        )
      )
      const fiber = yield* PlatformClient.use((client) =>
        Effect.forEach([1, 2, 3, 4], () => client.call(get), { concurrency: "unbounded" })
      ).pipe(Effect.provide(layer), Effect.forkChild)
      for (let second = 0; second < 80; second += 20) {
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("20 seconds")
        // The body comes in a macrotask of its own.
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1)))
      }
      assert.strictEqual((yield* Fiber.join(fiber)).length, 4)
    })
  )

  it.effect("of requests in flight hold for all callers together; who is interrupted makes way", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const gate = yield* Deferred.make<void>()
      const { client, sent } = yield* platform(
        () =>
          Effect.acquireUseRelease(
            Effect.sync(() => (most = Math.max(most, ++now))),
            () => Effect.as(Deferred.await(gate), reply("{}")),
            () => Effect.sync(() => now--)
          ),
        { concurrency: 3 }
      )
      const fibers = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.forkChild(client.json(get)))
      yield* Effect.yieldNow
      assert.strictEqual(now, 3)
      const [first, ...others] = fibers
      if (first !== undefined) yield* Fiber.interrupt(first)
      yield* Effect.yieldNow
      assert.strictEqual(now, 3)
      assert.strictEqual(sent.length, 4)
      yield* Deferred.succeed(gate, undefined)
      const exits = yield* Effect.forEach(others, Fiber.await)
      assert.isTrue(exits.every(Exit.isSuccess))
      assert.strictEqual(sent.length, 10)
      assert.strictEqual(most, 3)
      assert.strictEqual(now, 0)
    })
  )

  it.effect("give a permit back whatever happens", () =>
    Effect.gen(function* () {
      let calls = 0
      const { client } = yield* platform(
        () => (++calls % 2 === 0 ? Effect.die("a defect") : Effect.succeed(reply("", 500))),
        { concurrency: 1 }
      )
      for (let call = 0; call < 6; call++) assert.isTrue(Exit.isFailure(yield* Effect.exit(client.call(get))))
      assert.strictEqual(calls, 6)
    }).pipe(Effect.provideService(RetryPolicy, RetryPolicy.none))
  )
})

describe("ReplyObserver", () => {
  it.effect("is told of every reply, with no query, within its effect only", () =>
    Effect.gen(function* () {
      const told: Array<ReplyInfo> = []
      let status = 199
      const { client } = yield* platform(() => Effect.sync(() => reply("{}", ++status, { "x-a": "b" })))
      const call = client.call({ ...get, query: [["q", "hunter2"]] })
      yield* client.call(get)
      yield* call.pipe(Effect.provideService(ReplyObserver, (info) => void told.push(info)))
      status = 502
      yield* Effect.flip(call.pipe(Effect.provideService(ReplyObserver, (info) => void told.push(info))))
      yield* Effect.flip(call)
      const info = { operation: "Test.get", method: "GET", path: "/skaha/v1/session", headers: { "x-a": "b" } }
      assert.deepStrictEqual(told, [
        { ...info, status: 201 },
        { ...info, status: 503 }
      ])
    }).pipe(Effect.provideService(RetryPolicy, RetryPolicy.none))
  )

  describe("after a 401", () => {
    /** What is sent by a client whose credentials are renewed so many times, to a platform that takes the third. */
    const sentWith = Effect.fnUntraced(function* (renewals: number) {
      const sent: Array<string | undefined> = []
      let count = 1
      const authorization = () => ({ mode: "oidc" as const, header: Redacted.make(`Bearer ${count}`) })
      const layer = PlatformClient.layer.pipe(
        Layer.provide([
          Settings.layer(),
          Layer.succeed(Credentials, {
            ...Credentials.fixed({ mode: "oidc" }, "test"),
            authorize: Effect.sync(authorization),
            renew: (refused) =>
              Effect.sync(() => {
                assert.strictEqual(refused.header && Redacted.value(refused.header), `Bearer ${count}`)
                if (count > renewals) return undefined
                count++
                return authorization()
              })
          }),
          Layer.succeed(Transport, {
            send: ({ headers }) =>
              Effect.sync(() => {
                sent.push(headers["authorization"])
                return headers["authorization"] === "Bearer 2" ? reply() : reply("Token has expired", 401, {})
              })
          })
        ])
      )
      const exit = yield* Effect.exit(
        PlatformClient.use((client) => client.call({ ...get, method: "POST" })).pipe(Effect.provide(layer))
      )
      return { sent, exit }
    })

    it.effect("the same is sent once more with renewed credentials", () =>
      Effect.gen(function* () {
        const { exit, sent } = yield* sentWith(1)
        assert.deepStrictEqual(sent, ["Bearer 1", "Bearer 2"])
        assert.strictEqual(exit._tag, "Success")
      })
    )

    it.effect("it is over where nothing can be renewed", () =>
      Effect.gen(function* () {
        const { exit, sent } = yield* sentWith(0)
        assert.deepStrictEqual(sent, ["Bearer 1"])
        assert.include(JSON.stringify(exit), "CredentialsExpired")
      })
    )
  })
})

describe("PlatformClient: writes", () => {
  it.effect("counts POSTs and DELETEs that have ended, whatever became of them, and no GETs", () =>
    Effect.gen(function* () {
      const { client } = yield* platform(({ path }) =>
        path.endsWith("silent") ? Effect.never : Effect.succeed(reply("", path.endsWith("bad") ? 500 : 200))
      )
      const destroy: PlatformCall = { operation: "Test.destroy", method: "DELETE", path: "session/good" }
      yield* client.call(get)
      yield* Effect.exit(client.call({ ...get, path: "session/bad" }))
      assert.strictEqual(yield* client.writes, 0)
      yield* client.call(destroy)
      assert.strictEqual(yield* client.writes, 1)
      yield* client.text(create, (body) => body, "a text")
      assert.strictEqual(yield* client.writes, 2)
      yield* Effect.flip(client.call({ ...destroy, path: "session/bad" }))
      assert.strictEqual(yield* client.writes, 3)
      const fiber = yield* Effect.forkChild(client.call({ ...destroy, path: "session/silent" }))
      yield* Effect.yieldNow
      assert.strictEqual(yield* client.writes, 3)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* client.writes, 4)
    }).pipe(Effect.provideService(RetryPolicy, RetryPolicy.none))
  )
})
