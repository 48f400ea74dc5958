import { assert, describe, it } from "@effect/vitest"
import { Emulator, type Fault } from "@skaha/emulator"
import { Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { makeFibers } from "./support/fibers.ts"
import { following, linesUntil, seconds, short, statuses } from "./support/following.ts"
import { settled } from "./support/held.ts"
import { testInMemory } from "./support/platforms.ts"
import { createOne, headless } from "./support/sessions.ts"
import { count, lists, readings, telling, times } from "./support/story.ts"

describe("on a platform where much goes wrong", () => {
  const log = "ä\r\n\n世界 🚀\nno end €"

  /** So many readings, after the first so many, are met by it. */
  const fault = (after: number, times: number, action: Fault["action"]): Fault => ({
    match: { view: "logs", after, times },
    action
  })

  testInMemory("all comes", { pending: 5, script: () => ({ seconds: 120, exitCode: 1, log }) }, () =>
    Effect.gen(function* () {
      const { setFaults } = yield* Emulator
      // In memory nobody sees that the last chunk is missing: such a text is taken for whole.
      const cuts = Array.from({ length: 24 }, (_, bytes) => fault(bytes, 1, { _tag: "Truncate", bytes, chunked: true }))
      yield* setFaults([
        ...cuts,
        fault(24, 1, { _tag: "Reset" }),
        fault(25, 1, { _tag: "Page", page: "proxy-504" }),
        { match: { view: null, every: 3 }, action: { _tag: "Outage", of: "kubernetes" } }
      ])
      const id = yield* createOne(headless())
      const { fiber, of } = yield* following([id, "nobody"], { interval: 1 })
      // More and more seldom: a log that is cut is none.
      yield* seconds(1000)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(of(id), ["ä\r\n", "\n", "世界 🚀\n", "no end €", "<Failed>"])
      assert.deepStrictEqual(of("nobody"), ["<SessionNotFound>"])
    })
  )

  testInMemory("what is destroyed is told", { script: () => ({ seconds: 120, exitCode: 0, log }) }, () =>
    Effect.gen(function* () {
      const { destroy } = yield* Sessions
      const id = yield* createOne(headless())
      const { fiber, of } = yield* following(id)
      yield* seconds(10)
      yield* destroy(id)
      yield* seconds(20)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(of(id), ["ä\r\n", "\n", "世界 🚀\n", "no end €", "<SessionNotFound>"])
    })
  )
})

describe("a log that is not as it was", () => {
  it.effect("comes whole when the container was started again", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(60)
      assert.deepStrictEqual(of("job"), ["one\n", "tw", "<Restarted>", "three\n", "<Completed>"])
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"], [10, "Pending"], [20, "Running"], [30, "Completed"]),
          log: (_, second) => (second < 10 ? "one\ntw" : "three\n")
        })
      )
    )
  )

  it.effect("is waited for while it is shorter than before, at its end a few times only", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(60)
      assert.deepStrictEqual(of("job"), ["one\n", "two\n", "<Restarted>", "one\n", "<Completed>"])
      assert.isAtMost((yield* times(readings)).filter((time) => time >= 30).length, 4)
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"], [30, "Completed"]),
          log: (_, second) => (second < 10 ? "one\ntwo\n" : "one\n")
        })
      )
    )
  )

  it.effect("goes on when it was shorter for a moment, at its end as well", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(60)
      assert.deepStrictEqual(of("job"), ["one\n", "two\n", "three\n", "four\n", "<Completed>"])
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"], [20, "Completed"]),
          log: (_, second) =>
            second < 5
              ? "one\ntwo\n"
              : second < 10
                ? "one\n"
                : second < 19
                  ? "one\ntwo\nthree\n"
                  : second < 26
                    ? ""
                    : "one\ntwo\nthree\nfour\n"
        })
      )
    )
  )

  it.effect("has ended with what came when it is gone but its session is not", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(60)
      assert.deepStrictEqual(of("job"), ["one\n", "tw", "<Completed>"])
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"], [10, "Completed"]),
          log: (_, second) => (second < 10 ? "one\ntw" : "")
        })
      )
    )
  )
})

describe("failures", () => {
  it.effect("a server that is down for a minute is waited for", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(160)
      assert.deepStrictEqual(of("job").join(""), `${linesUntil(100)}<Completed>`)
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Running"], [100, "Completed"]),
          log: (_, second) => linesUntil(Math.min(100, second)),
          refusal: (_, second) => (second >= 50 && second < 110 ? 503 : undefined)
        })
      )
    )
  )

  it.effect("the last reading is made again until it succeeds", () =>
    Effect.gen(function* () {
      const { of } = yield* following("job")
      yield* seconds(120)
      assert.deepStrictEqual(of("job"), ["all\n", "<Completed>"])
      assert.isAtMost(yield* count(readings), 10)
      assert.strictEqual(yield* count(lists), 1, "how it is is known")
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Completed"]),
          log: () => "all\n",
          refusal: (request, second) => (readings.test(request) && second < 60 ? 500 : undefined)
        })
      )
    )
  )

  it.effect("the last reading is not made for ever when it is refused", () =>
    Effect.gen(function* () {
      const { fiber, of } = yield* following("job")
      yield* seconds(120)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(of("job"), ["<RequestRefused>"])
      assert.strictEqual(yield* count(readings), 3)
    }).pipe(
      Effect.provide(
        telling({
          sessions: statuses([0, "Completed"]),
          log: () => "all\n",
          refusal: (request) => (readings.test(request) ? 413 : undefined)
        })
      )
    )
  )

  it.effect.each([
    [401, "CredentialsRefused"],
    [403, "Forbidden"]
  ] as const)("%i ends it with %s", ([status, tag]) =>
    Effect.gen(function* () {
      const { fiber, of } = yield* following(["job", "job2"])
      yield* seconds(40)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual([of("job"), of("job2")], [["one\n", `<${tag}>`], [`<${tag}>`]])
    }).pipe(
      Effect.provide(
        telling({
          sessions: () => ({ job: "Running", job2: "Pending" }),
          log: () => "one\n",
          refusal: (_, second) => (second >= 10 ? status : undefined)
        })
      )
    )
  )
})

describe("who takes no more", () => {
  it.effect("leaves nothing behind when interrupted", () =>
    Effect.gen(function* () {
      const fibers = makeFibers()
      const { fiber } = yield* fibers.counted(following(["job", "job2", "nobody"]))
      yield* seconds(5)
      assert.isAbove(fibers.active(), 3)
      yield* Fiber.interrupt(fiber)
      yield* settled
      assert.strictEqual(fibers.active(), 0)
      const requests = yield* count(/./)
      yield* seconds(60)
      assert.strictEqual(yield* count(/./), requests)
    }).pipe(
      Effect.provide(
        telling({
          sessions: () => ({ job: "Running", job2: "Pending" }),
          log: (_, second) => linesUntil(second),
          takes: (request) => (readings.test(request) ? 1 : 0)
        })
      )
    )
  )

  it.effect("leaves nothing behind after the first line", () =>
    Effect.gen(function* () {
      const fibers = makeFibers()
      const { followLogs } = yield* Sessions
      const first = yield* Effect.forkChild(Stream.runCollect(Stream.take(followLogs("job"), 1)))
      yield* seconds(5)
      assert.deepStrictEqual((yield* Fiber.join(first)).map(short), ["line 1\n"])
      yield* settled
      assert.strictEqual(fibers.active(), 0)
      const requests = yield* count(/./)
      yield* seconds(60)
      assert.strictEqual(yield* count(/./), requests)
    }).pipe(
      Effect.provide(telling({ sessions: () => ({ job: "Running" }), log: (_, second) => linesUntil(second + 1) }))
    )
  )
})
