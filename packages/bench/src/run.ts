/**
 * Measures what is asked for, one thing at a time, and ends in time.
 */
import type { Programs } from "./child/build.ts"
import { allKeys, type Key } from "./keys.ts"
import type { AnyMeasure, Figure } from "./Measure.ts"
import type { Server } from "./server/Server.ts"

/** What came of a run. */
export interface Results {
  readonly figures: ReadonlyMap<Key, Figure>
  /** Whether something could not be measured that should have been. */
  readonly hasFailed: boolean
}

/** All of it ends within 15 minutes; no measure may take the others' time. */
const allMillis = 14.5 * 60_000
const oneMillis = 5 * 60_000

/** Measures; `report` hears of each measure before and after. */
export const runMeasures = async (
  bench: { readonly programs: Programs; readonly server: Server },
  measures: ReadonlyArray<AnyMeasure>,
  only: ReadonlyArray<Key>,
  report: (text: string) => void
): Promise<Results> => {
  const figures = new Map<Key, Figure>(allKeys.map((key) => [key, { reason: "not asked for" }]))
  const end = performance.now() + allMillis
  let hasFailed = false
  for (const { keys, measure } of measures) {
    const wanted = keys.filter((key) => only.includes(key))
    if (wanted.length === 0) continue
    const set = (figureOf: (key: Key) => Figure) => {
      for (const key of wanted) figures.set(key, figureOf(key))
    }
    const left = end - performance.now()
    if (left <= 0) {
      set(() => ({ reason: "the time was over" }))
      hasFailed = true
      continue
    }
    report(`${wanted.join(", ")} …`)
    const start = performance.now()
    const signal = AbortSignal.timeout(Math.round(Math.min(left, oneMillis)))
    try {
      const measured = await measure({ ...bench, signal })
      set((key) => measured[key] ?? { reason: "not measured" })
    } catch (error) {
      hasFailed = true
      const reason = signal.aborted ? "it took too long" : error instanceof Error ? error.message : String(error)
      set(() => ({ reason: `measuring failed: ${reason}` }))
    }
    report(`${wanted.join(", ")}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
  }
  return { figures, hasFailed }
}
