/**
 * One timer for all requests of a pool.
 */

/** Something with an end. */
export interface Expiring {
  readonly deadline: number
  /** Where it stands among what is watched: for {@link Deadlines} alone, and less than 0 at first. */
  place: number
  expire(): void
}

/**
 * Watches the deadlines of what is in flight, at most `concurrency` at once, with a single timer: set to the
 * earliest deadline, it looks at all of them when it fires and is set again for the next. A request that is added
 * or answered costs a place in an array, not a timer. Not in a set: there, what has left keeps what came later alive
 * for the garbage collector, which then spends more time than the requests take.
 */
export class Deadlines {
  readonly #watched: Array<Expiring> = []
  #timer: NodeJS.Timeout | undefined
  #firesAt = Infinity

  /** Watches `item` for `seconds` from now on; answers its deadline. Without a limit nothing is watched. */
  add(item: Expiring, seconds: number | undefined): number {
    if (seconds === undefined) return Infinity
    const deadline = performance.now() + seconds * 1000
    item.place = this.#watched.push(item) - 1
    if (deadline < this.#firesAt) this.#schedule(deadline)
    return deadline
  }

  remove(item: Expiring): void {
    if (item.place < 0) return
    const last = this.#watched.pop()
    if (last !== undefined && last !== item) {
      last.place = item.place
      this.#watched[item.place] = last
    }
    item.place = -1
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#firesAt = Infinity
    for (const item of this.#watched) item.place = -1
    this.#watched.length = 0
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
    this.#firesAt = Infinity
    for (const item of this.#watched.filter(({ deadline }) => deadline <= now)) {
      // Who heard of the one before may have given up this one.
      if (item.place >= 0) item.expire()
    }
    let next = Infinity
    for (const { deadline } of this.#watched) if (deadline > now && deadline < next) next = deadline
    if (next < this.#firesAt) this.#schedule(next)
  }
}
