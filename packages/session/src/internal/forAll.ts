/**
 * Something for each input, a bounded number at once.
 */
import * as Effect from "effect/Effect"

/** The number of inputs, where it is known before they are asked for. */
export const sizeOf = (inputs: Iterable<unknown>): number | undefined =>
  Array.isArray(inputs) ? inputs.length : inputs instanceof Set || inputs instanceof Map ? inputs.size : undefined

/**
 * Runs `one` for each input: fibers, as many as may be at work at once, which take the next input when they are done
 * with theirs. So an input is asked for when its turn has come, not before, and a fiber is not made for each.
 * Inputs that cannot be gone through are a defect.
 */
export const forAll = <I, E, R>(
  inputs: Iterable<I>,
  concurrency: number,
  one: (input: I, index: number) => Effect.Effect<void, E, R>
): Effect.Effect<void, E, R> =>
  Effect.suspend(() => {
    const iterator = inputs[Symbol.iterator]()
    let index = 0
    // While it is asked it counts as ended: it may throw, and is not asked again then.
    let ended = false
    const next = (): IteratorResult<I, unknown> => {
      ended = true
      const result = iterator.next()
      ended = result.done === true
      return result
    }
    const fiber = Effect.suspend(() => {
      let current: IteratorResult<I, unknown> = { done: true, value: undefined }
      return Effect.whileLoop({
        while: () => !ended && (current = next()).done !== true,
        body: () => (current.done === true ? Effect.void : one(current.value, index++)),
        step: () => {}
      })
    })
    const fibers = Array.from({ length: Math.min(concurrency, sizeOf(inputs) ?? concurrency) }, () => fiber)
    return Effect.forEach(fibers, (each) => each, { concurrency: "unbounded", discard: true }).pipe(
      Effect.ensuring(Effect.sync(() => (ended ? undefined : iterator.return?.())))
    )
  })
