/**
 * Whether memory grows while outcomes are streamed, over the real server.
 */
import { Child } from "../child/Child.ts"
import type { Measure } from "../Measure.ts"
import type { StreamTasks } from "../programs/stream.ts"
import { token } from "../server/Server.ts"

const count = 100_000
const part = 10_000
const warmUp = 30_000

const listText = (mib: ReadonlyArray<number>) => `${mib.map((one) => one.toFixed(1)).join(", ")} MiB`

export const streamGrowth: Measure<"stream_growth_mib"> = {
  keys: ["stream_growth_mib"],
  measure: async ({ programs, server, signal }) => {
    await using child = new Child<StreamTasks>(programs, "stream", { signal })
    const target = { server: server.url(), token, concurrency: 64 }
    const { peak, resident, used } = await child.ask("events", target, warmUp, count, part)
    const [first = NaN, ...later] = resident
    return {
      stream_growth_mib: {
        value: Math.max(0, Math.max(...later) - first),
        details: [
          `events of ${count.toLocaleString("en")} sessions over HTTP, C = 64, in a process that has streamed before`,
          `resident after each ${part.toLocaleString("en")}, garbage collected: ${listText(resident)}`,
          `in use: ${listText(used)}`,
          `resident at most ${peak.toFixed(1)} MiB, with garbage`
        ]
      }
    }
  }
}
