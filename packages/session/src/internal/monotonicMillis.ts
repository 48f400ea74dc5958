import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds on a clock that nobody sets. */
export const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
