/**
 * Whether a server takes clearly longer than it did.
 */
import type { Sign } from "./Limiter.ts"

/** A reply is late when it took longer than so many times the shortest of late, and so many milliseconds more. */
const times = 4
const margin = 100

/** How long the shortest time is remembered at least, in milliseconds; twice as long at most. */
const memory = 60_000

/** The calls that weigh in, for each that may be in flight: some four rounds of them. */
const rounds = 4

/**
 * The times of calls that are alike. It is slow when most of the latest were late: a median, so that neither a few that
 * take long count, nor a pause in which all that are in flight are caught once.
 */
export class Latency {
  readonly #weight: number
  /** The share of the latest calls that were late. */
  #late = 0
  /** The shortest time in this stretch of memory, and in the one before. */
  #shortest = Infinity
  #shortestBefore = Infinity
  #since = 0

  constructor(concurrency: number) {
    this.#weight = 1 / (rounds * concurrency)
  }

  /** Notes that a call took so many milliseconds until now. */
  add(taken: number, now: number): Sign {
    if (now - this.#since >= memory) {
      this.#shortestBefore = now - this.#since < 2 * memory ? this.#shortest : Infinity
      this.#shortest = Infinity
      this.#since = now
    }
    if (taken < this.#shortest) this.#shortest = taken
    const isLate = taken > times * Math.min(this.#shortest, this.#shortestBefore) + margin
    this.#late += ((isLate ? 1 : 0) - this.#late) * this.#weight
    if (!isLate) return "well"
    if (this.#late <= 0.5) return undefined
    // What comes now, with fewer in flight, is judged anew.
    this.#late = 0
    return "slow"
  }
}
