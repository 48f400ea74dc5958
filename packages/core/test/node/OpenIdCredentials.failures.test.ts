import { CredentialsExpired, ProviderUnavailable } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { eventually, login, origin, refusal, tokens } from "../support/mockProvider.ts"
import { current, open, reset, times, tokenOf } from "../support/openIdCredentials.ts"
import { reply } from "../support/platform.ts"

describe("OpenIdCredentials", () => {
  describe("after a 401", () => {
    it.effect("are refreshed, however long they should have lasted", () =>
      Effect.gen(function* () {
        const { credentials } = yield* open()
        assert.strictEqual(tokenOf(yield* credentials.renew(yield* credentials.authorize)), "1")
        assert.strictEqual(yield* current(credentials), "1")
      })
    )

    it.effect("are refreshed once for all that were refused", () =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open()
        const refused = yield* credentials.authorize
        const renewed = yield* times(500, credentials.renew(refused), 32)
        assert.deepStrictEqual(new Set(renewed.map(tokenOf)), new Set(["1"]))
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual(tokenOf(yield* credentials.renew(refused)), "1")
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect("are not refreshed when they have just been: something else is wrong", () =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open()
        const renewed = yield* credentials.renew(yield* credentials.authorize)
        assert.isUndefined(renewed && (yield* credentials.renew(renewed)))
        assert.strictEqual(refreshes(), 1)
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(tokenOf(renewed && (yield* credentials.renew(renewed))), "2")
      })
    )

    it.effect.each(["1970-01-01T00:00:30Z", "1970-02-01T00:00:00Z"])(
      "are refreshed when the clock was set to %s",
      (time) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(86_400_000)
          const { credentials } = yield* open({ saved: login(86_400) })
          const first = yield* credentials.authorize
          assert.strictEqual(tokenOf(first), "1")
          yield* TestClock.setTime(Date.parse(time))
          assert.strictEqual(tokenOf(yield* credentials.renew(first)), "2")
        })
    )

    it.effect("are what they were without a refresh token: the platform's words say more", () =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open({ saved: login(undefined, { refresh: undefined }) })
        assert.isUndefined(yield* credentials.renew(yield* credentials.authorize))
        assert.strictEqual(refreshes(), 0)
      })
    )
  })

  describe("without a refresh token", () => {
    it.effect("are used until they end", () =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open({ saved: login(100, { refresh: undefined }) })
        yield* TestClock.adjust("99 seconds")
        assert.strictEqual(yield* current(credentials), "0")
        yield* TestClock.adjust("1 second")
        const error = yield* Effect.flip(credentials.authorize)
        assert.instanceOf(error, CredentialsExpired)
        assert.strictEqual(error.message, "the credentials have expired (they cannot be renewed): sign in again")
        assert.strictEqual(refreshes(), 0)
      })
    )

    it.effect("are the same with one that has ended", () =>
      Effect.gen(function* () {
        const refreshExpires = DateTime.makeUnsafe(50_000)
        const { credentials, refreshes } = yield* open({ saved: login(100, { refreshExpires }) })
        yield* TestClock.adjust("99 seconds")
        assert.strictEqual(yield* current(credentials), "0")
        yield* TestClock.adjust("1 second")
        assert.instanceOf(yield* Effect.flip(credentials.authorize), CredentialsExpired)
        assert.strictEqual(refreshes(), 0)
      })
    )
  })

  describe("that cannot be refreshed", () => {
    it.effect.each([reset, reply("", 503), refusal("invalid_grant")])(
      "are used until they end, and tried again at times (%#)",
      (answer) =>
        Effect.gen(function* () {
          const { credentials, refreshes } = yield* open({ saved: login(60), answers: { "/token": answer } })
          assert.strictEqual(yield* current(credentials), "0")
          assert.strictEqual(yield* current(credentials), "0")
          assert.strictEqual(refreshes(), 1)
          yield* TestClock.adjust("59 seconds")
          assert.strictEqual(yield* current(credentials), "0")
          yield* TestClock.adjust("1 second")
          assert.isTrue(Exit.isFailure(yield* Effect.exit(credentials.authorize)))
        })
    )

    it.effect("for now: say so, and are refreshed as soon as that is possible", () =>
      Effect.gen(function* () {
        const { credentials } = yield* open({
          saved: login(0),
          answers: { "/token": [reset, reply("", 503, { "retry-after": "7" }), reply(tokens())] }
        })
        const first = yield* Effect.flip(credentials.authorize)
        assert.instanceOf(first, ProviderUnavailable)
        assert.include(first, { origin, reason: "the connection was reset", isRetryable: true })
        const second = yield* Effect.flip(credentials.authorize)
        assert.instanceOf(second, ProviderUnavailable)
        assert.include(second, { status: 503, retryAfter: 7 })
        assert.strictEqual(yield* current(credentials), "1")
      })
    )

    it.effect.each([refusal("invalid_grant"), refusal("invalid_client", 401), reply("", 403)])(
      "for good: say that it is to sign in again, and do not ask again (%#)",
      (answer) =>
        Effect.gen(function* () {
          const { credentials, refreshes } = yield* open({ saved: login(0), answers: { "/token": answer } })
          for (let time = 0; time < 3; time++) {
            const error = yield* Effect.flip(credentials.authorize)
            assert.instanceOf(error, CredentialsExpired)
            assert.isFalse(error.isRetryable)
            assert.match(error.message, /does not renew them.*sign in again/)
          }
          assert.strictEqual(refreshes(), 1)
        })
    )

    it.effect("fail for all who wait, at once", () =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open({
          saved: login(0),
          answers: { "/token": Effect.andThen(Effect.sleep("1 second"), Effect.fail(reset)) }
        })
        const all = yield* Effect.forkChild(times(100, Effect.flip(credentials.authorize), 100))
        yield* eventually(() => refreshes() > 0)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(all)).length, 100)
        assert.strictEqual(refreshes(), 1)
      })
    )
  })
})
