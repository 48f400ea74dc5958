import { assert, describe, it } from "@effect/vitest"
import { CallTimeout, ReplyObserver, RetryBudget, ServerFailure, type SkahaError } from "@skaha/core"
import { Session } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { Listed, type SharedLists } from "../src/internal/lists/listing.ts"
import { makeLookout } from "../src/internal/looking/lookout.ts"
import { showing } from "./support/clocks.ts"
import { makeFibers } from "./support/fibers.ts"
import { rowOf, settled } from "./support/held.ts"

const millis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

const listOf = (...statuses: ReadonlyArray<string>) =>
  new Listed(statuses.map((status, index) => Session.fromWire({ ...rowOf(`a${index}`), status })))

const unchanged = listOf("Running")
const failure = new ServerFailure({ operation: "Sessions.fetch", status: 500 })

/** A lookout over lists that are written here, the first of which is number 0; and when they were asked for. */
const scripted = (list: (number: number) => Effect.Effect<Listed, SkahaError> = () => Effect.succeed(unchanged)) => {
  const asked: Array<number> = []
  const aborted: Array<number> = []
  const lists: SharedLists = {
    whole: () =>
      Effect.flatMap(millis, (now) => {
        const number = asked.push(now) - 1
        return Effect.onInterrupt(list(number), () => Effect.sync(() => aborted.push(number)))
      }),
    fitting: () => Effect.die("not asked for")
  }
  return { asked, aborted, ...makeLookout(lists) }
}

/** Looks again and again from now on; gives what is seen. */
const looking = Effect.fnUntraced(function* (look: Effect.Effect<Exit.Exit<Listed, SkahaError>>) {
  const looks: Array<Exit.Exit<Listed, SkahaError>> = []
  yield* Effect.forkChild(Effect.forever(Effect.map(look, (seen) => looks.push(seen))))
  // Time goes on once it waits for that.
  yield* settled
  return looks
})

/** The times between what was asked for. */
const between = (asked: ReadonlyArray<number>) => asked.slice(1).map((time, index) => time - (asked[index] ?? 0))

describe("looks are shared", () => {
  it.effect("one list in a second, however many look, and all see each", () =>
    Effect.gen(function* () {
      const { asked, look } = scripted()
      const lookers = yield* Effect.forEach([0, 0, 100, 999, 1000], (after) => looking(look("test", after)))
      const many = yield* Effect.forEach(Array.from({ length: 500 }), () => looking(look("test", 0)))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(asked, [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000])
      for (const looks of [...lookers, ...many]) assert.isAtLeast(looks.length, 10)
      assert.isTrue(many.every((looks) => looks.every((seen) => Exit.isSuccess(seen) && seen.value === unchanged)))
    })
  )

  it.effect("nothing of who asks first goes into them", () =>
    Effect.gen(function* () {
      const found: Array<unknown> = []
      const { look } = scripted(() =>
        Effect.map(Effect.all([CallTimeout, ReplyObserver, RetryBudget]), (references) => {
          found.push(...references)
          return unchanged
        })
      )
      yield* look("test", 0).pipe(
        Effect.provideService(CallTimeout, 1),
        Effect.provideService(ReplyObserver, () => {}),
        Effect.provideService(RetryBudget, RetryBudget.make(1))
      )
      assert.deepStrictEqual(found, [undefined, undefined, undefined])
    })
  )

  it.effect("who comes while one is under way sees the next", () =>
    Effect.gen(function* () {
      const first = Deferred.makeUnsafe<Listed>()
      const { asked, look } = scripted((number) => (number === 0 ? Deferred.await(first) : Effect.succeed(unchanged)))
      const early = yield* Effect.forkChild(look("test", 0))
      yield* TestClock.adjust(300)
      const late = yield* Effect.forkChild(look("test", 0))
      yield* TestClock.adjust(300)
      yield* Deferred.succeed(first, listOf("Pending"))
      yield* settled
      assert.isDefined(early.pollUnsafe())
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust(999)
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust(1)
      // The first may have waited for its turn: how old its request is, only its end tells for certain.
      assert.deepStrictEqual(asked, [0, 1600])
      const seen = yield* Fiber.join(late)
      assert.isTrue(Exit.isSuccess(seen) && seen.value === unchanged)
    })
  )

  it.effect("who is in a hurry takes the others along", () =>
    Effect.gen(function* () {
      const { asked, look } = scripted()
      yield* look("test", 0)
      const patient = yield* Effect.forkChild(look("test", 30_000))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(asked, [0])
      yield* look("test", 0)
      yield* Fiber.join(patient)
      assert.deepStrictEqual(asked, [0, 5000])
    })
  )
})

describe("the pace", () => {
  it.effect("slows down while nothing changes, to 15 seconds, and is quick again after a change", () =>
    Effect.gen(function* () {
      const { asked, look } = scripted((number) => Effect.succeed(listOf(number < 30 ? "Pending" : "Running")))
      yield* looking(look("test"))
      yield* TestClock.adjust("10 minutes")
      const pauses = between(asked)
      assert.deepStrictEqual(pauses.slice(0, 3), [1000, 1250, 1563])
      assert.strictEqual(pauses[28], 15_000)
      assert.strictEqual(pauses[29], 15_000)
      assert.strictEqual(pauses[30], 1000)
      for (const [index, pause] of pauses.slice(0, 29).entries()) assert.isAtLeast(pauses[index + 1] ?? 0, pause)
    })
  )

  it.effect("does not hang on a clock that is set", () =>
    Effect.gen(function* () {
      const { asked, look } = scripted()
      let shown = 0
      const jumping = yield* showing(() => (shown++ % 2 === 0 ? 0 : 1e13))
      yield* looking(look("test", 2000)).pipe(Effect.provideService(Clock.Clock, jumping))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(asked, [2000, 4000, 6000, 8000, 10_000])
    })
  )
})

it.effect("a look that fails is told to each as its own, and the next is made", () =>
  Effect.gen(function* () {
    const { asked, look } = scripted((number) => (number < 2 ? Effect.fail(failure) : Effect.succeed(unchanged)))
    for (const number of [0, 1, 2]) {
      const looks = yield* Effect.forEach(["one", "two"], (operation) =>
        Effect.map(Effect.forkChild(look(operation, 0)), (fiber) => ({ operation, fiber }))
      )
      yield* TestClock.adjust("1 second")
      for (const { fiber, operation } of looks) {
        const seen = yield* Effect.result(Effect.flatten(Fiber.join(fiber)))
        if (number === 2) assert.isTrue(Result.isSuccess(seen))
        else assert.strictEqual(Result.isFailure(seen) && seen.failure.operation, operation)
      }
    }
    assert.strictEqual(asked.length, 3)
  })
)

describe("it looks only while somebody waits", () => {
  it.effect("not before, not after, and again when somebody comes again", () =>
    Effect.gen(function* () {
      const fibers = makeFibers()
      const { asked, look } = scripted()
      yield* TestClock.adjust("1 minute")
      yield* fibers.counted(look("test", 0))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked, [60_000])
      assert.strictEqual(fibers.active(), 0)
      yield* fibers.counted(look("test", 0))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked, [60_000, 120_000])
      assert.strictEqual(fibers.active(), 0)
    })
  )

  it.effect("who gives up leaves the others their look", () =>
    Effect.gen(function* () {
      const { aborted, asked, look } = scripted(() => Effect.delay(Effect.succeed(unchanged), 500))
      const first = yield* Effect.forkChild(look("test", 0))
      const second = yield* Effect.forkChild(look("test", 0))
      yield* TestClock.adjust(200)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust(300)
      assert.isTrue(Exit.isSuccess(yield* Fiber.join(second)))
      assert.deepStrictEqual([asked.length, aborted.length], [1, 0])
    })
  )

  it.effect("when all give up, the look under way is aborted before they are gone, and none follows", () =>
    Effect.gen(function* () {
      const fibers = makeFibers()
      const { aborted, asked, look } = scripted(() => Effect.never)
      const lookers = yield* Effect.forEach([0, 0, 500], (after) =>
        fibers.counted(Effect.forkChild(look("test", after)))
      )
      yield* TestClock.adjust(200)
      yield* Fiber.interruptAll(lookers)
      assert.deepStrictEqual(aborted, [0])
      assert.strictEqual(fibers.active(), 0)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(asked.length, 1)
    })
  )

  it.effect("when all give up while it is waited, nothing is left", () =>
    Effect.gen(function* () {
      const fibers = makeFibers()
      const { asked, look } = scripted()
      const lookers = yield* Effect.forEach([5000, 6000], (after) =>
        fibers.counted(Effect.forkChild(look("test", after)))
      )
      yield* TestClock.adjust(1000)
      yield* Fiber.interruptAll(lookers)
      assert.strictEqual(fibers.active(), 0)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked, [])
    })
  )

  it.effect("who comes right after the last has given up waits out the second, too", () =>
    Effect.gen(function* () {
      const { asked, look } = scripted((number) => (number === 0 ? Effect.never : Effect.succeed(unchanged)))
      const first = yield* Effect.forkChild(look("test", 0))
      yield* TestClock.adjust(200)
      yield* Fiber.interrupt(first)
      const second = yield* Effect.forkChild(look("test", 0))
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(Exit.isSuccess(yield* Fiber.join(second)))
      assert.deepStrictEqual(asked, [0, 1000])
    })
  )
})
