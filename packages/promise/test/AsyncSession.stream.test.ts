import { assert, describe, it } from "@effect/vitest"
import {
  Cancelled,
  ConfigurationInvalid,
  CredentialsExpired,
  InvalidInput,
  RequestTimeout,
  ServerFailure,
  type AsyncSession,
  type StreamedFailure,
  type StreamOptions
} from "skaha"
import { logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root } from "./support/server.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

/** What an outcome of any stream is. */
type Streamed = StreamedFailure | { readonly id: string; readonly index: number; readonly error?: undefined }

interface Streaming {
  readonly name: "streamLogs" | "streamEvents"
  readonly view: "logs" | "events"
  readonly stream: (
    sessions: AsyncSession,
    ids: Iterable<string>,
    options?: StreamOptions
  ) => AsyncIterable<Streamed & { readonly log?: unknown; readonly events?: unknown }>
}

const streams: ReadonlyArray<Streaming> = [
  { name: "streamLogs", view: "logs", stream: (sessions, ids, options) => sessions.streamLogs(ids, options) },
  { name: "streamEvents", view: "events", stream: (sessions, ids, options) => sessions.streamEvents(ids, options) }
]

const all = async <A>(outcomes: AsyncIterable<A>): Promise<Array<A>> => {
  const list: Array<A> = []
  for await (const outcome of outcomes) list.push(outcome)
  return list
}

const byIndex = <A extends { readonly index: number }>(outcomes: ReadonlyArray<A>) =>
  outcomes.toSorted((one, other) => one.index - other.index)

/** From now on the platform takes requests and never answers. */
const silent = () => platform.fail({ match: {}, action: { _tag: "Never" } })

/** Endless ids, and how many of them were asked for. */
const endless = () => {
  const asked = { count: 0, returned: false }
  function* ids() {
    try {
      for (;;) yield `id${asked.count++}`
    } finally {
      asked.returned = true
    }
  }
  return { asked, ids: ids() }
}

const given = () => Promise.all([platform.given({ name: "one" }), platform.given({ name: "two" })])

it("streamLogs gives what sessions have written", async () => {
  const ids = await given()
  assert.deepStrictEqual(
    byIndex(await all(platform.sessions().streamLogs(ids))),
    ids.map((id, index) => ({ id, index, log: logOf(index === 0 ? "one-1" : "two-1") }))
  )
})

it("streamEvents gives the tables that the server sends", async () => {
  const ids = await given()
  const sessions = platform.sessions()
  const tables = await sessions.events(ids)
  assert.deepStrictEqual(
    byIndex(await all(sessions.streamEvents(ids))).map(({ id, events }) => ({ [id]: events })),
    tables
  )
})

describe.each(streams)("AsyncSession.$name", ({ name, view, stream }) => {
  it("has an outcome for each id, the errors among them", async () => {
    await platform.fail({ match: { ids: ["b"] }, action: { _tag: "Reply", status: 500 } })
    const outcomes = byIndex(await all(stream(platform.sessions(), ["a", "b", "../c", "a"])))
    assert.deepStrictEqual(
      outcomes.map(({ id, index }) => [id, index]),
      [
        ["a", 0],
        ["b", 1],
        ["../c", 2],
        ["a", 3]
      ]
    )
    assert.instanceOf(outcomes[1]?.error, ServerFailure)
    assert.instanceOf(outcomes[2]?.error, InvalidInput)
    assert.sameMembers(
      [...platform.sent],
      ["a", "b", "a"].map((id) => `GET ${root}/session/${id}?view=${view}`)
    )
  })

  it.each<[string, () => Iterable<string>, number]>([
    ["one id", () => "abc", 1],
    ["a set", () => new Set(["a", "b"]), 2],
    ["a generator", () => ["a", "b", "c"].values(), 3],
    ["nothing", () => [], 0]
  ])("takes %s", async (_, ids, count) => {
    assert.strictEqual((await all(stream(platform.sessions(), ids()))).length, count)
  })

  it("begins when the first is asked for, and goes no further than who takes", async () => {
    const { asked, ids } = endless()
    const outcomes = stream(platform.sessions({ concurrency: 2 }), ids)
    const iterator = outcomes[Symbol.asyncIterator]()
    await new Promise((resolve) => setTimeout(resolve, 10))
    assert.deepStrictEqual([asked.count, platform.sent], [0, []])
    assert.isFalse((await iterator.next()).done)
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.isAtMost(asked.count, 10)
    for (let taken = 1; taken < 100; taken++) await iterator.next()
    assert.isAtMost(asked.count, 110)
    assert.deepStrictEqual(await iterator.return?.(), { done: true, value: undefined })
    assert.isTrue(asked.returned)
  })

  it("stops on break what is in flight, and sends no more", async () => {
    await platform.fail(
      { match: { ids: ["first"] }, action: { _tag: "Delay", duration: 1 } },
      {
        match: {},
        action: { _tag: "Never" }
      }
    )
    const ids = ["first", ...Array.from({ length: 50 }, (_, index) => `id${index}`)]
    for await (const { id } of stream(platform.sessions({ concurrency: 4 }), ids)) {
      assert.strictEqual(id, "first")
      await until(async () => (await platform.inFlight()) === 4)
      break
    }
    await until(async () => (await platform.inFlight()) === 0)
    assert.strictEqual(platform.sent.length, 5)
  })

  it("answers several who ask at once, and whoever asks after the end", async () => {
    const iterator = stream(platform.sessions(), ["a", "b"])[Symbol.asyncIterator]()
    const answers = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()])
    assert.deepStrictEqual(
      answers.map(({ done }) => done ?? false),
      [false, false, true, true]
    )
    assert.isTrue((await iterator.next()).done)
    assert.isTrue((await iterator.return?.())?.done)
  })

  it("can be gone through once", async () => {
    const outcomes = stream(platform.sessions(), ["a"])
    assert.strictEqual((await all(outcomes)).length, 1)
    const error = await rejectionOf(InvalidInput, all(outcomes))
    assert.strictEqual(error.message, `${name}: stream: has been gone through: make the call again for another`)
    assert.strictEqual(platform.sent.length, 1)
  })

  it("is over when it was left before it began", async () => {
    const iterator = stream(platform.sessions(), ["a"])[Symbol.asyncIterator]()
    await iterator.return?.()
    assert.isTrue((await iterator.next()).done)
    assert.deepStrictEqual(platform.sent, [])
  })

  it("raises failed credentials, and ends with them", async () => {
    await platform.fail({ match: { ids: ["b"] }, action: { _tag: "Reply", status: 401, body: "token expired\n" } })
    const seen: Array<string> = []
    const sessions = platform.sessions({ concurrency: 1 })
    const taking = async () => {
      for await (const { id } of stream(sessions, ["a", "b", "c", "d"])) seen.push(id)
    }
    await rejectionOf(CredentialsExpired, taking())
    assert.deepStrictEqual(seen, ["a"])
  })

  it("is rejected when it is aborted: at once, or when the next one is asked for", async () => {
    await silent()
    const sessions = platform.sessions({ concurrency: 2 })
    const abort = new AbortController()
    const waiting = rejectionOf(Cancelled, all(stream(sessions, ["a", "b", "c"], { signal: abort.signal })))
    await until(async () => (await platform.inFlight()) === 2)
    abort.abort("enough")
    assert.strictEqual((await waiting).cause, "enough")
    await until(async () => (await platform.inFlight()) === 0)
    await platform.fail()
    const later = new AbortController()
    const iterator = stream(sessions, endless().ids, { signal: later.signal })[Symbol.asyncIterator]()
    await iterator.next()
    later.abort("enough")
    await new Promise((resolve) => setTimeout(resolve, 10))
    assert.strictEqual((await rejectionOf(Cancelled, iterator.next())).cause, "enough")
    assert.isTrue((await iterator.next()).done)
  })

  it("that nobody takes any more rejects nothing when the client is closed", async () => {
    const unhandled: Array<unknown> = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on("unhandledRejection", note)
    try {
      const sessions = platform.sessions({ concurrency: 2 })
      const iterator = stream(sessions, endless().ids)[Symbol.asyncIterator]()
      await iterator.next()
      await sessions.close()
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.deepStrictEqual(unhandled, [])
      assert.include((await rejectionOf(Cancelled, iterator.next())).cause, { message: "the client was closed" })
    } finally {
      process.off("unhandledRejection", note)
    }
  })

  it("has a timeout for each request, which is its outcome", async () => {
    await silent()
    const outcomes = await all(stream(platform.sessions(), ["a", "b"], { timeout: 0.05 }))
    assert.strictEqual(outcomes.length, 2)
    for (const { error } of outcomes) assert.instanceOf(error, RequestTimeout)
  })

  it("rejects for ids that throw with what they throw", async () => {
    function* ids() {
      yield "a"
      throw new RangeError("no more")
    }
    const error = await rejectionOf(RangeError, all(stream(platform.sessions(), ids())))
    assert.strictEqual(error.message, "no more")
  })

  it("refuses what is wrong when it begins, before anything is sent", async () => {
    const sessions = platform.sessions()
    const wrong: ReadonlyArray<unknown> = [undefined, null, 7, {}]
    for (const ids of wrong) {
      const error = await rejectionOf(InvalidInput, all(stream(sessions, ids as string)))
      assert.strictEqual(error.message, `${name}: ids: an id or ids that can be gone through are needed`)
    }
    const options: object = { errors: "raise" }
    const error = await rejectionOf(InvalidInput, all(stream(sessions, ["a"], options)))
    assert.strictEqual(error.message, `${name}: errors: is no option`)
    await rejectionOf(ConfigurationInvalid, all(stream(sessions, ["a"], { timeout: 0 })))
    await sessions.close()
    await rejectionOf(Cancelled, all(stream(sessions, ["a"])))
    assert.deepStrictEqual(platform.sent, [])
  })
})
