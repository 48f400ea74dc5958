/**
 * The repeats of a bulk run.
 */
import { RetryBudget, RetryPolicy } from "@skaha/core"
import * as Effect from "effect/Effect"

/** All requests of an effect have as many repeats together as the policy gives a bulk run; within one, those of it. */
export const withBudget = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) =>
    fiber.getRef(RetryBudget) === undefined
      ? Effect.provideService(effect, RetryBudget, RetryBudget.make(fiber.getRef(RetryPolicy).budget))
      : effect
  )
