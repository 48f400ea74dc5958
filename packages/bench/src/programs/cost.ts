/**
 * What something takes, in time.
 */

/** What it took, in milliseconds. */
export interface Cost {
  readonly millis: number
  /** Of all threads of the process. */
  readonly cpuMillis: number
}

/** Collects what is left of before; the processes are started so that they can. */
export const collectGarbage = (): void => globalThis.gc?.()

/** Does something in a process that has nothing else to do, and says what it took. */
export const settled = async (run: () => Promise<unknown>): Promise<Cost> => {
  collectGarbage()
  const cpu = process.cpuUsage()
  const start = performance.now()
  await run()
  const millis = performance.now() - start
  const { system, user } = process.cpuUsage(cpu)
  return { millis, cpuMillis: (system + user) / 1000 }
}
