import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import { Emulator, type Fault, type FaultAction, type FaultMatch, type Handled, type Page } from "../src/index.ts"
import { create, list, send, terminal } from "./support.ts"

const setFaults = (...faults: ReadonlyArray<Fault>) => Emulator.use((emulator) => emulator.setFaults(faults))

/** From now on this happens to every create, and to nothing else. */
const onCreate = (action: FaultAction) => setFaults({ match: { method: "POST" }, action })
const onGet = (action: FaultAction) => setFaults({ match: { method: "GET" }, action })

const post = send("POST", "/v1/session", { form: { name: "x", image: terminal } })
const count = Effect.map(list(), (rows) => rows.length)

const platform = (options: Parameters<typeof Emulator.layerTest>[0] = {}) => Emulator.layerTest({ seed: 1, ...options })

/** One request through the HTTP client. */
const get = Effect.fnUntraced(function* (path: string) {
  const { token, url } = yield* Emulator
  return yield* HttpClientRequest.get(`${url}${path}`).pipe(HttpClientRequest.bearerToken(token), HttpClient.execute)
})

describe("instead of the platform's reply", () => {
  const instead: ReadonlyArray<readonly [what: string, action: (handled: Handled) => FaultAction, status?: number]> = [
    ["a reply", (handled) => ({ _tag: "Reply", status: 429, handled }), 429],
    ["a page", (handled) => ({ _tag: "Page", page: "proxy-504", handled }), 504],
    ["a reset", (handled) => ({ _tag: "Reset", handled })],
    ["nothing", (handled) => ({ _tag: "Never", handled })]
  ]
  /** The status the client sees, if it sees any before it loses its patience. */
  const seen = Effect.fnUntraced(function* () {
    const client = yield* post.pipe(
      Effect.map((answer) => answer.status),
      Effect.catchTag("ConnectionReset", () => Effect.undefined),
      Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.undefined }),
      Effect.forkChild
    )
    yield* TestClock.adjust("10 seconds")
    return yield* Fiber.join(client)
  })

  it.effect.each(instead)("%s, of a request that the platform has seen, or not, or will see", ([, action, status]) =>
    Effect.gen(function* () {
      yield* onCreate(action(false))
      assert.strictEqual(yield* seen(), status)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* count, 0)

      yield* onCreate(action(true))
      assert.strictEqual(yield* seen(), status)
      assert.strictEqual(yield* count, 1)

      yield* onCreate(action({ after: "2 minutes" }))
      assert.strictEqual(yield* seen(), status)
      // Other faults do not change what is under way.
      yield* setFaults()
      yield* TestClock.adjust("109 seconds")
      assert.strictEqual(yield* count, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* count, 2)
    }).pipe(Effect.provide(platform({ script: () => ({ seconds: 1e9, exitCode: 0, log: "" }) })))
  )

  it.effect("a late create comes within the time of its distribution, and is young then", () =>
    Effect.gen(function* () {
      yield* onCreate({ _tag: "Reset", handled: { after: { _tag: "Uniform", from: "1 minute", to: "2 minutes" } } })
      const resets = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.flip(post))
      assert.strictEqual(resets[0]?._tag, "ConnectionReset")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* count, 0)
      yield* TestClock.adjust("30 seconds")
      const half = yield* count
      assert.isTrue(half > 3 && half < 17, `${half}`)
      yield* TestClock.adjust("30 seconds")
      const rows = yield* list()
      assert.lengthOf(rows, 20)
      for (const { startTime } of rows) assert.isAtLeast(Date.parse(String(startTime)), 60_000)
    }).pipe(Effect.provide(platform()))
  )

  it.effect("a late create does not outlive the emulator", () =>
    Effect.gen(function* () {
      const started: Array<string> = []
      const script = ({ name }: { readonly name: string }) => {
        started.push(name)
        return { seconds: 1, exitCode: 0, log: "" }
      }
      const scope = yield* Scope.make()
      const services = yield* Layer.buildWithScope(platform({ script }), scope)
      yield* Effect.gen(function* () {
        yield* onCreate({ _tag: "Reset", handled: { after: "1 minute" } })
        yield* Effect.flip(post)
        yield* TestClock.adjust("1 minute")
        yield* Effect.flip(post)
      }).pipe(Effect.provideContext(services))
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(started, ["x"])
    })
  )

  it.effect("a reply with any header and text", () =>
    Effect.gen(function* () {
      const headers = { "Retry-After": "7", "Content-Type": "text/plain" }
      yield* onGet({ _tag: "Reply", status: 503, headers, body: "größer\n" })
      const { reply, text } = yield* send("GET", "/v1/session")
      assert.deepStrictEqual([reply.status, reply.headers, text], [503, headers, "größer\n"])
    }).pipe(Effect.provide(platform()))
  )

  it.effect.each([
    ["proxy-502", 502, "Bad Gateway"],
    ["proxy-503", 503, "Service Unavailable"],
    ["proxy-504", 504, "Gateway Timeout"],
    ["tomcat-500", 500, "Internal Server Error"],
    ["tomcat-503", 503, "Service Unavailable"]
  ] as const satisfies ReadonlyArray<readonly [Page, number, string]>)("the page %s", ([page, status, title]) =>
    Effect.gen(function* () {
      yield* onGet({ _tag: "Page", page })
      const { reply, text } = yield* send("GET", "/v1/session")
      assert.strictEqual(reply.status, status)
      assert.match(reply.headers["Content-Type"] ?? "", /^text\/html/)
      assert.match(text, new RegExp(`^<.*<title>[^<]*${title}</title>.*</html>\n?$`, "s"))
      assert.strictEqual(text.includes("Tomcat"), page.startsWith("tomcat"))
    }).pipe(Effect.provide(platform()))
  )
})

describe("the platform's reply, changed", () => {
  it.effect("a job that is not found although it was just created", () =>
    Effect.gen(function* () {
      const before = yield* create()
      yield* onCreate({ _tag: "JobNotFound" })
      const { reply, text } = yield* post
      const [created = ""] = (yield* list()).map(({ id }) => id).filter((id) => id !== before)
      assert.strictEqual(reply.status, 500)
      assert.strictEqual(
        text,
        "unexpected exception: java.lang.RuntimeException: io.kubernetes.client.openapi.ApiException: " +
          `jobs.batch "skaha-headless-alice-${created}" not found`
      )
      assert.deepStrictEqual(reply.headers, {
        server: "OpenCADC/cadc-rest",
        "x-vo-authenticated": "alice",
        "Content-Type": "text/plain"
      })
    }).pipe(Effect.provide(platform()))
  )

  it.effect("but only where a session was created", () =>
    Effect.gen(function* () {
      const id = yield* create()
      yield* setFaults({ match: {}, action: { _tag: "JobNotFound" } })
      assert.strictEqual((yield* send("POST", "/v1/session", { form: { name: "x" } })).status, 400)
      assert.strictEqual((yield* send("POST", `/v1/session/${id}`, { form: { action: "renew" } })).status, 200)
      assert.strictEqual((yield* send("GET", `/v1/session/${id}`)).status, 200)
      assert.strictEqual((yield* send("DELETE", `/v1/session/${id}`)).status, 200)
    }).pipe(Effect.provide(platform()))
  )

  it.effect("a backend that is down", () =>
    Effect.gen(function* () {
      yield* onGet({ _tag: "Outage", of: "kubernetes" })
      assert.strictEqual((yield* send("GET", "/v1/session")).status, 500)
      assert.strictEqual((yield* send("GET", "/v1/image")).status, 200)
    }).pipe(Effect.provide(platform()))
  )

  it.effect("a body with other bytes in it", () =>
    Effect.gen(function* () {
      const whole = (yield* send("GET", "/v1/image")).reply.body
      const differing = (body: Uint8Array) => body.filter((byte, at) => byte !== whole[at])
      for (const bytes of [0, 1, 40, whole.length]) {
        yield* onGet({ _tag: "Garble", bytes })
        const { reply } = yield* send("GET", "/v1/image")
        assert.strictEqual(reply.body.length, whole.length)
        assert.lengthOf(differing(reply.body), bytes)
      }
      yield* onGet({ _tag: "Garble" })
      assert.lengthOf(differing((yield* send("GET", "/v1/image")).reply.body), 1)
      yield* onGet({ _tag: "Garble", bytes: 3, with: "invalid-utf8" })
      const { body } = (yield* send("GET", "/v1/image")).reply
      assert.deepStrictEqual([...differing(body)], [0xff, 0xff, 0xff])
      assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(body))
      assert.strictEqual((yield* send("GET", "/v1/session/a?view=logs")).text, "")
    }).pipe(Effect.provide(platform()))
  )

  it.effect("a body that is cut", () =>
    Effect.gen(function* () {
      yield* onGet({ _tag: "Truncate", bytes: 5, chunked: true })
      assert.strictEqual(yield* Effect.flatMap(get("/availability"), (response) => response.text), "<?xml")
      const { reply } = yield* send("GET", "/availability")
      assert.deepStrictEqual([reply.truncateAt, reply.chunked], [5, true])
    }).pipe(Effect.provide(platform()))
  )
})

describe("in time", () => {
  const hasNotCome = (fiber: Fiber.Fiber<unknown, unknown>) => assert.isUndefined(fiber.pollUnsafe())

  it.effect("a request that takes long is handled late", () =>
    Effect.gen(function* () {
      yield* onCreate({ _tag: "Delay", duration: "3 seconds" })
      const slow = yield* Effect.forkChild(post)
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(yield* count, 0)
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(slow)).status, 200)

      yield* onCreate({ _tag: "Delay", duration: Duration.minutes(1), next: { _tag: "Page", page: "proxy-504" } })
      const page = yield* Effect.forkChild(post)
      yield* TestClock.adjust("59 seconds")
      hasNotCome(page)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(page)).status, 504)
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(platform()))
  )

  it.effect("a head that takes long is that of a request handled at once", () =>
    Effect.gen(function* () {
      yield* onCreate({ _tag: "Slow", head: "3 seconds" })
      const slow = yield* Effect.forkChild(post)
      yield* TestClock.adjust("2999 millis")
      assert.strictEqual(yield* count, 1)
      hasNotCome(slow)
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(slow)).status, 200)
    }).pipe(Effect.provide(platform()))
  )

  it.effect("a slow body is driven by the clock", () =>
    Effect.gen(function* () {
      const { length } = (yield* send("GET", "/availability")).reply.body
      yield* onGet({ _tag: "Slow", body: { bytes: 100, every: "1 second" } })
      const response = yield* get("/availability")
      assert.strictEqual(response.status, 200)
      const pieces: Array<number> = []
      const reading = yield* response.stream.pipe(
        Stream.runForEach((piece) => Effect.sync(() => pieces.push(piece.length))),
        Effect.forkChild
      )
      yield* TestClock.adjust("2999 millis")
      assert.deepStrictEqual(pieces, [100, 100])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(pieces, [100, 100, 100])
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(reading)
      assert.deepStrictEqual(pieces.at(-1), length % 100)

      const text = yield* Effect.forkChild(Effect.flatMap(get("/availability"), (slow) => slow.text))
      yield* TestClock.adjust(Math.floor(length / 100) * 1000)
      hasNotCome(text)
      yield* TestClock.adjust("1 second")
      assert.lengthOf(yield* Fiber.join(text), length)
      const empty = yield* get("/v1/session/a?view=logs")
      assert.strictEqual(yield* empty.text, "")
    }).pipe(Effect.provide(platform()))
  )

  it.effect("latency is everybody's, also a fault's", () =>
    Effect.gen(function* () {
      yield* onGet({ _tag: "Reply", status: 503 })
      const fault = yield* Effect.forkChild(send("GET", "/v1/session"))
      const platforms = yield* Effect.forkChild(post)
      yield* TestClock.adjust("199 millis")
      hasNotCome(fault)
      hasNotCome(platforms)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fault)).status, 503)
      assert.strictEqual((yield* Fiber.join(platforms)).status, 200)
    }).pipe(Effect.provide(platform({ latency: "200 millis" })))
  )

  it.effect("latency comes from a distribution", () =>
    Effect.gen(function* () {
      const times: Array<number> = []
      const timed = Effect.map(Effect.timed(send("GET", "/availability")), ([time]) =>
        times.push(Duration.toMillis(time))
      )
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 200 }), () => timed, { concurrency: "unbounded" })
      )
      for (let step = 0; step < 40; step++) yield* TestClock.adjust(10)
      yield* Fiber.join(all)
      assert.isAtLeast(Math.min(...times), 100)
      assert.isAtMost(Math.max(...times), 300)
      const low = times.filter((time) => time <= 200).length
      assert.isTrue(low > 80 && low < 120, `${low}`)
    }).pipe(Effect.provide(platform({ latency: { _tag: "Uniform", from: 100, to: 300 } })))
  )
})

describe("which requests", () => {
  const busy: FaultAction = { _tag: "Reply", status: 503 }
  /** The numbers, from 1 on, of the requests that a fault meets. */
  const met = (requests: number) =>
    Effect.forEach(
      Array.from({ length: requests }, (_, at) => at + 1),
      (number) => Effect.map(send("GET", "/v1/session"), ({ status }) => (status === 200 ? [] : [number]))
    ).pipe(Effect.map((numbers) => numbers.flat()))

  const numbers: ReadonlyArray<readonly [FaultMatch, ReadonlyArray<number>]> = [
    [{ after: 3 }, [4, 5, 6, 7, 8, 9, 10]],
    [{ after: 3, every: 2 }, [5, 7, 9]],
    [{ after: 3, every: 2, times: 2 }, [5, 7]],
    [{ times: 0 }, []],
    [{ probability: 0 }, []],
    [{ probability: 1, times: 1 }, [1]]
  ]
  it.effect.each(numbers)("%j", ([match, expected]) =>
    Effect.gen(function* () {
      yield* setFaults({ match, action: busy })
      assert.deepStrictEqual(yield* met(10), expected)
    }).pipe(Effect.provide(platform()))
  )

  it.effect("each fault counts for itself", () =>
    Effect.gen(function* () {
      yield* setFaults(
        { match: { every: 2 }, action: busy },
        { match: { every: 3, times: 2 }, action: { ...busy, status: 502 } }
      )
      const statuses = yield* Effect.forEach(Array.from({ length: 10 }), () => send("GET", "/v1/session"))
      assert.deepStrictEqual(
        statuses.map(({ status }) => status),
        [200, 503, 502, 503, 200, 503, 200, 503, 502, 503]
      )
    }).pipe(Effect.provide(platform()))
  )

  it.effect("views are told apart", () =>
    Effect.gen(function* () {
      const id = yield* create()
      const statuses = Effect.map(
        Effect.forEach(["", "?view=logs", "?VIEW=logs", "?x=1&view=%6Cogs", "?view=events"], (query) =>
          send("GET", `/v1/session/${id}${query}`)
        ),
        (answers) => answers.map(({ status }) => status)
      )
      yield* setFaults({ match: { ids: [id], view: "logs" }, action: busy })
      assert.deepStrictEqual(yield* statuses, [200, 503, 503, 503, 200])
      yield* setFaults({ match: { ids: [id], view: null }, action: busy })
      assert.deepStrictEqual(yield* statuses, [503, 200, 200, 200, 200])
    }).pipe(Effect.provide(platform()))
  )

  it.effect("are there from the start, and told by the journal", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* send("GET", "/v1/session")
      yield* send("GET", "/v1/image")
      yield* emulator.setFaults([{ match: {}, action: { _tag: "JobNotFound" } }])
      yield* post
      assert.deepStrictEqual(yield* emulator.requests, [
        { method: "GET", target: "/skaha/v1/session", status: 503, fault: "Reply" },
        { method: "GET", target: "/skaha/v1/image", status: 200 },
        { method: "POST", target: "/skaha/v1/session", status: 500, fault: "JobNotFound" }
      ])
    }).pipe(Effect.provide(platform({ faults: [{ match: { path: "/v1/session" }, action: busy }] })))
  )

  it.effect("a fault that makes no sense is a defect that says why", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(setFaults({ match: { probability: 2 }, action: busy }))
      assert.include(String(exit), "faults[0].match.probability: Expected a number between 0 and 1, got 2")
    }).pipe(Effect.provide(platform()))
  )
})
