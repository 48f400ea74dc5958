/**
 * What `AsyncSession` costs above the Effect API. Its events are texts, so the other's are, too.
 */
import type { Measure } from "../Measure.ts"
import { rateText, sendInTurns, speed } from "./senders.ts"

const requests = 20_000
const mix = ["info", "eventsText", "destroy"] as const

export const promise: Measure<"promise_vs_effect"> = {
  keys: ["promise_vs_effect"],
  measure: async (bench) => {
    const { effect, promise } = await sendInTurns(
      bench,
      { effect: { sender: "effect", mix }, promise: { sender: "promise", mix } },
      { concurrency: 64, requests },
      { warmUp: 2, counted: 9 }
    )
    return {
      promise_vs_effect: {
        value: speed(promise, effect),
        details: [rateText("AsyncSession", promise, requests), rateText("Effect API", effect, requests)]
      }
    }
  }
}
