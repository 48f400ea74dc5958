/**
 * Values on their way from a fiber to who takes them with `for await`.
 */
import * as Effect from "effect/Effect"

/** Who waits for a value. */
interface Asking<A> {
  readonly resolve: (result: IteratorResult<A, undefined>) => void
  readonly reject: (reason: unknown) => void
}

/** What the iterator knows of the fiber that it takes values from. */
interface Source<A> {
  /** Starts it, once; what this throws is what the first value is rejected with. */
  readonly start: (handover: Handover<A>) => void
  /** Stops it, and waits until it has ended. */
  readonly stop: () => Promise<void>
}

const over: IteratorResult<never, undefined> = { done: true, value: undefined }

/**
 * Hands values over one by one: the fiber starts with the first that is asked for, and waits until each is taken. When
 * nobody asks any more, it waits and nothing else happens; a failure that nobody asks for is nobody's.
 */
export class Handover<A> implements AsyncIterator<A, undefined> {
  readonly #source: Source<A>
  readonly #asking: Array<Asking<A>> = []
  #offered: { readonly value: A; readonly taken: () => void } | undefined
  #failure: { readonly reason: unknown } | undefined
  #state: "new" | "running" | "over" = "new"

  constructor(source: Source<A>) {
    this.#source = source
  }

  /** For the fiber: gives a value, and waits until it is taken. */
  offer(value: A): Effect.Effect<void> {
    return Effect.suspend(() => {
      const asking = this.#asking.shift()
      if (asking !== undefined) {
        asking.resolve({ done: false, value })
        return Effect.void
      }
      return Effect.callback((resume) => {
        this.#offered = { value, taken: () => resume(Effect.void) }
        return Effect.sync(() => (this.#offered = undefined))
      })
    })
  }

  /** For the fiber's end: there are no more values, because of a failure where there is one. */
  end(failure?: { readonly reason: unknown }): void {
    const [first, ...others] = this.#asking.splice(0)
    if (this.#state === "over" || failure === undefined) first?.resolve(over)
    else if (first !== undefined) first.reject(failure.reason)
    else this.#failure = failure
    for (const asking of others) asking.resolve(over)
    this.#state = "over"
  }

  next(): Promise<IteratorResult<A, undefined>> {
    const offered = this.#offered
    if (offered !== undefined) {
      this.#offered = undefined
      offered.taken()
      return Promise.resolve({ done: false, value: offered.value })
    }
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) return Promise.reject(failure.reason)
    if (this.#state === "over") return Promise.resolve(over)
    return new Promise((resolve, reject) => {
      this.#asking.push({ resolve, reject })
      if (this.#state === "running") return
      this.#state = "running"
      try {
        this.#source.start(this)
      } catch (reason) {
        this.end({ reason })
      }
    })
  }

  /** Is called by `break`: what is in flight has stopped when it resolves. */
  async return(): Promise<IteratorResult<A, undefined>> {
    const begun = this.#state === "running"
    this.#state = "over"
    this.#failure = undefined
    if (begun) await this.#source.stop()
    return over
  }
}
