/**
 * A client's way through the whole scenario.
 */
import type { Fault } from "@skaha/emulator"
import { scenario } from "../scenario/index.ts"
import type { Json, Library, Step } from "../scenario/Step.ts"
import { toOutcome, type Outcome } from "./outcome.ts"
import type { Asked, Platform } from "./Platform.ts"
import type { Caller } from "./Told.ts"

export interface Seen {
  readonly outcome: Outcome
  readonly asked: ReadonlyArray<Asked>
}

/** What was seen of each step, by its name. */
export type Run = ReadonlyMap<string, Seen>

/** The arguments with ids in the place of `@name`. */
const withIds = (value: Json, platform: Platform): Json => {
  if (typeof value === "string") return value.startsWith("@") ? platform.idOf(value.slice(1)) : value
  if (Array.isArray(value)) return value.map((each) => withIds(each, platform))
  return value
}

const argumentsOf = (step: Step, platform: Platform) =>
  Object.fromEntries(Object.entries(step.with ?? {}).map(([name, value]) => [name, withIds(value, platform)]))

const faultsOf = (step: Step, platform: Platform): ReadonlyArray<Fault> =>
  (step.faults ?? []).map(({ match, action }) => ({
    match: match.ids === undefined ? match : { ...match, ids: match.ids.map((id) => platform.idOf(id.slice(1))) },
    action
  }))

const perform = async (step: Step, platform: Platform, caller: Caller): Promise<Seen> => {
  await platform.pass(step.after ?? 0)
  await platform.mark()
  await platform.fail(faultsOf(step, platform))
  const told = await caller.perform(step, argumentsOf(step, platform))
  const asked = platform.normal([...platform.asked])
  await platform.fail([])
  return { outcome: await toOutcome(step, told, platform), asked }
}

/** Performs the steps that a library has. */
export const run = async (platform: Platform, library: Library, caller: Caller): Promise<Run> => {
  const seen = new Map<string, Seen>()
  try {
    for (const chapter of scenario) {
      await platform.begin(chapter)
      for (const step of chapter.steps) {
        if (step.only === undefined || step.only === library) seen.set(step.name, await perform(step, platform, caller))
      }
    }
  } finally {
    await caller.close()
  }
  return seen
}
