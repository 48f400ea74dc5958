import { ConfigurationInvalid, Settings, type SettingsOptions } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { seeded } from "./support/properties.ts"
import { assertHides } from "./support/secrets.ts"
import * as Schema from "effect/Schema"

const address = (options: SettingsOptions) =>
  Effect.map(Settings.make(options), ({ origin, prefix, version }) => `${origin}${prefix}/${version}`)

const problems = (options: SettingsOptions) =>
  Effect.map(Effect.flip(Settings.make(options)), (error) => error.problems.map(({ field }) => field))

const fromEnvironment = (env: Record<string, string>) =>
  Settings.use(Effect.succeed).pipe(
    Effect.provide(Layer.provide(Settings.layerConfig, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

describe("Settings", () => {
  it.effect("has a default for everything", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        { ...(yield* Settings.make()) },
        {
          origin: "https://ws-uv.canfar.net",
          prefix: "/skaha",
          version: "v1",
          timeout: 30,
          createTimeout: 120,
          connectTimeout: 10,
          settle: 120,
          concurrency: 32,
          createConcurrency: 8,
          registry: undefined,
          imageRegistry: "images.canfar.net",
          propagateTrace: false
        }
      )
    })
  )

  it.effect.each<readonly [options: SettingsOptions, expected: string]>([
    [{ server: "https://a.example/skaha" }, "https://a.example/skaha/v1"],
    [{ server: "https://a.example/skaha///" }, "https://a.example/skaha/v1"],
    [{ server: "https://a.example/skaha", version: "v2" }, "https://a.example/skaha/v2"],
    [{ server: "https://a.example/skaha", version: "v1.2" }, "https://a.example/skaha/v1.2"],
    // What looks like a version is the prefix's own in a server's address.
    [{ server: "https://a.example" }, "https://a.example/v1"],
    [{ server: "http://127.0.0.1:8080/deep/er/skaha" }, "http://127.0.0.1:8080/deep/er/skaha/v1"],
    [{ server: "https://a.example:443/skaha" }, "https://a.example/skaha/v1"],
    [{ url: "https://a.example/skaha/v1" }, "https://a.example/skaha/v1"],
    [{ url: "https://a.example/skaha/v1/" }, "https://a.example/skaha/v1"],
    [{ url: "https://a.example/skaha/v3", version: "v1" }, "https://a.example/skaha/v3"],
    [{ url: "https://a.example/skaha" }, "https://a.example/skaha/v1"],
    [{ url: "https://a.example/skaha//", version: "v2" }, "https://a.example/skaha/v2"],
    [{ url: "https://a.example/v1/skaha" }, "https://a.example/v1/skaha/v1"],
    [{ url: "https://a.example/skaha/version1" }, "https://a.example/skaha/version1/v1"]
  ])("builds the address of %j", ([options, expected]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* address(options), expected)
    })
  )

  it.effect.each<readonly [options: SettingsOptions, fields: ReadonlyArray<string>]>([
    [{ url: "https://a.example/skaha/v1", server: "https://a.example/skaha" }, ["url"]],
    [{ url: "a.example/skaha" }, ["url"]],
    [{ url: "" }, ["url"]],
    [{ server: "ftp://a.example/skaha" }, ["server"]],
    [{ server: "https://a.example/skaha?x=1" }, ["server"]],
    [{ server: "https://a.example/skaha#x" }, ["server"]],
    [{ server: "https://me:secret@a.example/skaha" }, ["server"]],
    [{ version: "1" }, ["version"]],
    [{ version: "" }, ["version"]],
    [{ version: "v1/../v2" }, ["version"]],
    [{ timeout: 0 }, ["timeout"]],
    [{ timeout: NaN }, ["timeout"]],
    [{ timeout: Infinity }, ["timeout"]],
    [{ createTimeout: -1 }, ["createTimeout"]],
    [{ connectTimeout: 0 }, ["connectTimeout"]],
    [{ settle: 0 }, ["settle"]],
    [{ settle: NaN }, ["settle"]],
    [{ concurrency: 0 }, ["concurrency"]],
    [{ concurrency: 257 }, ["concurrency"]],
    [{ concurrency: 1.5 }, ["concurrency"]],
    [{ createConcurrency: 0 }, ["createConcurrency"]],
    [{ createConcurrency: 2.5 }, ["createConcurrency"]],
    [{ createConcurrency: 33 }, ["createConcurrency"]],
    [{ concurrency: 4, createConcurrency: 5 }, ["createConcurrency"]],
    [{ registry: { username: "", secret: " " } }, ["registry.username", "registry.secret"]],
    [{ registry: { username: "a:b", secret: "c:d" } }, ["registry.username", "registry.secret"]],
    [{ registry: { username: "a", secret: Redacted.make("c:d") } }, ["registry.secret"]]
  ])("refuses %j", ([options, fields]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems(options), fields)
    })
  )

  it.effect("tells of every problem at once", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Settings.make({
          url: "nowhere",
          version: "x",
          timeout: -1,
          createTimeout: 0,
          connectTimeout: 0,
          concurrency: 0
        })
      )
      assert.instanceOf(error, ConfigurationInvalid)
      assert.deepStrictEqual(
        error.problems.map(({ field }) => field),
        ["version", "url", "timeout", "createTimeout", "connectTimeout", "concurrency"]
      )
      for (const { field } of error.problems) assert.include(error.message, `${field}: `)
    })
  )

  it.effect.each([
    { timeout: 0.001 },
    { timeout: 86_400 },
    { concurrency: 1 },
    { concurrency: 256 },
    { concurrency: 7, createConcurrency: 7 },
    { concurrency: 256, createConcurrency: 256 },
    { createConcurrency: 1 },
    { connectTimeout: 0.5, createTimeout: 3600 },
    { settle: 0.5 }
  ])("accepts %j", (options) =>
    Effect.gen(function* () {
      assert.include(yield* Settings.make(options), options)
    })
  )

  it.effect("has no more creates at once than requests", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Settings.make({ concurrency: 3 })).createConcurrency, 3)
      assert.strictEqual((yield* Settings.make({ concurrency: 256 })).createConcurrency, 8)
    })
  )

  it.effect.prop(
    "never throws, whatever the address",
    [Schema.String, Schema.String],
    ([text, version]) =>
      Effect.gen(function* () {
        const result = yield* Effect.result(Settings.make({ url: text, version }))
        if (result._tag === "Success") assert.match(result.success.origin, /^https?:\/\//)
        else assert.isAbove(result.failure.problems.length, 0)
      }),
    seeded(200)
  )

  describe("secrets", () => {
    it.effect("shows no registry secret, nor one in an address", () =>
      Effect.gen(function* () {
        const settings = yield* Settings.make({ registry: { username: "alice", secret: "hunter2" } })
        assertHides(settings, "hunter2")
        assert.strictEqual(settings.registry && Redacted.value(settings.registry.secret), "hunter2")
        const refused = yield* Effect.flip(
          Settings.make({
            server: "https://me:hunter2@a.example/skaha",
            registry: { username: "a", secret: "hunter2:" }
          })
        )
        assertHides(refused, "hunter2")
      })
    )
  })

  it.effect("refuses a version that stands in the server's address, and a registry that is no host", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Settings.make({ server: "https://a.example/skaha/v1", imageRegistry: "not a host" })
      )
      assert.deepStrictEqual(
        error.problems.map(({ field }) => field),
        ["server", "imageRegistry"]
      )
      const { imageRegistry } = yield* Settings.make({ imageRegistry: "https://images.example/" })
      assert.strictEqual(imageRegistry, "images.example")
    })
  )

  describe("layerConfig", () => {
    it.effect("reads the environment", () =>
      Effect.gen(function* () {
        const settings = yield* fromEnvironment({
          SKAHA_URL: "https://a.example/skaha/v2",
          SKAHA_TIMEOUT: "12.5",
          SKAHA_CREATE_TIMEOUT: "60",
          SKAHA_CONNECT_TIMEOUT: "3",
          SKAHA_SETTLE: "240",
          SKAHA_CONCURRENCY: "8",
          SKAHA_CREATE_CONCURRENCY: "2",
          SKAHA_IMAGE_REGISTRY: "harbor.example",
          SKAHA_REGISTRY_USERNAME: "alice",
          SKAHA_REGISTRY_SECRET: "hunter2"
        })
        assert.include(settings, {
          origin: "https://a.example",
          prefix: "/skaha",
          version: "v2",
          timeout: 12.5,
          createTimeout: 60,
          connectTimeout: 3,
          settle: 240,
          concurrency: 8,
          createConcurrency: 2,
          imageRegistry: "harbor.example"
        })
        assert.strictEqual(settings.registry?.username, "alice")
        assert.strictEqual(settings.registry && Redacted.value(settings.registry.secret), "hunter2")
      })
    )

    it.effect("reads a server and a version", () =>
      Effect.gen(function* () {
        const settings = yield* fromEnvironment({ SKAHA_SERVER: "http://h:1/x", SKAHA_VERSION: "v7" })
        assert.include(settings, { origin: "http://h:1", prefix: "/x", version: "v7" })
      })
    )

    it.effect("has the defaults in an empty environment", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual({ ...(yield* fromEnvironment({})) }, { ...(yield* Settings.make()) })
      })
    )

    it.effect.each<readonly [env: Record<string, string>, name: string]>([
      [{ SKAHA_TIMEOUT: "soon" }, "SKAHA_TIMEOUT"],
      [{ SKAHA_CREATE_TIMEOUT: "x" }, "SKAHA_CREATE_TIMEOUT"],
      [{ SKAHA_CONNECT_TIMEOUT: "x" }, "SKAHA_CONNECT_TIMEOUT"],
      [{ SKAHA_CONCURRENCY: "many" }, "SKAHA_CONCURRENCY"],
      [{ SKAHA_CONCURRENCY: "1000" }, "SKAHA_CONCURRENCY: "],
      [{ SKAHA_CREATE_CONCURRENCY: "few" }, "SKAHA_CREATE_CONCURRENCY"],
      [{ SKAHA_CREATE_CONCURRENCY: "33" }, "SKAHA_CREATE_CONCURRENCY: "],
      [{ SKAHA_TIMEOUT: "-1" }, "SKAHA_TIMEOUT: "],
      [{ SKAHA_SETTLE: "0" }, "SKAHA_SETTLE: "],
      [{ SKAHA_CREATE_TIMEOUT: "0" }, "SKAHA_CREATE_TIMEOUT: "],
      [{ SKAHA_URL: "nowhere" }, "SKAHA_URL: "],
      [{ SKAHA_REGISTRY_USERNAME: "alice" }, "SKAHA_REGISTRY_SECRET: "],
      [{ SKAHA_REGISTRY_SECRET: "hunter2" }, "SKAHA_REGISTRY_USERNAME: "]
    ])("names what is wrong in %j", ([env, name]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(fromEnvironment(env))
        assert.instanceOf(error, ConfigurationInvalid)
        assert.include(error.message, name)
        assertHides(error, "hunter2")
      })
    )
  })
})
