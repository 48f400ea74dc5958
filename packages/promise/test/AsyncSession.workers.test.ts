import { assert, describe, it } from "@effect/vitest"
import { AsyncSession, Cancelled, ConfigurationInvalid, Images, ServerFailure, SessionRequestError } from "skaha"
import { filesIn, folder } from "./support/folders.ts"
import { logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf, thrown } from "./support/rejection.ts"
import { watchThreads } from "./support/threads.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const three = async () => [
  await platform.given({ name: "one" }),
  await platform.given({ name: "two" }),
  await platform.given({ name: "three" })
]

describe("an AsyncSession with workers", () => {
  it("gives what one without gives, and sends what is for several from other threads", async () => {
    const ids = await three()
    const plain = platform.sessions()
    const expected = [await plain.logs(ids), await plain.events(ids)]
    using threads = watchThreads()
    const sessions = platform.sessions({ workers: 2 })
    assert.deepStrictEqual([await sessions.logs(ids), await sessions.events(ids)], expected)
    assert.deepStrictEqual([threads.started, threads.requests], [2, 0])
    assert.deepStrictEqual(Object.values(await sessions.destroy(ids)), [true, true, true])
    assert.deepStrictEqual(await sessions.fetch(), [])
    assert.deepStrictEqual([threads.started, threads.requests], [2, 1])
  })

  it("saves and streams logs from them, too", async () => {
    const ids = await three()
    using directory = folder()
    using threads = watchThreads()
    const sessions = platform.sessions({ workers: 1 })
    await sessions.saveLogs(ids, directory.path)
    const streamed = new Map<string, string | undefined>()
    for await (const { id, log } of sessions.streamLogs(ids)) streamed.set(id, log)
    assert.strictEqual(threads.requests, 0)
    const texts = ["one-1", "two-1", "three-1"].map(logOf)
    assert.deepStrictEqual(
      ids.map((id) => streamed.get(id)),
      texts
    )
    assert.deepStrictEqual(
      filesIn(directory.path),
      Object.fromEntries(ids.map((id, index) => [`${id}.log`, texts[index]]))
    )
  })

  it("has the same failures and replies", async () => {
    const ids = await three()
    const [, bad = ""] = ids
    await platform.fail({ match: { ids: [bad] }, action: { _tag: "Reply", status: 500 } })
    const sessions = platform.sessions({ workers: 2 })
    const error = await rejectionOf(SessionRequestError, sessions.logs(ids, { errors: "raise" }))
    assert.instanceOf(error.errors.get(bad), ServerFailure)
    const { responses } = await sessions.events(ids).withResponse()
    assert.sameMembers(
      responses.map(({ status }) => status),
      [200, 500, 200]
    )
  })

  it("ends them when it is closed, with what is in flight", async () => {
    using threads = watchThreads()
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const sessions = platform.sessions({ workers: 2 })
    const call = rejectionOf(Cancelled, sessions.logs(["abc", "def"]))
    await until(async () => (await platform.inFlight()) === 2)
    await sessions.close()
    await call
    await until(() => threads.running === 0)
    assert.deepStrictEqual([threads.started, await platform.inFlight()], [2, 0])
  })

  it("starts none before there is something to do", async () => {
    using threads = watchThreads()
    await using _ = new AsyncSession({ ...platform.address, token: "t", workers: 2 })
    assert.strictEqual(threads.started, 0)
  })
})

describe("a number of workers", () => {
  const wholeNumber = "a whole number from 1 to 64"

  it.each<[number, number | undefined, string]>([
    [0, undefined, wholeNumber],
    [-1, undefined, wholeNumber],
    [1.5, undefined, wholeNumber],
    [Number.NaN, undefined, wholeNumber],
    [65, 256, wholeNumber],
    [10_000, undefined, wholeNumber],
    [33, undefined, "more than there may be requests at once, which is 32"],
    [4, 3, "more than there may be requests at once, which is 3"]
  ])("%d with a concurrency of %s is refused at once", (workers, concurrency, message) => {
    const error = thrown(() => new AsyncSession({ workers, concurrency }))
    assert.instanceOf(error, ConfigurationInvalid)
    assert.deepStrictEqual(error.problems, [{ field: "workers", message }])
  })

  it("that is no number is refused, too", () => {
    const options: object = { workers: "2" }
    assert.include(thrown(() => new AsyncSession(options)).message, `workers: ${wholeNumber}`)
  })

  it("is told with everything else that is wrong", () => {
    const error = thrown(() => new AsyncSession({ workers: 65, concurrency: 0, url: "nowhere", loglevel: 0 }))
    assert.instanceOf(error, ConfigurationInvalid)
    assert.sameMembers(
      error.problems.map(({ field }) => field),
      ["workers", "concurrency", "url", "loglevel"]
    )
  })

  it("of the bounds is taken", async () => {
    for (const options of [{ workers: 1, concurrency: 1 }, { workers: 64, concurrency: 64 }, { workers: 32 }]) {
      await using sessions = new AsyncSession({ ...platform.address, ...options })
      assert.instanceOf(sessions, AsyncSession)
    }
  })

  it("is nothing for clients that have nothing to do for several", () => {
    const options: object = { workers: 2 }
    assert.include(thrown(() => new Images(options)).message, "workers: is no option")
  })
})
