import { ConfigurationInvalid, Credentials } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { assertHides } from "./support/secrets.ts"

const authorization = (token?: string | Redacted.Redacted) =>
  Effect.flatMap(Credentials.make({ token }), ({ authorize }) => authorize)

const fromEnvironment = (env: Record<string, string>) =>
  Credentials.use(({ authorize }) => authorize).pipe(
    Effect.provide(Layer.provide(Credentials.layerConfig, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

describe("Credentials", () => {
  it.effect.each(["tok.en-1", Redacted.make("tok.en-1"), "  tok.en-1\n"])("carries a token (%#)", (token) =>
    Effect.gen(function* () {
      const { type, header } = yield* authorization(token)
      assert.strictEqual(type, "RUNTIME-TOKEN")
      assert.strictEqual(header && Redacted.value(header), "Bearer tok.en-1")
    })
  )

  it.effect.each([undefined, "", "   ", Redacted.make("")])("is anonymous without a token (%#)", (token) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* authorization(token), { mode: "anonymous" })
    })
  )

  it.effect("is anonymous by default", () =>
    Effect.gen(function* () {
      const { authorize } = yield* Credentials
      assert.deepStrictEqual(yield* authorize, { mode: "anonymous" })
    }).pipe(Effect.provide(Credentials.layer()))
  )

  it.effect.each(["two words", "line\nbreak", "kömet", "nul\0", "tab\tbed", "\x7fdel", "a\r\nX-Evil: 1"])(
    "refuses a token that a header cannot carry: %j",
    (token) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(authorization(token))
        assert.instanceOf(error, ConfigurationInvalid)
        assert.deepStrictEqual(
          error.problems.map(({ field }) => field),
          ["token"]
        )
        assertHides(error, token)
      })
  )

  it.effect("shows the token to nobody", () =>
    Effect.gen(function* () {
      const credentials = yield* Credentials.make({ token: "hunter2" })
      assertHides(credentials, "hunter2")
      assertHides(yield* credentials.authorize, "hunter2")
    })
  )

  it.effect.each([
    [{}, { mode: "anonymous", source: "default" }],
    [{ token: "hunter2" }, { mode: "token", source: "options" }],
    [{ cookies: true }, { mode: "cookie", source: "options" }],
    [
      { token: "hunter2", cookies: true },
      { mode: "token", source: "options" }
    ]
  ] as const)("of %j say what they are", ([options, description]) =>
    Effect.gen(function* () {
      const credentials = yield* Credentials.make(options)
      assert.deepStrictEqual(yield* credentials.describe, description)
      assert.isUndefined(yield* credentials.renew(yield* credentials.authorize))
    })
  )

  describe("layerConfig", () => {
    it.effect("reads the token from the environment", () =>
      Effect.gen(function* () {
        const { header } = yield* fromEnvironment({ SKAHA_TOKEN: "hunter2" })
        assert.strictEqual(header && Redacted.value(header), "Bearer hunter2")
      })
    )

    it.effect.each<Record<string, string>>([{}, { SKAHA_TOKEN: "" }])("is anonymous with %j", (env) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* fromEnvironment(env), { mode: "anonymous" })
      })
    )

    it.effect("refuses a bad token without showing it", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(fromEnvironment({ SKAHA_TOKEN: "hunter2 again" }))
        assert.instanceOf(error, ConfigurationInvalid)
        assert.include(error.message, "token")
        assertHides(error, "hunter2")
      })
    )
  })
})
