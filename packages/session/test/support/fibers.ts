/**
 * Which fibers there are.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

/** Counts the fibers that are forked within an effect and have not ended. */
export const makeFibers = () => {
  let active = 0
  return {
    active: () => active,
    counted: Effect.provideService(Metric.FiberRuntimeMetrics, {
      recordFiberStart: () => {
        active++
      },
      recordFiberEnd: () => {
        active--
      }
    })
  }
}
