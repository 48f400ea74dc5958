import { afterAll, assert, describe, it } from "@effect/vitest"
import { AsyncSession, Cancelled, Context, Images, Overview, type CallOptions } from "skaha"
import { folder } from "./support/folders.ts"
import { listener } from "./support/listener.ts"
import { image, token, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { until } from "./support/until.ts"

const platform = usePlatform()

const directory = folder()
afterAll(() => directory[Symbol.dispose]())

const many = Array.from({ length: 20 }, (_, index) => `id${index}`)

/** What a stream gives first; the rest goes on waiting to be taken. */
const firstOf = <A>(outcomes: AsyncIterable<A>) => outcomes[Symbol.asyncIterator]().next()

/** Each method with something to do; those with many ids have 20 requests to make, the others and `info` one. */
const methods: Readonly<Record<string, (sessions: AsyncSession, options: CallOptions) => Promise<unknown>>> = {
  fetch: (sessions, options) => sessions.fetch(options),
  stats: (sessions, options) => sessions.stats(options),
  create: (sessions, options) => sessions.create({ name: "fit", image, ...options }),
  info: (sessions, options) => sessions.info(many, options),
  logs: (sessions, options) => sessions.logs(many, options),
  events: (sessions, options) => sessions.events(many, options),
  renew: (sessions, options) => sessions.renew(many, options),
  connect: (sessions, options) => sessions.connect(many, options),
  destroy: (sessions, options) => sessions.destroy(many, options),
  saveLogs: (sessions, options) => sessions.saveLogs(many, directory.path, options),
  streamLogs: (sessions, options) => firstOf(sessions.streamLogs(many, options)),
  streamEvents: (sessions, options) => firstOf(sessions.streamEvents(many, options)),
  destroy_with: (sessions, options) => sessions.destroy_with("fit", options),
  waitUntil: (sessions, options) => sessions.waitUntil(many, () => true, options),
  waitRunning: (sessions, options) => sessions.waitRunning(many, options),
  waitCompleted: (sessions, options) => sessions.waitCompleted(many, options),
  waitReady: (sessions, options) => sessions.waitReady(many, options),
  waitGone: (sessions, options) => sessions.waitGone(many, options),
  watch: (sessions, options) => firstOf(sessions.watch(options)),
  followLogs: (sessions, options) => firstOf(sessions.followLogs(many, options)),
  keepAlive: (sessions, options) => sessions.keepAlive("abcd1234", options),
  timeLeft: (sessions, options) => sessions.timeLeft("abcd1234", options),
  diagnose: (sessions, options) => sessions.diagnose("abcd1234", options),
  scoped: (sessions, options) => sessions.scoped({ name: "fit", image, ...options }),
  runBatch: (sessions, options) => sessions.runBatch({ name: "fit", image, ...options })
}

/** Those that make several requests at once when they have several ids. */
const broad = ["logs", "events", "renew", "connect", "destroy", "saveLogs", "streamLogs", "streamEvents"]

const table = Object.entries(methods)

/** From now on the platform takes requests and never answers. */
const silent = () => platform.fail({ match: {}, action: { _tag: "Never" } })

const atWork = (requests: number) => until(async () => (await platform.inFlight()) === requests)

const assertCancelled = (error: Cancelled, cause: unknown) => {
  assert.deepStrictEqual([error.name, error.code, error.isRetryable], ["Cancelled", "cancelled", false])
  assert.strictEqual(error.cause, cause)
  assert.strictEqual(error.message, `${error.operation} was cancelled`)
}

describe("an AbortSignal", () => {
  it.each(table)("aborted before keeps %s from being sent", async (_, call) => {
    const reason = new Error("changed my mind")
    const error = await rejectionOf(Cancelled, call(platform.sessions(), { signal: AbortSignal.abort(reason) }))
    assertCancelled(error, reason)
    assert.deepStrictEqual(platform.sent, [])
  })

  it.each(table)("ends %s in flight: the server sees it, and nothing more is sent", async (name, call) => {
    await silent()
    const concurrency = 3
    const sent = broad.includes(name) ? concurrency : 1
    const abort = new AbortController()
    const sessions = platform.sessions({ concurrency })
    const rejected = rejectionOf(Cancelled, call(sessions, { signal: abort.signal }))
    await atWork(sent)
    const reason = { because: "enough" }
    abort.abort(reason)
    assertCancelled(await rejected, reason)
    await atWork(0)
    await platform.fail()
    assert.deepStrictEqual(await sessions.fetch(), [])
    const requests = await platform.requests()
    assert.strictEqual(requests.length, sent + 1)
    assert.deepStrictEqual(
      requests.slice(0, sent).map(({ status }) => status),
      Array.from({ length: sent }, () => undefined)
    )
  })

  it("gives up what waits for its turn, and never sends it", async () => {
    await silent()
    const sessions = platform.sessions({ concurrency: 1 })
    const abort = new AbortController()
    const first = new AbortController()
    const blocking = rejectionOf(Cancelled, sessions.fetch({ signal: first.signal }))
    const waiting = rejectionOf(Cancelled, sessions.create({ name: "fit", image, signal: abort.signal }))
    await atWork(1)
    abort.abort()
    await waiting
    await platform.fail()
    first.abort()
    await blocking
    assert.deepStrictEqual(await sessions.fetch(), [])
    assert.deepStrictEqual(platform.forms, [])
  })

  it("ends its own call only", async () => {
    await platform.fail({ match: {}, action: { _tag: "Delay", duration: 30 } })
    const abort = new AbortController()
    const sessions = platform.sessions()
    const one = rejectionOf(Cancelled, sessions.fetch({ signal: abort.signal }))
    const two = sessions.fetch()
    await atWork(2)
    abort.abort()
    await one
    assert.deepStrictEqual(await two, [])
  })

  it("with a time limit is as good", async () => {
    await silent()
    const error = await rejectionOf(Cancelled, platform.sessions().fetch({ signal: AbortSignal.timeout(20) }))
    assert.include(error.cause, { name: "TimeoutError" })
  })

  it("aborted afterwards changes nothing", async () => {
    const abort = new AbortController()
    const rows = await platform.sessions().fetch({ signal: abort.signal })
    abort.abort()
    assert.deepStrictEqual(rows, [])
  })

  it("is there in the other clients", async () => {
    const options = { ...platform.address, token }
    const signal = AbortSignal.abort("no")
    await using images = new Images(options)
    await using context = new Context(options)
    await using overview = new Overview(options)
    for (const call of [
      images.fetch("headless", { signal }),
      images.details(undefined, { signal }),
      images.repositoryHosts({ signal }),
      context.resources({ signal }),
      overview.availability({ signal }),
      overview.capabilities({ signal })
    ]) {
      assert.strictEqual((await rejectionOf(Cancelled, call)).cause, "no")
    }
    assert.deepStrictEqual(platform.sent, [])
  })
})

describe("close", () => {
  it.each(table)("ends %s in flight, and refuses it afterwards", async (_, call) => {
    await silent()
    const sessions = platform.sessions()
    const rejected = rejectionOf(Cancelled, call(sessions, {}))
    await until(async () => (await platform.inFlight()) > 0)
    await sessions.close()
    assert.include((await rejected).cause, { message: "the client was closed" })
    await atWork(0)
    const before = platform.sent.length
    assert.include((await rejectionOf(Cancelled, call(sessions, {}))).cause, { message: "the client is closed" })
    assert.strictEqual(platform.sent.length, before)
  })

  it("leaves no connection open", async () => {
    await using server = await listener((_, response) => response.end("[]"))
    const sessions = new AsyncSession({ server: server.origin, token })
    await Promise.all([sessions.fetch(), sessions.fetch()])
    assert.strictEqual(server.sockets.size, 2)
    await sessions.close()
    await until(() => server.sockets.size === 0)
    assert.strictEqual(server.sockets.size, 0)
  })

  it("can be called again, at the same time, and before any call", async () => {
    const sessions = new AsyncSession({ ...platform.address, token })
    await Promise.all([sessions.close(), sessions.close()])
    await sessions.close()
    await rejectionOf(Cancelled, sessions.fetch())
    assert.deepStrictEqual(platform.sent, [])
  })

  it("is what await using calls", async () => {
    let leaked: AsyncSession
    {
      await using sessions = new AsyncSession({ ...platform.address, token })
      await sessions.fetch()
      leaked = sessions
    }
    const error = await rejectionOf(Cancelled, leaked.fetch())
    assert.include(error.cause, { message: "the client is closed" })
  })

  it("leaves other clients alone", async () => {
    const [one, two] = [platform.sessions(), platform.sessions()]
    await Promise.all([one.fetch(), two.fetch()])
    await one.close()
    assert.deepStrictEqual(await two.fetch(), [])
  })
})
