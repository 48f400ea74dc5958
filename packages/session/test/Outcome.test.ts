import { assert, describe, it } from "@effect/vitest"
import { InvalidInput } from "@skaha/core"
import { Outcome } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { seeded } from "./support/properties.ts"

const error = new InvalidInput({ operation: "test", problems: [] })

const outcomesOf = (successes: ReadonlyArray<boolean>): ReadonlyArray<Outcome.Outcome<number>> =>
  successes.map((success, index) => ({
    input: `input ${index}`,
    index,
    result: success ? Result.succeed(index) : Result.fail(error)
  }))

describe("Outcome", () => {
  it("parts the values from the failures, in order", () => {
    const outcomes = outcomesOf([true, false, true, false])
    assert.deepStrictEqual(Outcome.values(outcomes), [0, 2])
    assert.deepStrictEqual(Outcome.failures(outcomes), [
      { input: "input 1", index: 1, error },
      { input: "input 3", index: 3, error }
    ])
  })

  it("has nothing of nothing", () => {
    assert.deepStrictEqual(Outcome.values([]), [])
    assert.deepStrictEqual(Outcome.failures([]), [])
  })

  it("keeps values that are lists or absent", () => {
    const outcomes = [[1, 2], [], undefined].map((value, index) => ({
      input: "",
      index,
      result: Result.succeed(value)
    }))
    assert.deepStrictEqual(Outcome.values(outcomes), [[1, 2], [], undefined])
  })

  it.prop(
    "accounts for every outcome once",
    [Arbitrary.array(Arbitrary.schema(Schema.Boolean), { maxLength: 30 })],
    ([successes]) => {
      const outcomes = outcomesOf(successes)
      const both = [...Outcome.values(outcomes), ...Outcome.failures(outcomes).map(({ index }) => index)]
      assert.deepStrictEqual(
        both.toSorted((a, b) => a - b),
        successes.map((_, index) => index)
      )
    },
    seeded(100)
  )
})
