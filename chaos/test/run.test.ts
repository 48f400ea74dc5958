import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { run } from "../run.ts"
import { scales } from "../scales.ts"
import type { Scenario } from "../scenario/Scenario.ts"
import { inVirtualTime } from "../world/time.ts"

const problemsOf = (run_: Scenario["run"]) =>
  Effect.map(
    run(scales.memory, 1, [{ name: "it", mostLists: 1, run: run_ }], () => {}),
    ({ problems }) => problems
  )

describe("inVirtualTime", () => {
  it.live("passes when nothing else is to be done, and at once", () =>
    inVirtualTime(() =>
      Effect.gen(function* () {
        const sleeps = Array.from({ length: 100 }, (_, index) => Effect.sleep(`${index} hours`))
        yield* Effect.all(sleeps, { concurrency: "unbounded" })
        assert.strictEqual(yield* Clock.currentTimeMillis, 99 * 3_600_000 + 1)
      })
    )
  )

  it.live("ends when what runs waits for nothing", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(inVirtualTime(() => Effect.never))
      assert.include(String(exit), "it hangs")
    })
  )
})

describe("a scenario", () => {
  it.live("holds when it leaves nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problemsOf(({ connect }) => Effect.asVoid(connect)), [])
    })
  )

  it.live("does not hold when it leaves a fiber, or one that sleeps", () =>
    Effect.gen(function* () {
      const waits = yield* problemsOf(() => Effect.asVoid(Effect.forkDetach(Deferred.await(Deferred.makeUnsafe()))))
      assert.deepStrictEqual(waits, [
        "it: 1 fibers are left when the calls are over",
        "it: 1 fibers are left when the clients are gone"
      ])
      const sleeps = yield* problemsOf(() => Effect.asVoid(Effect.forkDetach(Effect.sleep("1 day"))))
      assert.include(sleeps, "it: 1 timers are left when the calls are over")
    })
  )

  it.live("does not hold when it asks on after its end, or too often", () =>
    Effect.gen(function* () {
      const late = yield* problemsOf(({ connect }) =>
        Effect.gen(function* () {
          const { fetch } = yield* connect
          yield* Effect.forkDetach(Effect.delay(Effect.ignore(fetch()), "1 minute"))
        })
      )
      assert.include(late, "it: 1 requests came after the end")
      const often = yield* problemsOf(({ connect }) =>
        Effect.gen(function* () {
          const { fetch } = yield* connect
          yield* fetch()
          yield* Effect.sleep("500 millis")
          yield* fetch()
        })
      )
      assert.deepStrictEqual(often, ["it: the list was asked for 2 times in one tick"])
    })
  )

  it.live("does not hold when it fails", () =>
    Effect.gen(function* () {
      const problems = yield* problemsOf(() => Effect.die(new Error("broken")))
      assert.strictEqual(problems.length, 1)
      assert.include(problems[0], "broken")
    })
  )
})
