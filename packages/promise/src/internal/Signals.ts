/**
 * Fibers that end when a signal is aborted.
 */
import type * as Fiber from "effect/Fiber"

/** The fibers that follow one signal, and what they hear it with. */
interface Following {
  readonly fibers: Set<Fiber.Fiber<unknown, unknown>>
  readonly abort: () => void
}

/**
 * Follows signals with one listener each, however many fibers there are: a signal goes through all that it has whenever
 * one is added. It goes with the last fiber.
 */
export class Signals {
  readonly #followed = new Map<AbortSignal, Following>()

  /** Interrupts a fiber when the signal is aborted. */
  follow(signal: AbortSignal, fiber: Fiber.Fiber<unknown, unknown>): void {
    if (signal.aborted) return fiber.interruptUnsafe()
    const following = this.#followed.get(signal) ?? this.#listen(signal)
    following.fibers.add(fiber)
    fiber.addObserver(() => {
      following.fibers.delete(fiber)
      if (following.fibers.size === 0) this.#leave(signal, following)
    })
  }

  #listen(signal: AbortSignal): Following {
    const fibers = new Set<Fiber.Fiber<unknown, unknown>>()
    const abort = () => {
      for (const fiber of fibers) fiber.interruptUnsafe()
    }
    const following = { fibers, abort }
    this.#followed.set(signal, following)
    signal.addEventListener("abort", abort, { once: true })
    return following
  }

  #leave(signal: AbortSignal, { abort }: Following): void {
    this.#followed.delete(signal)
    signal.removeEventListener("abort", abort)
  }
}
