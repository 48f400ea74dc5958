import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import type { Distribution, Latency } from "../../Fault.ts"

const standardNormal = (random: Random.Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.nextDoubleUnsafe())) * Math.cos(2 * Math.PI * random.nextDoubleUnsafe())

/** How many standard deviations above the mean 99 of 100 values end. */
const z99 = 2.326_347_874

const drawOf = (distribution: Distribution, random: Random.Random): number => {
  switch (distribution._tag) {
    case "Uniform": {
      const from = Duration.toMillis(distribution.from)
      return from + random.nextDoubleUnsafe() * (Duration.toMillis(distribution.to) - from)
    }
    case "Normal":
      return Duration.toMillis(distribution.mean) + standardNormal(random) * Duration.toMillis(distribution.deviation)
    case "Exponential":
      return -Duration.toMillis(distribution.mean) * Math.log(1 - random.nextDoubleUnsafe())
    case "LogNormal": {
      const median = Duration.toMillis(distribution.median)
      const p99 = Duration.toMillis(distribution.p99)
      const sigma = median > 0 && p99 > median ? Math.log(p99 / median) / z99 : 0
      return median * Math.exp(sigma * standardNormal(random))
    }
  }
}

/** No wait is none at all: not even a turn of the fibers' scheduler. */
export const delayed = <A, E>(effect: Effect.Effect<A, E>, millis: number): Effect.Effect<A, E> =>
  millis > 0 ? Effect.delay(effect, millis) : effect

/** A time in milliseconds. */
export const drawMillis = (latency: Latency, random: Random.Random): number => {
  if (typeof latency !== "object" || Duration.isDuration(latency)) return Duration.toMillis(latency)
  const cap = latency._tag === "Uniform" || latency.cap === undefined ? Number.POSITIVE_INFINITY : latency.cap
  return Math.min(Math.max(drawOf(latency, random), 0), Duration.toMillis(cap))
}
