import { assert, describe } from "@effect/vitest"
import { RetryPolicy } from "@skaha/core"
import type { Fault } from "@skaha/emulator"
import { Outcome, Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import { count, elsewhere, holds, lasting, names, onCreate, onList, roomy, setFaults } from "./support/creating.ts"
import { testInMemory as test } from "./support/platforms.ts"
import { createAll, createOne } from "./support/sessions.ts"
import { inItsTime } from "./support/time.ts"

/** Each of these, now and then: about half of all creates go wrong. */
const mixed = (every: number): ReadonlyArray<Fault> => {
  const sometimes = { probability: 1 / every }
  return [
    onCreate({ _tag: "JobNotFound" }, sometimes),
    onCreate({ _tag: "Reset", handled: true }, sometimes),
    onCreate({ _tag: "Reset" }, sometimes),
    onCreate({ _tag: "Truncate", bytes: 4 }, sometimes),
    onCreate({ _tag: "Never" }, sometimes),
    onCreate({ _tag: "Never", handled: { after: { _tag: "Uniform", from: 0, to: "200 seconds" } } }, sometimes),
    onCreate({ _tag: "Page", page: "proxy-502", handled: { after: "90 seconds" } }, sometimes),
    onCreate({ _tag: "Page", page: "proxy-504", handled: true }, sometimes),
    onCreate({ _tag: "Reply", status: 503, body: "temporarily unavailable: null\n" }, sometimes)
  ]
}

describe("Replicas through faults", () => {
  for (const seed of ["a", "b", "c", "d", "e"]) {
    test(`are there once each, and their ids are told: ${seed}`, { ...roomy, seed }, () =>
      Effect.gen(function* () {
        yield* setFaults(...mixed(14))
        const outcomes = yield* inItsTime(Sessions.use(({ create }) => create(lasting({ replicas: 60 }))))
        const held = yield* holds
        assert.deepStrictEqual(Outcome.failures(outcomes), [])
        assert.deepStrictEqual(
          Outcome.values(outcomes).map((id) => held.get(id)),
          outcomes.map(({ input }) => input)
        )
        assert.strictEqual(held.size, 60)
      })
    )
  }

  test("of calls at the same time, also with the same name", { ...roomy, seed: "peers" }, () =>
    Effect.gen(function* () {
      yield* setFaults(...mixed(14))
      const calls = ["one", "one", "two", "three"].map((name) => createAll(lasting({ name, replicas: 10 })))
      const ids = (yield* inItsTime(Effect.all(calls, { concurrency: "unbounded" }))).flat()
      assert.sameMembers([...ids], [...(yield* holds).keys()])
      assert.strictEqual(new Set(ids).size, 40)
    })
  )

  test("ask for a list once a second at most", { ...roomy, seed: "ticks" }, () =>
    Effect.gen(function* () {
      yield* setFaults(...mixed(14))
      const started = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      yield* inItsTime(createAll(lasting({ replicas: 60 })))
      const took = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) - started
      assert.isAtMost(yield* count("GET"), took / 1000 + 4)
    })
  )
})

describe("Two calls with the same name", () => {
  test("wait for each other, so that each gets its own", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never", handled: { after: "20 seconds" } }, { times: 1 }))
      const both = Effect.all([createOne(lasting()), createOne(lasting())], { concurrency: 2 })
      const ids = yield* inItsTime(both)
      assert.sameMembers(ids, [...(yield* holds).keys()])
      assert.notStrictEqual(ids[0], ids[1])
    })
  )

  test("with different names do not", { ...roomy, retry: RetryPolicy.none }, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never" }, { times: 1 }))
      const order: Array<string> = []
      const one = (name: string) =>
        Effect.ensuring(
          Effect.result(createOne(lasting({ name }))),
          Effect.sync(() => order.push(name))
        )
      yield* inItsTime(Effect.all([one("slow"), Effect.delay(one("quick"), "1 second")], { concurrency: 2 }))
      assert.deepStrictEqual(order, ["quick", "slow"])
      assert.deepStrictEqual(yield* names, ["quick"])
    })
  )

  test("that resume have the same session", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never", handled: { after: "20 seconds" } }, { times: 1 }))
      const spec = lasting({ replicas: 5, resume: true })
      const [one, two] = yield* inItsTime(Effect.all([createAll(spec), createAll(spec)], { concurrency: 2 }))
      assert.deepStrictEqual(one, two)
      assert.sameMembers([...one], [...(yield* holds).keys()])
    })
  )

  test("who resumes does not take what the other is still to find", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never", handled: true }, { times: 1 }))
      const resumed = Effect.delay(createOne(lasting({ resume: true })), "5 seconds")
      const ids = yield* inItsTime(Effect.all([createOne(lasting()), resumed], { concurrency: 2 }))
      const [id = ""] = [...(yield* holds).keys()]
      assert.deepStrictEqual(ids, [id, id])
      assert.strictEqual((yield* holds).size, 1)
    })
  )

  test("who comes second does not take what the first could not tell", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(
        onCreate({ _tag: "Never", handled: true }, { times: 1 }),
        onCreate({ _tag: "Reset" }, { after: 2 })
      )
      const foreign = Effect.delay(elsewhere(createOne(lasting())), "10 seconds")
      const first = Effect.result(createOne(lasting()))
      const second = Effect.delay(Effect.flip(createOne(lasting())), "20 seconds")
      const policy = Effect.provideService(RetryPolicy, RetryPolicy.none)
      const all = Effect.all([first, second, foreign], { concurrency: 3 })
      const [, error] = yield* inItsTime(policy(all))
      // Its own was not made, and the two that are there are not its own.
      assert.strictEqual(error._tag, "ConnectionFailed")
      assert.strictEqual((yield* holds).size, 2)
    })
  )
})

describe("A list that was under way", () => {
  test("does not count as what was there before", roomy, () =>
    Effect.gen(function* () {
      const { create, info } = yield* Sessions
      // It was asked for before the foreign session was made, and comes after it.
      yield* setFaults(
        onList({ _tag: "Slow", head: "10 seconds" }, { times: 1 }),
        onCreate({ _tag: "Reset" }, { after: 1, times: 1 })
      )
      const ids = Array.from({ length: 8 }, (_, index) => `abcdefg${index}`)
      const foreign = Effect.delay(elsewhere(createOne(lasting())), "1 second")
      const ours = Effect.delay(create(lasting()), "2 seconds")
      const all = Effect.all([info(ids), foreign, ours], { concurrency: 3 })
      const [, id, [created]] = yield* inItsTime(all)
      assert.isUndefined(created?.adopted)
      assert.notInclude(Outcome.values(created === undefined ? [] : [created]), id)
      assert.strictEqual((yield* holds).size, 2)
    })
  )
})
