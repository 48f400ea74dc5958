/**
 * Makes calls of every kind with one client, lets them end in every way, and prints for each what it left behind that
 * would keep the process alive. The client stays open.
 */
import { getEventListeners } from "node:events"
import { AsyncSession, type BatchOptions, type CallOptions } from "skaha"

const [url = "", image = ""] = process.argv.slice(2)
const sessions = new AsyncSession({ url, token: "token-of-alice", loglevel: "critical" })
const job: BatchOptions = { name: "fit", image, cmd: "stay" }

const first = async (values: AsyncIterable<unknown>) => {
  for await (const _ of values) break
}

const [id = ""] = await sessions.create(job)

const calls: Readonly<Record<string, (options: CallOptions) => Promise<unknown>>> = {
  fetch: (options) => sessions.fetch(options),
  info: (options) => sessions.info(id, options),
  logs: (options) => sessions.logs([id, "unknown"], options),
  streamLogs: (options) => first(sessions.streamLogs([id, id], options)),
  waitRunning: (options) => sessions.waitRunning(id, options),
  waitCompleted: (options) => sessions.waitCompleted(id, { limit: 0, ...options }),
  waitGone: (options) => sessions.waitGone([id, "unknown"], { limit: 1, interval: 1, ...options }),
  watch: (options) => first(sessions.watch({ existing: true, ...options })),
  followLogs: (options) => first(sessions.followLogs(id, options)),
  timeLeft: (options) => sessions.timeLeft(id, options),
  diagnose: (options) => sessions.diagnose(id, options),
  keepAlive: async (options) => {
    await using _ = await sessions.keepAlive(id, options)
  },
  scoped: async (options) => {
    await using _ = await sessions.scoped({ ...job, name: "scoped", replicas: 2, ...options })
  },
  runBatch: (options) => sessions.runBatch({ ...job, name: "batch", cmd: "end", ...options })
}

/** The kinds of what keeps the process alive, and the listeners of a signal. */
const kept = (signal: AbortSignal) => [
  ...process.getActiveResourcesInfo().filter((kind) => kind !== "PipeWrap" && kind !== "TTYWrap"),
  ...getEventListeners(signal, "abort").map(() => "listener")
]

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Says how a call has ended, and what is kept: sockets that are being closed are given some turns of the event loop. */
const report = async (name: string, signal: AbortSignal, ended: PromiseSettledResult<unknown>) => {
  const since = performance.now()
  while (kept(signal).length > 0 && performance.now() - since < 500) await turn()
  const how = ended.status === "fulfilled" ? "done" : ended.reason.name
  process.stdout.write(`${[name, how, ...kept(signal)].join(" ")}\n`)
}

for (const [name, call] of Object.entries(calls)) {
  const { signal } = new AbortController()
  const [ended] = await Promise.allSettled([call({ signal })])
  await report(name, signal, ended)
}

for (const [name, call] of Object.entries(calls)) {
  const abort = new AbortController()
  const ending = Promise.allSettled([call({ signal: abort.signal })])
  // Its first request is on its way.
  await turn()
  abort.abort()
  const [ended] = await ending
  await report(`${name} aborted`, abort.signal, ended)
}
