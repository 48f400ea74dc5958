/**
 * How many connections are made.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Measure } from "../Measure.ts"
import { readMix, startSender } from "./senders.ts"

const concurrency = 64
const requests = 2000

export const connections: Measure<"new_connections_warm"> = {
  keys: ["new_connections_warm"],
  measure: async (bench) => {
    // With a latency all connections are really needed.
    await using child = await startSender(bench, "effect", { choice: { latency: 5 }, concurrency })
    const run = async () => {
      await child.ask("many", { mix: readMix, requests, concurrency })
      await child.ask("bulk", "logs", requests)
    }
    await bench.server.reset()
    await run()
    const cold = await bench.server.counts()
    await bench.server.reset()
    await run()
    await sleep(1000)
    await run()
    const warm = await bench.server.counts()
    return {
      new_connections_warm: {
        value: warm.connections,
        holds: cold.connections <= concurrency,
        details: [
          `cold: ${cold.connections} connections for C = ${concurrency}, at most ${cold.mostInFlight} requests in flight`,
          `warm: ${warm.requests.toLocaleString("en")} requests, at most ${warm.mostInFlight} in flight`
        ]
      }
    }
  }
}
