/**
 * Where and how many at once: what runs an operation for many sessions.
 */
import { Settings, type SkahaError } from "@skaha/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { forAll, sizeOf } from "./internal/forAll.ts"
import { observed } from "./internal/observer.ts"
import { withBudget } from "./internal/withBudget.ts"
import type { Outcome } from "./Outcome.ts"

/** An operation on one input. */
export type BulkOperation<A> = (input: string, index: number) => Effect.Effect<A, SkahaError>

/** Runs an operation for all inputs, and hands over each outcome as it comes. */
const outcomes = <A>(
  inputs: Iterable<string>,
  concurrency: number,
  one: BulkOperation<A>,
  take: (outcome: Outcome<A>) => Effect.Effect<unknown>
): Effect.Effect<void> =>
  withBudget(
    observed(sizeOf(inputs), (settled) =>
      forAll(inputs, concurrency, (input, index) =>
        Effect.flatMap(Effect.result(one(input, index)), (result) => {
          const outcome = { input, index, result }
          settled?.(outcome)
          return Effect.asVoid(take(outcome))
        })
      )
    )
  )

/**
 * Runs an operation for many inputs, at most `concurrency` at once, and accounts for every input. Interruption stops
 * what is in flight, and nothing starts after it. Each outcome is reported to `Progress` where somebody follows it. The
 * requests of a run share the repeats of `RetryPolicy.budget`.
 *
 * `BulkExecutor.layer` sends the requests from this thread; on Node, `BulkWorkers.layer` of `@skaha/session/node`
 * sends them from worker threads. What comes of them is the same.
 *
 * @example
 * ```ts
 * import { PlatformClient } from "@skaha/core"
 * import { BulkExecutor } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * // The size of each session's log.
 * const sizes = Effect.gen(function* () {
 *   const client = yield* PlatformClient
 *   const { run } = yield* BulkExecutor
 *   return yield* run(["abcdefgh", "bcdefghi"], (id) =>
 *     Effect.map(
 *       client.call({ operation: "sizes", method: "GET", path: `session/${id}`, query: [["view", "logs"]], id }),
 *       ({ body }) => body.length
 *     )
 *   )
 * })
 * ```
 */
export class BulkExecutor extends Context.Service<
  BulkExecutor,
  {
    /** The outcomes in the order of the inputs. */
    readonly run: <A>(inputs: ReadonlyArray<string>, one: BulkOperation<A>) => Effect.Effect<ReadonlyArray<Outcome<A>>>
    /**
     * The outcomes as they come, while an input is asked for only when its turn has come. Who takes them slowly holds
     * back what runs: about twice `concurrency` outcomes exist at once, however many inputs there are. When no more are
     * taken, what is in flight stops. Inputs that throw end the stream with that defect.
     */
    readonly stream: <A>(inputs: Iterable<string>, one: BulkOperation<A>) => Stream.Stream<Outcome<A>>
  }
>()("@skaha/session/BulkExecutor") {
  /** Runs at most `concurrency` at once, all of it `within` whatever it is to be sent through. */
  static readonly make = (
    concurrency: number,
    within: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E> = identity
  ): BulkExecutor["Service"] =>
    BulkExecutor.of({
      run: <A>(inputs: ReadonlyArray<string>, one: BulkOperation<A>) =>
        within(
          Effect.suspend(() => {
            const all: Array<Outcome<A>> = []
            const place = (outcome: Outcome<A>) => Effect.sync(() => (all[outcome.index] = outcome))
            return Effect.as(outcomes(inputs, concurrency, one, place), all)
          })
        ),
      stream: (inputs, one) =>
        Stream.callback(
          (queue) =>
            Effect.andThen(
              within(outcomes(inputs, concurrency, one, (outcome) => Queue.offer(queue, outcome))),
              Queue.end(queue)
            ),
          // As many again are held by those at work, and as many by who takes them.
          { bufferSize: Math.ceil(concurrency / 2) }
        )
    })

  /** In this thread, with the `concurrency` of the settings. */
  static readonly layer: Layer.Layer<BulkExecutor, never, Settings> = Layer.effect(
    BulkExecutor,
    Settings.useSync(({ concurrency }) => BulkExecutor.make(concurrency))
  )
}
