import { assert, describe, it } from "@effect/vitest"
import { InvalidInput } from "@skaha/core"
import { BulkExecutor, Progress, type BulkOperation } from "@skaha/session"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"

const error = new InvalidInput({ operation: "test", problems: [] })

/** Takes so many milliseconds for each input; every tenth fails. */
const taking =
  (millis: number): BulkOperation<string> =>
  (_, index) =>
    Effect.andThen(Effect.sleep(millis), index % 10 === 9 ? Effect.fail(error) : Effect.succeed("é"))

const { run, stream } = BulkExecutor.make(1)

const inputs = (length: number) => Array.from({ length }, (_, index) => `${index}`)

function* oneByOne(length: number) {
  yield* inputs(length)
}

/** Starts an effect, and writes its progress down. */
const observing = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const seen: Array<Progress.Progress> = []
  const fiber = yield* Effect.forkChild(Progress.observe(effect, (progress) => seen.push(progress)))
  yield* Effect.yieldNow
  return { seen, fiber }
})

const last = (seen: ReadonlyArray<Progress.Progress>) => seen.at(-1)

describe("Progress", () => {
  it.effect("counts what is done and failed, its bytes and its time, to the end", () =>
    Effect.gen(function* () {
      const { seen, fiber } = yield* observing(run(inputs(20), taking(250)))
      assert.deepStrictEqual(seen, [])
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(
        seen.map(({ seconds }) => seconds),
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
      )
      assert.deepStrictEqual(seen.map(({ done }) => done).slice(0, 9), [0, 0, 1, 1, 2, 2, 2, 3, 3])
      assert.deepInclude(seen[8], { done: 3, failed: 0, total: 20, bytes: 6, remaining: 17 / (3 / 0.9) })
      assert.deepInclude(seen[0], { done: 0, rate: 0, remaining: undefined })
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 20)
      assert.deepStrictEqual(last(seen), {
        done: 20,
        failed: 2,
        total: 20,
        bytes: 36,
        seconds: 5,
        rate: 4,
        remaining: 0
      })
      const told = seen.length
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(seen.length, told)
    })
  )

  it.effect("the rate is that of the last 10 seconds", () =>
    Effect.gen(function* () {
      const slowThenFast: BulkOperation<void> = (_, index) => Effect.sleep(index < 10 ? 1000 : 100)
      const { seen } = yield* observing(run(inputs(1000), slowThenFast))
      const at = (seconds: number) => seen.find((progress) => progress.seconds === seconds)
      yield* TestClock.adjust("40 seconds")
      assert.closeTo(at(9.5)?.rate ?? 0, 1, 0.1)
      assert.closeTo(at(15)?.rate ?? 0, 5.5, 0.3)
      assert.closeTo(at(20.5)?.rate ?? 0, 10, 0.3)
      assert.closeTo(at(40)?.rate ?? 0, 10, 0.3)
      assert.closeTo(at(40)?.remaining ?? 0, (1000 - 310) / 10, 3)
    })
  )

  it.effect("the rate is that of the last quarter where everything is slow", () =>
    Effect.gen(function* () {
      const { seen } = yield* observing(run(inputs(100), taking(4000)))
      yield* TestClock.adjust("5 minutes")
      for (const { rate, seconds } of seen) if (seconds > 200) assert.closeTo(rate, 0.25, 0.02)
    })
  )

  it.effect("nothing comes: no rate, and nobody knows how long it takes", () =>
    Effect.gen(function* () {
      const { seen } = yield* observing(run(inputs(100), (_, index) => (index < 50 ? Effect.void : Effect.never)))
      yield* TestClock.adjust("1 second")
      assert.deepInclude(last(seen), { done: 50, total: 100, rate: 50, remaining: 1 })
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(last(seen), { done: 50, total: 100, rate: 0, remaining: undefined })
    })
  )

  it.effect("of a stream the total is known when it has ended, or when what it is of says it", () =>
    Effect.gen(function* () {
      const totals = (given: Iterable<string>) =>
        Effect.gen(function* () {
          const { seen } = yield* observing(Stream.runDrain(stream(given, taking(1000))))
          yield* TestClock.adjust("2500 millis")
          const middle = last(seen)
          yield* TestClock.adjust("1 minute")
          assert.deepInclude(middle, { done: 2, remaining: middle?.total === undefined ? undefined : 3.75 })
          return [middle?.total, last(seen)?.done, last(seen)?.total]
        })
      assert.deepStrictEqual(yield* totals(oneByOne(5)), [undefined, 5, 5])
      assert.deepStrictEqual(yield* totals(inputs(5)), [5, 5, 5])
      assert.deepStrictEqual(yield* totals(new Set(inputs(5))), [5, 5, 5])
    })
  )

  it.effect("what ends early has the size that it got to", () =>
    Effect.gen(function* () {
      const some = Stream.runDrain(Stream.take(stream(inputs(100), taking(100)), 5))
      const cut = Effect.timeoutOption(run(inputs(100), taking(1000)), "2500 millis")
      const { seen } = yield* observing(Effect.andThen(some, cut))
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(last(seen), { done: 7, total: 7, remaining: 0 })
    })
  )

  it.effect("one after the other and beside each other add up", () =>
    Effect.gen(function* () {
      const beside = Effect.all([run(inputs(10), taking(100)), run(inputs(20), taking(100))], {
        concurrency: "unbounded"
      })
      const { seen } = yield* observing(Effect.andThen(run(inputs(5), taking(100)), beside))
      yield* TestClock.adjust(400)
      assert.deepInclude(last(seen), { total: 5 })
      yield* TestClock.adjust(400)
      assert.deepInclude(last(seen), { total: 35 })
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(last(seen), { done: 35, failed: 3, total: 35 })
    })
  )

  it.effect("what is asked in bulk for one input is part of it", () =>
    Effect.gen(function* () {
      const { seen } = yield* observing(
        BulkExecutor.make(4).run(inputs(5), () => run(inputs(3), taking(1)).pipe(Effect.asVoid))
      )
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(last(seen), { done: 5, total: 5 })
    })
  )

  it.effect("may be followed within what is followed", () =>
    Effect.gen(function* () {
      const inner: Array<Progress.Progress> = []
      const part = Progress.observe(run(inputs(3), taking(10)), (progress) => inner.push(progress))
      const { seen } = yield* observing(Effect.andThen(run(inputs(2), taking(10)), part))
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(last(inner), { done: 3, total: 3, seconds: 0.03 })
      assert.deepInclude(last(seen), { done: 5, total: 5, seconds: 0.05 })
    })
  )

  it.effect("of saved files counts what was written", () =>
    Effect.gen(function* () {
      const { seen } = yield* observing(
        run(inputs(4), (_, index) => Effect.succeed({ bytes: 1000, resumed: index === 0 }))
      )
      yield* TestClock.adjust(0)
      assert.deepInclude(last(seen), { done: 4, bytes: 3000 })
    })
  )

  it.effect("tells the last also of what fails or is interrupted, once", () =>
    Effect.gen(function* () {
      const failing = yield* observing(Effect.andThen(run(inputs(2), taking(10)), Effect.fail("no")))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Fiber.await(failing.fiber), Exit.fail("no"))
      assert.deepStrictEqual(
        failing.seen.map(({ done, seconds }) => [done, seconds]),
        [[2, 0.02]]
      )
      const stopped = yield* observing(run(inputs(100), taking(40)))
      yield* TestClock.adjust(130)
      yield* Fiber.interrupt(stopped.fiber)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(
        stopped.seen.map(({ done, total, seconds }) => [done, total, seconds]),
        [
          [2, 100, 0.1],
          [3, 3, 0.13]
        ]
      )
    })
  )

  for (const [how, fail] of [
    ["throws", () => assert.fail("the bar is broken")],
    ["is rejected", () => Promise.reject(new Error("the bar is broken"))]
  ] as const) {
    it.effect(`a function that ${how} breaks nothing, and is not called again`, () =>
      Effect.gen(function* () {
        const logged: Array<unknown> = []
        let calls = 0
        const fiber = yield* run(inputs(10), taking(100)).pipe(
          Progress.observe(() => {
            calls++
            return fail()
          }),
          Effect.provide(Logger.layer([Logger.make(({ message }) => logged.push(message))])),
          Effect.forkChild
        )
        for (let step = 0; step < 20; step++) {
          yield* TestClock.adjust(100)
          // A rejection comes with the next turn of the loop.
          yield* Effect.promise(() => Promise.resolve())
        }
        assert.strictEqual((yield* Fiber.join(fiber)).length, 10)
        assert.strictEqual(calls, 1)
        assert.strictEqual(logged.length, 1)
        assert.match(String(logged[0]), /progress cannot be told/)
      })
    )
  }

  it.effect("a function that never gets done holds nothing up", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Progress.observe(run(inputs(10), taking(100)), () => new Promise(() => {})))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 10)
    })
  )

  it.effect("as a stream ends with the effect, and the result is there", () =>
    Effect.gen(function* () {
      const { progress, result } = yield* Progress.follow(run(inputs(10), taking(100)))
      const collecting = yield* Effect.forkChild(Stream.runCollect(progress))
      yield* TestClock.adjust("1 minute")
      const seen = yield* Fiber.join(collecting)
      assert.isAtLeast(seen.length, 10)
      assert.deepInclude(seen.at(-1), { done: 10, total: 10, seconds: 1 })
      assert.strictEqual((yield* result).length, 10)
    }).pipe(Effect.scoped)
  )

  it.effect("who takes the stream slowly gets the latest, and the last, and holds nothing up", () =>
    Effect.gen(function* () {
      const done = yield* Deferred.make<void>()
      const followed = Effect.ensuring(run(inputs(100), taking(100)), Deferred.succeed(done, undefined))
      const { progress, result } = yield* Progress.follow(followed)
      const seen: Array<number> = []
      const slow = (got: Progress.Progress) =>
        Effect.delay(
          Effect.sync(() => seen.push(got.done)),
          "4 seconds"
        )
      const showing = yield* Effect.forkChild(Stream.runForEach(progress, slow))
      yield* TestClock.adjust("10 seconds")
      assert.isTrue(yield* Deferred.isDone(done))
      assert.strictEqual((yield* result).length, 100)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(showing)
      assert.isAtMost(seen.length, 5)
      assert.strictEqual(seen.at(-1), 100)
    }).pipe(Effect.scoped)
  )

  it.effect("a stream that nobody takes holds nothing up, and has the last", () =>
    Effect.gen(function* () {
      const { progress, result } = yield* Progress.follow(
        Effect.andThen(run(inputs(3), taking(100)), Effect.fail("no"))
      )
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* Effect.exit(result), Exit.fail("no"))
      assert.deepStrictEqual(
        (yield* Stream.runCollect(progress)).map(({ done, seconds }) => [done, seconds]),
        [[3, 0.3]]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("as a stream ends also when the effect is interrupted before it began", () =>
    Effect.gen(function* () {
      const { progress } = yield* Effect.scoped(Progress.follow(run(inputs(10), taking(100))))
      const collecting = yield* Effect.forkChild(Stream.runCollect(progress))
      yield* TestClock.adjust("1 minute")
      assert.isDefined(collecting.pollUnsafe())
    })
  )

  it.effect("what is followed ends with the scope", () =>
    Effect.gen(function* () {
      let begun = 0
      const endless = run(inputs(100), () =>
        Effect.andThen(
          Effect.sync(() => begun++),
          Effect.sleep(100)
        )
      )
      const { result } = yield* Effect.scoped(Effect.tap(Progress.follow(endless), () => TestClock.adjust(250)))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(begun, 3)
      const exit = yield* Effect.exit(result)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
    })
  )
})
