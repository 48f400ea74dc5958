/**
 * What a step came to, in terms that can be compared: without ids, addresses and chance.
 */
import type { Json, Step } from "../scenario/Step.ts"
import type { Platform } from "./Platform.ts"
import type { Raised, Told } from "./Told.ts"

/** What a call gave, or how it failed. */
export type Outcome = ({ readonly gives: Json } | Raised) & {
  /** The sessions whose texts were printed. */
  readonly printed: ReadonlyArray<string>
  readonly opened: ReadonlyArray<string>
  /** What the call has made on the platform. */
  readonly made: ReadonlyArray<Json>
  /** The sessions that it has ended there. */
  readonly gone: ReadonlyArray<string>
}

const sorted = (value: Json): Json =>
  Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value

const counted = (value: Json): Json => (Array.isArray(value) ? `${value.length} of them` : value)

const withoutChance = (value: Json, byChance: Step["byChance"]): Json =>
  byChance === undefined ? value : byChance === "order" ? sorted(value) : counted(value)

/** The names of the sessions of which something that was printed tells. */
const printedOf = (text: string): ReadonlyArray<string> => [
  ...new Set([...text.matchAll(/(\S+) wrote this|^--- <(.+)>$/gm)].map(([, writer, header]) => writer ?? header ?? ""))
]

export const toOutcome = async (step: Step, told: Told, platform: Platform): Promise<Outcome> => {
  const made = await platform.made()
  const gone = await platform.gone()
  const { printed, ...rest } = platform.normal({ ...told, made, gone })
  const outcome = { ...rest, printed: printedOf(printed) }
  if (step.byChance === undefined || "raises" in outcome) return outcome
  return {
    ...outcome,
    gives: withoutChance(outcome.gives, step.byChance),
    made: step.byChance === "which" ? [`${outcome.made.length} of them`] : outcome.made
  }
}
