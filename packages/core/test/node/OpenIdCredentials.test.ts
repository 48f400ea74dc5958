import { ConfigurationInvalid, CredentialsExpired, type Transport } from "@skaha/core"
import { OpenIdCredentials, type Login } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { eventually, login, refusal, settle, tokens } from "../support/mockProvider.ts"
import { current, open, times, tokenOf } from "../support/openIdCredentials.ts"
import { reply } from "../support/platform.ts"

const slowRefusal = Effect.as(Effect.sleep("1 second"), refusal("invalid_grant"))

/** Another process with the same store. */
const beside = (store: Login.LoginStore, layer: Layer.Layer<Transport>) =>
  Effect.provide(OpenIdCredentials.make(store), layer)

describe("OpenIdCredentials", () => {
  it.effect("carry the access token", () =>
    Effect.gen(function* () {
      const { credentials, refreshes } = yield* open()
      const { mode, type, header } = yield* credentials.authorize
      assert.deepStrictEqual([mode, type], ["oidc", "OIDC"])
      assert.strictEqual(header && Redacted.value(header), "Bearer secret-access-0")
      assert.strictEqual(refreshes(), 0)
    })
  )

  describe("are refreshed", () => {
    it.effect.each([
      [undefined, 60],
      [0, 0],
      [300, 300]
    ] as const)("with a leeway of %s: %d s ahead of the end", ([leeway, seconds]) =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open({ options: { leeway } })
        yield* TestClock.setTime((3600 - seconds) * 1000 - 1)
        assert.strictEqual(yield* current(credentials), "0")
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* current(credentials), "1")
        assert.strictEqual(yield* current(credentials), "1")
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect("at once when they are of yesterday", () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(86_400_000)
        const { credentials } = yield* open()
        assert.strictEqual(yield* current(credentials), "1")
      })
    )

    it.effect("again and again", () =>
      Effect.gen(function* () {
        const { credentials, sent } = yield* open()
        for (const expected of ["1", "2", "3"]) {
          yield* TestClock.adjust("1 hour")
          assert.strictEqual(yield* current(credentials), expected)
        }
        const used = sent.map(({ body }) => new URLSearchParams(body).get("refresh_token"))
        assert.deepStrictEqual(used, ["secret-refresh-0", "secret-refresh-1", "secret-refresh-2"])
      })
    )

    it.effect("in the middle of a life that is shorter than the leeway", () =>
      Effect.gen(function* () {
        let n = 0
        const answers = { "/token": () => reply({ ...tokens(++n), expires_in: 40 }) }
        const { credentials } = yield* open({ saved: login(0), answers })
        assert.strictEqual(yield* current(credentials), "1")
        yield* TestClock.adjust("19 seconds")
        assert.strictEqual(yield* current(credentials), "1")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* current(credentials), "2")
      })
    )

    it.effect.each([undefined, 0])("never ahead of an unknown end: expires_in %s", (expires_in) =>
      Effect.gen(function* () {
        const answers = { "/token": reply({ ...tokens(), expires_in }) }
        const { credentials, refreshes } = yield* open({ saved: login(0), answers })
        assert.strictEqual(yield* current(credentials), "1")
        yield* TestClock.adjust("1000 days")
        assert.strictEqual(yield* current(credentials), "1")
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect("once for all who wait", () =>
      Effect.gen(function* () {
        const { credentials, refreshes } = yield* open({
          saved: login(0),
          answers: { "/token": Effect.as(Effect.sleep("1 second"), reply(tokens())) }
        })
        const all = yield* Effect.forkChild(times(500, current(credentials), 500))
        yield* eventually(() => refreshes() > 0)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(new Set(yield* Fiber.join(all)), new Set(["1"]))
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect("although the one who asked first gives up", () =>
      Effect.gen(function* () {
        const { credentials, refreshes, store } = yield* open({
          saved: login(0),
          answers: { "/token": Effect.as(Effect.sleep("1 second"), reply(tokens())) }
        })
        const first = yield* Effect.forkChild(credentials.authorize)
        yield* eventually(() => refreshes() > 0)
        const second = yield* Effect.forkChild(current(credentials))
        yield* settle
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(second), "1")
        assert.strictEqual(Redacted.value((yield* store.load).tokens.access), "secret-access-1")
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect.each([2, 3, 4])(
      "although who asked first is interrupted in any of its pauses, one every %d steps",
      (steps) =>
        Effect.gen(function* () {
          const turn = Effect.promise(() => new Promise((resume) => setImmediate(resume)))
          for (let turns = 0; turns < 40; turns++) {
            const { credentials } = yield* open({ saved: login(0) })
            const first = yield* Effect.forkChild(
              Effect.provideService(credentials.authorize, Scheduler.MaxOpsBeforeYield, steps)
            )
            for (let done = 0; done < turns; done++) yield* turn
            yield* Fiber.interrupt(first)
            assert.strictEqual(yield* current(credentials), "1")
          }
        })
    )

    it.effect("to the end, when the scope closes in their middle", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const { credentials, refreshes, store } = yield* open({
          saved: login(0),
          answers: { "/token": Effect.as(Effect.sleep("1 second"), reply(tokens())) }
        }).pipe(Scope.provide(scope))
        const fiber = yield* Effect.forkChild(credentials.authorize)
        yield* eventually(() => refreshes() > 0)
        yield* Fiber.interrupt(fiber)
        const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
        yield* settle
        assert.isUndefined(closing.pollUnsafe())
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(closing)
        assert.strictEqual(Redacted.value((yield* store.load).tokens.access), "secret-access-1")
      })
    )
  })

  it.effect.each([-1, NaN])("refuse a leeway of %d", (leeway) =>
    Effect.gen(function* () {
      assert.instanceOf(yield* Effect.flip(open({ options: { leeway } })), ConfigurationInvalid)
    })
  )

  describe("what is saved", () => {
    it.effect("is saved before it is used", () =>
      Effect.gen(function* () {
        const events: Array<string> = []
        const { credentials } = yield* open({
          saved: login(0),
          store: (store) => ({
            ...store,
            save: (next) =>
              Effect.delay(store.save(next), "1 second").pipe(
                Effect.andThen(Effect.sync(() => events.push(`saved ${Redacted.value(next.tokens.access)}`)))
              )
          })
        })
        const using = yield* Effect.forkChild(
          Effect.map(current(credentials), (token) => events.push(`used ${token ?? ""}`))
        )
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(using)
        assert.deepStrictEqual(events, ["saved secret-access-1", "used 1"])
      })
    )

    it.effect("keeps the old refresh token and scope where the provider sends none", () =>
      Effect.gen(function* () {
        const { refresh_token: _, scope: __, ...bare } = tokens()
        const refreshExpires = DateTime.makeUnsafe(86_400_000)
        const { credentials, store } = yield* open({
          saved: login(0, { scope: "openid email", refreshExpires }),
          answers: { "/token": reply(bare) }
        })
        yield* credentials.authorize
        const saved = (yield* store.load).tokens
        assert.strictEqual(saved.refresh && Redacted.value(saved.refresh), "secret-refresh-0")
        assert.strictEqual(saved.scope, "openid email")
        assert.deepStrictEqual(saved.refreshExpires, refreshExpires)
      })
    )

    it.effect("has the new refresh token, of which nobody knows when it ends", () =>
      Effect.gen(function* () {
        const { credentials, store } = yield* open({
          saved: login(0, { refreshExpires: DateTime.makeUnsafe(86_400_000) })
        })
        yield* credentials.authorize
        const saved = (yield* store.load).tokens
        assert.strictEqual(saved.refresh && Redacted.value(saved.refresh), "secret-refresh-1")
        assert.isUndefined(saved.refreshExpires)
        assert.deepStrictEqual(saved.accessExpires, DateTime.makeUnsafe(3_600_000))
      })
    )

    it.effect("is used all the same when it cannot be saved, and saved the next time", () =>
      Effect.gen(function* () {
        let full = true
        const disk = new ConfigurationInvalid({ operation: "o", problems: [{ field: "disk", message: "is full" }] })
        const { credentials, sent, store } = yield* open({
          saved: login(0),
          store: (store) => ({ ...store, save: (next) => (full ? Effect.fail(disk) : store.save(next)) })
        })
        assert.strictEqual(yield* current(credentials), "1")
        full = false
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* current(credentials), "2")
        assert.strictEqual(new URLSearchParams(sent[1]?.body).get("refresh_token"), "secret-refresh-1")
        assert.strictEqual(Redacted.value((yield* store.load).tokens.access), "secret-access-2")
      })
    )
  })

  it.effect("leave a new login alone, although they could not save their own tokens", () =>
    Effect.gen(function* () {
      let full = true
      const disk = new ConfigurationInvalid({ operation: "o", problems: [{ field: "disk", message: "is full" }] })
      const { credentials, refreshes, store } = yield* open({
        saved: login(0),
        store: (store) => ({ ...store, save: (next) => (full ? Effect.fail(disk) : store.save(next)) })
      })
      assert.strictEqual(yield* current(credentials), "1")
      full = false
      yield* store.save(login(86_400, { access: Redacted.make("secret-access-b") }))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* current(credentials), "b")
      assert.strictEqual(refreshes(), 1)
    })
  )

  describe("with others at the same store", () => {
    it.effect("take over what another has obtained, and refresh no more than once", () =>
      Effect.gen(function* () {
        const { credentials, layer, refreshes, store } = yield* open({
          saved: login(0),
          answers: { "/token": Effect.as(Effect.sleep("1 second"), reply(tokens())) }
        })
        const other = yield* beside(store, layer)
        const both = yield* Effect.forkChild(Effect.all([current(credentials), current(other)], { concurrency: 2 }))
        yield* eventually(() => refreshes() > 0)
        yield* settle
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* Fiber.join(both), ["1", "1"])
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect("do so after a 401, too", () =>
      Effect.gen(function* () {
        const { credentials, layer, refreshes, store } = yield* open()
        const other = yield* beside(store, layer)
        const refused = yield* credentials.authorize
        assert.strictEqual(tokenOf(yield* other.renew(refused)), "1")
        assert.strictEqual(tokenOf(yield* credentials.renew(refused)), "1")
        assert.strictEqual(refreshes(), 1)
      })
    )

    it.effect("refresh with the newest token when what another obtained has ended, too", () =>
      Effect.gen(function* () {
        const { credentials, sent, store } = yield* open({ saved: login(100) })
        yield* store.save(
          login(200, { access: Redacted.make("secret-access-b"), refresh: Redacted.make("secret-refresh-b") })
        )
        yield* TestClock.adjust("300 seconds")
        assert.strictEqual(yield* current(credentials), "1")
        assert.strictEqual(new URLSearchParams(sent[0]?.body).get("refresh_token"), "secret-refresh-b")
      })
    )

    it.effect("take over what another has obtained without the lock", () =>
      Effect.gen(function* () {
        const opened = yield* open({ saved: login(0), answers: { "/token": slowRefusal } })
        const using = yield* Effect.forkChild(current(opened.credentials))
        yield* eventually(() => opened.refreshes() > 0)
        yield* opened.store.save(login(3600, { access: Redacted.make("secret-access-b") }))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* Fiber.join(using), "b")
      })
    )

    it.effect("notice a new login", () =>
      Effect.gen(function* () {
        const { credentials, store } = yield* open({ saved: login(0), answers: { "/token": refusal("invalid_grant") } })
        assert.instanceOf(yield* Effect.flip(credentials.authorize), CredentialsExpired)
        yield* store.save(login(3600, { access: Redacted.make("secret-access-b") }))
        assert.strictEqual(yield* current(credentials), "b")
      })
    )
  })

  describe("say what they are", () => {
    it.effect.each([
      [login(100), undefined],
      [login(100, { refreshExpires: DateTime.makeUnsafe(5000) }), 5000],
      [login(100, { refresh: undefined }), 100_000]
    ] as const)("and when they end, refreshed as often as possible (%#)", ([saved, expires]) =>
      Effect.gen(function* () {
        const { credentials } = yield* open({ saved, options: { source: "~/.canfar/config.yaml" } })
        const description = yield* credentials.describe
        assert.include(description, { mode: "oidc", source: "~/.canfar/config.yaml" })
        assert.strictEqual(description.expires && DateTime.toEpochMillis(description.expires), expires)
      })
    )
  })
})
