/**
 * How many repeats many requests have together.
 */
import * as Context from "effect/Context"

/** Repeats that many requests share. */
export interface RetryBudget {
  /** Takes a repeat; `false` when there is none left. */
  readonly spend: () => boolean
  /** Gives one back, for a request that succeeded, up to what there was at first. */
  readonly earn: () => void
}

const make = (repeats: number): RetryBudget => {
  let left = repeats
  return {
    spend: () => left > 0 && left-- > 0,
    earn: () => {
      if (left < repeats) left++
    }
  }
}

const reference = Context.Reference<RetryBudget | undefined>("@skaha/core/RetryBudget", {
  defaultValue: () => undefined
})

/**
 * The repeats that all requests of an effect share: each costs one, each request that succeeds earns one, and when none
 * is left a failure is final at once. Default none: each request is repeated as its `RetryPolicy` wants it. Bulk
 * operations have one each, of `RetryPolicy.budget` repeats.
 *
 * @example
 * ```ts
 * import { PlatformClient, RetryBudget } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 *
 * const sizes = (ids: ReadonlyArray<string>) =>
 *   Effect.gen(function* () {
 *     const client = yield* PlatformClient
 *     const logs = (id: string) =>
 *       client.call({ operation: "sizes", method: "GET", path: `session/${id}`, query: [["view", "logs"]], id })
 *     return yield* Effect.forEach(ids, (id) => Effect.result(logs(id)), { concurrency: "unbounded" }).pipe(
 *       Effect.provideService(RetryBudget, RetryBudget.make(20))
 *     )
 *   })
 * ```
 */
export const RetryBudget: Context.Reference<RetryBudget | undefined> & {
  /** So many repeats. */
  readonly make: (repeats: number) => RetryBudget
} = Object.assign(reference, { make })
