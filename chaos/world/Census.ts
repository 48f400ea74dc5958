/**
 * What is still going on within an effect: its timers and its fibers.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

/** How much there is of what should end with a call. */
export interface Living {
  readonly timers: number
  readonly fibers: number
}

/** Counts the timers and the fibers of all effects that it watches. */
export class Census {
  readonly #clock: Clock.Clock
  readonly #timers = new Set<{ readonly due: number }>()
  #fibers = 0

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  get living(): Living {
    return { timers: this.#timers.size, fibers: this.#fibers }
  }

  /** When the next timer is over, in milliseconds; `undefined` when none ever will be. */
  get nextDue(): number | undefined {
    let next = Number.POSITIVE_INFINITY
    for (const { due } of this.#timers) next = Math.min(next, due)
    return next === Number.POSITIVE_INFINITY ? undefined : next
  }

  /** The clock itself, but for its timers, which are counted. */
  #counted(): Clock.Clock {
    const clock = this.#clock
    return {
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
      currentTimeMillis: clock.currentTimeMillis,
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      currentTimeNanos: clock.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (duration) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            const timer = { due: clock.currentTimeMillisUnsafe() + Duration.toMillis(duration) }
            this.#timers.add(timer)
            return timer
          }),
          () => clock.sleep(duration),
          (timer) => Effect.sync(() => this.#timers.delete(timer))
        )
    }
  }

  /** The effect, with all that it starts counted. */
  watch<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return effect.pipe(
      Effect.provideService(Clock.Clock, this.#counted()),
      Effect.provideService(Metric.FiberRuntimeMetrics, {
        recordFiberStart: () => {
          this.#fibers++
        },
        recordFiberEnd: () => {
          this.#fibers--
        }
      })
    )
  }
}
