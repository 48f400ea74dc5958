import { assert, describe, it } from "@effect/vitest"
import type { AnyMeasure } from "../src/Measure.ts"
import { measures } from "../src/measures/index.ts"
import { allKeys } from "../src/keys.ts"
import { runMeasures } from "../src/run.ts"
import type { Programs } from "../src/child/build.ts"
import type { Server } from "../src/server/Server.ts"
import { inTurns, median, medianRatio } from "../src/statistics.ts"

// The measures here use nothing of it.
const bench = {} as { readonly programs: Programs; readonly server: Server }

const giving: AnyMeasure = {
  keys: ["single_vs_undici", "single_vs_dispatch"],
  measure: async () => ({
    single_vs_undici: { value: 1.5, details: [] },
    single_vs_dispatch: { reason: "there is none" }
  })
}

const failing: AnyMeasure = { keys: ["flatness"], measure: () => Promise.reject(new Error("the server has gone")) }

describe("A run", () => {
  it("measures each figure once", () => {
    assert.sameMembers(
      measures.flatMap(({ keys }) => keys),
      [...allKeys]
    )
  })

  it("has what was measured, and goes on after what could not be", async () => {
    const { figures, hasFailed } = await runMeasures(bench, [failing, giving], allKeys, () => {})
    assert.deepStrictEqual(figures.get("flatness"), { reason: "measuring failed: the server has gone" })
    assert.deepStrictEqual(figures.get("single_vs_undici"), { value: 1.5, details: [] })
    assert.deepStrictEqual(figures.get("single_vs_dispatch"), { reason: "there is none" })
    assert.isTrue(hasFailed)
  })

  it("measures what is asked for alone; that there is no figure is no failure", async () => {
    const { figures, hasFailed } = await runMeasures(bench, [failing, giving], ["single_vs_dispatch"], () => {})
    assert.deepStrictEqual(figures.get("single_vs_undici"), { reason: "not asked for" })
    assert.deepStrictEqual(figures.get("single_vs_dispatch"), { reason: "there is none" })
    assert.isFalse(hasFailed)
  })
})

describe("Rounds", () => {
  it("are taken in turns, and the first ones are not counted", async () => {
    const seen: Array<string> = []
    const party = (name: string) => async () => seen.push(name)
    const { a, b } = await inTurns({ a: party("a"), b: party("b") }, { warmUp: 1, counted: 2 })
    assert.deepStrictEqual(seen, ["a", "b", "b", "a", "a", "b"])
    assert.deepStrictEqual([a.cold, a.warm, b.cold, b.warm], [1, [4, 5], 2, [3, 6]])
  })

  it("are compared one by one", () => {
    assert.strictEqual(median([5, 1, 3]), 3)
    assert.strictEqual(median([4, 1, 3, 2]), 2.5)
    // The machine was busy in the second round, for both.
    assert.strictEqual(medianRatio([2, 20, 4], [1, 10, 2]), 2)
  })
})
