/**
 * What an id costs among many and among few: over HTTP, and without a network, where nothing hides the SDK's own part.
 */
import { Child } from "../child/Child.ts"
import type { Bench, Measure } from "../Measure.ts"
import type { Cost } from "../programs/cost.ts"
import type { FlatnessTasks } from "../programs/flatness.ts"
import { token } from "../server/Server.ts"
import { inTurns, median, medianRatio, type Series } from "../statistics.ts"

const many = 100_000
const few = 100

const ratio = async ({ programs, server, signal }: Bench, isMock: boolean) => {
  await using children = new AsyncDisposableStack()
  const asking = async (each: number) => {
    const child = children.use(new Child<FlatnessTasks>(programs, "flatness", { signal }))
    await child.ask("open", { server: server.url(), token, concurrency: 64 }, isMock)
    return () => child.ask("calls", each, many)
  }
  const series = await inTurns({ many: await asking(many), few: await asking(few) }, { warmUp: 1, counted: 5 })
  const micros = ({ warm }: Series<Cost>, kind: keyof Cost) =>
    ((median(warm.map((cost) => cost[kind])) / many) * 1000).toFixed(1)
  const text = (one: Series<Cost>) => `${micros(one, "millis")} µs (${micros(one, "cpuMillis")} of CPU)`
  return {
    value: medianRatio(
      series.many.warm.map(({ millis }) => millis),
      series.few.warm.map(({ millis }) => millis)
    ),
    text: `${text(series.many)} an id among ${many.toLocaleString("en")}, ${text(series.few)} among ${few}`
  }
}

export const flatness: Measure<"flatness"> = {
  keys: ["flatness"],
  measure: async (bench) => {
    const overHttp = await ratio(bench, false)
    const without = await ratio(bench, true)
    return {
      flatness: {
        value: Math.max(overHttp.value, without.value),
        details: [
          `over HTTP ${overHttp.value.toFixed(2)}: ${overHttp.text}`,
          `without a network ${without.value.toFixed(2)}: ${without.text}`
        ]
      }
    }
  }
}
