/**
 * Clocks that somebody sets.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** A clock on which time passes as on that of the test, and which shows what it is told to, in milliseconds. */
export const showing = (now: () => number) =>
  Effect.map(Clock.Clock, (clock): Clock.Clock => {
    const nanos = () => BigInt(now()) * 1_000_000n
    return {
      currentTimeMillisUnsafe: now,
      currentTimeMillis: Effect.sync(now),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (duration) => clock.sleep(duration)
    }
  })
