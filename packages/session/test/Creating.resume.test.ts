import { assert, describe } from "@effect/vitest"
import { RetryPolicy } from "@skaha/core"
import { Emulator } from "@skaha/emulator"
import { Outcome, Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import {
  count,
  elsewhere,
  hearing,
  holds,
  lasting,
  names,
  onCreate,
  onList,
  roomy,
  roomyOnce,
  setFaults
} from "./support/creating.ts"
import { settled } from "./support/held.ts"
import { valuesOrTags } from "./support/outcomes.ts"
import { testInMemory as test } from "./support/platforms.ts"
import { createAll, createOne } from "./support/sessions.ts"
import { inItsTime, passUntilDone } from "./support/time.ts"

/** Begins a call, lets time pass, and interrupts it. */
const interruptedAfter = (seconds: number, spec: Parameters<Sessions["Service"]["create"]>[0]) =>
  Effect.gen(function* () {
    const { create } = yield* Sessions
    const { heard, onOutcome, onUnresolved, unresolved } = hearing()
    const call = yield* Effect.forkChild(create(spec, onOutcome, onUnresolved))
    for (let passed = 0; passed < seconds; passed++) {
      yield* settled
      yield* TestClock.adjust("1 second")
    }
    yield* settled
    const end = yield* Effect.forkChild(Fiber.interrupt(call))
    yield* passUntilDone(end)
    return { ids: Outcome.values(heard), heard, unresolved }
  })

describe("Resuming", () => {
  test("takes up what is listed, creates only what is missing, and asks no more", roomyOnce, () =>
    Effect.gen(function* () {
      const spec = lasting({ name: "Fit", replicas: 6 })
      const made = yield* createAll(spec)
      yield* Sessions.use(({ destroy }) => destroy(made.filter((_, index) => index === 1 || index === 4)))
      yield* Emulator.use(({ clear }) => clear)
      const outcomes = yield* Sessions.use(({ create }) => create({ ...spec, resume: true }))
      assert.deepStrictEqual(
        outcomes.map(({ adopted }) => adopted ?? false),
        [true, false, true, true, false, true]
      )
      assert.strictEqual(yield* count("POST"), 2)
      assert.deepStrictEqual([...(yield* holds).keys()].toSorted(), Outcome.values(outcomes).toSorted())
      yield* Emulator.use(({ clear }) => clear)
      assert.deepStrictEqual(yield* createAll({ ...spec, resume: true }), Outcome.values(outcomes))
      const requests = yield* Emulator.use(({ requests }) => requests)
      assert.strictEqual(requests.length, 1)
    })
  )

  test("takes the oldest of several, tells of the others, and destroys none", roomyOnce, () =>
    Effect.gen(function* () {
      const ids: Array<string> = []
      for (let index = 0; index < 3; index++) {
        ids.push(yield* createOne(lasting()))
        yield* TestClock.adjust("10 seconds")
      }
      const [oldest, ...others] = ids
      const { create } = yield* Sessions
      const [created] = yield* create(lasting({ resume: true, twins: "destroy" }))
      assert.deepStrictEqual(created && valuesOrTags([created]), [oldest ?? ""])
      assert.sameMembers([...(created?.twins ?? [])], others)
      assert.strictEqual((yield* holds).size, 3)
    })
  )

  test("a refusal of what is missing does not hide what is there", roomyOnce, () =>
    Effect.gen(function* () {
      const [id = ""] = yield* createAll(lasting({ replicas: 2 }))
      yield* Emulator.use(({ clear }) => clear)
      yield* setFaults(onCreate({ _tag: "Reply", status: 403, body: "no\n" }))
      const outcomes = yield* Sessions.use(({ create }) => create(lasting({ replicas: 5, resume: true })))
      assert.strictEqual(valuesOrTags(outcomes)[0], id)
      assert.deepStrictEqual(valuesOrTags(outcomes).slice(2), ["Forbidden", "Forbidden", "Forbidden"])
      assert.strictEqual(yield* count("POST"), 1)
    })
  )
})

describe("An interrupted create", () => {
  for (let seed = 0; seed < 12; seed++) {
    test(`tells what there is, and is resumed; without, new ones are made: ${seed}`, { ...roomy, seed }, () =>
      Effect.gen(function* () {
        const random = yield* Random.withSeed(Random.Random, `${seed}`)
        const seconds = random.nextIntUnsafe() % 40
        const spec = lasting({ name: "fit", replicas: 30 })
        yield* setFaults(
          onCreate({ _tag: "JobNotFound" }, { probability: 0.1 }),
          onCreate({ _tag: "Reset" }, { probability: 0.1 }),
          onCreate({ _tag: "Never", handled: true }, { probability: 0.1 }),
          onCreate({ _tag: "Never", handled: { after: "60 seconds" } }, { probability: 0.1 }),
          onCreate({ _tag: "Slow", head: "5 seconds" })
        )
        const { ids, unresolved } = yield* interruptedAfter(Math.abs(seconds), spec)
        const before = yield* holds
        // Each that is there is told, or its name is.
        for (const [id, name] of before) assert.isTrue(ids.includes(id) || unresolved.includes(name))
        assert.isTrue(ids.every((id) => before.has(id)))
        const resumed = yield* inItsTime(createAll({ ...spec, resume: true }))
        assert.includeMembers([...resumed], [...before.keys()])
        const between = yield* holds
        assert.sameMembers([...resumed], [...between.keys()])
        assert.strictEqual(resumed.length, 30)
        const again = yield* inItsTime(createAll(spec))
        assert.isTrue(again.every((id) => !between.has(id)))
        assert.sameMembers([...(yield* holds).keys()], [...resumed, ...again])
      })
    )
  }

  test("with nothing under way sends nothing more", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onList({ _tag: "Never" }))
      const { heard, unresolved } = yield* interruptedAfter(3, lasting({ replicas: 3 }))
      assert.deepStrictEqual([heard, unresolved], [[], []])
      assert.deepStrictEqual([yield* count("GET"), yield* count("POST")], [3, 0])
    })
  )

  test(
    "asks once for what is open, and tells the ids or the names",
    { ...roomyOnce, sdk: { createConcurrency: 4 } },
    () =>
      Effect.gen(function* () {
        yield* setFaults(
          onCreate({ _tag: "Never", handled: true }, { after: 1, times: 2 }),
          onCreate({ _tag: "Never" }, { after: 1 })
        )
        const { heard, unresolved } = yield* interruptedAfter(3, lasting({ replicas: 20 }))
        assert.strictEqual(heard.length, 3)
        assert.deepStrictEqual(
          heard.map(({ adopted }) => adopted ?? false),
          [false, true, true]
        )
        assert.strictEqual(unresolved.length, 2)
        // What is offered, the list before, and the one after.
        assert.strictEqual(yield* count("GET"), 4)
        assert.strictEqual(yield* count("POST"), 5)
      })
  )

  test("waits 5 seconds for the list, and no longer", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never", handled: true }), onList({ _tag: "Never" }, { after: 1 }))
      const started = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      const { unresolved } = yield* interruptedAfter(2, lasting())
      assert.deepStrictEqual(unresolved, ["job"])
      assert.isAtMost((yield* Effect.clockWith((clock) => clock.currentTimeMillis)) - started, 8000)
    })
  )

  test("is waited for when it is resumed, as long as it may be carried out", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never", handled: { after: "100 seconds" } }, { times: 1 }))
      const { unresolved } = yield* interruptedAfter(2, lasting())
      assert.deepStrictEqual(unresolved, ["job"])
      const [created] = yield* inItsTime(Sessions.use(({ create }) => create(lasting({ resume: true }))))
      assert.isTrue(created?.adopted)
      assert.deepStrictEqual(yield* names, ["job"])
    })
  )

  test("makes what a later one finds no certain find", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(
        onCreate({ _tag: "Never", handled: { after: "20 seconds" } }, { times: 1 }),
        onCreate({ _tag: "Reset" }, { after: 1 })
      )
      yield* interruptedAfter(2, lasting())
      const error = yield* inItsTime(Effect.flip(createOne(lasting())))
      assert.deepInclude(error, { _tag: "SessionAmbiguous", candidates: [...(yield* holds).keys()] })
    })
  )

  test("leaves its name to others only when it has looked what there is", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(
        onCreate({ _tag: "Never", handled: true }, { times: 1 }),
        onList({ _tag: "Slow", head: "3 seconds" }, { after: 2 })
      )
      const { create } = yield* Sessions
      const second = yield* Effect.forkChild(Effect.delay(create(lasting()), "1 second"))
      const { ids } = yield* interruptedAfter(3, lasting())
      yield* passUntilDone(second)
      const outcomes = yield* Fiber.join(second)
      yield* setFaults()
      assert.strictEqual(ids.length, 1)
      assert.sameMembers([...ids, ...Outcome.values(outcomes)], [...(yield* holds).keys()])
    })
  )
})

describe("A second run of another program", () => {
  test("resumes what the first one has made", { ...roomy, seed: "second" }, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Slow", head: "2 seconds" }))
      const spec = lasting({ replicas: 20 })
      yield* interruptedAfter(3, spec)
      const before = yield* holds
      const policy = Effect.provideService(RetryPolicy, RetryPolicy.make({ times: 30 }))
      const ids = yield* inItsTime(elsewhere(createAll({ ...spec, resume: true })).pipe(policy))
      assert.includeMembers([...ids], [...before.keys()])
      assert.sameMembers([...ids], [...(yield* holds).keys()])
    })
  )
})
