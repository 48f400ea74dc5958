import {
  ConnectionFailed,
  LoginDenied,
  LoginExpired,
  ProviderRefused,
  ProviderUnavailable,
  ReplyUndecodable,
  RequestTimeout
} from "@skaha/core"
import { DeviceLogin } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import {
  client,
  device,
  eventually,
  metadata,
  mockProvider,
  origin,
  refusal,
  registered,
  settle,
  tokens,
  type Answers
} from "../support/mockProvider.ts"
import { reply } from "../support/platform.ts"

const pending = refusal("authorization_pending")
const slowDown = refusal("slow_down")
const reset = new ConnectionFailed({ operation: "o", origin, reason: "the connection was reset" })
const silence = new RequestTimeout({ operation: "o", phase: "total", limit: 30 })

/** A login that has begun, with what it shows and asks. */
const begin = (answers: Answers, options: Partial<DeviceLogin.DeviceLoginOptions<never, never>> = {}) =>
  Effect.gen(function* () {
    const provider = mockProvider(answers)
    const prompts: Array<DeviceLogin.DevicePrompt> = []
    const fiber = yield* DeviceLogin.login({
      provider: origin,
      onPrompt: (prompt) => Effect.sync(() => void prompts.push(prompt)),
      ...options
    }).pipe(Effect.provide(provider.layer), Effect.forkChild({ startImmediately: true }))
    return { ...provider, prompts, fiber, polls: () => provider.times("/token") }
  })

/** When the token endpoint is asked, in seconds, until the login has ended. */
const askedAt = (answers: Answers, seconds: number) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const { fiber, polls } = yield* begin(answers)
    for (let now = 0; now <= seconds; now++) {
      yield* settle
      while (times.length < polls()) times.push(now)
      yield* TestClock.adjust("1 second")
    }
    yield* Fiber.interrupt(fiber)
    return times
  })

const failure = (answers: Answers, options = {}) =>
  Effect.flatMap(begin(answers, options), ({ fiber }) => Effect.flip(Fiber.join(fiber)))

describe("DeviceLogin", () => {
  it.effect("shows where to confirm, and gives the login and who it is", () =>
    Effect.gen(function* () {
      const { fiber, prompts, sent } = yield* begin({})
      const { login, username } = yield* Fiber.join(fiber)
      assert.strictEqual(username, "alice")
      assert.deepStrictEqual(prompts, [
        {
          verificationUri: device.verification_uri,
          verificationUriComplete: device.verification_uri_complete,
          userCode: device.user_code,
          expires: DateTime.makeUnsafe(600_000)
        }
      ])
      assert.strictEqual(login.client.id, registered.client_id)
      assert.strictEqual(Redacted.value(login.tokens.access), tokens().access_token)
      assert.strictEqual(login.tokens.refresh && Redacted.value(login.tokens.refresh), tokens().refresh_token)
      assert.deepStrictEqual(login.tokens.accessExpires, DateTime.makeUnsafe(3_600_000))
      assert.deepStrictEqual(
        sent.map(({ method, path }) => `${method} ${path}`),
        ["GET /.well-known/openid-configuration", "POST /register", "POST /devicecode", "POST /token", "GET /userinfo"]
      )
    })
  )

  describe("asks", () => {
    it.effect("at once, and then at the provider's pace", () =>
      Effect.gen(function* () {
        const device7 = reply({ ...device, interval: 7 })
        assert.deepStrictEqual(yield* askedAt({ "/token": pending, "/devicecode": device7 }, 22), [0, 7, 14, 21])
      })
    )

    it.effect("every 5 s where the provider names no pace", () =>
      Effect.gen(function* () {
        const { interval: _, ...silent } = device
        assert.deepStrictEqual(yield* askedAt({ "/token": pending, "/devicecode": reply(silent) }, 11), [0, 5, 10])
      })
    )

    it.effect("no more than once a second, whatever the provider wants", () =>
      Effect.gen(function* () {
        const eager = reply({ ...device, interval: 0.001 })
        assert.deepStrictEqual(yield* askedAt({ "/token": pending, "/devicecode": eager }, 3), [0, 1, 2, 3])
      })
    )

    it.effect("5 s slower after each slow_down, for good", () =>
      Effect.gen(function* () {
        const answers = [pending, slowDown, pending, slowDown, pending]
        assert.deepStrictEqual(yield* askedAt({ "/token": answers }, 61), [0, 5, 15, 25, 40, 55])
      })
    )

    it.effect.each([reset, silence, reply("<h1>Bad gateway</h1>", 502), reply("", 429)])(
      "twice as slowly after each failure of the network or the provider (%#)",
      (failed) =>
        Effect.gen(function* () {
          const answers = [pending, failed, failed, pending]
          assert.deepStrictEqual(yield* askedAt({ "/token": answers }, 56), [0, 5, 15, 35, 55])
        })
    )

    it.effect("at least once a minute, however often the network fails", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* askedAt({ "/token": reset }, 200), [0, 10, 30, 70, 130, 190])
      })
    )

    it.effect("not before the provider wants to be asked again", () =>
      Effect.gen(function* () {
        const busy = reply("", 503, { "retry-after": "42" })
        assert.deepStrictEqual(yield* askedAt({ "/token": [busy, pending] }, 53), [0, 42, 52])
      })
    )
  })

  it.effect("goes on after failures of the network", () =>
    Effect.gen(function* () {
      const { fiber, polls } = yield* begin({ "/token": [reset, pending, reply(tokens())] })
      yield* eventually(() => polls() === 1)
      yield* TestClock.adjust("10 seconds")
      yield* eventually(() => polls() === 2)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).username, "alice")
    })
  )

  it.effect("ends when it is denied", () =>
    Effect.gen(function* () {
      const error = yield* failure({ "/token": refusal("access_denied") })
      assert.instanceOf(error, LoginDenied)
      assert.strictEqual(error.origin, origin)
    })
  )

  it.effect("ends when the provider says that it is too late", () =>
    Effect.gen(function* () {
      assert.instanceOf(yield* failure({ "/token": refusal("expired_token") }), LoginExpired)
    })
  )

  it.effect.each([pending, reset])("ends when the time is over, whatever the provider says (%#)", (answer) =>
    Effect.gen(function* () {
      const { fiber, polls } = yield* begin({ "/token": answer, "/devicecode": reply({ ...device, expires_in: 12 }) })
      yield* eventually(() => polls() === 1)
      yield* TestClock.adjust("11999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.instanceOf(error, LoginExpired)
      assert.strictEqual(error.limit, 12)
    })
  )

  it.effect.each([
    [reply("<h1>Welcome</h1>", 200, { "content-type": "text/html" }), "ReplyUndecodable"],
    [reply("{", 200), "ReplyUndecodable"],
    [reply({ ...tokens(), access_token: undefined }), "ReplyUndecodable"],
    [reply({ ...tokens(), access_token: "two words" }), "ReplyUndecodable"],
    [reply({ ...tokens(), token_type: "mac" }), "ReplyUndecodable"],
    [reply({ ...tokens(), expires_in: "soon" }), "ReplyUndecodable"],
    [refusal("invalid_grant"), "ProviderRefused"],
    [reply("", 302, { location: "https://evil.example" }), "ProviderRefused"]
  ] as const)("ends after a reply that cannot be understood, or is final (%#)", ([answer, expected]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failure({ "/token": answer }))._tag, expected)
    })
  )

  it.effect.each([
    { device_code: undefined },
    { user_code: undefined },
    { user_code: "\u001b[2J" },
    { verification_uri: undefined },
    { verification_uri: "javascript:alert(1)" },
    { verification_uri: "http://iam.example/device" },
    { expires_in: undefined },
    { interval: -1 }
  ])("does not begin with a reply that makes no sense: %j", (wrong) =>
    Effect.gen(function* () {
      const { fiber, prompts } = yield* begin({ "/devicecode": reply({ ...device, ...wrong }) })
      assert.instanceOf(yield* Effect.flip(Fiber.join(fiber)), ReplyUndecodable)
      assert.deepStrictEqual(prompts, [])
    })
  )

  it.effect("shows no link that a browser should not follow", () =>
    Effect.gen(function* () {
      const { fiber, prompts } = yield* begin({
        "/devicecode": reply({ ...device, verification_uri_complete: "file:///etc/passwd" })
      })
      yield* Fiber.join(fiber)
      assert.isUndefined(prompts[0]?.verificationUriComplete)
    })
  )

  it.effect("is cancelled at once, while it waits and while it asks", () =>
    Effect.gen(function* () {
      const waiting = yield* begin({ "/token": pending })
      yield* eventually(() => waiting.polls() === 1)
      yield* settle
      yield* Fiber.interrupt(waiting.fiber)
      yield* TestClock.adjust("1 minute")
      yield* settle
      assert.strictEqual(waiting.polls(), 1)

      let aborted = false
      const hung = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (aborted = true)))
      const asking = yield* begin({ "/token": hung })
      yield* eventually(() => asking.polls() === 1)
      yield* Fiber.interrupt(asking.fiber)
      yield* eventually(() => aborted)
    })
  )

  it.effect("interrupts what it shows when it ends, and fails when that fails", () =>
    Effect.gen(function* () {
      let ended = false
      const countdown = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (ended = true)))
      const { fiber } = yield* begin({}, { onPrompt: () => countdown })
      yield* Fiber.join(fiber)
      assert.isTrue(ended)

      const { layer } = mockProvider({ "/token": pending })
      const login = DeviceLogin.login({ provider: origin, onPrompt: () => Effect.fail("no terminal" as const) })
      assert.strictEqual(yield* Effect.flip(Effect.provide(login, layer)), "no terminal")
    })
  )

  it.effect.each([
    reset,
    reply("", 500),
    reply("<h1>Hello</h1>", 200, { "content-type": "text/html" }),
    reply({ error: "invalid_token" }, 401, { "www-authenticate": "Bearer", "content-type": "application/json" })
  ])("keeps a login although nobody can say whose it is (%#)", (answer) =>
    Effect.gen(function* () {
      const { fiber } = yield* begin({ "/userinfo": answer })
      const { login, username } = yield* Fiber.join(fiber)
      assert.isUndefined(username)
      assert.strictEqual(Redacted.value(login.tokens.access), tokens().access_token)
    })
  )

  describe("its client", () => {
    it.effect("is used again", () =>
      Effect.gen(function* () {
        const { fiber, times } = yield* begin({}, { client })
        assert.deepStrictEqual((yield* Fiber.join(fiber)).login.client, client)
        assert.strictEqual(times("/register"), 0)
      })
    )

    it.effect.each([
      [3_601_000, 0],
      [3_599_000, 1],
      [-1000, 1]
    ] as const)("with a secret that ends in %d ms is registered anew %d times", ([left, count]) =>
      Effect.gen(function* () {
        const { fiber, times } = yield* begin({}, { client: { ...client, secretExpires: DateTime.makeUnsafe(left) } })
        yield* Fiber.join(fiber)
        assert.strictEqual(times("/register"), count)
      })
    )

    it.effect.each([
      refusal("invalid_client", 401),
      refusal("unauthorized_client"),
      reply("", 401),
      // A challenge must not hide the word.
      {
        ...refusal("invalid_client", 401),
        headers: { "content-type": "application/json", "www-authenticate": "Basic" }
      }
    ])("that the provider does not know any more is registered anew (%#)", (unknown) =>
      Effect.gen(function* () {
        const old = { id: "old-client", secret: Redacted.make("secret-old") }
        const { fiber, times } = yield* begin({ "/devicecode": [unknown, reply(device)] }, { client: old })
        assert.strictEqual((yield* Fiber.join(fiber)).login.client.id, registered.client_id)
        assert.strictEqual(times("/register"), 1)
      })
    )

    it.effect("is not registered again and again", () =>
      Effect.gen(function* () {
        const { fiber, times } = yield* begin({ "/devicecode": refusal("invalid_client", 401) }, { client })
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert.instanceOf(error, ProviderRefused)
        assert.include(error, { request: "device", error: "invalid_client", status: 401 })
        assert.strictEqual(times("/register"), 1)
      })
    )

    it.effect("is the old one where programs are not registered", () =>
      Effect.gen(function* () {
        const { registration_endpoint: _, ...closed } = metadata
        const old = { ...client, secretExpires: DateTime.makeUnsafe(1000) }
        const { fiber } = yield* begin({ "/.well-known/openid-configuration": reply(closed) }, { client: old })
        assert.strictEqual((yield* Fiber.join(fiber)).login.client, old)
      })
    )
  })

  it.effect("says that the provider is not there", () =>
    Effect.gen(function* () {
      const error = yield* failure({ "/.well-known/openid-configuration": reset })
      assert.instanceOf(error, ProviderUnavailable)
      assert.strictEqual(error.reason, "the connection was reset")
    })
  )
})
