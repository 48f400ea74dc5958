/**
 * Time that passes second by second, as a clock's does: what happens in between has its effects.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { settled } from "./held.ts"

/** Lets so many seconds pass. */
export const pass = (seconds: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* settled
    for (let second = 0; second < seconds; second++) {
      yield* TestClock.adjust("1 second")
      yield* settled
    }
  })

/** Lets the time pass that an effect takes, or so many seconds; gives what comes of it. */
export const passing = <A, E, R>(effect: Effect.Effect<A, E, R>, seconds = 120): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* settled
    for (let second = 0; second < seconds && fiber.pollUnsafe() === undefined; second++) yield* pass(1)
    return yield* Fiber.join(fiber)
  })
