/**
 * One timer for all requests of a pool.
 */

/** Something with an end. */
interface Expiring {
  readonly deadline: number
  expire(): void
}

/**
 * Watches the deadlines of what is in flight, at most `concurrency` at once, with a single timer: set to the
 * earliest deadline, it looks at all of them when it fires and is set again for the next. A request that is added
 * or answered costs a set operation, not a timer.
 */
export class Deadlines {
  readonly #watched = new Set<Expiring>()
  #timer: NodeJS.Timeout | undefined
  #firesAt = Infinity

  /** Watches `item` for `seconds` from now on; answers its deadline. Without a limit nothing is watched. */
  add(item: Expiring, seconds: number | undefined): number {
    if (seconds === undefined) return Infinity
    const deadline = performance.now() + seconds * 1000
    this.#watched.add(item)
    if (deadline < this.#firesAt) this.#schedule(deadline)
    return deadline
  }

  remove(item: Expiring): void {
    this.#watched.delete(item)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#firesAt = Infinity
    this.#watched.clear()
  }

  #schedule(deadline: number): void {
    clearTimeout(this.#timer)
    this.#firesAt = deadline
    // Timers take 32 bits: a later deadline is reached in steps.
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, Math.min(deadline - performance.now(), 2 ** 31 - 1)))
    this.#timer.unref()
  }

  #fire(): void {
    const now = performance.now()
    let next = Infinity
    for (const item of this.#watched) {
      if (item.deadline <= now) item.expire()
      else if (item.deadline < next) next = item.deadline
    }
    this.#firesAt = Infinity
    if (next < Infinity) this.#schedule(next)
  }
}
