import { LoginDenied, LoginExpired, Settings } from "@skaha/core"
import { DeviceLogin, Login, OpenIdCredentials, UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { eventually, settle } from "../support/mockProvider.ts"
import { realProvider, visit } from "../support/openIdProvider.ts"

describe("DeviceLogin with a certified provider", () => {
  const transport = UndiciTransport.layer.pipe(Layer.provide(Layer.orDie(Settings.layer())))

  /** Signs in as a user who does something with the link. */
  const signIn = (
    issuer: string,
    user: (link: string) => Effect.Effect<unknown>,
    options: Partial<DeviceLogin.DeviceLoginOptions> = {}
  ) =>
    Effect.gen(function* () {
      let done = false
      const fiber = yield* DeviceLogin.login({
        provider: issuer,
        allowInsecureRequests: true,
        onPrompt: ({ verificationUriComplete = "" }) =>
          Effect.andThen(
            user(verificationUriComplete),
            Effect.sync(() => (done = true))
          ),
        ...options
      }).pipe(Effect.forkChild)
      yield* eventually(() => done || fiber.pollUnsafe() !== undefined)
      yield* settle
      yield* TestClock.adjust("5 seconds")
      return yield* Fiber.join(fiber)
    })

  it.effect("signs in, uses the client again, and refreshes", () =>
    Effect.gen(function* () {
      const real = yield* realProvider()
      const first = yield* signIn(real.issuer, visit)
      assert.strictEqual(first.username, "alice")
      assert.isTrue(yield* real.accepts(Redacted.value(first.login.tokens.access)))

      const { client: known } = first.login
      const again = yield* signIn(real.issuer, (link) => visit(link, { user: "bob" }), { client: known })
      assert.strictEqual(again.username, "bob")
      assert.deepStrictEqual(again.login.client, known)
      assert.strictEqual(real.asked.filter((request) => request === "POST /reg").length, 1)

      const store = yield* Login.memory(first.login)
      const credentials = yield* OpenIdCredentials.make(store, { allowInsecureRequests: true })
      const before = yield* credentials.authorize
      const after = yield* credentials.renew(before)
      assert.notDeepEqual(after?.header && Redacted.value(after.header), before.header && Redacted.value(before.header))
      const { access, refresh } = (yield* store.load).tokens
      assert.isTrue(yield* real.accepts(Redacted.value(access)))
      assert.notStrictEqual(refresh && Redacted.value(refresh), Redacted.value(first.login.tokens.refresh ?? access))
    }).pipe(Effect.provide(transport))
  )

  it.effect("registers anew when it has been forgotten", () =>
    Effect.gen(function* () {
      const real = yield* realProvider()
      const { login } = yield* signIn(real.issuer, visit)
      real.forget(login.client.id)
      const again = yield* signIn(real.issuer, visit, { client: login.client })
      assert.notStrictEqual(again.login.client.id, login.client.id)
    }).pipe(Effect.provide(transport))
  )

  it.effect("is denied by a user who does not agree", () =>
    Effect.gen(function* () {
      const real = yield* realProvider()
      const error = yield* Effect.flip(signIn(real.issuer, (link) => visit(link, { agree: false })))
      assert.instanceOf(error, LoginDenied)
    }).pipe(Effect.provide(transport))
  )

  it.live("is told that a login has expired", () =>
    Effect.gen(function* () {
      const real = yield* realProvider({ device: 1 })
      const login = DeviceLogin.login({
        provider: real.issuer,
        allowInsecureRequests: true,
        onPrompt: () => Effect.void
      })
      assert.instanceOf(yield* Effect.flip(login), LoginExpired)
    }).pipe(Effect.provide(transport))
  )

  it.effect("says that it is to sign in again when all was revoked", () =>
    Effect.gen(function* () {
      const real = yield* realProvider()
      const { login } = yield* signIn(real.issuer, visit)
      const { access, refresh = access } = login.tokens
      yield* real.revoke(Redacted.value(refresh))
      const credentials = yield* OpenIdCredentials.make(yield* Login.memory(login), { allowInsecureRequests: true })
      const error = yield* Effect.flip(credentials.renew(yield* credentials.authorize))
      assert.strictEqual(error._tag, "CredentialsExpired")
      assert.include(error.message, "sign in again")
      assert.include(error.message, "invalid_grant")
    }).pipe(Effect.provide(transport))
  )
})
