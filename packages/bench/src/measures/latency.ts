/**
 * The path of a single request at a latency, where the connections are what there is too little of.
 */
import type { Bench, Figure, Measure } from "../Measure.ts"
import { median } from "../statistics.ts"
import { rate, rateText, readMix, sendInTurns, speed } from "./senders.ts"

const latency = 20
const seconds = 1.5

const at = async (bench: Bench, concurrency: number): Promise<Figure> => {
  const mix = readMix
  /** What could be sent if nothing but the latency took time. */
  const ideal = (concurrency / latency) * 1000
  const requests = Math.round(ideal * seconds)
  const { dispatch, effect } = await sendInTurns(
    bench,
    { effect: { sender: "effect", mix }, dispatch: { sender: "dispatch", mix } },
    { choice: { latency }, concurrency, requests },
    { warmUp: 2, counted: 5 }
  )
  const share = (series: typeof effect) => median(series.warm.map((cost) => rate(cost, requests))) / ideal
  return {
    value: speed(effect, dispatch),
    details: [
      rateText("SDK", effect, requests),
      rateText("Pool.dispatch", dispatch, requests),
      `of C/latency: SDK ${share(effect).toFixed(2)}, Pool.dispatch ${share(dispatch).toFixed(2)}`
    ]
  }
}

export const latencyFew: Measure<"latency20_c32_vs_dispatch"> = {
  keys: ["latency20_c32_vs_dispatch"],
  measure: async (bench) => ({ latency20_c32_vs_dispatch: await at(bench, 32) })
}

export const latencyMany: Measure<"latency20_c128_vs_dispatch"> = {
  keys: ["latency20_c128_vs_dispatch"],
  measure: async (bench) => ({ latency20_c128_vs_dispatch: await at(bench, 128) })
}
