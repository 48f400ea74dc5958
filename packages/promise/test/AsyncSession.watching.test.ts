import { assert, describe, it } from "@effect/vitest"
import {
  Cancelled,
  CredentialsExpired,
  InvalidInput,
  SessionNotFound,
  type AsyncSession,
  type LogEvent,
  type SessionChange
} from "skaha"
import { logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const all = async <A>(values: AsyncIterable<A>): Promise<Array<A>> => {
  const list: Array<A> = []
  for await (const value of values) list.push(value)
  return list
}

/** Takes values until one is the last that is wanted. */
const takenUntil = async <A>(values: AsyncIterable<A>, isLast: (value: A) => boolean): Promise<Array<A>> => {
  const list: Array<A> = []
  for await (const value of values) {
    list.push(value)
    if (isLast(value)) break
  }
  return list
}

const nothingInFlight = () => until(async () => (await platform.inFlight()) === 0)

describe("AsyncSession.watch", () => {
  it("tells what comes, changes and goes, as the server reports it", async () => {
    const sessions = platform.sessions()
    const first = await platform.given({ name: "first", cmd: "stay" })
    const other = await platform.given({ name: "other", cmd: "stay" })
    const [row] = await sessions.info(first)
    const changes: Array<SessionChange> = []
    for await (const change of sessions.watch({ prefix: "first", existing: true })) {
      changes.push(change)
      if (change.type === "created") await sessions.destroy([other, first])
      if (change.type === "gone") break
    }
    assert.deepStrictEqual([changes[0]?.type, changes[0]?.session], ["created", row])
    assert.strictEqual(changes.at(-1)?.session?.id, first)
    for (const { session } of changes) assert.strictEqual(session?.id, first)
  })

  it("tells of failed looks, and goes on", async () => {
    const sessions = platform.sessions()
    const types: Array<string> = []
    await platform.given({ cmd: "stay" })
    for await (const { type } of sessions.watch({ existing: true, interval: 1 })) {
      types.push(type)
      if (type === "created") await platform.fail({ match: {}, action: { _tag: "Reply", status: 500 } })
      if (type === "lookFailed") await platform.fail()
      if (type === "lookRecovered") break
    }
    assert.deepStrictEqual(types, ["created", "lookFailed", "lookRecovered"])
    await nothingInFlight()
  })

  it("is rejected with failed credentials, and when it is aborted", async () => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 401, body: "token expired\n" } })
    await rejectionOf(CredentialsExpired, all(platform.sessions().watch()))
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const abort = new AbortController()
    const watching = rejectionOf(Cancelled, all(platform.sessions().watch({ signal: abort.signal })))
    await until(async () => (await platform.inFlight()) === 1)
    abort.abort("enough")
    assert.strictEqual((await watching).cause, "enough")
    await nothingInFlight()
  })

  it("refuses what is wrong before anything is sent", async () => {
    const sessions = platform.sessions()
    const options: object = { id: "abcd1234" }
    assert.strictEqual(
      (await rejectionOf(InvalidInput, all(sessions.watch(options)))).message,
      "watch: id: is no option"
    )
    await rejectionOf(InvalidInput, all(sessions.watch({ interval: 0 })))
    await rejectionOf(InvalidInput, all(sessions.watch({ expiringWithin: -1 })))
    assert.deepStrictEqual(platform.sent, [])
  })
})

describe("AsyncSession.followLogs", () => {
  const textOf = (events: ReadonlyArray<LogEvent>, id: string) =>
    events
      .map((event) => (event.type === "line" && event.id === id ? event.text + (event.ended ? "\n" : "") : ""))
      .join("")

  it("gives the lines of several, and how each has ended", async () => {
    const ids = [await platform.given({ name: "one" }), await platform.given({ name: "two", cmd: "fail" })]
    const [one = "", two = ""] = ids
    const events = await all(platform.sessions().followLogs(ids))
    assert.strictEqual(textOf(events, one), logOf("one-1"))
    assert.strictEqual(textOf(events, two), logOf("two-1"))
    const ends = events.filter(({ type }) => type === "ended").toSorted((a, b) => a.index - b.index)
    assert.deepStrictEqual(ends, [
      { type: "ended", id: one, index: 0, status: "Completed" },
      { type: "ended", id: two, index: 1, status: "Failed" }
    ])
  })

  it("tells of one that is unknown, and goes on with the others", async () => {
    const id = await platform.given({ name: "one" })
    const events = await all(platform.sessions().followLogs(["unknown", id]))
    const failed = events.find((event) => event.type === "failed")
    assert.deepStrictEqual([failed?.id, failed?.index], ["unknown", 0])
    assert.instanceOf(failed?.error, SessionNotFound)
    assert.strictEqual(textOf(events, id), logOf("one-1"))
  })

  it("stops on break", async () => {
    const id = await platform.given({ name: "on", cmd: "stay" })
    const events = await takenUntil(platform.sessions().followLogs(id), ({ type }) => type === "line")
    assert.strictEqual(events.length, 1)
    await nothingInFlight()
  })

  it("is rejected with failed credentials, and when it is aborted", async () => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 401, body: "token expired\n" } })
    await rejectionOf(CredentialsExpired, all(platform.sessions().followLogs("abcd1234")))
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const abort = new AbortController()
    const following = rejectionOf(Cancelled, all(platform.sessions().followLogs("abcd1234", { signal: abort.signal })))
    await until(async () => (await platform.inFlight()) === 1)
    abort.abort("enough")
    assert.strictEqual((await following).cause, "enough")
    await nothingInFlight()
  })

  it("refuses what is wrong before anything is sent", async () => {
    const follow = (sessions: AsyncSession, ids: unknown, options?: object) =>
      rejectionOf(InvalidInput, all(sessions.followLogs(ids as string, options)))
    const sessions = platform.sessions()
    assert.strictEqual((await follow(sessions, 7)).message, "followLogs: ids: an id or a list of ids is needed")
    assert.strictEqual((await follow(sessions, ["a", "../b"])).problems[0]?.field, "ids[1]")
    assert.strictEqual((await follow(sessions, "abcd1234", { interval: 0 })).problems[0]?.field, "interval")
    assert.strictEqual((await follow(sessions, "abcd1234", { errors: "raise" })).problems[0]?.field, "errors")
    assert.deepStrictEqual(platform.sent, [])
  })
})
