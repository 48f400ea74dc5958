import {
  ConnectionFailed,
  RequestTimeout,
  RetryBudget,
  RetryPolicy,
  type PlatformCall,
  type RetryOptions,
  type TransportFailure,
  type TransportReply
} from "@skaha/core"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Tracer from "effect/Tracer"
import * as TestClock from "effect/testing/TestClock"
import { showing } from "./support/observed.ts"
import { platform, reply } from "./support/platform.ts"
import { assertHides } from "./support/secrets.ts"

const id = "abcdefgh"
const get: PlatformCall = { operation: "Test.get", method: "GET", path: `session/${id}`, id }
const destroy: PlatformCall = { ...get, operation: "Test.destroy", method: "DELETE" }
const renew: PlatformCall = { ...get, operation: "Test.renew", method: "POST", form: [["action", "renew"]] }
const create: PlatformCall = { operation: "Test.create", method: "POST", path: "session", creates: true }

type End = TransportReply | TransportFailure

const place = { operation: "Test.call", origin: "https://platform.example" }
const success = reply("{}")
const busy = reply("temporarily unavailable: null\n", 503, { "content-type": "text/plain" })
const busyProxy = reply("<html>", 503, { "content-type": "text/html" })
const failed = reply("unexpected exception: x", 500, { "content-type": "text/plain" })
const gone = reply(`session ${id} not found`, 404, { "content-type": "text/plain" })
const inactive = reply("No active job for user alice", 400, { "content-type": "text/plain" })
const broken = new ConnectionFailed({ ...place, reason: "the connection was reset" })
const refused = new ConnectionFailed({ ...place, reason: "connection refused", unsent: true })
const untrusted = new ConnectionFailed({ ...place, reason: "not trusted", lasting: true, unsent: true })
const overdue = new RequestTimeout({ operation: "Test.call", phase: "total", limit: 30 })
const unconnected = new RequestTimeout({ operation: "Test.call", phase: "connect", limit: 10 })

/** A platform that answers one request after the other in these ways, and from then on in the last one. */
const answering = (...ends: ReadonlyArray<End>) =>
  Effect.gen(function* () {
    const times: Array<number> = []
    const { client, sent } = yield* platform(() =>
      Effect.gen(function* () {
        times.push(yield* Clock.currentTimeMillis)
        const end = ends[Math.min(times.length, ends.length) - 1] ?? success
        return "body" in end ? end : yield* end
      })
    )
    return { client, sent, times }
  })

/** Lets all the time pass that an effect needs. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    for (let second = 0; second < 1000 && fiber.pollUnsafe() === undefined; second++) {
      yield* TestClock.adjust("1 second")
    }
    return yield* Fiber.join(fiber)
  })

/** What comes of a call, and how often it was sent. */
const outcomeOf = Effect.fnUntraced(function* (call: PlatformCall, ...ends: ReadonlyArray<End>) {
  const { client, sent } = yield* answering(...ends)
  const result = yield* inTime(Effect.result(client.call(call)))
  return [result._tag === "Success" ? "Success" : result.failure._tag, sent.length]
})

const within = (options: RetryOptions) => Effect.provideService(RetryPolicy, RetryPolicy.make(options))

describe("PlatformClient: repeats", () => {
  it.effect.each<readonly [call: PlatformCall, ends: ReadonlyArray<End>, outcome: string, sent: number]>([
    ...[get, destroy, renew].flatMap((call) =>
      [busy, busyProxy, failed, broken, refused, overdue, unconnected].map(
        (end) => [call, [end, end, success], "Success", 3] as const
      )
    ),
    [get, [failed], "ServerFailure", 6],
    [get, [broken, failed, broken], "ConnectionFailed", 6],
    [get, [gone], "SessionNotFound", 1],
    [get, [untrusted], "ConnectionFailed", 1],
    [get, [reply("<html>", 200, { "content-type": "text/html" })], "ReplyUndecodable", 1],
    [renew, [inactive], "SessionNotReady", 1],
    [create, [busy, refused, unconnected, success], "Success", 4],
    [create, [reply("slow down", 429, { "content-type": "text/plain" }), success], "Success", 2],
    ...[busyProxy, failed, broken, overdue].map((end) => {
      const tag = "_tag" in end ? end._tag : end.status === 503 ? "ServerBusy" : "ServerFailure"
      return [create, [end, success], tag, 1] as const
    }),
    [create, [busy, broken, success], "ConnectionFailed", 2],
    [create, [untrusted], "ConnectionFailed", 1]
  ])("of %j after %j: %s, sent %i times", ([call, ends, outcome, sent]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcomeOf(call, ...ends), [outcome, sent])
    })
  )

  it.effect.each<readonly [ends: ReadonlyArray<End>, outcome: string, sent: number]>([
    [[gone], "SessionNotFound", 1],
    [[broken, gone], "Success", 2],
    [[failed, gone], "Success", 2],
    [[overdue, busy, gone], "Success", 3],
    // The one before was not carried out for certain: this session was not there to begin with.
    [[busy, refused, gone], "SessionNotFound", 3],
    // No answer of the platform.
    [[broken, reply("<html>", 404, { "content-type": "text/html" })], "RequestRefused", 2]
  ])("of a DELETE may find the session gone: %j", ([ends, outcome, sent]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* outcomeOf(destroy, ...ends), [outcome, sent])
      const others = yield* outcomeOf(get, ...ends)
      assert.notStrictEqual(others[0], "Success")
    })
  )

  it.effect("are as many as the policy says, which is read when the call is made", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* answering(failed)
      const call = Effect.exit(client.call(get))
      yield* inTime(call.pipe(within({ times: 2 })))
      assert.strictEqual(sent.length, 3)
      yield* call.pipe(Effect.provideService(RetryPolicy, RetryPolicy.none))
      assert.strictEqual(sent.length, 4)
      yield* inTime(call)
      assert.strictEqual(sent.length, 10)
    })
  )

  it.effect("are of what the policy thinks worth it, but never of what cannot be right", () =>
    Effect.gen(function* () {
      const all = within({ times: 2, delay: 0, retryable: () => true })
      assert.deepStrictEqual(yield* outcomeOf(get, gone).pipe(all), ["SessionNotFound", 3])
      assert.deepStrictEqual(yield* outcomeOf(create, failed).pipe(all), ["ServerFailure", 1])
      const none = within({ retryable: ({ _tag }) => _tag !== "ServerBusy" })
      assert.deepStrictEqual(yield* outcomeOf(get, busy, success).pipe(none), ["ServerBusy", 1])
      const impossible = within({ times: NaN, retryable: () => true })
      assert.deepStrictEqual(yield* outcomeOf(get, success).pipe(impossible), ["ConfigurationInvalid", 0])
    })
  )

  it.effect.each<readonly [options: RetryOptions, field: string]>([
    [{ times: -1 }, "retry.times"],
    [{ times: 1.5 }, "retry.times"],
    [{ delay: NaN }, "retry.delay"],
    [{ longestDelay: -1 }, "retry.longestDelay"],
    [{ longestRetryAfter: Infinity }, "retry.longestRetryAfter"],
    [{ budget: 0.5 }, "retry.budget"]
  ])("by a policy of %j are an error of each call, and nothing is sent", ([options, field]) =>
    Effect.gen(function* () {
      const { client, sent } = yield* answering(success)
      for (let time = 0; time < 2; time++) {
        const error = yield* Effect.flip(client.call(get)).pipe(within(options))
        assert(error._tag === "ConfigurationInvalid")
        assert.strictEqual(error.operation, get.operation)
        assert.deepStrictEqual(
          error.problems.map((problem) => problem.field),
          [field]
        )
      }
      assert.deepStrictEqual(sent, [])
    })
  )

  it.effect("come after waits that double, in the upper half, and are the same with the same seed", () =>
    Effect.gen(function* () {
      const waits = Effect.gen(function* () {
        const { client, times } = yield* answering(failed)
        const fiber = yield* Effect.forkChild(Effect.exit(client.call(get)))
        while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 millis")
        return times.slice(1).map((time, index) => Math.round(time - (times[index] ?? 0)))
      }).pipe(Random.withSeed("waits"))
      const first = yield* waits
      assert.strictEqual(first.length, 5)
      first.forEach((wait, index) => {
        const full = 500 * 2 ** index
        // The clock goes on by whole milliseconds.
        assert.isTrue(wait >= full / 2 && wait <= full + 1, `${wait} ms before repeat ${index + 1}`)
      })
      assert.deepStrictEqual(yield* waits, first)
    })
  )

  it.effect("wait as long as the server asks, but not too long", () =>
    Effect.gen(function* () {
      const asking = (seconds: number) => reply("busy", 503, { "retry-after": String(seconds) })
      const { client, times } = yield* answering(asking(100), success)
      yield* inTime(client.call(get))
      assert.isTrue((times[1] ?? 0) >= 100_000 && (times[1] ?? 0) < 102_000)
      assert.deepStrictEqual(yield* outcomeOf(get, asking(121), success), ["ServerBusy", 1])
    })
  )

  it.effect("hold no place while they wait", () =>
    Effect.gen(function* () {
      const { client, sent } = yield* platform(({ path }) => Effect.succeed(path.endsWith("bad") ? failed : success), {
        concurrency: 1
      })
      const fiber = yield* Effect.forkChild(Effect.exit(client.call({ ...get, path: "bad" })))
      yield* Effect.yieldNow
      assert.strictEqual(sent.length, 1)
      yield* client.call(get)
      assert.strictEqual(sent.length, 2)
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(sent.length, 2)
    })
  )

  it.effect("count each time as a write", () =>
    Effect.gen(function* () {
      const { client } = yield* answering(failed, broken, success)
      yield* inTime(client.call(destroy))
      assert.strictEqual(yield* client.writes, 3)
    })
  )
})

describe("RetryBudget", () => {
  /** What so many calls one after the other send, to a platform that answers in these ways. */
  const sentBy = Effect.fnUntraced(function* (repeats: number, calls: number, ...ends: ReadonlyArray<End>) {
    const { client, sent } = yield* answering(...ends)
    yield* Effect.forEach(Array.from({ length: calls }), () => Effect.exit(client.call(get))).pipe(
      within({ times: 2, delay: 0 }),
      Effect.provideService(RetryBudget, RetryBudget.make(repeats))
    )
    return sent.length
  })

  it.effect.each<readonly [repeats: number, calls: number, sent: number]>([
    [0, 10, 10],
    [1, 10, 11],
    [5, 10, 15],
    [100, 10, 30]
  ])("of %i lets %i calls that fail be sent %i times", ([repeats, calls, sent]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* sentBy(repeats, calls, failed), sent)
    })
  )

  it.effect("is filled by what succeeds, up to what it was", () =>
    Effect.gen(function* () {
      // A failure and a success in turn: each success pays for the next repeat.
      const turns = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? failed : success))
      assert.strictEqual(yield* sentBy(1, 20, ...turns), 40)
      // Ten successes are not ten repeats.
      assert.strictEqual(yield* sentBy(1, 20, ...Array.from({ length: 10 }, () => success), failed), 21)
    })
  )

  it.effect("is not touched by what is not repeated", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* sentBy(1, 4, gone, gone, failed, success, success), 5)
    })
  )
})

describe("What repeats tell", () => {
  const secret = "hunter2"
  const call: PlatformCall = { ...renew, query: [["q", secret]], form: [["env", `PASSWORD=${secret}`]] }

  const counts = Effect.map(Metric.snapshot, (snapshot) =>
    snapshot.flatMap((metric) =>
      metric.id === "skaha_retries" && metric.type === "Counter"
        ? [[metric.attributes, Number(metric.state.count)]]
        : []
    )
  )

  it.effect("is counted, by operation and error", () =>
    Effect.gen(function* () {
      const { client } = yield* answering(busy, busy, broken, success)
      yield* inTime(client.call(get))
      const other = yield* answering(busy, success)
      yield* inTime(other.client.call(destroy))
      // What is final is not repeated.
      yield* Effect.exit((yield* answering(gone)).client.call(get))
      assert.sameDeepMembers(yield* counts, [
        [{ operation: "Test.get", code: "server.busy" }, 2],
        [{ operation: "Test.get", code: "connection.failed" }, 1],
        [{ operation: "Test.destroy", code: "server.busy" }, 1]
      ])
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  )

  it.effect("is a span for each, without a secret, where the application traces", () =>
    Effect.gen(function* () {
      const { client } = yield* answering(reply(secret, 503, {}), broken, success)
      const { shown, spans } = yield* showing(client.call(call).pipe(Effect.withSpan("outer")), (effect) =>
        inTime(Effect.exit(effect))
      )
      const retries = spans
        .filter(({ name }) => name === "retry")
        .map(({ attributes }) => Object.fromEntries(attributes))
      assert.deepStrictEqual(
        retries.map(({ "skaha.retry.delay": delay, ...others }) => {
          assert.isTrue(typeof delay === "number" && delay >= 0.25 && delay <= 1)
          return others
        }),
        [
          { "skaha.operation": "Test.renew", "http.request.resend_count": 1, "error.type": "server.busy" },
          { "skaha.operation": "Test.renew", "http.request.resend_count": 2, "error.type": "connection.failed" }
        ]
      )
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["outer", "POST", "retry", "POST", "retry", "POST"]
      )
      assertHides(shown, secret)
    })
  )

  it.effect("is no span where nobody traces", () =>
    Effect.gen(function* () {
      const made = vi.spyOn(Tracer.nativeTracer, "span")
      const { client, sent } = yield* answering(busy, success)
      yield* inTime(client.call(get))
      const spans = made.mock.calls.length
      made.mockRestore()
      assert.deepStrictEqual([spans, sent.length], [0, 2])
    })
  )
})
