import { assert, describe, it } from "@effect/vitest"
import { Cancelled, InvalidInput, type AsyncSession, type BulkOptions, type Progress } from "skaha"
import { folder } from "./support/folders.ts"
import { captured } from "./support/output.ts"
import { image, logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

type Call = (sessions: AsyncSession, ids: ReadonlyArray<string>, options: BulkOptions) => Promise<unknown>

const drain = async (outcomes: AsyncIterable<unknown>) => {
  for await (const _ of outcomes);
}

/** Each method that goes through several, with what comes in bytes for each. */
const methods: Readonly<Record<string, Call>> = {
  info: (sessions, ids, options) => sessions.info(ids, options),
  logs: (sessions, ids, options) => sessions.logs(ids, options),
  events: (sessions, ids, options) => sessions.events(ids, options),
  renew: (sessions, ids, options) => sessions.renew(ids, options),
  connect: (sessions, ids, options) => sessions.connect(ids, options),
  destroy: (sessions, ids, options) => sessions.destroy(ids, options),
  saveLogs: async (sessions, ids, options) => {
    using directory = folder()
    await sessions.saveLogs(ids, directory.path, options)
  },
  streamLogs: (sessions, ids, options) => drain(sessions.streamLogs(ids, options)),
  streamEvents: (sessions, ids, options) => drain(sessions.streamEvents(ids, options))
}

/** The last of what is told. */
const followed = async (call: (onProgress: (progress: Progress) => void) => Promise<unknown>) => {
  const told: Array<Progress> = []
  await call((progress) => told.push(progress)).catch(() => {})
  return told.at(-1)
}

describe("onProgress", () => {
  it.each(Object.entries(methods))("of %s is told at the end what became of all", async (_, call) => {
    const ids = [await platform.given({ name: "one" }), await platform.given({ name: "two" }), "bad"]
    await platform.fail({ match: { ids: ["bad"] }, action: { _tag: "Reply", status: 500 } })
    const last = await followed((onProgress) => call(platform.sessions(), ids, { onProgress }))
    assert.include(last, { done: 3, total: 3, remaining: 0 })
    assert.isAtLeast(last?.failed ?? 0, 1)
    assert.isAbove(last?.seconds ?? 0, 0)
    assert.isAbove(last?.rate ?? 0, 0)
  })

  it("counts the bytes of texts", async () => {
    const id = await platform.given({ name: "one" })
    const last = await followed((onProgress) => platform.sessions().logs(id, { onProgress }))
    assert.include(last, { done: 1, failed: 0, bytes: Buffer.byteLength(logOf("one-1")) })
  })

  it("of a create counts its replicas", async () => {
    const last = await followed((onProgress) =>
      platform.sessions().create({ name: "fit", image, replicas: 3, onProgress })
    )
    assert.include(last, { done: 3, failed: 0, total: 3 })
  })

  it("of destroy_with counts what was chosen", async () => {
    await platform.given({ name: "fit" })
    const last = await followed((onProgress) => platform.sessions().destroy_with("fit", { onProgress }))
    assert.include(last, { done: 1, total: 1 })
  })

  it("is told while the call goes on, and once more when it is aborted", async () => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const told: Array<Progress> = []
    const abort = new AbortController()
    const call = platform.sessions().logs(["a", "b"], { signal: abort.signal, onProgress: (one) => told.push(one) })
    await until(() => told.length > 1)
    abort.abort()
    await rejectionOf(Cancelled, call)
    const before = told.length
    assert.include(told.at(-1), { done: 0, total: 0 })
    await new Promise((resolve) => setTimeout(resolve, 120))
    assert.strictEqual(told.length, before)
  })

  it("that throws is logged and not called again, and the call goes on", async () => {
    await platform.fail({ match: {}, action: { _tag: "Delay", duration: 250 } })
    let calls = 0
    const sessions = platform.sessions({ loglevel: "warning" })
    const { value, stderr } = await captured(() =>
      sessions.logs(["a", "b"], {
        onProgress: () => {
          calls++
          throw new Error("no bar")
        }
      })
    )
    assert.deepStrictEqual([value, calls], [{ a: "", b: "" }, 1])
    assert.strictEqual(stderr.length, 1)
    assert.include(stderr[0], "the progress cannot be told")
  })

  it("that is no function is refused, and calls without several have none", async () => {
    const sessions = platform.sessions()
    const bar: unknown = { done: 0 }
    const error = await rejectionOf(InvalidInput, sessions.info("abc", { onProgress: bar as () => void }))
    assert.strictEqual(error.message, "info: onProgress: a function is needed")
    const options: object = { onProgress: () => {} }
    assert.include((await rejectionOf(InvalidInput, sessions.fetch(options))).message, "onProgress: is no option")
    assert.deepStrictEqual(platform.sent, [])
  })
})
