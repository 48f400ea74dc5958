import { assert, describe, it } from "@effect/vitest"
import { RetryBudget, RetryPolicy } from "@skaha/core"
import * as Effect from "effect/Effect"
import { withBudget } from "../src/internal/withBudget.ts"

/** How many repeats there are to be had. */
const spendAll = Effect.map(RetryBudget, (budget) => {
  let spent = 0
  while (budget?.spend() === true) spent++
  return spent
})

describe("withBudget", () => {
  it.effect("gives what the policy says, to each run anew", () =>
    Effect.gen(function* () {
      const run = withBudget(spendAll).pipe(Effect.provideService(RetryPolicy, RetryPolicy.make({ budget: 7 })))
      assert.deepStrictEqual([yield* run, yield* run], [7, 7])
    })
  )

  it.effect("gives a run within another what that one has", () =>
    Effect.gen(function* () {
      const both = withBudget(Effect.all([withBudget(spendAll), withBudget(spendAll)]))
      assert.deepStrictEqual(yield* both, [100, 0])
    })
  )
})
