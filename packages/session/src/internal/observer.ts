/**
 * Who is told of what comes of bulk operations.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Outcome } from "../Outcome.ts"

/** Is told of one bulk operation. */
export interface Observation {
  readonly settled: (outcome: Outcome<unknown>) => void
  /** The operation is over, whether all its inputs have an outcome or not. */
  readonly end: () => void
}

/** Is told of the bulk operations of an effect. */
export interface Observer {
  /** A bulk operation begins; `size` is the number of its inputs, where that is known. */
  readonly begin: (size: number | undefined) => Observation
}

/** Who is told of the bulk operations of an effect. Default nobody. */
export const Observer = Context.Reference<Observer | undefined>("@skaha/session/Observer", {
  defaultValue: () => undefined
})

/**
 * Runs a bulk operation, which tells the observer of each outcome, where there is one. What is asked in bulk within it
 * is part of it, and is not told.
 */
export const observed = <A, E, R>(
  size: number | undefined,
  operation: (settled?: Observation["settled"]) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const observer = fiber.getRef(Observer)
    if (observer === undefined) return operation()
    const { settled, end } = observer.begin(size)
    return operation(settled).pipe(Effect.provideService(Observer, undefined), Effect.ensuring(Effect.sync(end)))
  })

/** The same for a bulk operation that is a stream: its outcomes are told as they are taken. */
export const observedStream = <A, E, R>(
  size: number | undefined,
  outcomes: Stream.Stream<Outcome<A>, E, R>
): Stream.Stream<Outcome<A>, E, R> =>
  Stream.unwrap(
    Effect.map(Observer, (observer) => {
      if (observer === undefined) return outcomes
      const { settled, end } = observer.begin(size)
      return outcomes.pipe(
        Stream.provideService(Observer, undefined),
        Stream.tap((outcome) => Effect.sync(() => settled(outcome))),
        Stream.ensuring(Effect.sync(end))
      )
    })
  )
