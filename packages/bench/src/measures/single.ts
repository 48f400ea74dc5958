/**
 * The path of a single request, without latency, beside what one would write by hand.
 */
import type { Measure } from "../Measure.ts"
import { rateText, readMix, sendInTurns, speed } from "./senders.ts"

const requests = 20_000

export const single: Measure<"single_vs_undici" | "single_vs_dispatch"> = {
  keys: ["single_vs_undici", "single_vs_dispatch"],
  measure: async (bench) => {
    const mix = readMix
    await bench.server.reset()
    const { dispatch, effect, fetch, undici } = await sendInTurns(
      bench,
      {
        effect: { sender: "effect", mix },
        undici: { sender: "undici", mix },
        dispatch: { sender: "dispatch", mix },
        fetch: { sender: "fetch", mix }
      },
      { concurrency: 64, requests },
      { warmUp: 2, counted: 9 }
    )
    const { cpuMillis, requests: served } = await bench.server.counts()
    const capacity = Math.round(served / cpuMillis).toLocaleString("en")
    const details = [
      rateText("SDK", effect, requests),
      rateText("undici.request", undici, requests),
      rateText("Pool.dispatch", dispatch, requests),
      rateText("fetch", fetch, requests),
      `the server could answer ${capacity},000/s`
    ]
    return {
      single_vs_undici: { value: speed(effect, undici), details },
      single_vs_dispatch: { value: speed(effect, dispatch), details }
    }
  }
}
