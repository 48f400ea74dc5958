import { assert, describe, it } from "@effect/vitest"
import { Credentials, Settings, Transport, type Authorization, type SettingsOptions } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha, type BulkExecutor } from "@skaha/session"
import { BulkWorkers } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { written } from "../support/secrets.ts"
import { workersLayer } from "../support/workers.ts"
import { answering, defective, moduleOf, silent } from "./support/modules.ts"
import { echo, serve, until } from "./support/server.ts"

const built = <E>(
  executor: Layer.Layer<BulkExecutor, E, Settings | Transport>,
  transport: typeof UndiciTransport.layer = UndiciTransport.layer,
  options: SettingsOptions = {}
) => Effect.scoped(Layer.build(executor.pipe(Layer.provide(transport), Layer.provide(Settings.layer(options)))))

const client = (url: string, workers = 2, options: SettingsOptions = {}) =>
  Skaha.layer({
    ...options,
    url,
    token: "s3cr3t-token",
    transport: UndiciTransport.layer,
    executor: workersLayer(workers)
  })

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`)

describe("BulkWorkers.layer", () => {
  it.effect.each([0, -1, 1.5, NaN, Infinity, 65, 10_000])("refuses %d workers", (workers) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(built(BulkWorkers.layer({ workers })))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.match(error.message, /workers: a whole number from 1 to 64/)
    })
  )

  it.effect("refuses more workers than there may be requests", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        built(BulkWorkers.layer({ workers: 5 }), UndiciTransport.layer, { concurrency: 4 })
      )
      assert.match(error.message, /workers: .*4/)
    })
  )

  it.effect("refuses any transport but undici's, and tells all that is wrong", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(built(BulkWorkers.layer({ workers: 0 }), Transport.layer))
      assert.deepStrictEqual(error._tag === "ConfigurationInvalid" ? error.problems.map(({ field }) => field) : [], [
        "workers",
        "transport"
      ])
    })
  )

  it.live("starts workers from the source, too", () => built(BulkWorkers.layer({ workers: 1 })))

  it.live.each([
    ["is not there", undefined, /Cannot find module/],
    ["throws", "throw new Error('no good')", /no good/],
    ["does nothing", "", /exit code 0/],
    ["exits", "process.exit(7)", /exit code 7/],
    ["is no JavaScript", "let let", /Unexpected/],
    ["ends whatever it is asked in a defect", defective, /out of order/]
  ] as const)("says why a worker does not start whose file %s", ([, text, reason]) =>
    Effect.gen(function* () {
      const module = text === undefined ? new URL("file:///no/such/worker.mjs") : yield* moduleOf(text)
      const error = yield* Effect.flip(built(workersLayer(3, module)))
      assert.strictEqual(error._tag, "WorkersFailed")
      assert.match(error.message, reason)
    })
  )

  it.effect("says so of a worker that does not get ready", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(built(workersLayer(2, yield* moduleOf(silent)))))
      yield* TestClock.withLive(Effect.sleep("50 millis"))
      yield* TestClock.adjust("30 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "WorkersFailed")
      assert.match(error.message, /not ready within 30 seconds/)
    })
  )

  it.live("tells workers no variables but those that connections need", () =>
    Effect.gen(function* () {
      const needed = { https_proxy: "http://proxy.example:3128", NO_PROXY: "h.example", SSL_CERT_FILE: "" }
      const transport = UndiciTransport.layerWith({ env: { ...needed, SKAHA_TOKEN: "s3cr3t" } })
      const module = yield* moduleOf(
        answering(`{ _tag: "Defect", defect: JSON.stringify(asked[1].payload.network.env) }`)
      )
      const error = yield* Effect.flip(built(workersLayer(1, module), transport))
      assert.strictEqual(error._tag === "WorkersFailed" ? error.reason : "", JSON.stringify(needed))
    })
  )

  it.live("an address that no thread can run is no defect", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(built(workersLayer(1, new URL("https://h.example/worker.mjs"))))
      assert.strictEqual(error._tag, "WorkersFailed")
    })
  )
})

describe("What workers send", () => {
  it.live("GETs and DELETEs, from all of them, with the credentials; the rest is sent from here", () =>
    Effect.gen(function* () {
      const ports = new Map<string, Set<number>>()
      const authorizations = new Set<string | undefined>()
      const { url } = yield* serve((request, response) => {
        const kind = `${request.method}${request.url?.includes("/session/") === true ? " one" : ""}`
        ports.set(kind, (ports.get(kind) ?? new Set()).add(request.socket.remotePort ?? 0))
        authorizations.add(request.headers.authorization)
        // Long enough that all are under way at once.
        setTimeout(() => response.end(request.url?.endsWith("/session") === true ? "[]" : "ok"), 50)
      })
      yield* Effect.gen(function* () {
        const { destroy, fetch, logs, renew } = yield* Sessions
        yield* fetch()
        yield* logs(idsOf(4))
        yield* destroy(idsOf(4))
        yield* renew(idsOf(4))
      }).pipe(Effect.provide(client(url, 2, { concurrency: 4 })))
      // Each worker has two connections, which GETs and DELETEs share; those of this thread are others.
      const own = new Set([...(ports.get("GET") ?? []), ...(ports.get("POST one") ?? [])])
      const theirs = new Set([...(ports.get("GET one") ?? []), ...(ports.get("DELETE one") ?? [])])
      assert.isEmpty([...own].filter((port) => theirs.has(port)))
      assert.strictEqual(ports.get("GET one")?.size, 4)
      assert.strictEqual(theirs.size, 4)
      assert.deepStrictEqual([...authorizations], ["Bearer s3cr3t-token"])
    })
  )

  it.live("a body of any size and alphabet arrives as it would in one thread", () =>
    Effect.gen(function* () {
      const texts = ["", "\n", "é星✨".repeat(30_000), "x".repeat(65_536), "x".repeat(65_535), "\ufeffa".repeat(40_000)]
      const bytes = [...texts.map((text) => Buffer.from(text)), Buffer.alloc(200_000, 0xff)]
      const { url } = yield* serve((request, response) => {
        response.end(bytes[Number(/session\/a(\d+)/.exec(request.url ?? "")?.[1])])
      })
      const ask = Sessions.use(({ logs }) => logs(idsOf(bytes.length)))
      const byWorkers = yield* Effect.provide(ask, client(url))
      const here = yield* Effect.provide(ask, Skaha.layer({ url, transport: UndiciTransport.layer }))
      assert.deepStrictEqual(Outcome.values(byWorkers), Outcome.values(here))
      assert.strictEqual(Outcome.values(byWorkers)[2], texts[2])
    })
  )

  it.live("an interrupted operation is aborted there, and nothing is sent afterwards", () =>
    Effect.gen(function* () {
      const { url, asked, aborted } = yield* serve(() => {})
      yield* Effect.gen(function* () {
        const { logs } = yield* Sessions
        const fiber = yield* Effect.forkChild(logs(idsOf(100)))
        yield* until(() => asked.length === 8)
        yield* Fiber.interrupt(fiber)
        yield* until(() => aborted() === 8)
        yield* Effect.sleep("50 millis")
        assert.strictEqual(asked.length, 8)
      }).pipe(Effect.provide(client(url, 2, { concurrency: 8 })))
    })
  )

  it.live("a token that the server refuses is renewed once, here", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        response.statusCode = request.headers.authorization === "Bearer new" ? 200 : 401
        response.end("ok")
      })
      const bearer = (token: string): Authorization => ({ mode: "oidc", header: Redacted.make(`Bearer ${token}`) })
      let current = bearer("old")
      let renewals = 0
      const credentials = Credentials.of({
        authorize: Effect.sync(() => current),
        renew: (refused) =>
          Effect.sync(() => {
            if (refused === current) {
              renewals++
              current = bearer("new")
            }
            return current
          }),
        describe: Effect.succeed({ mode: "oidc", source: "test" })
      })
      const platform = Skaha.servicesWith(workersLayer(2)).pipe(
        Layer.provide(UndiciTransport.layer),
        Layer.provide([Settings.layer({ url }), Layer.succeed(Credentials, credentials)])
      )
      const outcomes = yield* Effect.provide(
        Sessions.use(({ logs }) => logs(idsOf(50))),
        platform
      )
      assert.strictEqual(Outcome.values(outcomes).length, 50)
      assert.strictEqual(renewals, 1)
    })
  )

  it.live("errors tell of no secret", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        if (request.url?.includes("a0") === true) response.destroy()
        else if (request.url?.includes("a1") === true) response.writeHead(500).end("boom")
        else response.writeHead(200, { "content-length": 9 }).end("cut", () => response.destroy())
      })
      const outcomes = yield* Sessions.use(({ logs }) => logs(idsOf(3))).pipe(Effect.provide(client(url)))
      assert.deepStrictEqual(
        Outcome.failures(outcomes).map(({ error }) => error._tag),
        ["ConnectionFailed", "ServerFailure", "ConnectionFailed"]
      )
      for (const { error } of Outcome.failures(outcomes)) {
        assert.instanceOf(error, Error)
        assert.notInclude(written(error), "s3cr3t")
      }
    })
  )
})

describe("Very many ids over workers", () => {
  const oneOf = 10_000

  it.live("100,000, of which few can be ids", () =>
    Effect.gen(function* () {
      const { url, asked } = yield* serve(echo)
      const ids = Array.from({ length: 100_000 }, (_, index) => (index % oneOf === 7 ? `a${index}` : "../x"))
      const outcomes = yield* Sessions.use(({ logs }) => logs(ids)).pipe(Effect.provide(client(url)))
      assert.strictEqual(outcomes.length, ids.length)
      assert.strictEqual(asked.length, ids.length / oneOf)
      const wrong = outcomes.findIndex(
        ({ index, input, result }, position) =>
          index !== position ||
          input !== ids[position] ||
          (index % oneOf === 7
            ? !Result.isSuccess(result) || result.success !== input
            : !Result.isFailure(result) || result.failure._tag !== "InvalidInput")
      )
      assert.strictEqual(wrong, -1)
    })
  )

  it.live("a stream of 20,000, each with its own answer", () =>
    Effect.gen(function* () {
      const { url } = yield* serve(echo)
      const ids = idsOf(20_000)
      const seen = yield* Sessions.use(({ logs }) =>
        Stream.runFold(
          logs.stream(ids),
          () => new Set<number>(),
          (seen, { index, input, result }) =>
            Result.isSuccess(result) && result.success === input && input === ids[index] ? seen.add(index) : seen
        )
      ).pipe(Effect.provide(client(url)))
      assert.strictEqual(seen.size, ids.length)
    })
  )
})
