/**
 * Time that passes by itself, as far as a test's clock is concerned.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { settled } from "./held.ts"

/** Lets the time of the test's clock pass, a step at a time, until a fiber is done. */
export const passUntilDone = <A, E>(fiber: Fiber.Fiber<A, E>, step: Duration.Input = "1 second") =>
  Effect.gen(function* () {
    for (;;) {
      yield* settled
      if (fiber.pollUnsafe() !== undefined) return
      yield* TestClock.adjust(step)
    }
  })

/** Runs an effect, and lets time pass until it is done. */
export const inItsTime = <A, E, R>(effect: Effect.Effect<A, E, R>, step?: Duration.Input) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* passUntilDone(fiber, step)
    return yield* Fiber.join(fiber)
  })
