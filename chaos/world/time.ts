/**
 * The two times in which the same program can run.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { Census } from "./Census.ts"

/** A program that is told what counts its timers and fibers. */
export type Counted<A, E> = (census: Census) => Effect.Effect<A, E>

/** So many turns without a timer, and nothing will ever happen any more. */
const patience = 1000

/** Runs a program in a time that passes at once, and only when nothing else is left to do. */
export const inVirtualTime = <A, E>(program: Counted<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const clock = yield* TestClock.testClockWith(Effect.succeed)
    const census = new Census(clock)
    // The clock waits for what it wakes to come to rest, and so for all of the program when it has woken that.
    const fiber = yield* Effect.forkChild(
      census.watch(
        Effect.delay(
          Effect.suspend(() => program(census)),
          1
        )
      )
    )
    for (let turns = 0; fiber.pollUnsafe() === undefined && turns < patience;) {
      const due = census.nextDue
      turns = due === undefined ? turns + 1 : 0
      yield* due === undefined ? Effect.yieldNow : clock.setTime(due)
    }
    if (fiber.pollUnsafe() === undefined) return yield* Effect.die(new Error("it hangs: it waits, and for no time"))
    return yield* Fiber.join(fiber)
    // However long the program computes without a pause: it is waited for.
  }).pipe(Effect.provide(TestClock.layer({ warningDelay: "1 hour" })))

/** Runs a program in the time that all share. */
export const inRealTime = <A, E>(program: Counted<A, E>): Effect.Effect<A, E> =>
  Clock.clockWith((clock) => {
    const census = new Census(clock)
    return census.watch(program(census))
  })
