import { LoginRequired, ServerSelectionRequired, type ServerRecord } from "@skaha/core"
import { SavedLogin } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { confirmed, network, userOf } from "../support/accounts.ts"
import { eventually, settle } from "../support/mockProvider.ts"
import { assertHides } from "../support/secrets.ts"

/** What is saved of the login, in clear. */
const savedOf = ({ file }: Effect.Success<ReturnType<typeof network>>) =>
  Effect.map(file.read, ({ authentication: { srcnet } }) => {
    const login = srcnet === undefined ? Result.fail("none") : SavedLogin.loginOf(srcnet)
    if (Result.isFailure(login)) return undefined
    const { client, tokens } = login.success
    return { client: client.id, access: Redacted.value(tokens.access), secret: client.secret, refresh: tokens.refresh }
  })

const posts = ({ provider }: Effect.Success<ReturnType<typeof network>>, path: string) =>
  provider.asked.filter((request) => request === `POST ${path}`).length

describe("Accounts.login with an OpenID provider", () => {
  it.effect("signs in, finds the server, and uses both", () =>
    Effect.gen(function* () {
      const here = yield* network(["one"])
      const user = userOf()
      const result = yield* confirmed(here.accounts.login("srcnet", user), user)
      const { activation, expires: _, ...account } = result
      assert.deepStrictEqual(account, {
        idp: "srcnet",
        name: "A network",
        mode: "oidc",
        active: true,
        server: "one",
        origin: "obtained",
        username: "alice"
      })
      assert.strictEqual(activation.reason, "single")
      assert.deepInclude(activation.server, { cores: 8, ram: 64 })
      const saved = yield* savedOf(here)
      assert.deepStrictEqual(here.tokens, [saved?.access])
      const { active, servers } = yield* here.file.read
      assert.deepStrictEqual(active, {
        authentication: "srcnet",
        server: "one",
        servers: { cadc: "canfar", srcnet: "one" }
      })
      assert.deepInclude(servers["one"], {
        idp: "srcnet",
        url: here.origins["ivo://one/skaha"],
        version: "v1",
        cores: 8
      })
      const secrets = [saved?.access, saved?.secret, saved?.refresh].map((one) =>
        Redacted.isRedacted(one) ? Redacted.value(one) : (one ?? "")
      )
      assert.isTrue(secrets.every((secret) => secret.length > 10))
      assertHides([result, yield* here.accounts.list, yield* here.accounts.show], ...secrets)
    })
  )

  it.effect("asks for nothing while the login is good", () =>
    Effect.gen(function* () {
      const here = yield* network(["one"])
      const user = userOf()
      yield* confirmed(here.accounts.login("srcnet", user), user)
      const { text } = here
      const before = text()
      const again = yield* here.accounts.login("srcnet")
      assert.deepInclude(again, { origin: "kept", server: "one", username: undefined })
      assert.strictEqual(again.activation.reason, "active")
      assert.strictEqual(text(), before)
      assert.strictEqual(user.asked.times, 1)
      assert.strictEqual(here.registry.arrived.length, 1)
    })
  )

  it.effect("renews a token that has expired, without the user", () =>
    Effect.gen(function* () {
      const here = yield* network(["one"])
      const user = userOf()
      yield* confirmed(here.accounts.login("srcnet", user), user)
      const before = yield* savedOf(here)
      yield* TestClock.adjust("2 hours")
      const again = yield* here.accounts.login("srcnet")
      assert.strictEqual(again.origin, "kept")
      const after = yield* savedOf(here)
      assert.notStrictEqual(after?.access, before?.access)
      assert.strictEqual(here.tokens.at(-1), after?.access)
    })
  )

  it.effect("has the user sign in again, with the same client, when the refresh token is refused", () =>
    Effect.gen(function* () {
      const here = yield* network(["one"])
      const user = userOf()
      yield* confirmed(here.accounts.login("srcnet", user), user)
      const before = yield* savedOf(here)
      yield* here.provider.revoke(before?.refresh === undefined ? "" : Redacted.value(before.refresh))
      // The token has not expired yet: that it does not count any more is what the server says.
      const again = yield* confirmed(here.accounts.login("srcnet", user), user)
      assert.strictEqual(again.origin, "obtained")
      assert.strictEqual(user.asked.times, 2)
      assert.strictEqual((yield* savedOf(here))?.client, before?.client)
      assert.strictEqual(posts(here, "/reg"), 1)

      const after = yield* savedOf(here)
      yield* here.provider.revoke(after?.refresh === undefined ? "" : Redacted.value(after.refresh))
      yield* TestClock.adjust("2 hours")
      const error = yield* Effect.flip(here.accounts.login("srcnet"))
      assert.instanceOf(error, LoginRequired)
      assert.include(error.message, "onPrompt")
      yield* confirmed(here.accounts.login("srcnet", user), user)
      assert.strictEqual(user.asked.times, 3)
    })
  )

  it.effect("signs in anew by force", () =>
    Effect.gen(function* () {
      const here = yield* network(["one"])
      const user = userOf()
      yield* confirmed(here.accounts.login("srcnet", user), user)
      const before = yield* savedOf(here)
      const again = yield* confirmed(here.accounts.login("srcnet", { ...user, force: true }), user)
      assert.strictEqual(again.origin, "obtained")
      const after = yield* savedOf(here)
      assert.strictEqual(after?.client, before?.client)
      assert.notStrictEqual(after?.access, before?.access)
    })
  )

  it.effect("signs in anew where what is saved cannot be used for anything", () =>
    Effect.gen(function* () {
      const here = yield* network(
        ["one"],
        "version: 1\nactive: {authentication: srcnet}\nauthentication:\n" +
          "  srcnet: {mode: oidc, endpoints: {token: 'http://iam.example/token'}, client: {identity: me}, " +
          "token: {access: hunter2, refresh: hunter2}, expiry: {access: 1}}\n"
      )
      yield* TestClock.adjust("1 hour")
      const user = userOf()
      const result = yield* confirmed(here.accounts.login("srcnet", user), user)
      assert.strictEqual(result.origin, "obtained")
      assert.notInclude(here.text(), "hunter2")
    })
  )

  it.effect("waits with saving while the old login is being renewed", () =>
    Effect.gen(function* () {
      const here = yield* network(["one"])
      const user = userOf()
      yield* confirmed(here.accounts.login("srcnet", user), user)
      const before = here.text()
      const renewed = yield* Deferred.make<void>()
      const held = yield* Deferred.make<void>()
      const renewal = here.file.exclusively(
        "login-srcnet",
        Effect.andThen(Deferred.succeed(held, undefined), Deferred.await(renewed))
      )
      yield* Effect.forkChild(renewal)
      yield* Deferred.await(held)
      const login = yield* Effect.forkChild(confirmed(here.accounts.login("srcnet", { ...user, force: true }), user))
      yield* eventually(() => here.tokens.length === 2)
      yield* settle
      assert.strictEqual(here.text(), before)
      yield* Deferred.succeed(renewed, undefined)
      yield* settle
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(login)
      assert.notStrictEqual(here.text(), before)
    })
  )

  it.effect("does not lose a login when it is not said which server to use", () =>
    Effect.gen(function* () {
      const here = yield* network(["one", "two"])
      const user = userOf()
      const error = yield* Effect.flip(confirmed(here.accounts.login("srcnet", user), user))
      assert.instanceOf(error, ServerSelectionRequired)
      const { active } = yield* here.file.read
      assert.strictEqual(active.authentication, "cadc")
      assert.isDefined(yield* savedOf(here))

      const chosen: Array<string> = []
      const chooseServer = (servers: ReadonlyArray<ServerRecord>) =>
        Effect.sync(() => {
          chosen.push(...servers.map(({ name }) => name))
          return "two"
        })
      const again = yield* here.accounts.login("srcnet", { chooseServer })
      assert.deepInclude(again, { origin: "kept", server: "two" })
      assert.strictEqual(again.activation.reason, "selected")
      assert.deepStrictEqual(chosen, ["one", "two"])
      const selected = yield* here.accounts.login("srcnet", { server: "ivo://one/skaha" })
      assert.strictEqual(selected.server, "one")
      assert.strictEqual(user.asked.times, 1)
    })
  )

  it.effect("tells no secret to the log, nor in an error", () =>
    Effect.gen(function* () {
      const here = yield* network([])
      const user = userOf()
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => lines.push(message))
      const error = yield* Effect.flip(confirmed(here.accounts.login("srcnet", user), user)).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      assert.strictEqual(error._tag, "ServersNotFound")
      const saved = yield* savedOf(here)
      assertHides(
        [error, lines],
        saved?.access ?? "none",
        saved?.refresh === undefined ? "none" : Redacted.value(saved.refresh)
      )
    })
  )
})
