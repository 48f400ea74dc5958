import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { InvalidInput } from "@skaha/core"
import { distributed } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { between, seeded } from "./support/properties.ts"

const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** The fields of the error that a call throws. */
const refused = (call: () => unknown): ReadonlyArray<string> => {
  try {
    call()
  } catch (error) {
    assert.instanceOf(error, InvalidInput)
    return error.problems.map(({ field }) => field)
  }
  return []
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe("stripe", () => {
  it.each([
    [ten, 1, 3, [0, 3, 6, 9]],
    [ten, 2, 3, [1, 4, 7]],
    [ten, 3, 3, [2, 5, 8]],
    [ten, 1, 1, ten],
    [[1, 2], 3, 5, []],
    [[], 1, 1, []],
    // Not among the replicas.
    [ten, 4, 3, []],
    [ten, 0, 3, []],
    [ten, -1, 3, []]
  ])("of %j for %d of %d", (items, replica, total, mine) => {
    assert.deepStrictEqual(distributed.stripe(items, replica, total), mine)
  })

  it.each([0, -1, 1.5, NaN, Infinity])("refuses a total of %d", (total) => {
    assert.deepStrictEqual(
      refused(() => distributed.stripe(ten, 1, total)),
      ["total"]
    )
  })
})

describe("chunk", () => {
  it.each([
    [ten, 1, 4, [0, 1]],
    [ten, 2, 4, [2, 3]],
    [ten, 3, 4, [4, 5]],
    [ten, 4, 4, [6, 7, 8, 9]],
    [ten, 1, 1, ten],
    // Fewer items than replicas: one each, as long as there are any.
    [[1, 2, 3], 2, 5, [2]],
    [[1, 2, 3], 3, 5, [3]],
    [[1, 2, 3], 4, 5, []],
    [[], 1, 1, []]
  ])("of %j for %d of %d", (items, replica, total, mine) => {
    assert.deepStrictEqual(distributed.chunk(items, replica, total), mine)
  })

  it.each([
    [1, 0, ["total", "replica"]],
    [1, -2, ["total", "replica"]],
    [1, 2.5, ["total"]],
    [0, 3, ["replica"]],
    [-1, 3, ["replica"]],
    [4, 3, ["replica"]],
    [1.5, 3, ["replica"]],
    [NaN, NaN, ["total", "replica"]]
  ])("refuses replica %d of %d", (replica, total, fields) => {
    assert.deepStrictEqual(
      refused(() => distributed.chunk(ten, replica, total)),
      fields
    )
  })
})

describe.each([
  ["stripe", distributed.stripe],
  ["chunk", distributed.chunk]
] as const)("%s", (_, share) => {
  it.prop(
    "gives every item to exactly one replica",
    [Arbitrary.array(Arbitrary.schema(Schema.Int), { maxLength: 40 }), between(1, 60)],
    ([values, total]) => {
      const items = values.map((value, index) => ({ value, index }))
      const parts = Array.from({ length: total }, (_, index) => share(items, index + 1, total))
      const indices = parts.flat().map(({ index }) => index)
      assert.deepStrictEqual(
        indices.toSorted((a, b) => a - b),
        items.map(({ index }) => index)
      )
      // Within a part the order of the items stays.
      for (const part of parts) {
        assert.isTrue(part.every(({ index }, at) => at === 0 || index > (part[at - 1]?.index ?? -1)))
      }
    },
    seeded(300)
  )

  it("takes anything that can be iterated", () => {
    const items = (function* () {
      yield* ["a", "b", "c"]
    })()
    assert.deepStrictEqual(share(items, 1, 3), ["a"])
    assert.deepStrictEqual(share(new Set(["a", "b"]), 2, 2), ["b"])
  })

  it("reads which replica this is from the environment, when it is called", () => {
    vi.stubEnv("REPLICA_ID", undefined)
    vi.stubEnv("REPLICA_COUNT", undefined)
    assert.deepStrictEqual(share(ten), ten)
    vi.stubEnv("REPLICA_ID", "2")
    vi.stubEnv("REPLICA_COUNT", "10")
    assert.deepStrictEqual(share(ten), [1])
    // What is given counts.
    assert.deepStrictEqual(share(ten, 3), [2])
    vi.stubEnv("REPLICA_COUNT", "many")
    assert.include(
      refused(() => share(ten)),
      "REPLICA_COUNT"
    )
  })
})
