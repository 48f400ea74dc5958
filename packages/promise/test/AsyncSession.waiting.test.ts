import { assert, describe, it } from "@effect/vitest"
import {
  Cancelled,
  CredentialsExpired,
  InvalidInput,
  SessionEnded,
  SessionNotFound,
  SessionNotReady,
  SessionRequestError,
  WaitTimedOut,
  type AsyncSession,
  type Progress,
  type WaitOptions
} from "skaha"
import { captured } from "./support/output.ts"
import { usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root, server } from "./support/server.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const completed = () => platform.given({ name: "well" })
const failed = () => platform.given({ name: "badly", cmd: "fail" })
const running = () => platform.given({ name: "on", cmd: "stay" })

/** The lists that were asked for. */
const lists = () => platform.sent.filter((sent) => sent.startsWith(`GET ${root}/session`) && !/session\/\w/.test(sent))

/** Every wait, and what it gives when nothing has come. */
const waits: Readonly<
  Record<
    string,
    readonly [call: (sessions: AsyncSession, ids: string, options?: WaitOptions) => Promise<unknown>, nothing: object]
  >
> = {
  waitUntil: [(sessions, ids, options) => sessions.waitUntil(ids, () => false, options), []],
  waitRunning: [(sessions, ids, options) => sessions.waitRunning(ids, options), []],
  waitCompleted: [(sessions, ids, options) => sessions.waitCompleted(ids, options), []],
  waitReady: [(sessions, ids, options) => sessions.waitReady(ids, options), []]
}

describe("AsyncSession.waitCompleted", () => {
  it("gives the sessions as the server reports them, in order, from one list", async () => {
    const ids = [await completed(), await completed()].toReversed()
    const rows = await platform.sessions().waitCompleted(ids)
    assert.strictEqual(lists().length, 1)
    assert.deepStrictEqual(
      rows.map(({ id, status }) => [id, status]),
      ids.map((id) => [id, server.completed])
    )
    assert.deepStrictEqual(rows, await platform.sessions().info(ids))
  })

  it("leaves out and logs what has not come, or raises it with all that has", async () => {
    const [well, badly, on] = [await completed(), await failed(), await running()]
    const ids = [badly, well, on, "unknown"]
    const sessions = platform.sessions({ loglevel: "warning" })
    const { value, stderr } = await captured(() => sessions.waitCompleted(ids, { limit: 0 }))
    assert.deepStrictEqual(
      value.map(({ id }) => id),
      [well]
    )
    assert.strictEqual(stderr.filter((line) => line.includes("waitCompleted: ")).length, 3)
    const error = await rejectionOf(SessionRequestError, sessions.waitCompleted(ids, { limit: 0, errors: "raise" }))
    assert.deepStrictEqual(error.results, value)
    assert.deepStrictEqual([...error.errors.keys()], [badly, on, "unknown"])
    assert.instanceOf(error.errors.get(badly), SessionEnded)
    assert.include(error.errors.get(badly), { sessionStatus: "Failed" })
    assert.instanceOf(error.errors.get(on), WaitTimedOut)
    assert.include(error.errors.get(on), { limit: 0, sessionStatus: "Running" })
    assert.instanceOf(error.errors.get("unknown"), SessionNotFound)
  })

  it("tells how far it is", async () => {
    const told: Array<Progress> = []
    const ids = [await completed(), await failed()]
    await platform.sessions().waitCompleted(ids, { onProgress: (progress) => told.push(progress) })
    assert.include(told.at(-1), { done: 2, failed: 1, total: 2 })
  })
})

describe("AsyncSession.waitRunning", () => {
  it("looks once for all who wait for what is there already", async () => {
    const id = await running()
    const sessions = platform.sessions()
    const all = await Promise.all(Array.from({ length: 300 }, () => sessions.waitRunning(id)))
    for (const rows of all) assert.deepStrictEqual([rows.length, rows[0]?.status], [1, "Running"])
    assert.strictEqual(lists().length, 1)
  })
})

describe("AsyncSession.waitUntil", () => {
  it("asks a condition of what info gives", async () => {
    const id = await running()
    const seen: Array<unknown> = []
    const sessions = platform.sessions()
    const rows = await sessions.waitUntil(id, (session) => {
      seen.push(session)
      return session["name"] === "on-1"
    })
    assert.deepStrictEqual(rows, seen)
    assert.strictEqual(rows[0]?.id, id)
  })

  it.each<[string, unknown, string]>([
    ["throws", () => assert.fail("no"), "throws AssertionError: no"],
    ["is asynchronous", async () => true, "it must answer true or false, not [object Promise]"],
    ["is none", "Running", "a function is needed"]
  ])("rejects for a condition that %s, whatever errors is", async (_, condition, message) => {
    const id = await running()
    const waiting = platform.sessions().waitUntil(id, condition as () => boolean)
    const error = await rejectionOf(Error, waiting)
    assert.include(error.message, message)
    assert.isTrue(error instanceof InvalidInput || error.cause instanceof InvalidInput)
  })
})

describe("AsyncSession.waitReady", () => {
  it("fails for what has no page", async () => {
    const error = await rejectionOf(
      SessionRequestError,
      platform.sessions().waitReady(await running(), { errors: "raise" })
    )
    assert.instanceOf(error.cause, SessionNotReady)
  })
})

describe("AsyncSession.waitGone", () => {
  it("says of each whether it has come to that", async () => {
    const [gone, on] = [await running(), await running()]
    const sessions = platform.sessions()
    await sessions.destroy(gone)
    assert.deepStrictEqual(await sessions.waitGone([gone, on, "unknown"], { limit: 1, interval: 1 }), {
      [gone]: true,
      [on]: false,
      unknown: true
    })
  })

  it("waits until they are gone", async () => {
    const id = await running()
    const sessions = platform.sessions()
    const waiting = sessions.waitGone(id)
    await until(() => lists().length > 0)
    await sessions.destroy(id)
    assert.deepStrictEqual(await waiting, { [id]: true })
  })
})

describe.each(Object.entries(waits))("AsyncSession.%s", (method, [wait, nothing]) => {
  it("leaves out what is unknown", async () => {
    assert.deepStrictEqual(await wait(platform.sessions(), "unknown", { limit: 0 }), nothing)
  })

  it("raises failed credentials", async () => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 401, body: "token expired\n" } })
    const error = await rejectionOf(CredentialsExpired, wait(platform.sessions(), "abcd1234"))
    assert.strictEqual(error.operation, `Sessions.${method}`)
  })

  it("is cancelled by its signal, and looks no more", async () => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const abort = new AbortController()
    const rejected = rejectionOf(Cancelled, wait(platform.sessions(), "abcd1234", { signal: abort.signal }))
    await until(async () => (await platform.inFlight()) === 1)
    abort.abort("enough")
    assert.strictEqual((await rejected).cause, "enough")
    await until(async () => (await platform.inFlight()) === 0)
    assert.strictEqual(platform.sent.length, 1)
  })

  it.each<[WaitOptions, string]>([
    [{ limit: -1 }, "limit: seconds, from 0"],
    [{ limit: Number.NaN }, "limit: seconds, from 0"],
    [{ interval: 0.5 }, "interval: seconds, from 1"]
  ])("refuses %o before anything is sent", async (options, message) => {
    const error = await rejectionOf(InvalidInput, wait(platform.sessions(), "abcd1234", options))
    assert.strictEqual(error.message, `${method}: ${message}`)
    await rejectionOf(InvalidInput, wait(platform.sessions(), "../image"))
    assert.deepStrictEqual(platform.sent, [])
  })
})
