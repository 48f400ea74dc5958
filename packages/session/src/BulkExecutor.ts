/**
 * Where and how many at once: what runs an operation for many sessions.
 */
import { Settings, type SkahaError } from "@skaha/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Outcome } from "./Outcome.ts"

/** An operation on one input. */
export type BulkOperation<A> = (input: string, index: number) => Effect.Effect<A, SkahaError>

const outcome = <A>(input: string, index: number, one: BulkOperation<A>): Effect.Effect<Outcome<A>> =>
  Effect.map(Effect.result(one(input, index)), (result) => ({ input, index, result }))

/**
 * Runs an operation for many inputs, at most `concurrency` at once, and accounts for every input. Interruption stops
 * what is in flight, and nothing starts after it.
 *
 * `BulkExecutor.layer` sends the requests from this thread; on Node, `BulkWorkers.layer` of `@skaha/session/node`
 * sends them from worker threads. What comes of them is the same.
 */
export class BulkExecutor extends Context.Service<
  BulkExecutor,
  {
    /** The outcomes in the order of the inputs. */
    readonly run: <A>(inputs: ReadonlyArray<string>, one: BulkOperation<A>) => Effect.Effect<ReadonlyArray<Outcome<A>>>
    /** The outcomes as they come. No more than `concurrency` of them exist at once, however many inputs there are. */
    readonly stream: <A>(inputs: Iterable<string>, one: BulkOperation<A>) => Stream.Stream<Outcome<A>>
  }
>()("@skaha/session/BulkExecutor") {
  /** Runs at most `concurrency` at once, each of them `within` whatever it is to be sent through. */
  static readonly make = (
    concurrency: number,
    within: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E> = identity
  ): BulkExecutor["Service"] =>
    BulkExecutor.of({
      run: (inputs, one) =>
        within(Effect.forEach(inputs, (input, index) => outcome(input, index, one), { concurrency })),
      stream: (inputs, one) =>
        Stream.fromIterable(inputs).pipe(
          Stream.zipWithIndex,
          Stream.mapEffect(([input, index]) => within(outcome(input, index, one)), { concurrency, unordered: true })
        )
    })

  /** In this thread, with the `concurrency` of the settings. */
  static readonly layer: Layer.Layer<BulkExecutor, never, Settings> = Layer.effect(
    BulkExecutor,
    Settings.useSync(({ concurrency }) => BulkExecutor.make(concurrency))
  )
}
