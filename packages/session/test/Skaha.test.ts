import { assert, describe, it } from "@effect/vitest"
import { Transport } from "@skaha/core"
import { Context, Images, Overview, Sessions, Skaha } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import { ways } from "./support/platforms.ts"
import { api } from "./support/server.ts"
import { written } from "./support/secrets.ts"
import { createOne, headless } from "./support/sessions.ts"
import { answering, recorded, sent, Wire } from "./support/wire.ts"

const silent = recorded(
  Layer.succeed(Transport, { send: () => Effect.succeed({ status: 200, headers: {}, body: "[]" }) })
)

const withOptions = (options: Skaha.Options) => Skaha.layer({ ...options, transport: silent })

const withEnvironment = (env: Record<string, string>) =>
  Skaha.layerConfig({ transport: silent }).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

/** Makes one call; gives the request. */
const called = <E, R>(layer: Layer.Layer<Sessions, E, R>) =>
  Effect.gen(function* () {
    yield* Effect.provide(
      Sessions.use(({ fetch }) => fetch()),
      layer
    )
    const { requests } = yield* Wire
    return requests[0]
  }).pipe(Effect.provide(Wire.layer))

describe("Skaha.layer", () => {
  it.effect("finds the platform, and is anonymous by default", () =>
    Effect.gen(function* () {
      const request = yield* called(withOptions({}))
      assert.strictEqual(request?.path, "/skaha/v1/session")
      assert.notProperty(request?.headers, "authorization")
      assert.strictEqual(request?.limits.total, 30)
    })
  )

  it.effect.each([
    [{ server: "https://h.example/skaha/" }, "/skaha/v1/session"],
    [{ server: "https://h.example", version: "v2" }, "/v2/session"],
    [{ url: "https://h.example/a/b/v7" }, "/a/b/v7/session"]
  ] as const)("%j asks %s", ([options, path]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* called(withOptions(options)))?.path, path)
    })
  )

  it.effect.each(["a-token", Redacted.make("a-token")])("carries a token (%#)", (token) =>
    Effect.gen(function* () {
      const request = yield* called(withOptions({ token, timeout: 5 }))
      assert.strictEqual(request?.headers["authorization"], "Bearer a-token")
      assert.strictEqual(request?.limits.total, 5)
    })
  )

  it.effect("reports all that is wrong with the options, and no secret of them", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        called(
          withOptions({
            server: "ftp://h",
            timeout: 0,
            concurrency: 257,
            registry: { username: "a:b", secret: "s3cr3t:" }
          })
        )
      )
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.deepStrictEqual(error._tag === "ConfigurationInvalid" ? error.problems.map(({ field }) => field) : [], [
        "server",
        "timeout",
        "concurrency",
        "registry.username",
        "registry.secret"
      ])
      assert.notInclude(written(error), "s3cr3t")
      const bad = yield* Effect.flip(called(withOptions({ token: "two words" })))
      assert.strictEqual(bad._tag, "ConfigurationInvalid")
      assert.notInclude(written(bad), "two words")
    })
  )

  it.effect("goes over fetch where no transport is given", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const fetch: typeof globalThis.fetch = (input) => {
        asked.push(input instanceof Request ? input.url : String(input))
        return Promise.resolve(new Response("[]"))
      }
      const sessions = yield* Sessions.use(({ fetch: list }) => list()).pipe(
        Effect.provide(Skaha.layer({ url: "http://h.example/skaha" })),
        Effect.provideService(FetchHttpClient.Fetch, fetch)
      )
      assert.deepStrictEqual(sessions, [])
      assert.deepStrictEqual(asked, ["http://h.example/skaha/v1/session"])
    })
  )

  it.effect("has every service", () =>
    Effect.gen(function* () {
      assert.isFunction((yield* Sessions).create)
      assert.isFunction((yield* Images).fetch)
      assert.isTrue(Effect.isEffect((yield* Context).resources))
      assert.isTrue(Effect.isEffect((yield* Overview).availability))
    }).pipe(Effect.provide(answering({})))
  )
})

describe("Skaha.layerConfig", () => {
  it.effect("reads the environment", () =>
    Effect.gen(function* () {
      const request = yield* called(
        withEnvironment({
          SKAHA_URL: "https://h.example/skaha/v3",
          SKAHA_TOKEN: "a-token",
          SKAHA_TIMEOUT: "7"
        })
      )
      assert.strictEqual(request?.path, "/skaha/v3/session")
      assert.strictEqual(request?.headers["authorization"], "Bearer a-token")
      assert.strictEqual(request?.limits.total, 7)
    })
  )

  it.effect("has the same defaults without it", () =>
    Effect.gen(function* () {
      const request = yield* called(withEnvironment({}))
      assert.strictEqual(request?.path, "/skaha/v1/session")
      assert.notProperty(request?.headers, "authorization")
    })
  )

  it.effect("registry credentials come from it, too", () =>
    Effect.gen(function* () {
      const layer = withEnvironment({ SKAHA_REGISTRY_USERNAME: "alice", SKAHA_REGISTRY_SECRET: "s3cr3t" })
      yield* Effect.exit(
        Effect.provide(
          Sessions.use(({ apps }) => apps.create("abcd1234", { image: "a/b" })),
          layer
        )
      )
      const { requests } = yield* Wire
      assert.strictEqual(requests[0]?.headers["x-skaha-registry-auth"], btoa("alice:s3cr3t"))
    }).pipe(Effect.provide(Wire.layer))
  )

  it.effect.each([{ SKAHA_TIMEOUT: "soon" }, { SKAHA_CONCURRENCY: "0" }, { SKAHA_URL: "nowhere" }])(
    "refuses %j",
    (env) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(called(withEnvironment(env)))
        assert.strictEqual(error._tag, "ConfigurationInvalid")
        assert.include(error.message, (Object.keys(env)[0] ?? "?").replace("SKAHA_", ""))
      })
  )
})

/** A tracer that keeps every span. */
const tracing = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

describe.each(ways)("What is told of a call $way", ({ test }) => {
  test("one span for an operation, however many ids, and one for each request", {}, () =>
    Effect.gen(function* () {
      const { spans, tracer } = tracing()
      const { info, destroyWith } = yield* Sessions
      const ids = ["abcd1234", "bcde2345", "cdef3456"]
      yield* Effect.gen(function* () {
        yield* info(ids)
        yield* Effect.flip(info("abcd1234"))
        yield* destroyWith({ prefix: "x" })
      }).pipe(Effect.provideService(Tracer.Tracer, tracer))
      const names = spans.map(({ name }) => name)
      assert.deepStrictEqual(
        names.filter((name) => name.startsWith("Sessions.")),
        ["Sessions.info", "Sessions.info", "Sessions.destroyWith"]
      )
      assert.deepStrictEqual(names.filter((name) => name === "GET").length, ids.length + 2)
    })
  )

  test("no secret in spans or logs", { sdk: { registry: { username: "alice", secret: "s3cr3t-registry" } } }, () =>
    Effect.gen(function* () {
      const { spans, tracer } = tracing()
      const lines: Array<string> = []
      const logger = Logger.make(({ message, cause }) => {
        lines.push(written(message), written(cause))
      })
      const { create, fetch, info, logs, connectUrl } = yield* Sessions
      const { setFaults, token } = yield* Emulator
      yield* Effect.gen(function* () {
        const id = yield* createOne({ name: "book", image: "skaha/astroml", kind: "notebook" })
        yield* create(headless({ env: { KEY: "s3cr3t-value" } }))
        yield* Effect.all([fetch(), info(id), logs(id), connectUrl(id)])
        yield* setFaults([{ match: { path: /session$/ }, action: { _tag: "Reply", status: 500, body: "boom" } }])
        yield* Effect.exit(create(headless({ env: { KEY: "s3cr3t-value" }, replicas: 2 })))
        yield* Effect.exit(fetch())
        yield* setFaults([{ match: {}, action: { _tag: "Reply", status: 200, body: '[{"id":"s3cr3t-row"}]' } }])
        yield* fetch()
      }).pipe(Effect.provideService(Tracer.Tracer, tracer), Effect.provide(Logger.layer([logger])))
      // What a tracer exports: names, attributes, events and failures, not what an effect succeeds with.
      const told = [
        ...lines,
        ...spans.map(({ name, attributes, events, status }) =>
          written([
            name,
            [...attributes],
            events,
            status._tag === "Ended" && Exit.isFailure(status.exit) && status.exit
          ])
        )
      ].join("\n")
      assert.include(told, "left out rows")
      assert.include(told, `/skaha${api}/session`)
      for (const secret of ["s3cr3t", Redacted.value(token), btoa("alice:s3cr3t-registry"), "?token="]) {
        assert.notInclude(told, secret)
      }
      assert.isAbove((yield* sent).length, 8)
    })
  )
})
