/**
 * How many worker threads there may be.
 */
import type { Problem } from "@skaha/core"

const mostWorkers = 64

/**
 * What is wrong with a number of workers, which is a whole one from 1 to 64 and not more than `concurrency`. A wrong
 * `concurrency` is nothing to tell here.
 *
 * @example
 * ```ts
 * import { workersProblems } from "@skaha/session"
 *
 * const [problem] = workersProblems(4, 2)
 * ```
 */
export const workersProblems = (workers: number, concurrency: number): ReadonlyArray<Problem> => {
  const field = "workers"
  if (!Number.isInteger(workers) || workers < 1 || workers > mostWorkers) {
    return [{ field, message: `a whole number from 1 to ${mostWorkers}` }]
  }
  return concurrency >= 1 && workers > concurrency
    ? [{ field, message: `more than there may be requests at once, which is ${concurrency}` }]
    : []
}
