/**
 * The memory of this process, all threads included, as the system sees it.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { collectGarbage } from "./cost.ts"

/** Resident memory in MiB, as it is. */
export const residentMib = (): number => process.memoryUsage.rss() / 2 ** 20

/** What is in use in MiB: objects, and buffers outside of V8. */
export const usedMib = (): number => {
  const { external, heapUsed } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

/** Collects what is not needed any more, and lets the system have it back. */
export const settle = async (): Promise<void> => {
  for (let round = 0; round < 4; round++) {
    collectGarbage()
    await sleep(50)
  }
}

/** The most resident memory that was seen, in MiB; looked at often, also by who calls `look`. */
export class Peak {
  peak = residentMib()
  readonly #timer = setInterval(() => this.look(), 5)

  look(): void {
    this.peak = Math.max(this.peak, residentMib())
  }

  stop(): number {
    clearInterval(this.#timer)
    this.look()
    return this.peak
  }
}
