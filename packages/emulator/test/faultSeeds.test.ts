import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Schema } from "effect"
import { type Distribution, Emulator, type Fault } from "../src/index.ts"
import { drawMillis } from "../src/internal/faults/latency.ts"
import { send } from "./support.ts"

const busy = (status: number, probability: number): Fault => ({
  match: { probability },
  action: { _tag: "Reply", status }
})

const probability = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** What 40 requests get on a platform of its own. */
const run = (seed: string | number | undefined, faults: ReadonlyArray<Fault>, requests = 40) =>
  Effect.forEach(Array.from({ length: requests }), () => send("GET", "/v1/image")).pipe(
    Effect.map((answers) => answers.map(({ reply }) => [reply.status, [...reply.body]] as const)),
    Effect.provide(Emulator.layer({ seed, faults, images: [] }))
  )

const statuses = (answers: ReadonlyArray<readonly [status: number, body: unknown]>) => answers.map(([status]) => status)

describe("what is random in faults", () => {
  it.effect.prop("is the same with the same seed", [Schema.Int, probability, probability], ([seed, first, second]) =>
    Effect.gen(function* () {
      const faults: ReadonlyArray<Fault> = [
        busy(503, first),
        { match: { probability: second }, action: { _tag: "Garble", bytes: 1 } }
      ]
      assert.deepStrictEqual(yield* run(seed, faults), yield* run(seed, faults))
    })
  )

  it.effect.prop(
    "depends on no other fault of the list",
    [Schema.Int, probability, probability],
    ([seed, own, other]) =>
      Effect.gen(function* () {
        const alone = statuses(yield* run(seed, [busy(503, own)]))
        const before = statuses(yield* run(seed, [busy(502, other), busy(503, own)]))
        const after = statuses(yield* run(seed, [busy(503, own), busy(502, other)]))
        assert.deepStrictEqual(
          after.map((status) => (status === 502 ? 200 : status)),
          alone
        )
        before.forEach((status, at) => assert.isTrue(status === 502 || status === alone[at]))
      })
  )

  it.effect("is garbled the same although another fault came first", () =>
    Effect.gen(function* () {
      const garble: Fault = { match: {}, action: { _tag: "Garble", bytes: 2 } }
      const alone = yield* run(1, [garble])
      const both = yield* run(1, [busy(503, 0.5), garble])
      both.forEach((answer, at) => assert.isTrue(answer[0] === 503 || answer[1].join() === alone[at]?.[1].join()))
    })
  )

  it.effect("is another with another seed, without one, for another fault and for an equal one", () =>
    Effect.gen(function* () {
      const half = [busy(503, 0.5)]
      const all = yield* Effect.forEach(
        [
          run(1, half),
          run(2, half),
          run("1 ", half),
          run(undefined, half),
          run(undefined, half),
          run(1, [busy(500, 0.5)]),
          run(1, [...half, ...half])
        ],
        Effect.map((answers) =>
          statuses(answers)
            .map((status) => (status === 200 ? "-" : "x"))
            .join("")
        )
      )
      assert.strictEqual(new Set(all).size, all.length)
    })
  )

  it.effect("is garbled differently every time", () =>
    Effect.gen(function* () {
      const bodies = yield* run(1, [{ match: {}, action: { _tag: "Garble", bytes: 2 } }], 20)
      assert.isAbove(new Set(bodies.map(([, body]) => body.join())).size, 10)
    })
  )

  it.effect.each([0.05, 0.2, 0.9])("is about as frequent as it should be: %d", (likely) =>
    Effect.gen(function* () {
      const requests = 2000
      const met = statuses(yield* run("frequency", [busy(503, likely)], requests)).filter((status) => status === 503)
      // Four standard deviations: with the seed it either always holds or never.
      assert.approximately(met.length, requests * likely, 4 * Math.sqrt(requests * likely * (1 - likely)))
    })
  )
})

describe("distributions", () => {
  const draws = (distribution: Distribution) =>
    Effect.map(Random.withSeed(Random.Random, "draws"), (random) =>
      Array.from({ length: 10_000 }, () => drawMillis(distribution, random)).toSorted((a, b) => a - b)
    )
  const quantile = (times: ReadonlyArray<number>, part: number) => times[Math.floor(times.length * part)] ?? 0
  const meanOf = (times: ReadonlyArray<number>) => times.reduce((sum, time) => sum + time, 0) / times.length

  it.effect("uniform", () =>
    Effect.gen(function* () {
      const times = yield* draws({ _tag: "Uniform", from: "1 second", to: "3 seconds" })
      assert.isTrue(quantile(times, 0) >= 1000 && quantile(times, 0.9999) <= 3000)
      assert.approximately(quantile(times, 0.25), 1500, 40)
      assert.approximately(quantile(times, 0.75), 2500, 40)
    })
  )

  it.effect("normal, without times below zero", () =>
    Effect.gen(function* () {
      const times = yield* draws({ _tag: "Normal", mean: 100, deviation: 50, cap: 220 })
      assert.approximately(quantile(times, 0.5), 100, 3)
      assert.approximately(quantile(times, 0.8413), 150, 4)
      assert.deepStrictEqual([quantile(times, 0), quantile(times, 0.9999)], [0, 220])
    })
  )

  it.effect("exponential", () =>
    Effect.gen(function* () {
      const times = yield* draws({ _tag: "Exponential", mean: 100 })
      assert.approximately(meanOf(times), 100, 4)
      assert.approximately(quantile(times, 0.5), 100 * Math.LN2, 4)
      const capped = yield* draws({ _tag: "Exponential", mean: 100, cap: 150 })
      assert.strictEqual(quantile(capped, 0.9999), 150)
    })
  )

  it.effect("log-normal", () =>
    Effect.gen(function* () {
      const times = yield* draws({ _tag: "LogNormal", median: 50, p99: "2 seconds" })
      assert.approximately(quantile(times, 0.5), 50, 4)
      assert.approximately(quantile(times, 0.99), 2000, 300)
      assert.isAbove(quantile(times, 0), 0)
      const capped = yield* draws({ _tag: "LogNormal", median: 50, p99: "2 seconds", cap: 2000 })
      assert.strictEqual(quantile(capped, 0.9999), 2000)
      const still = yield* draws({ _tag: "LogNormal", median: 0, p99: 0 })
      assert.strictEqual(quantile(still, 0.5), 0)
    })
  )
})
