import type { Problem } from "@skaha/core"

/** What is wrong with an option in seconds; what is not given is not wrong. */
export const secondsProblem = (field: string, value: number | undefined, least: number): ReadonlyArray<Problem> =>
  value === undefined || (Number.isFinite(value) && value >= least)
    ? []
    : [{ field, message: `seconds, from ${least}` }]
