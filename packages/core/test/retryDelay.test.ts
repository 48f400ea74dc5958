import { RetryPolicy, ServerBusy, ServerFailure } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { retryDelay } from "../src/internal/retryDelay.ts"
import { below, oneOf, pick, seeded } from "./support/properties.ts"

const failure = new ServerFailure({ operation: "o", status: 500 })
const busy = (retryAfter?: number) =>
  new ServerBusy({ operation: "o", status: 503, ...(retryAfter === undefined ? {} : { retryAfter }) })

const seconds = (most: number) => Arbitrary.map(below(most * 1000 + 1), (millis) => millis / 1000)
const random = Arbitrary.map(below(1_000_000), (number) => number / 1_000_000)

describe("retryDelay", () => {
  it.each([
    [1, 0.25, 0.5],
    [2, 0.5, 1],
    [3, 1, 2],
    [6, 8, 16],
    [7, 15, 30],
    [5000, 15, 30]
  ])("before repeat %i is from %d to %d s by default", (repeat, least, most) => {
    assert.strictEqual(retryDelay(RetryPolicy.make(), repeat, failure, 0), least)
    assert.closeTo(retryDelay(RetryPolicy.make(), repeat, failure, 1 - 1e-9) ?? 0, most, 1e-6)
  })

  it.each([
    [0, 0.25],
    [1, 1],
    [30, 30],
    [120, 120],
    [120.5, undefined]
  ])("after a Retry-After of %d s is at least %j s", (retryAfter, least) => {
    assert.strictEqual(retryDelay(RetryPolicy.make(), 1, busy(retryAfter), 0), least)
  })

  it("is none where none is wanted, however often", () => {
    for (const repeat of [1, 2, 5000]) {
      assert.strictEqual(retryDelay(RetryPolicy.make({ delay: 0 }), repeat, failure, 0.9), 0)
      assert.strictEqual(retryDelay(RetryPolicy.make({ longestDelay: 0 }), repeat, failure, 0.9), 0)
    }
  })

  it.prop(
    "is within the upper half of the doubled delay, and never below a Retry-After, nor far above",
    [
      seconds(60),
      seconds(120),
      seconds(300),
      oneOf(
        Arbitrary.map(below(20), (number) => number + 1),
        pick(1, 1024, 1025, 1_000_000)
      ),
      oneOf(pick(undefined), seconds(400)),
      random
    ],
    ([delay, longestDelay, longestRetryAfter, repeat, retryAfter, draw]) => {
      const policy = RetryPolicy.make({ delay, longestDelay, longestRetryAfter })
      const waited = retryDelay(policy, repeat, busy(retryAfter), draw)
      if ((retryAfter ?? 0) > longestRetryAfter) return assert.isUndefined(waited)
      const full = Math.min(longestDelay, delay === 0 ? 0 : delay * 2 ** (repeat - 1))
      assert(waited !== undefined)
      assert.isAtLeast(waited, full / 2)
      assert.isAtLeast(waited, retryAfter ?? 0)
      assert.isAtMost(waited, Math.max(full, (retryAfter ?? 0) + full / 2))
    },
    seeded(500)
  )
})
