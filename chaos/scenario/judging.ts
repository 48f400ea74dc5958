/**
 * What the platform holds, beside what a create has said.
 */
import { Outcome, type Created } from "@skaha/session"
import type { Findings } from "../Findings.ts"
import type { Held } from "../world/World.ts"

/** The names of the replicas of a create. */
export const replicaNames = (name: string, replicas: number): ReadonlyArray<string> =>
  Array.from({ length: replicas }, (_, index) => `${name}-${index + 1}`)

/** The ids that outcomes tell of; what failed is noted. */
export const idsOf = (outcomes: ReadonlyArray<Created>, findings: Findings): ReadonlyArray<string> => {
  findings.listed(
    Outcome.failures(outcomes).map(({ error, input }) => `${input} (${error.message})`),
    "replicas were not created"
  )
  return Outcome.values(outcomes)
}

const times = (names: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Notes which of these names do not exist exactly once, and which sessions nobody was told of. */
export const judgeCreated = (
  names: ReadonlyArray<string>,
  held: ReadonlyArray<Held>,
  ids: ReadonlyArray<string>,
  findings: Findings
): void => {
  const counts = times(held.map(({ name }) => name))
  const told = new Set(ids)
  findings.counted(
    "duplicates",
    [...counts].flatMap(([name, count]) => (count > 1 ? [`${name} ×${count}`] : [])),
    "names exist more than once"
  )
  findings.counted(
    "lost",
    held.flatMap(({ id, name }) => (told.has(id) ? [] : [name])),
    "sessions exist whose ids were not given"
  )
  findings.counted(
    "lost",
    names.filter((name) => !counts.has(name)),
    "replicas do not exist"
  )
  const exist = new Set(held.map(({ id }) => id))
  findings.expect(
    ids.every((id) => exist.has(id)),
    "an id was given of no session"
  )
  findings.expect(told.size === ids.length, "an id was given twice")
}
