import { ConfigurationInvalid } from "@skaha/core"
import { withEnvironment } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { home, pythonFile } from "../support/configurations.ts"
import { revealed } from "../support/randomConfigurations.ts"
import { assertHides } from "../support/secrets.ts"

const said = Effect.scoped(Effect.flatMap(home(pythonFile), ({ file }) => file.read))

const under = (environment: Record<string, string>) =>
  Effect.flatMap(said, (configuration) => withEnvironment(configuration, environment))

const problems = (environment: Record<string, string>) =>
  Effect.map(Effect.flip(under(environment)), (error) => {
    assert.instanceOf(error, ConfigurationInvalid)
    assertHides(error, "hunter2")
    return error.problems.map(({ field, message }) => `${field} ${message}`)
  })

describe("withEnvironment", () => {
  it.effect("changes nothing without a variable that counts", () =>
    Effect.gen(function* () {
      const before = yield* said
      const after = yield* withEnvironment(before, {
        PATH: "/bin",
        CANFAR_TOKEN: "hunter2",
        CANFAR_URL: "x",
        CANFAR_VERSION: "1",
        CANFAR_ACTIVE: "cadc",
        CANFAR_REGISTRY_USERNAME: "me",
        SKAHA_SERVER: "https://a.example",
        SKAHA_VERSION: "v1",
        CANFAR_SERVERS__: "x",
        XCANFAR_CONSOLE__WIDTH: "1"
      })
      assert.deepStrictEqual(revealed(after), revealed(before))
    })
  )

  it.effect("sets single values, whatever the case of the name", () =>
    Effect.gen(function* () {
      const after = yield* under({
        CANFAR_REGISTRY__USERNAME: "you",
        CANFAR_REGISTRY__SECRET: "{}",
        canfar_console__width: "77",
        CANFAR_CONSOLE__BANNER: "off",
        CANFAR_ACTIVE__AUTHENTICATION: "cadc",
        CANFAR_ACTIVE__SERVER: "canfar",
        CANFAR_AUTHENTICATION__CADC__PATH: "/tmp/proxy.pem",
        CANFAR_AUTHENTICATION__SRCNET__TOKEN__ACCESS: "hunter2",
        CANFAR_SERVERS__CANSRC__URL: "https://b.example/skaha",
        CANFAR_SERVERS__canSRC__AUTHS: '["token"]',
        CANFAR_SERVERS__NEW__URL: "https://c.example/skaha"
      })
      assert.strictEqual(after.registry.username, "you")
      assert.strictEqual(after.registry.secret && Redacted.value(after.registry.secret), "{}")
      assert.deepStrictEqual(after.console, { width: 77, banner: false })
      assert.strictEqual(after.active.server, "canfar")
      const { cadc, srcnet } = after.authentication
      assert(cadc?.mode === "x509" && srcnet?.mode === "oidc")
      assert.strictEqual(cadc.path, "/tmp/proxy.pem")
      assert.strictEqual(srcnet.token.access && Redacted.value(srcnet.token.access), "hunter2")
      assert.strictEqual(srcnet.token.tokenType, "Bearer")
      assert.deepStrictEqual(Object.keys(after.servers), ["canSRC", "canfar", "new"])
      assert.strictEqual(after.servers["canSRC"]?.url, "https://b.example/skaha")
      assert.deepStrictEqual(after.servers["canSRC"]?.auths, ["token"])
      assert.strictEqual(after.servers["canSRC"]?.idp, "srcnet")
      assertHides(after, "hunter2")
    })
  )

  it.effect("merges sections given as JSON, parts above wholes, and CANFAR above SKAHA", () =>
    Effect.gen(function* () {
      const after = yield* under({
        CANFAR_ACTIVE: '{"authentication": "cadc", "server": "canSRC", "servers": {"cadc": "canfar"}}',
        CANFAR_ACTIVE__SERVER: "canfar",
        SKAHA_ACTIVE__SERVER: "nowhere",
        SKAHA_CONSOLE__WIDTH: "50",
        CANFAR_AUTHENTICATION__SRCNET: '{"token": {"scope": "x"}}'
      })
      assert.deepStrictEqual(after.active, {
        authentication: "cadc",
        server: "canfar",
        servers: { cadc: "canfar", srcnet: "canSRC" }
      })
      assert.strictEqual(after.console.width, 50)
      const { srcnet } = after.authentication
      assert(srcnet?.mode === "oidc")
      assert.strictEqual(srcnet.token.scope, "x")
      assert.strictEqual(srcnet.token.refresh && Redacted.value(srcnet.token.refresh), "hunter2-refresh")
    })
  )

  it.effect.each<readonly [environment: Record<string, string>, ...problems: ReadonlyArray<string>]>([
    [{ CANFAR_CONSOLE__WIDTH: "hunter2" }, "CANFAR_CONSOLE__WIDTH is not a number"],
    [{ SKAHA_CONSOLE__WIDTH: "0" }, "SKAHA_CONSOLE__WIDTH is less than 1"],
    [{ CANFAR_ACTIVE: '{"hunter2' }, "CANFAR_ACTIVE is not JSON"],
    [{ CANFAR_REGISTRY: "hunter2" }, "CANFAR_REGISTRY is not a mapping"],
    [{ CANFAR_ACTIVE__SERVER: "hunter2" }, "CANFAR_ACTIVE__SERVER names no record of servers"],
    [{ CANFAR_REGISTRY__SECRET: "" }, "CANFAR_REGISTRY__SECRET is not of 1 to 255 characters"],
    [{ CANFAR_SERVERS__CANFAR__COLOUR: "red" }, "CANFAR_SERVERS__CANFAR__COLOUR is not a key of this file"],
    [
      { CANFAR_SERVERS__9X__URL: "https://a.example" },
      "servers.… is not a name: a letter, then letters, digits, _ and -"
    ],
    [{ CANFAR_AUTHENTICATION__NEW__PATH: "/x" }, "authentication.new is not a mapping with a mode of x509 or oidc"]
  ])("names the variable that breaks a rule: %j", ([environment, ...expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems(environment), expected)
    })
  )
})
