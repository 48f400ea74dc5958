import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@skaha/core"
import { Emulator } from "@skaha/emulator"
import { Outcome, Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import { makeKeys } from "../src/internal/creating/keys.ts"
import { count, elsewhere, holds, lasting, onCreate, roomy, setFaults } from "./support/creating.ts"
import { valuesOrTags } from "./support/outcomes.ts"
import { testInMemory as test } from "./support/platforms.ts"
import { createOne } from "./support/sessions.ts"
import { inItsTime } from "./support/time.ts"

/** The first create is carried out long after it was thought to be lost, while another one is waited for. */
const late = setFaults(
  onCreate({ _tag: "Reset", handled: { after: "135 seconds" } }, { after: 1, times: 1 }),
  onCreate({ _tag: "Never" }, { after: 2, times: 1 })
)

describe("A create that is carried out after settle", () => {
  test("is a twin, which is told and left", roomy, () =>
    Effect.gen(function* () {
      yield* late
      const outcomes = yield* inItsTime(Sessions.use(({ create }) => create(lasting({ replicas: 3 }))))
      const held = yield* holds
      assert.strictEqual(held.size, 4)
      const twins = outcomes.flatMap(({ input, twins = [] }) => twins.map((id) => [id, input] as const))
      assert.strictEqual(twins.length, 1)
      assert.deepStrictEqual(held.get(twins[0]?.[0] ?? ""), twins[0]?.[1])
      assert.sameMembers([...held.keys()], [...Outcome.values(outcomes), ...twins.map(([id]) => id)])
    })
  )

  test("is destroyed where that is wanted", roomy, () =>
    Effect.gen(function* () {
      yield* late
      const outcomes = yield* inItsTime(
        Sessions.use(({ create }) => create(lasting({ replicas: 3, twins: "destroy" })))
      )
      assert.strictEqual(outcomes.flatMap(({ twins = [] }) => twins).length, 1)
      assert.deepStrictEqual([...(yield* holds).keys()].toSorted(), Outcome.values(outcomes).toSorted())
      assert.strictEqual(yield* count("DELETE"), 1)
    })
  )

  test("is found at the end of the call at the latest, but nobody else's is", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(
        onCreate({ _tag: "Reset", handled: { after: "124 seconds" } }, { times: 1 }),
        onCreate({ _tag: "Slow", head: "10 seconds" }, { after: 1 })
      )
      const policy = Effect.provideService(RetryPolicy, RetryPolicy.make({ times: 1, delay: 0 }))
      const ours = Sessions.use(({ create }) => create(lasting({ twins: "destroy" }))).pipe(policy)
      const [created] = yield* inItsTime(ours)
      assert.strictEqual(created?.twins?.length, 1)
      assert.deepStrictEqual([...(yield* holds).keys()], created && valuesOrTags([created]))
    })
  )

  test("is no twin where another call of this program had the name since", roomy, () =>
    Effect.gen(function* () {
      yield* late
      const { create } = yield* Sessions
      const call = create(lasting({ replicas: 3, twins: "destroy" }))
      const names = ["job-1", "job-2", "job-3"]
      const peers = Effect.delay(
        Effect.forEach(names, (name) => createOne(lasting({ name })), { concurrency: "unbounded" }),
        "130 seconds"
      )
      yield* inItsTime(Effect.all([call, peers], { concurrency: 2 }))
      assert.strictEqual(yield* count("DELETE"), 0)
      assert.strictEqual((yield* holds).size, 7)
    })
  )

  test("that another program made is not destroyed where nothing was repeated", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "JobNotFound" }, { times: 1 }))
      const foreign = Effect.delay(elsewhere(createOne(lasting())), "1 second")
      const ours = Sessions.use(({ create }) => create(lasting({ twins: "destroy" })))
      yield* inItsTime(Effect.all([ours, foreign], { concurrency: 2 }))
      const requests = yield* Emulator.use(({ requests }) => requests)
      assert.isFalse(requests.some(({ method }) => method === "DELETE"))
      assert.strictEqual((yield* holds).size, 2)
    })
  )
})

describe("Keys", () => {
  it.effect("are held by one at a time, and let go by who is interrupted only when it leaves", () =>
    Effect.gen(function* () {
      const keys = makeKeys()
      const [one, two] = [keys.join("a"), keys.join("a")]
      yield* one.hold(Effect.void)
      assert.deepStrictEqual([one.wasAlone(), two.wasAlone()], [true, false])
      yield* Effect.exit(one.hold(Effect.interrupt))
      const order: Array<string> = []
      const waiting = yield* Effect.forkChild(two.hold(Effect.sync(() => order.push("two"))))
      yield* Effect.repeat(Effect.yieldNow, { times: 5 })
      assert.isUndefined(waiting.pollUnsafe())
      yield* one.leave
      yield* Effect.repeat(Effect.yieldNow, { times: 5 })
      assert.deepStrictEqual(order, ["two"])
      yield* two.leave
    })
  )

  it.effect("that were given up are forgotten long after their time is over", () =>
    Effect.sync(() => {
      const keys = makeKeys()
      keys.leaveOpen("a", 100, 0)
      keys.leaveOpen("a", 50, 0)
      assert.strictEqual(keys.openUntil("a"), 100)
      keys.leaveOpen("b", 1_000_000, 900_000)
      assert.deepStrictEqual([keys.openUntil("a"), keys.openUntil("b")], [Number.NEGATIVE_INFINITY, 1_000_000])
    })
  )
})
