import { assert, describe, it } from "@effect/vitest"
import { Latency } from "../src/internal/Latency.ts"

const concurrency = 16
const minute = 60_000

/** What is told of calls that take so long, one after the other at that time. */
const added = (latency: Latency, times: ReadonlyArray<number>, now = 0) => times.map((taken) => latency.add(taken, now))

const same = (taken: number, calls: number) => Array.from({ length: calls }, () => taken)

describe("Latency", () => {
  it.each([
    ["that take no time", same(0, 2000)],
    ["that take as long as ever", same(20_000, 2000)],
    ["that vary by a factor of 3", Array.from({ length: 2000 }, (_, index) => 500 * (1 + (index % 3)))],
    ["that vary by much, but little in all", Array.from({ length: 2000 }, (_, index) => (index % 2) * 100)],
    ["of which each third takes long", Array.from({ length: 2000 }, (_, index) => (index % 3 === 2 ? 30_000 : 20))]
  ])("is never slow for calls %s", (_, times) => {
    assert.notInclude(added(new Latency(concurrency), times), "slow")
  })

  it("is slow once most of the latest calls took long, some rounds later", () => {
    const latency = new Latency(concurrency)
    added(latency, same(20, 100))
    const signs = added(latency, same(181, 100))
    const first = signs.indexOf("slow")
    assert.isAbove(first, 2 * concurrency)
    assert.isBelow(first, 4 * concurrency)
    assert.isTrue(signs.slice(0, first).every((sign) => sign === undefined))
    // It is said once; then it takes as many calls again.
    assert.isFalse(signs.slice(first + 1, first + 2 * concurrency).includes("slow"))
    assert.include(added(latency, same(181, 100)), "slow")
  })

  it("is not slow for a pause in which everything in flight is caught, be it twice", () => {
    const latency = new Latency(concurrency)
    const times = [...same(20, 100), ...same(5000, concurrency), ...same(20, concurrency), ...same(5000, concurrency)]
    assert.notInclude(added(latency, times), "slow")
  })

  it("says that it is well only of calls that were in time", () => {
    const latency = new Latency(concurrency)
    assert.deepStrictEqual(added(latency, [20, 180, 181, 20]), ["well", "well", undefined, "well"])
  })

  it("forgets the shortest time after a minute or two", () => {
    const latency = new Latency(concurrency)
    added(latency, [20], 0)
    assert.deepStrictEqual(added(latency, [500], minute), [undefined])
    assert.deepStrictEqual(added(latency, [500], 2 * minute - 1), [undefined])
    assert.deepStrictEqual(added(latency, [500], 2 * minute), ["well"])
    // At once, when nobody asked for long.
    assert.deepStrictEqual(added(latency, [5000], 5 * minute), ["well"])
  })
})
