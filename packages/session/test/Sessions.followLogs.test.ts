import { assert, describe, it } from "@effect/vitest"
import { Sessions, type LogEvent } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { following, linesUntil, seconds, statuses } from "./support/following.ts"
import { idsOf } from "./support/held.ts"
import { count, lists, readings, singles, telling, times } from "./support/story.ts"

describe("what a session writes", () => {
  it.effect("comes line by line from its beginning to its end, and is read only while it makes sense", () =>
    Effect.gen(function* () {
      const { fiber, of } = yield* following("job")
      yield* seconds(10)
      assert.deepStrictEqual(of("job"), [])
      assert.strictEqual(yield* count(readings), 0, "not while it is pending")
      yield* seconds(10)
      assert.isAtLeast(of("job").length, 5)
      yield* seconds(40)
      assert.deepStrictEqual(of("job").join(""), `${linesUntil(20)}the rest<Completed>`)
      yield* Fiber.join(fiber)
      const read = yield* times(readings)
      assert.isAtMost(read.length, 12)
      assert.isAtLeast(read.at(-1) ?? 0, 30)
      const read2 = read.length
      yield* seconds(60)
      assert.strictEqual(yield* count(readings), read2)
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Pending"], [10, "Running"], [30, "Completed"]),
          log: (_, second) => linesUntil(Math.min(second - 10, 20)) + (second >= 30 ? "the rest" : "")
        })
      )
    )
  )

  it.effect("comes of many at once, each with its own end, or why it has none", () =>
    Effect.gen(function* () {
      const { events, fiber, of } = yield* following(["job1", "nobody", "job2", "../job", "job3"])
      yield* seconds(40)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(of("job1"), ["job1\n", "<Completed>"])
      assert.deepStrictEqual(of("job2"), ["job2\n", "<Failed>"])
      assert.deepStrictEqual(of("job3"), ["job3\n", "<SessionNotFound>"])
      assert.deepStrictEqual(of("nobody"), ["<SessionNotFound>"])
      assert.deepStrictEqual(of("../job"), ["<InvalidInput>"])
      for (const { id, index } of events) {
        assert.strictEqual(index, ["job1", "nobody", "job2", "../job", "job3"].indexOf(id))
      }
      assert.isAtMost(yield* count(lists), 40)
      assert.strictEqual(yield* count(singles), 2)
    }).pipe(
      Effect.provide(
        telling({
          sessions: (second) => ({
            job1: second < 10 ? "Running" : "Completed",
            job2: second < 5 ? "Running" : "Failed",
            ...(second < 15 ? { job3: "Running" } : {})
          }),
          log: (id) => `${id}\n`
        })
      )
    )
  )

  it.effect("ends at once where nothing is followed", () =>
    Effect.gen(function* () {
      const { events, fiber } = yield* following([])
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(events, [])
      assert.strictEqual(yield* count(/./), 0)
    }).pipe(Effect.provide(telling({ sessions: () => ({}) })))
  )

  it.effect("is refused for an interval that makes no sense", () =>
    Effect.gen(function* () {
      for (const interval of [0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const { of } = yield* following(["job", "job2"], { interval })
        assert.deepStrictEqual([of("job"), of("job2")], [["<InvalidInput>"], ["<InvalidInput>"]])
      }
      assert.strictEqual(yield* count(/./), 0)
    }).pipe(Effect.provide(telling({ sessions: () => ({}) })))
  )
})

describe("how often a log is read", () => {
  it.effect("more and more seldom while nothing comes, and soon again after something has", () =>
    Effect.gen(function* () {
      yield* following("job")
      yield* seconds(400)
      const read = yield* times(readings)
      const pauses = read.slice(1).map((time, index) => time - (read[index] ?? 0))
      assert.strictEqual(pauses[0], 2)
      assert.strictEqual(Math.max(...pauses), 30)
      const woken = read.findIndex((time) => time >= 300)
      assert.isAtMost((read[woken] ?? 0) - 300, 30)
      assert.isAtMost(pauses[woken] ?? 0, 2)
      assert.isAtMost(read.length, 30)
    }).pipe(
      Effect.provide(
        telling({ sessions: statuses([0, "Running"]), log: (_, second) => `old\n${second >= 300 ? "new\n" : ""}` })
      )
    )
  )

  it.effect("more seldom the longer that takes", () =>
    Effect.gen(function* () {
      yield* following("job", { interval: 1 })
      yield* seconds(200)
      assert.isAtMost(yield* count(readings), 11)
      assert.isAtLeast(yield* count(readings), 9)
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"]),
          log: (_, second) => linesUntil(second),
          takes: (request) => (readings.test(request) ? 4 : 0)
        })
      )
    )
  )

  it.effect("so few at once that they are in memory together", () =>
    Effect.gen(function* () {
      const { of } = yield* following(idsOf(40))
      assert.strictEqual(yield* count(readings), 16)
      yield* seconds(3)
      assert.deepStrictEqual(
        idsOf(40).flatMap(of),
        idsOf(40).flatMap(() => ["done\n", "<Completed>"])
      )
      assert.strictEqual(yield* count(readings), 40)
    }).pipe(
      Effect.provide(
        telling({
          sessions: () => Object.fromEntries(idsOf(40).map((id) => [id, "Completed"])),
          log: () => "done\n",
          takes: (request) => (readings.test(request) ? 1 : 0)
        })
      )
    )
  )

  it.effect("not while what came is not taken", () =>
    Effect.gen(function* () {
      const { followLogs } = yield* Sessions
      const taken: Array<LogEvent> = []
      yield* Effect.forkChild(
        Stream.runForEach(followLogs("job"), (event) => {
          taken.push(event)
          return taken.length === 3000 ? Effect.never : Effect.void
        })
      )
      yield* seconds(300)
      assert.strictEqual(taken.length, 3000)
      const read = yield* count(readings)
      assert.isAtMost(read, 6)
      yield* seconds(300)
      assert.strictEqual(yield* count(readings), read)
    }).pipe(
      Effect.provide(
        telling({ sessions: statuses([0, "Running"]), log: (_, second) => linesUntil(1000 * Math.ceil(second)) })
      )
    )
  )
})

describe("the end", () => {
  it.effect("is that of a reading which was asked for after it was seen", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(60)
      assert.deepStrictEqual(of("job"), ["first\n", "last\n", "<Completed>"])
    }).pipe(
      Effect.provide(
        telling({
          // The reading under way when it ends was begun before, and lacks the last line.
          sessions: statuses([0, "Running"], [3, "Completed"]),
          log: (_, second) => (second < 12 ? "first\n" : "first\nlast\n"),
          takes: (request) => (readings.test(request) ? 10 : 0)
        })
      )
    )
  )

  it.effect("is told with what came so far when the session vanishes", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(40)
      assert.deepStrictEqual(of("job"), ["first\n", "unfinished é", "<SessionNotFound>"])
    }).pipe(
      Effect.provide(telling({ sessions: statuses([0, "Running"], [10, undefined]), log: () => "first\nunfinished é" }))
    )
  )

  it.effect("of one that has written nothing is told once it is known to be there", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(40)
      assert.deepStrictEqual(of("job"), ["<Completed>"])
      assert.strictEqual(yield* count(singles), 1)
    }).pipe(Effect.provide(telling({ sessions: statuses([0, "Completed"]) })))
  )

  it.effect("of one that is removed before its last reading is no end", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(40)
      assert.deepStrictEqual(of("job"), ["<SessionNotFound>"])
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Completed"], [3, undefined]),
          takes: (request) => (readings.test(request) ? 5 : 0)
        })
      )
    )
  )

  it.effect("is found where ended sessions are not listed", () =>
    Effect.gen(function* () {
      const { fiber, of } = yield* following(["job", "nobody"])
      yield* seconds(40)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(of("job"), ["done\n", "<Failed>"])
      assert.strictEqual(yield* count(singles), 2)
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"], [10, "Failed (DeadlineExceeded)"]),
          isUnlisted: (row) => row !== "Running",
          log: () => "done\n"
        })
      )
    )
  )
})
