/**
 * The Python clients beside ours: the same calls, the same server, the same bodies.
 */
import type { Bench, Figure, Measure } from "../Measure.ts"
import { PythonClient } from "../python/PythonClient.ts"
import type { Choice } from "../server/Behaviour.ts"
import { idOf } from "../server/replies.ts"
import { inTurns, median, medianRatio, type Series } from "../statistics.ts"
import { startSender } from "./senders.ts"

const count = 1000
const ids = Array.from({ length: count }, (_, index) => idOf(index))

/** What is compared: at a concurrency, or at what each client has by default. */
interface Call {
  readonly method: "info" | "logs"
  readonly concurrency?: number
}

const defaultConcurrency = 32

const compare = async (bench: Bench, { concurrency, method }: Call): Promise<Figure> => {
  const choice: Choice = { latency: 20, rows: count }
  await using all = new AsyncDisposableStack()
  const setting = { choice, concurrency: concurrency ?? defaultConcurrency }
  const parties = new Map<string, () => Promise<number>>()
  for (const name of ["promise", "effect"] as const) {
    const child = all.use(await startSender(bench, name, setting))
    parties.set(name, async () => (await child.ask("bulk", method, count)).millis)
  }
  const missing: Array<string> = []
  for (const library of ["canfar", "skaha"] as const) {
    const client = await PythonClient.start(library, bench.server.url(choice))
    if ("why" in client) {
      missing.push(`${library}: ${client.why}`)
      continue
    }
    all.use(client)
    parties.set(`${library} ${client.version}`, () => client.millis(method, ids, concurrency))
    if (concurrency === undefined) continue
    parties.set(`${library} at its default concurrency`, () => client.millis(method, ids))
  }
  const canfar = [...parties.keys()].find((name) => name.startsWith("canfar"))
  if (canfar === undefined) return { reason: missing.join("; ") }
  const series = await inTurns(Object.fromEntries(parties), { warmUp: 1, counted: 5 })
  const text = (name: string, { cold, warm }: Series<number>) =>
    `${name} ${median(warm).toFixed(0)} ms (cold ${cold.toFixed(0)} ms)`
  const warmOf = (name: string) => series[name]?.warm ?? []
  return {
    value: medianRatio(warmOf(canfar), warmOf("promise")),
    details: [
      ...Object.entries(series).map(([name, one]) =>
        text(name === "promise" ? "AsyncSession" : name === "effect" ? "Effect API" : name, one)
      ),
      ...missing
    ]
  }
}

export const infoOfMany: Measure<"info1000_vs_canfar"> = {
  keys: ["info1000_vs_canfar"],
  measure: async (bench) => ({ info1000_vs_canfar: await compare(bench, { method: "info" }) })
}

export const logsOfMany: Measure<"logs1000_vs_canfar"> = {
  keys: ["logs1000_vs_canfar"],
  measure: async (bench) => ({ logs1000_vs_canfar: await compare(bench, { method: "logs", concurrency: 128 }) })
}
