import { assert, describe, it } from "@effect/vitest"
import { ServerBusy, SessionRequestError, type AsyncSession } from "skaha"
import { image, logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

// Requests that take no time would never be there at the same time.
const platform = usePlatform({ latency: 1 })

const concurrency = 16

/** A thousand sessions that run, and their names. */
const givenThousand = async (sessions: AsyncSession) => {
  const job = { image, cmd: "stay", replicas: 500, errors: "raise" } as const
  const ids = [...(await sessions.create({ ...job, name: "a" })), ...(await sessions.create({ ...job, name: "b" }))]
  const names = ["a", "b"].flatMap((name) => Array.from({ length: 500 }, (_, index) => `${name}-${index + 1}`))
  return ids.map((id, index) => ({ id, name: names[index] ?? "", fails: (index + 1) % 7 === 0 }))
}

describe("a thousand sessions, of which every seventh fails", () => {
  it("have their results in order, their failures, and no more requests at once than they may", async () => {
    const sessions = platform.sessions({ concurrency })
    const all = await givenThousand(sessions)
    const ids = all.map(({ id }) => id)
    const good = all.filter(({ fails }) => !fails)
    const bad = all.filter(({ fails }) => fails).map(({ id }) => id)
    assert.deepStrictEqual([new Set(ids).size, bad.length], [1000, 142])
    await platform.fail({
      match: { ids: bad },
      action: { _tag: "Reply", status: 503, headers: { "Retry-After": "1" } }
    })

    /** What is left of one operation, and that nothing else was asked. */
    const run = async <A>(call: () => Promise<A>): Promise<A> => {
      await platform.forget()
      const result = await call()
      assert.strictEqual(platform.sent.length, 1000)
      assert.isAtMost(await platform.maxInFlight(), concurrency)
      assert.isAbove(await platform.maxInFlight(), 1)
      return result
    }

    const rows = await run(() => sessions.info(ids))
    assert.deepStrictEqual(
      rows.map((row) => [row.id, row["name"]]),
      good.map(({ id, name }) => [id, name])
    )

    const logs = await run(() => sessions.logs(ids))
    assert.deepStrictEqual(
      Object.entries(logs),
      good.map(({ id, name }) => [id, logOf(name)])
    )

    const events = await run(() => sessions.events(ids))
    assert.deepStrictEqual(
      events.map((record) => Object.keys(record)),
      good.map(({ id }) => [id])
    )

    const error = await rejectionOf(SessionRequestError, sessions.renew(ids, { errors: "raise" }))
    const flags = Object.fromEntries(all.map(({ id, fails }) => [id, !fails]))
    assert.deepStrictEqual(error.results, flags)
    assert.deepStrictEqual([...error.errors.keys()], bad)
    for (const failure of error.errors.values()) assert.instanceOf(failure, ServerBusy)
    assert.isTrue(error.message.startsWith(`renew failed for 142: ${bad[0]}: the server is busy`), error.message)
    assert.isTrue(error.message.endsWith(", and 137 more"), error.message)

    assert.deepStrictEqual(await run(() => sessions.destroy(ids)), flags)
    const left = (await sessions.fetch()).map(({ id }) => id)
    assert.deepStrictEqual(new Set(left), new Set(bad))
  })
})
