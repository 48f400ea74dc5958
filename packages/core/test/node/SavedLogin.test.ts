import { LoginRequired } from "@skaha/core"
import { ConfigurationFile, SavedLogin, type Login, type OidcRecord } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { home, pythonFile } from "../support/configurations.ts"
import { assertHides } from "../support/secrets.ts"

const open = Effect.fnUntraced(function* (text: string, idp = "srcnet") {
  const place = yield* home(text)
  const store = yield* Effect.provideService(SavedLogin.loginStore(idp), ConfigurationFile, place.file)
  return { ...place, store }
})

const value = (secret: Redacted.Redacted | undefined) => secret && Redacted.value(secret)

const seconds = (moment: DateTime.Utc | undefined) => moment && DateTime.toEpochMillis(moment) / 1000

const renewed = (login: Login.Login): Login.Login => ({
  ...login,
  tokens: {
    ...login.tokens,
    access: Redacted.make("hunter2-new-access"),
    accessExpires: DateTime.makeUnsafe(1_800_000_000_000),
    refresh: Redacted.make("hunter2-new-refresh"),
    refreshExpires: undefined
  }
})

const record = (parts: Partial<OidcRecord>): OidcRecord => ({
  idp: "srcnet",
  mode: "oidc",
  endpoints: { token: "https://iam.example/token" },
  client: { identity: "me" },
  token: { access: Redacted.make("hunter2"), refresh: Redacted.make("hunter2") },
  expiry: {},
  ...parts
})

describe("SavedLogin", () => {
  it.effect("is what the Python client has saved", () =>
    Effect.gen(function* () {
      const { store } = yield* open(pythonFile)
      const login = yield* store.load
      assert.deepStrictEqual(login.endpoints, {
        discovery: "https://iam.example/.well-known/openid-configuration",
        device: "https://iam.example/devicecode",
        token: "https://iam.example/token",
        registration: "https://iam.example/register"
      })
      const { client, tokens } = login
      assert.deepStrictEqual([client.id, value(client.secret)], ["0a1b2c3d", "hunter2-client"])
      assert.deepStrictEqual([value(tokens.access), value(tokens.refresh)], ["hunter2-access", "hunter2-refresh"])
      assert.deepStrictEqual([seconds(tokens.accessExpires), seconds(tokens.refreshExpires)], [1767225600, 1769817600])
      assert.strictEqual(tokens.scope, "openid profile offline_access")
      assertHides(login, "hunter2")
    })
  )

  it.effect("is saved in its own record and nowhere else", () =>
    Effect.gen(function* () {
      const { store, text } = yield* open(pythonFile)
      yield* store.save(renewed(yield* store.load))
      const expected = pythonFile
        .replace("hunter2-access", "hunter2-new-access")
        .replace("hunter2-refresh", "hunter2-new-refresh")
        .replace("access: 1767225600.0", "access: 1800000000")
        .replace("      refresh: 1769817600.0\n", "")
      assert.strictEqual(text(), expected)
      assert.strictEqual(value((yield* store.load).tokens.access), "hunter2-new-access")
    })
  )

  it.effect("keeps what the login does not say of a client, unless it is another", () =>
    Effect.gen(function* () {
      const { store, file } = yield* open(pythonFile.replace("secret: hunter2-client", "secret_expires_at: 0"))
      const login = yield* store.load
      yield* store.save(login)
      const saved = Effect.map(file.read, ({ authentication: { srcnet } }) =>
        srcnet?.mode === "oidc" ? srcnet.client.secretExpiresAt : "no record"
      )
      assert.strictEqual(yield* saved, 0)
      yield* store.save({ ...login, client: { id: "another" } })
      assert.strictEqual(yield* saved, undefined)
      yield* store.save({ ...login, client: { id: "another", secretExpires: DateTime.makeUnsafe(12_500) } })
      assert.strictEqual(yield* saved, 12)
    })
  )

  it.effect("does not come back once it is removed", () =>
    Effect.gen(function* () {
      const { file, store, text } = yield* open(pythonFile)
      const login = yield* store.load
      yield* file.update(({ active, authentication: { cadc }, ...now }) => ({
        ...now,
        active: { ...active, authentication: "cadc", servers: {} },
        authentication: cadc === undefined ? {} : { cadc }
      }))
      const without = text()
      for (const failed of [store.load, store.save(login)]) {
        const error = yield* Effect.flip(Effect.asVoid<unknown, unknown, never>(failed))
        assert.instanceOf(error, LoginRequired)
        assertHides(error, "hunter2")
      }
      assert.notInclude(without, "iam.example")
      assert.strictEqual(text(), without)
    })
  )

  it.effect("is no certificate", () =>
    Effect.gen(function* () {
      const { store } = yield* open(pythonFile, "cadc")
      const error = yield* Effect.flip(store.load)
      assert.strictEqual(error.message, "not signed in with cadc (what is kept is a certificate): sign in first")
    })
  )

  it("is one as long as it can be used or renewed", () => {
    const usable = (parts: Partial<OidcRecord>) =>
      Result.match(SavedLogin.loginOf(record(parts)), {
        onFailure: () => "not at all",
        onSuccess: ({ tokens }) =>
          [value(tokens.access) === "" ? "" : "used", tokens.refresh === undefined ? "" : "renewed"].join(" ").trim()
      })
    const access = Redacted.make("hunter2")
    const refresh = Redacted.make("hunter2")
    assert.strictEqual(usable({}), "used renewed")
    assert.strictEqual(usable({ token: { refresh } }), "renewed")
    assert.strictEqual(usable({ token: { access } }), "used")
    assert.strictEqual(usable({ client: {} }), "used")
    assert.strictEqual(usable({ endpoints: {} }), "used")
    assert.strictEqual(usable({ endpoints: { token: "nowhere" } }), "used")
    assert.strictEqual(usable({ endpoints: {}, idp: "other" }), "not at all")
    assert.strictEqual(usable({ token: {} }), "not at all")
    assert.strictEqual(usable({ token: { access: Redacted.make(" ") } }), "not at all")
    assert.strictEqual(usable({ client: {}, token: { refresh } }), "not at all")
  })

  it("takes 0 for a moment that is not known", () => {
    const login = Result.getOrThrow(SavedLogin.loginOf(record({ expiry: { access: 0, refresh: 0 } })))
    assert.deepStrictEqual([login.tokens.accessExpires, login.tokens.refreshExpires], [undefined, undefined])
    const late = Result.getOrThrow(SavedLogin.loginOf(record({ expiry: { access: Infinity, refresh: 1e300 } })))
    assert.deepStrictEqual([late.tokens.accessExpires, late.tokens.refreshExpires], [undefined, undefined])
  })
})
