import { assert, describe } from "@effect/vitest"
import { Emulator, type Job, type Script } from "@skaha/emulator"
import { Outcome, Progress, Sessions } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { valuesOrTags } from "./support/outcomes.ts"
import { testInMemory, ways } from "./support/platforms.ts"
import { createAll, createOne, headless } from "./support/sessions.ts"
import { pass, passing } from "./support/time.ts"
import { sent } from "./support/wire.ts"

/** Runs as long as its name says, and fails where that says so. */
const script = ({ name }: Job): Script => ({
  seconds: Number(/\d+/.exec(name)?.[0] ?? 0),
  exitCode: name.startsWith("bad") ? 3 : 0,
  log: Array.from({ length: 50 }, (_, line) => `line ${line}\n`).join("")
})

const unknown = "zzzzzzzz"

describe.each(ways)("Waiting $way", ({ live, test }) => {
  /** Looks are a second apart. */
  const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>) => (live ? effect : passing(effect))

  test("tells at once what is so already, of one and of many", { script }, () =>
    Effect.gen(function* () {
      const { waitRunning, waitCompleted, waitGone, waitUntil } = yield* Sessions
      const done = yield* createOne(headless({ name: "good-0" }))
      const runs = yield* createOne(headless({ name: "good-1000" }))
      assert.strictEqual((yield* eventually(waitCompleted(done))).status, "Completed")
      assert.strictEqual((yield* eventually(waitRunning(runs))).id, runs)
      assert.isUndefined(yield* eventually(waitGone(unknown)))
      assert.strictEqual((yield* eventually(waitUntil(runs, ({ name }) => name === "good-1000"))).id, runs)
      const many = yield* eventually(waitRunning([runs, done, unknown, "../x", runs]))
      assert.deepStrictEqual(
        many.map(({ index, input, result }) => [index, input, result._tag]),
        [
          [0, runs, "Success"],
          [1, done, "Success"],
          [2, unknown, "Failure"],
          [3, "../x", "Failure"],
          [4, runs, "Success"]
        ]
      )
      assert.deepStrictEqual(
        Outcome.failures(many).map(({ error }) => error._tag),
        ["SessionNotFound", "InvalidInput"]
      )
    })
  )

  test("says why, where it will never be", { script }, () =>
    Effect.gen(function* () {
      const { waitRunning, waitCompleted, waitGone } = yield* Sessions
      const bad = yield* createOne(headless({ name: "bad-0" }))
      for (const wait of [waitRunning, waitCompleted]) {
        const error = yield* eventually(Effect.flip(wait(bad)))
        assert.include(error, { _tag: "SessionEnded", id: bad, sessionStatus: "Failed" })
        if (error._tag !== "SessionEnded") return assert.fail()
        assert.strictEqual(error.logTail?.trim().split("\n").length, 40)
        assert.include(error.logTail, "line 49")
        const [outcome] = Outcome.failures(yield* eventually(wait([bad])))
        assert.deepStrictEqual(
          outcome?.error._tag === "SessionEnded" ? outcome.error.logTail : undefined,
          error.logTail
        )
      }
      assert.include(yield* eventually(Effect.flip(waitGone(bad, { timeout: 0 }))), { _tag: "WaitTimedOut" })
    })
  )

  test("looks once with a timeout of 0, and says what it saw", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const { requests, clear } = yield* Emulator
      const runs = yield* createOne(headless({ name: "good-1000" }))
      yield* clear
      const error = yield* Effect.flip(eventually(waitCompleted(runs, { timeout: 0 })))
      assert.include(error, { _tag: "WaitTimedOut", id: runs, sessionStatus: "Running", limit: 0 })
      assert.include(error, { operation: "Sessions.waitCompleted" })
      assert.include(error.message, `session ${runs} is still Running after 0 s`)
      const lists = (yield* requests).filter(({ target }) => target.endsWith("/session"))
      assert.strictEqual(lists.length, 1)
    })
  )

  test("looks once within a second, also when the look has to wait for its turn", { script }, () =>
    Effect.gen(function* () {
      const { waitRunning, waitCompleted } = yield* Sessions
      const runs = yield* createOne(headless({ name: "good-1000" }))
      for (const timeout of [1, 0.5, 1, 0]) {
        assert.strictEqual((yield* eventually(waitRunning(runs, { timeout }))).id, runs)
      }
      const error = yield* Effect.flip(eventually(waitCompleted(runs, { timeout: 1 })))
      // How long it has taken, in whole milliseconds.
      assert.match(error.message, /^session \w+ is still Running after [01](\.\d{1,3})? s/)
    })
  )

  test("refuses what makes no sense before anything is sent", {}, () =>
    Effect.gen(function* () {
      const { waitGone, waitUntil, waitReady } = yield* Sessions
      for (const timeout of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        for (const wait of [
          waitGone("abcdefgh", { timeout }),
          waitReady("abcdefgh", { timeout }),
          waitUntil("abcdefgh", () => true, { timeout })
        ]) {
          assert.deepInclude(yield* Effect.flip<unknown, unknown, never>(wait), {
            _tag: "InvalidInput",
            problems: [{ field: "timeout", message: "seconds, from 0" }]
          })
        }
        assert.deepStrictEqual(valuesOrTags(yield* waitGone(["abcdefgh", "bcdefghi"], { timeout })), [
          "InvalidInput",
          "InvalidInput"
        ])
      }
      const both = yield* Effect.flip(waitGone("../x", { timeout: -1 }))
      assert.deepStrictEqual(both._tag === "InvalidInput" ? both.problems.map(({ field }) => field) : [], [
        "id",
        "timeout"
      ])
      assert.deepStrictEqual(yield* waitGone([]), [])
      assert.deepStrictEqual(yield* sent, [])
    })
  )

  test("a condition that throws fails its own wait", { script }, () =>
    Effect.gen(function* () {
      const { waitUntil } = yield* Sessions
      const ids = yield* createAll(headless({ name: "good-1000", replicas: 3 }))
      const outcomes = yield* eventually(
        waitUntil(ids, ({ id }) => {
          if (id === ids[1]) throw new Error("no idea")
          return true
        })
      )
      assert.deepStrictEqual(
        outcomes
          .map(({ result }) => (result._tag === "Failure" ? result.failure : undefined))
          .map((error) => error?._tag),
        [undefined, "InvalidInput", undefined]
      )
      assert.deepInclude(outcomes[1]?.result._tag === "Failure" ? outcomes[1].result.failure : {}, {
        problems: [{ field: "condition", message: "throws Error: no idea" }]
      })
    })
  )

  test("a session is gone when it has been destroyed", { script }, () =>
    Effect.gen(function* () {
      const { destroy, waitGone, waitRunning } = yield* Sessions
      const id = yield* createOne(headless({ name: "good-1000" }))
      yield* eventually(waitRunning(id))
      yield* destroy(id)
      assert.isUndefined(yield* eventually(waitGone(id)))
    })
  )
})

describe("Waiting", () => {
  testInMemory("wakes when it is so", { script, pending: 5 }, () =>
    Effect.gen(function* () {
      const { waitRunning, waitCompleted, destroy, waitGone } = yield* Sessions
      const id = yield* createOne(headless({ name: "good-20" }))
      const at = (wait: Effect.Effect<unknown, unknown>) => Effect.andThen(wait, Clock.currentTimeMillis)
      const begin = yield* Clock.currentTimeMillis
      const running = yield* Effect.forkChild(at(waitRunning(id)))
      const completed = yield* Effect.forkChild(at(waitCompleted([id])))
      const gone = yield* Effect.forkChild(at(waitGone(id)))
      yield* pass(60)
      assert.closeTo((yield* Fiber.join(running)) - begin, 6500, 1500)
      assert.closeTo((yield* Fiber.join(completed)) - begin, 27_500, 2500)
      assert.isUndefined(gone.pollUnsafe())
      yield* destroy(id)
      yield* pass(15)
      yield* Fiber.join(gone)
    })
  )

  testInMemory("times out with what was seen last", { script, pending: 5 }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const id = yield* createOne(headless({ name: "good-1000" }))
      const begin = yield* Clock.currentTimeMillis
      const [error, end] = yield* passing(
        Effect.all([Effect.flip(waitCompleted(id, { timeout: 30 })), Clock.currentTimeMillis])
      )
      assert.strictEqual(end - begin, 30_000)
      assert.include(error, { _tag: "WaitTimedOut", sessionStatus: "Running", limit: 30 })
      assert.include(error._tag === "WaitTimedOut" ? error.logTail : "", "line 49")
      const many = yield* passing(waitCompleted([id, unknown], { timeout: 10 }))
      assert.deepStrictEqual(valuesOrTags(many), ["WaitTimedOut", "SessionNotFound"])
    })
  )

  testInMemory("looks once more before the time is over", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const id = yield* createOne(headless({ name: "good-57" }))
      // By then it is looked every 10 seconds.
      const begin = yield* Clock.currentTimeMillis
      assert.strictEqual((yield* passing(waitCompleted(id, { timeout: 60 }))).status, "Completed")
      assert.closeTo((yield* Clock.currentTimeMillis) - begin, 59_000, 1100)
    })
  )

  testInMemory("who begins later has as many looks at first as whoever began before", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const id = yield* createOne(headless({ name: "good-103" }))
      yield* passing(Effect.flip(waitCompleted(id, { timeout: 100 })))
      const begin = yield* Clock.currentTimeMillis
      yield* passing(waitCompleted(id))
      assert.isAtMost((yield* Clock.currentTimeMillis) - begin, 6000)
    })
  )

  testInMemory("looks by a schedule, but not more often than every second, and ends with it", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const { requests, clear } = yield* Emulator
      const id = yield* createOne(headless({ name: "good-1000" }))
      const listsWith = Effect.fnUntraced(function* (schedule: Schedule.Schedule<unknown>) {
        yield* clear
        const error = yield* passing(Effect.flip(waitCompleted(id, { schedule })), 200)
        const lists = (yield* requests).filter(({ target }) => target.endsWith("/session"))
        return [lists.length, error._tag === "WaitTimedOut" ? error.limit : error]
      })
      assert.deepStrictEqual(yield* listsWith(Schedule.upTo(Schedule.spaced("20 seconds"), { times: 4 })), [5, 80])
      assert.deepStrictEqual(yield* listsWith(Schedule.upTo(Schedule.spaced("10 millis"), { times: 4 })), [5, 5])
    })
  )

  testInMemory("a bulk wait tells of its progress, and a single one does not", { script, pending: 1 }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const ids = yield* createAll(headless({ name: "good-20", replicas: 3 }))
      const bad = yield* createOne(headless({ name: "bad-5" }))
      const seen: Array<string> = []
      const follow = Progress.observe(({ done, failed, total }) => seen.push(`${done}/${failed}/${total}`))
      yield* passing(follow(waitCompleted([bad, unknown, ...ids])))
      assert.deepStrictEqual([...new Set(seen)], ["1/1/5", "2/2/5", "5/2/5"])
      seen.length = 0
      yield* passing(follow(waitCompleted(ids[0] ?? "")))
      assert.deepStrictEqual([...new Set(seen)], ["0/0/0"])
    })
  )
})
