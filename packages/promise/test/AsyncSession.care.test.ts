import { assert, describe, it } from "@effect/vitest"
import { Cancelled, InvalidInput, SessionNotFound, SessionRequestError, type CreateOptions, type Progress } from "skaha"
import { captured } from "./support/output.ts"
import { image, logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root, server } from "./support/server.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const running = () => platform.given({ name: "on", cmd: "stay" })

const job: CreateOptions = { name: "fit", image, cmd: "stay" }

/** The requests of one method. */
const sent = (method: string) => platform.sent.filter((line) => line.startsWith(method))

describe("AsyncSession.keepAlive", () => {
  it("renews at once, and again until it is stopped", async () => {
    const id = await running()
    const sessions = platform.sessions()
    {
      await using kept = await sessions.keepAlive(id)
      assert.strictEqual(kept.id, id)
      assert.deepStrictEqual(sent("POST"), [`POST ${root}/session/${id}`])
    }
    const kept = await sessions.keepAlive(id)
    await kept.stop()
    await kept.stop()
    assert.strictEqual(sent("POST").length, 2)
  })

  it("ends with the client", async () => {
    const id = await running()
    const sessions = platform.sessions()
    const kept = await sessions.keepAlive(id)
    await sessions.close()
    await kept.stop()
    assert.strictEqual(sent("POST").length, 1)
  })

  it("rejects when the first renewal fails, or cannot be right", async () => {
    const sessions = platform.sessions()
    await rejectionOf(SessionNotFound, sessions.keepAlive("unknown"))
    await rejectionOf(InvalidInput, sessions.keepAlive("../image"))
    assert.notInclude(platform.sent, "image")
  })
})

describe("AsyncSession.timeLeft", () => {
  it("gives seconds", async () => {
    const left = await platform.sessions().timeLeft(await running())
    assert.isAbove(left ?? 0, 3600)
    assert.isBelow(left ?? Infinity, 15 * 24 * 3600)
  })

  it("rejects for one that is unknown, or cannot be", async () => {
    const sessions = platform.sessions()
    await rejectionOf(SessionNotFound, sessions.timeLeft("unknown"))
    const ids: unknown = ["abcd1234"]
    const error = await rejectionOf(InvalidInput, sessions.timeLeft(ids as string))
    assert.strictEqual(error.message, "timeLeft: id: an id is a text, not abcd1234")
  })
})

describe("AsyncSession.diagnose", () => {
  it("gives plain objects", async () => {
    const id = await platform.given({ name: "badly", cmd: "fail", cores: 1, ram: 8 })
    const sessions = platform.sessions()
    const { session, events, logTail, requested, cause } = await sessions.diagnose(id)
    assert.deepStrictEqual([session], await sessions.info(id))
    assert.strictEqual(session.status, server.failed)
    assert.isAbove(events.length, 0)
    for (const { firstTime } of events) if (firstTime !== undefined) assert.instanceOf(firstTime, Date)
    assert.include(logTail, logOf("badly-1").split("\n")[0] ?? "?")
    assert.strictEqual(requested.cores, 1)
    assert.strictEqual(cause.code, "program")
  })

  it("rejects for one that is unknown, or cannot be", async () => {
    const sessions = platform.sessions()
    await rejectionOf(SessionNotFound, sessions.diagnose("unknown"))
    const { message } = await rejectionOf(InvalidInput, sessions.diagnose(""))
    assert.strictEqual(message, "diagnose: id: is empty")
  })
})

describe("AsyncSession.scoped", () => {
  it("has its sessions until the end of the block", async () => {
    const sessions = platform.sessions()
    {
      await using scoped = await sessions.scoped({ ...job, replicas: 3 })
      const rows = await sessions.info(scoped.ids)
      assert.deepStrictEqual(
        rows.map((row) => row["name"]),
        ["fit-1", "fit-2", "fit-3"]
      )
    }
    assert.deepStrictEqual(await sessions.fetch(), [])
  })

  it("destroys once, when it is told to", async () => {
    const sessions = platform.sessions()
    const scoped = await sessions.scoped(job)
    await Promise.all([scoped.destroy(), scoped.destroy(), scoped[Symbol.asyncDispose]()])
    assert.deepStrictEqual(sent("DELETE"), [`DELETE ${root}/session/${scoped.ids[0]}`])
    assert.deepStrictEqual(await sessions.fetch(), [])
  })

  it("destroys before the client is closed", async () => {
    const sessions = platform.sessions()
    const [one, two] = await Promise.all([sessions.scoped(job), sessions.scoped({ ...job, name: "two" })])
    await sessions.close()
    assert.deepStrictEqual(await platform.sessions().fetch(), [])
    await Promise.all([one.destroy(), two.destroy()])
    assert.strictEqual(sent("DELETE").length, 2)
  })

  it("destroys while the client is being closed, and both wait for it", async () => {
    const sessions = platform.sessions()
    const scoped = await sessions.scoped(job)
    const destroying = scoped.destroy()
    await sessions.close()
    assert.deepStrictEqual(await platform.sessions().fetch(), [])
    await destroying
  })

  it("leaves nothing when it rejects", async () => {
    const sessions = platform.sessions()
    await platform.fail({ match: { method: "POST", every: 2 }, action: { _tag: "Reply", status: 403, body: "quota" } })
    const error = await rejectionOf(SessionRequestError, sessions.scoped({ ...job, replicas: 4, errors: "raise" }))
    assert.isAbove(error.errors.size, 0)
    await platform.fail()
    assert.deepStrictEqual(await sessions.fetch(), [])
    await rejectionOf(InvalidInput, sessions.scoped({ ...job, gpu: 1, gpus: 1 }))
  })

  it("keeps what could be made, and logs the rest", async () => {
    const sessions = platform.sessions({ loglevel: "warning" })
    await platform.fail({ match: { method: "POST", every: 2 }, action: { _tag: "Reply", status: 403, body: "quota" } })
    const { value: scoped, stderr } = await captured(() => sessions.scoped({ ...job, replicas: 4 }))
    assert.strictEqual(scoped.ids.length, 2)
    assert.isTrue(stderr.some((line) => line.includes("scoped: fit-2")))
    await platform.fail()
    await scoped.destroy()
    assert.deepStrictEqual(await sessions.fetch(), [])
  })

  it("leaves nothing when it is aborted at the last moment", async () => {
    const sessions = platform.sessions()
    const abort = new AbortController()
    const onProgress = ({ done, total }: Progress) => {
      if (done === total) abort.abort("enough")
    }
    const rejected = rejectionOf(Cancelled, sessions.scoped({ ...job, replicas: 3, onProgress, signal: abort.signal }))
    assert.strictEqual((await rejected).cause, "enough")
    assert.deepStrictEqual(await sessions.fetch(), [])
  })

  it("leaves nothing when it is aborted", async () => {
    await platform.fail({ match: { method: "POST", after: 2 }, action: { _tag: "Never" } })
    const sessions = platform.sessions()
    const abort = new AbortController()
    const rejected = rejectionOf(Cancelled, sessions.scoped({ ...job, replicas: 5, signal: abort.signal }))
    await until(() => sent("POST").length >= 3)
    abort.abort("enough")
    const { cause, created, unresolved = [] } = await rejected
    assert.strictEqual(cause, "enough")
    assert.deepStrictEqual(created, [])
    // What was under way may still come to be.
    assert.isNotEmpty(unresolved)
    assert.isTrue(unresolved.every((name) => /^fit-[2-5]$/.test(name)))
    await platform.fail()
    assert.deepStrictEqual(await sessions.fetch(), [])
  })
})
