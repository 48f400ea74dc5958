import { assert, describe } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { Outcome, Progress, Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { valuesOrTags } from "./support/outcomes.ts"
import { ways } from "./support/platforms.ts"
import { server } from "./support/server.ts"
import { createAll, headless } from "./support/sessions.ts"
import { Wire } from "./support/wire.ts"

const unknown = "zzzzzzzz"

const byIndex = <A>(outcomes: ReadonlyArray<Outcome.Outcome<A>>) => outcomes.toSorted((a, b) => a.index - b.index)

/** As ids come from a file, or a search. */
function* oneByOne(ids: Iterable<string>) {
  yield* ids
}

describe.each(ways)("Streams of sessions $way", ({ test, live }) => {
  test("the outcomes are those of the list", {}, () =>
    Effect.gen(function* () {
      const { info, logs, events, eventsText, destroy } = yield* Sessions
      const { setFaults } = yield* Emulator
      const created = yield* createAll(headless({ cmd: "printenv", args: "REPLICA_ID", replicas: 20 }))
      yield* setFaults([{ match: { ids: created.slice(3, 6) }, action: { _tag: "Reply", status: 500, body: "boom" } }])
      const ids = [...created, unknown, "../image", created[0] ?? "", ""]
      // Where what is gone cannot be destroyed again, the list would find less than the stream.
      const repeatable = server.destroys.unknown === undefined ? [destroy] : []
      for (const each of [info, logs, events, eventsText, ...repeatable]) {
        const streamed = yield* Stream.runCollect<Outcome.Outcome<unknown>, never, never>(each.stream(oneByOne(ids)))
        const outcomes = byIndex(streamed)
        assert.deepStrictEqual(
          outcomes.map(({ input }) => input),
          ids
        )
        assert.deepStrictEqual(
          valuesOrTags(outcomes).map((value) => JSON.stringify(value)),
          valuesOrTags<unknown>(yield* each(ids)).map((value) => JSON.stringify(value))
        )
      }
    })
  )

  test("what is no id is an outcome, and nothing is sent for it", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const outcomes = yield* Stream.runCollect(logs.stream(new Set(["../image", "", "a b"])))
      assert.deepStrictEqual(
        Outcome.failures(outcomes).map(({ error }) => error._tag),
        ["InvalidInput", "InvalidInput", "InvalidInput"]
      )
      assert.deepStrictEqual((yield* Wire).requests, [])
    })
  )

  test("nothing has no outcomes, and one text is one id", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      assert.deepStrictEqual(yield* Stream.runCollect(logs.stream([])), [])
      const [id = ""] = yield* createAll(headless({ cmd: "echo", args: "hello" }))
      assert.deepStrictEqual(valuesOrTags(yield* Stream.runCollect(logs.stream(id))), ["hello\n"])
    })
  )

  test("when no more are taken, what is in flight stops", { latency: 10, sdk: { concurrency: 8 } }, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const { inFlight } = yield* Emulator
      const { requests } = yield* Wire
      function* endless() {
        for (let index = 0; ; index++) yield `a${index}`
      }
      const fiber = yield* Effect.forkChild(Stream.runCollect(Stream.take(logs.stream(endless()), 5)))
      if (!live) yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 5)
      const sent = requests.length
      assert.isAtMost(sent, 24)
      yield* (live ? Effect.sleep("5 millis") : TestClock.adjust(5)).pipe(
        Effect.andThen(inFlight),
        Effect.repeat({ until: (number) => number === 0, schedule: Schedule.forever }),
        Effect.timeout("5 seconds")
      )
      assert.strictEqual(requests.length, sent)
    })
  )

  test("what is created, read and destroyed is followed", {}, () =>
    Effect.gen(function* () {
      const { logs, destroy } = yield* Sessions
      const seen: Array<Progress.Progress> = []
      yield* Effect.gen(function* () {
        const ids = yield* createAll(headless({ cmd: "echo", args: "hello", replicas: 10 }))
        yield* Stream.runDrain(logs.stream([...ids, "../image"]))
        yield* destroy(ids)
      }).pipe(Progress.observe((progress) => seen.push(progress)))
      assert.deepInclude(seen.at(-1), { done: 31, failed: 1, total: 31, bytes: 10 * 8 + 10 * 6, remaining: 0 })
    })
  )
})
