import { assert, describe, it } from "@effect/vitest"
import { InvalidInput } from "@skaha/core"
import { BulkExecutor, type BulkOperation, type Outcome } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { inOrder } from "./support/outcomes.ts"
import { between, pick, seeded } from "./support/properties.ts"

const error = new InvalidInput({ operation: "test", problems: [] })

/** Inputs that say how long they take, in milliseconds, and whether they fail. */
const byInput: BulkOperation<string> = (input) => {
  const [millis = "0", fate] = input.split(" ")
  const end = fate === "fails" ? Effect.fail(error) : Effect.succeed(`${input}!`)
  return millis === "0" ? end : Effect.andThen(Effect.sleep(Number(millis)), end)
}

const inputsOf = (length: number) => Array.from({ length }, (_, index) => `${index % 5}`)

/** The ways in which inputs are given. */
const given = {
  array: (inputs: ReadonlyArray<string>): Iterable<string> => inputs,
  generator: function* (inputs: ReadonlyArray<string>) {
    yield* inputs
  },
  iterable: (inputs: ReadonlyArray<string>): Iterable<string> => ({ [Symbol.iterator]: () => inputs.values() })
}

/** A generator of inputs, with what was asked of it. */
const counting = (inputs: Iterable<string>) => {
  const seen = { asked: 0, closed: false }
  function* inputsSeen() {
    try {
      for (const input of inputs) {
        seen.asked++
        yield input
      }
    } finally {
      seen.closed = true
    }
  }
  return { seen, inputs: inputsSeen() }
}

/** An operation that says how many of it are at work, and have been begun. */
const counted = (one: BulkOperation<string>) => {
  const counts = { begun: 0, atWork: 0, most: 0 }
  const operation: BulkOperation<string> = (input, index) =>
    Effect.suspend(() => {
      counts.begun++
      counts.most = Math.max(counts.most, ++counts.atWork)
      return Effect.ensuring(
        one(input, index),
        Effect.sync(() => counts.atWork--)
      )
    })
  return { counts, operation }
}

/** Runs an effect while time passes. */
const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const byIndex = <A>(outcomes: ReadonlyArray<Outcome.Outcome<A>>) => outcomes.toSorted((a, b) => a.index - b.index)

describe("BulkExecutor", () => {
  it.effect.prop(
    "streams the outcomes that a run has, whatever the inputs and whoever takes them",
    {
      inputs: Arbitrary.array(
        Arbitrary.schema(Schema.Literals(["0", "1", "2", "7", "0 fails", "1 fails", "3 fails"])),
        { maxLength: 60 }
      ),
      concurrency: pick(1, 2, 3, 8, 100),
      as: pick("array", "generator", "iterable"),
      pause: between(0, 3)
    },
    ({ inputs, concurrency, as, pause }) =>
      Effect.gen(function* () {
        const { run, stream } = BulkExecutor.make(concurrency)
        const all = yield* inTime(run(inputs, byInput))
        assert.isTrue(inOrder(all, inputs))
        const { counts, operation } = counted(byInput)
        const streamed = yield* stream(given[as](inputs), operation).pipe(
          Stream.mapEffect((outcome) =>
            pause === 0 ? Effect.succeed(outcome) : Effect.delay(Effect.succeed(outcome), pause)
          ),
          Stream.runCollect,
          inTime
        )
        assert.deepStrictEqual(byIndex(streamed), all)
        assert.isAtMost(counts.most, concurrency)
      }),
    seeded(60)
  )

  it.effect("a run keeps up the concurrency, and no more", () =>
    Effect.gen(function* () {
      const { counts, operation } = counted(byInput)
      const inputs = Array.from({ length: 100 }, () => "10")
      const fiber = yield* Effect.forkChild(BulkExecutor.make(8).run(inputs, operation))
      for (let begun = 8; begun <= 96; begun += 8) {
        yield* TestClock.adjust(begun === 8 ? 0 : 10)
        assert.deepStrictEqual(counts, { begun, atWork: 8, most: 8 })
      }
      yield* TestClock.adjust(20)
      assert.isTrue(inOrder(yield* Fiber.join(fiber), inputs))
    })
  )

  it.effect("a stream asks for an input when its turn has come", () =>
    Effect.gen(function* () {
      const { seen, inputs } = counting(Array.from({ length: 100 }, () => "10"))
      const fiber = yield* Effect.forkChild(Stream.runCollect(BulkExecutor.make(8).stream(inputs, byInput)))
      yield* TestClock.adjust(0)
      assert.strictEqual(seen.asked, 8)
      yield* TestClock.adjust(10)
      assert.strictEqual(seen.asked, 16)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 100)
      assert.isTrue(seen.closed)
    })
  )

  it.effect("who takes the outcomes slowly holds back the operations", () =>
    Effect.gen(function* () {
      const { counts, operation } = counted(byInput)
      let taken = 0
      const consumer = BulkExecutor.make(8)
        .stream(inputsOf(1000), operation)
        .pipe(
          Stream.runForEach(() =>
            Effect.delay(
              Effect.sync(() => taken++),
              "1 second"
            )
          )
        )
      const fiber = yield* Effect.forkChild(consumer)
      for (let second = 0; second < 1000; second++) {
        assert.isAtMost(counts.begun - taken, 16)
        yield* TestClock.adjust("1 second")
      }
      yield* Fiber.join(fiber)
      assert.deepStrictEqual([counts.begun, taken], [1000, 1000])
    })
  )

  it.effect("when no more outcomes are taken everything stops, and nothing starts", () =>
    Effect.gen(function* () {
      const { seen, inputs } = counting(inputsOf(1000))
      const { counts, operation } = counted(byInput)
      const some = yield* inTime(Stream.runCollect(Stream.take(BulkExecutor.make(8).stream(inputs, operation), 5)))
      assert.strictEqual(some.length, 5)
      assert.isAtMost(counts.begun, 24)
      assert.strictEqual(counts.atWork, 0)
      assert.isTrue(seen.closed)
      assert.strictEqual(seen.asked, counts.begun)
    })
  )

  for (const way of ["run", "stream"] as const) {
    it.effect(`an interrupted ${way} stops what is at work, and nothing starts`, () =>
      Effect.gen(function* () {
        const { counts, operation } = counted(() => Effect.never)
        const executor = BulkExecutor.make(8)
        const fiber = yield* Effect.forkChild(
          way === "run"
            ? executor.run(inputsOf(1000), operation)
            : Stream.runDrain(executor.stream(inputsOf(1000), operation))
        )
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(counts, { begun: 8, atWork: 8, most: 8 })
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual(counts, { begun: 8, atWork: 0, most: 8 })
      })
    )

    it.effect(`a defect ends the ${way}, and stops the others`, () =>
      Effect.gen(function* () {
        const { counts, operation } = counted((_, index) =>
          index === 20 ? Effect.die("a mistake") : Effect.as(Effect.sleep(10), "")
        )
        const executor = BulkExecutor.make(8)
        const inputs = inputsOf(1000)
        const exit = yield* inTime(
          Effect.exit<unknown, never, never>(
            way === "run" ? executor.run(inputs, operation) : Stream.runDrain(executor.stream(inputs, operation))
          )
        )
        assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) === "a mistake")
        assert.deepStrictEqual([counts.begun, counts.atWork], [21, 0])
      })
    )
  }

  it.effect("inputs that throw end the stream, and are not asked again", () =>
    Effect.gen(function* () {
      let asked = 0
      const inputs: Iterable<string> = {
        [Symbol.iterator]: () => ({
          next: () => {
            if (asked++ === 20) throw new Error("no more of these")
            return { done: false, value: "10" }
          }
        })
      }
      const { counts, operation } = counted(byInput)
      const exit = yield* inTime(Effect.exit(Stream.runDrain(BulkExecutor.make(8).stream(inputs, operation))))
      assert.match(Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "", /no more of these/)
      assert.deepStrictEqual([asked, counts.atWork], [21, 0])
    })
  )

  it.effect("a stream can be run again, as often as its inputs can be gone through", () =>
    Effect.gen(function* () {
      const stream = BulkExecutor.make(2).stream(["0", "0 fails"], byInput)
      for (const again of [1, 2]) assert.strictEqual((yield* Stream.runCollect(stream)).length, 2, `${again}`)
    })
  )

  it.effect("everything runs within what it is sent through", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let entered = 0
      const { run, stream } = BulkExecutor.make(4, (effect) =>
        Effect.andThen(
          Effect.andThen(
            Effect.sync(() => entered++),
            Deferred.await(gate)
          ),
          effect
        )
      )
      const { counts, operation } = counted(byInput)
      const fiber = yield* Effect.forkChild(
        Effect.all([run(inputsOf(10), operation), Stream.runCollect(stream(inputsOf(10), operation))], {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([entered, counts.begun], [2, 0])
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(
        (yield* Fiber.join(fiber)).map(({ length }) => length),
        [10, 10]
      )
    })
  )

  it.effect(
    "a million inputs have a million outcomes, in order, of a run as of a stream",
    () =>
      Effect.gen(function* () {
        const size = 1_000_000
        const { run, stream } = BulkExecutor.make(32)
        const one: BulkOperation<number> = (input, index) =>
          index % 1000 === 999 ? Effect.fail(error) : Effect.succeed(2 * Number(input))
        const isRight = ({ input, index, result }: Outcome.Outcome<number>) =>
          input === `${index}` &&
          (index % 1000 === 999 ? result._tag === "Failure" : result._tag === "Success" && result.success === 2 * index)
        const all = yield* run(
          Array.from({ length: size }, (_, index) => `${index}`),
          one
        )
        assert.strictEqual(all.length, size)
        assert.strictEqual(
          all.findIndex((outcome, index) => outcome.index !== index || !isRight(outcome)),
          -1
        )

        function* inputs() {
          for (let index = 0; index < size; index++) yield `${index}`
        }
        const seen = new Uint8Array(size)
        let wrong = 0
        yield* Stream.runForEachArray(stream(inputs(), one), (outcomes) =>
          Effect.sync(() => {
            for (const outcome of outcomes) {
              seen[outcome.index] = (seen[outcome.index] ?? 0) + 1
              if (!isRight(outcome)) wrong++
            }
          })
        )
        assert.deepStrictEqual([wrong, seen.findIndex((times) => times !== 1)], [0, -1])
      }),
    30_000
  )
})
