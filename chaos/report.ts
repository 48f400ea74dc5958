/**
 * What a run is reported as.
 */
import { together } from "./Findings.ts"
import type { Options } from "./options.ts"
import type { Result } from "./run.ts"

export const holds = (results: ReadonlyArray<Result>): boolean => results.every(({ problems }) => problems.length === 0)

const record = ({ figures, problems, seed }: Result) => ({ seed, holds: problems.length === 0, ...figures, problems })

/** One object: of one seed its own, of several their sums and each one's. */
export const toJson = (results: ReadonlyArray<Result>, { over, single }: Options): string => {
  const [only] = results
  const object =
    single && only !== undefined
      ? { over, ...record(only) }
      : {
          over,
          holds: holds(results),
          ...together(results.map(({ figures }) => figures)),
          seeds: results.map(record)
        }
  return JSON.stringify(object, null, 2)
}

/** The same to read. */
export const toText = (results: ReadonlyArray<Result>, { over }: Options): string => {
  const figures = Object.entries(together(results.map(({ figures }) => figures)))
  const width = Math.max(...figures.map(([name]) => name.length))
  const problems = results.flatMap(({ problems, seed }) => problems.map((problem) => `seed ${seed}, ${problem}`))
  return [
    `${results.length === 1 ? `Seed ${results[0]?.seed}` : `${results.length} seeds`}, over ${over}:`,
    ...figures.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    problems.length === 0 ? "All of it holds." : "What does not hold:",
    ...problems.map((problem) => `  ${problem}`)
  ].join("\n")
}
