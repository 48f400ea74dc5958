import { assert, describe, it } from "@effect/vitest"
import { Cancelled, InvalidInput, SessionEnded, type BatchOptions, type BatchReplica, type Progress } from "skaha"
import { image, logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const job: BatchOptions = { name: "fit", image }

describe("AsyncSession.runBatch", () => {
  it("gives every replica with its log, and leaves nothing", async () => {
    const told: Array<Progress> = []
    const sessions = platform.sessions()
    const ended: Array<BatchReplica> = []
    const replicas = await sessions.runBatch({
      ...job,
      replicas: 3,
      onProgress: (progress) => told.push(progress),
      onReplica: (replica) => ended.push(replica)
    })
    assert.sameDeepMembers(ended, replicas)
    assert.deepStrictEqual(
      replicas.map(({ name, index, attempts, status, log, error }) => ({ name, index, attempts, status, log, error })),
      [1, 2, 3].map((number) => ({
        name: `fit-${number}`,
        index: number - 1,
        attempts: 1,
        status: "Completed",
        log: logOf(`fit-${number}`),
        error: undefined
      }))
    )
    assert.include(told.at(-1), { done: 3, failed: 0, total: 3 })
    assert.deepStrictEqual(await sessions.fetch(), [])
  })

  it("is rejected with what its listener fails with, and leaves what there is", async () => {
    const sessions = platform.sessions()
    const onReplica = () => Promise.reject(new Error("the disk is full"))
    const message = await sessions.runBatch({ ...job, onReplica }).then(() => "", String)
    assert.include(message, "the disk is full")
    assert.strictEqual((await sessions.fetch()).length, 1)
    const wrong = rejectionOf(InvalidInput, sessions.runBatch({ ...job, onReplica: "x" as unknown as () => void }))
    assert.include((await wrong).message, "onReplica")
    assert.strictEqual((await sessions.fetch()).length, 1)
  })

  it("tells why one has failed, and keeps it where that is wanted", async () => {
    const sessions = platform.sessions()
    const [replica] = await sessions.runBatch({ ...job, cmd: "fail", keep: "failed" })
    assert.instanceOf(replica?.error, SessionEnded)
    assert.deepStrictEqual(
      (await sessions.fetch()).map(({ id }) => id),
      [replica?.id]
    )
  })

  it("leaves what runs when it is aborted, to be resumed", async () => {
    const sessions = platform.sessions()
    const abort = new AbortController()
    const stay: BatchOptions = { ...job, cmd: "stay" }
    const rejected = rejectionOf(Cancelled, sessions.runBatch({ ...stay, signal: abort.signal }))
    await until(async () => (await sessions.fetch()).length === 1)
    abort.abort("enough")
    assert.strictEqual((await rejected).cause, "enough")
    assert.strictEqual((await sessions.fetch()).length, 1)
  })

  it.each<[object, string]>([
    [{ kind: "headless" }, "kind"],
    [{ errors: "raise" }, "errors"],
    [{ limit: 0 }, "limit"],
    [{ limit: 1_209_601 }, "limit"],
    [{ twins: "kill" }, "twins"],
    [{ retries: -1 }, "retries"],
    [{ keep: "some" }, "keep"],
    [{ gpu: 1, gpus: 1 }, "gpu"],
    [{ replicas: 0 }, "replicas"]
  ])("refuses %o before anything is sent", async (options, field) => {
    const error = await rejectionOf(InvalidInput, platform.sessions().runBatch({ ...job, ...options }))
    assert.deepStrictEqual(
      error.problems.map((problem) => problem.field),
      [field]
    )
    assert.deepStrictEqual(platform.sent, [])
  })
})
