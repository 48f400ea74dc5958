import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@skaha/core"
import { Emulator } from "@skaha/emulator"
import { Outcome, Sessions, type Session } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { answerOpen, Held, holding, idsOf, listOf, open, rowOf, settled } from "./support/held.ts"
import { inOrder, valuesOrTags } from "./support/outcomes.ts"
import { testInMemory } from "./support/platforms.ts"
import { createAll, createOne, headless } from "./support/sessions.ts"
import { pass, passing } from "./support/time.ts"
import { answering, Wire } from "./support/wire.ts"

const script = () => ({ seconds: 100, exitCode: 0, log: "" })

const [first = "", second = "", third = ""] = idsOf(3)

const completes = (session: Session) => session.status === "Completed"

describe("Waiting in bad times", () => {
  testInMemory("goes on while the server is down, and asks it less and less", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const { clear, requests, setFaults } = yield* Emulator
      const id = yield* createOne(headless())
      const waits = yield* Effect.forEach([waitCompleted(id), waitCompleted([id])], (wait) => Effect.forkChild(wait))
      yield* pass(20)
      yield* setFaults([
        { match: { every: 2 }, action: { _tag: "Reset" } },
        { match: {}, action: { _tag: "Page", page: "proxy-503" } }
      ])
      yield* clear
      yield* pass(60)
      assert.isAtMost((yield* requests).length, 15)
      yield* setFaults([])
      yield* pass(50)
      assert.isTrue(waits.every((fiber) => fiber.pollUnsafe()?._tag === "Success"))
    })
  )

  testInMemory("says that the server could not be asked, where that is why", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const { setFaults } = yield* Emulator
      const id = yield* createOne(headless())
      yield* setFaults([{ match: {}, action: { _tag: "Page", page: "proxy-503" } }])
      const error = yield* passing(Effect.flip(waitCompleted(id, { timeout: 10 })))
      assert.include(error, { _tag: "WaitTimedOut", limit: 10 })
      assert.notProperty(error, "sessionStatus")
      assert.include(error.message, "has not been seen after 10 s: the server is busy")
    })
  )

  testInMemory("a report that hangs does not hold up a result, which has the rest of it", { script }, () =>
    Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const { setFaults } = yield* Emulator
      const id = yield* createOne(headless())
      yield* setFaults([{ match: { view: "logs" }, action: { _tag: "Never" } }])
      const one = Effect.map(Effect.flip(waitCompleted(id, { timeout: 5 })), (error) => [error])
      const many = Effect.map(waitCompleted([id, id], { timeout: 5 }), (outcomes) =>
        Outcome.failures(outcomes).map(({ error }) => error)
      )
      for (const wait of [one, many]) {
        const begin = yield* Clock.currentTimeMillis
        const errors = yield* passing(wait)
        assert.isAtMost((yield* Clock.currentTimeMillis) - begin, 16_000)
        for (const error of errors) {
          assert.include(error, { _tag: "WaitTimedOut", sessionStatus: "Running" })
          assert.isTrue("events" in error)
          assert.isFalse("logTail" in error)
        }
      }
      // So many cannot be explained in that time.
      const ids = Array.from({ length: 100 }, () => id)
      const outcomes = yield* passing(waitCompleted(ids, { timeout: 5 }))
      assert.strictEqual(Outcome.failures(outcomes).filter(({ error }) => "events" in error).length, 20)
      assert.isTrue(inOrder(outcomes, ids))
    })
  )

  testInMemory(
    "does not ask about all that have failed at once",
    {
      capacity: { cores: 200, ram: 200 },
      latency: 10,
      sdk: { concurrency: 256 },
      script: () => ({ seconds: 0, exitCode: 1, log: "why" })
    },
    () =>
      Effect.gen(function* () {
        const { waitCompleted } = yield* Sessions
        const { clear, maxInFlight } = yield* Emulator
        const ids = yield* passing(createAll(headless({ cores: 1, ram: 1, replicas: 200 })))
        yield* clear
        const outcomes = yield* passing(waitCompleted(ids))
        assert.deepStrictEqual(
          new Set(
            outcomes.map(({ result }) =>
              result._tag === "Failure" && "logTail" in result.failure ? result.failure.logTail : ""
            )
          ),
          new Set(["why"])
        )
        assert.isAtMost(yield* maxInFlight, 60)
        assert.isAtLeast(yield* maxInFlight, 20)
      })
  )

  it.effect("ends when the credentials are no longer good, or it is forbidden", () =>
    Effect.gen(function* () {
      for (const [status, tag] of [
        [401, "CredentialsRefused"],
        [403, "Forbidden"]
      ] as const) {
        const waits = Effect.gen(function* () {
          const { waitCompleted, waitGone } = yield* Sessions
          assert.strictEqual((yield* Effect.flip(waitCompleted(first)))._tag, tag)
          return valuesOrTags(yield* passing(waitGone([first, second])))
        })
        assert.deepStrictEqual(yield* Effect.provide(waits, answering({ status })), [tag, tag])
      }
    })
  )

  it.effect("what is not listed is read, once a look, and goes on being waited for", () => {
    let status = "Running"
    let lost = 0
    const server = answering(({ path }) => {
      if (path.endsWith("/session")) return listOf([third])
      if (path.endsWith(second)) return { status: 404, body: `session ${second} not found` }
      return lost-- > 0 ? { status: 503 } : { body: JSON.stringify({ ...rowOf(first), status }) }
    })
    return Effect.gen(function* () {
      const { waitCompleted, waitGone } = yield* Sessions
      const { requests } = yield* Wire
      const waits = yield* Effect.forEach(
        [waitCompleted([first, second, first]), Effect.result(waitCompleted(first))],
        (wait) => Effect.forkChild(wait)
      )
      const gone = yield* Effect.forkChild(waitGone(second))
      lost = 2
      yield* pass(30)
      const lists = requests.filter(({ path }) => path.endsWith("/session")).length
      assert.isAtMost(requests.filter(({ path }) => path.endsWith(first)).length, lists)
      assert.isDefined(gone.pollUnsafe())
      status = "Completed"
      yield* pass(16)
      assert.deepStrictEqual(
        waits.map((fiber) => fiber.pollUnsafe()?._tag),
        ["Success", "Success"]
      )
    }).pipe(Effect.provide(server), Effect.provideService(RetryPolicy, RetryPolicy.make()))
  })

  it.effect("an unknown id fails at the first look, and one that vanishes when it has", () => {
    let listed = [first, second]
    const server = answering(({ path }) =>
      path.endsWith("/session") ? listOf(listed) : { status: 404, body: "session not found" }
    )
    return Effect.gen(function* () {
      const { waitUntil } = yield* Sessions
      const never = yield* Effect.forkChild(waitUntil([first, second, third], completes, { timeout: 100 }))
      const unknown = yield* Effect.forkChild(Effect.flip(waitUntil(third, completes)))
      yield* settled
      assert.strictEqual((yield* Fiber.join(unknown))._tag, "SessionNotFound")
      yield* pass(20)
      listed = [first]
      yield* pass(100)
      assert.deepStrictEqual(valuesOrTags(yield* Fiber.join(never)), [
        "WaitTimedOut",
        "SessionNotFound",
        "SessionNotFound"
      ])
    }).pipe(Effect.provide(server))
  })

  it.effect("clocks that jump do no harm", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      let jump = 0
      const jumping: Clock.Clock = {
        sleep: (duration) => clock.sleep(duration),
        currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + jump,
        currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + jump),
        currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(jump) * 1_000_000n,
        currentTimeNanos: Effect.map(clock.currentTimeNanos, (now) => now + BigInt(jump) * 1_000_000n),
        monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: clock.monotonicTimeNanos
      }
      const { waitUntil } = yield* Sessions
      const { requests } = yield* Wire
      const wait = yield* Effect.forkChild(
        Effect.provideService(Effect.flip(waitUntil(first, completes, { timeout: 60 })), Clock.Clock, jumping)
      )
      const day = 86_400_000
      for (let second = 0; second < 60; second++) {
        jump = [0, day, -day, 7 * day][second % 4] ?? 0
        assert.isUndefined(wait.pollUnsafe())
        yield* pass(1)
      }
      assert.include(yield* Fiber.join(wait), { _tag: "WaitTimedOut", limit: 60 })
      const lists = requests.filter(({ path }) => path.endsWith("/session")).length
      assert.isAtLeast(lists, 9)
      assert.isAtMost(lists, 20)
    }).pipe(Effect.provide(answering(({ path }) => (path.endsWith("/session") ? listOf([first]) : {}))))
  )

  it.effect("interrupted, it stops at once, and what it had under way", () =>
    Effect.gen(function* () {
      const { waitUntil, waitGone } = yield* Sessions
      const held = yield* Held
      const waits = yield* Effect.forEach(
        [waitUntil(first, completes), waitGone([first, second]), waitGone(second)],
        (wait: Effect.Effect<unknown, unknown>) => Effect.forkChild(wait)
      )
      yield* settled
      // In the middle of a list, of single reads, and of waiting for the next look.
      assert.strictEqual((yield* open).length, 1)
      const [one, ...others] = waits
      if (one !== undefined) yield* Fiber.interrupt(one)
      assert.isFalse(held[0]?.isAborted)
      yield* answerOpen(() => listOf([first]))
      assert.strictEqual((yield* open).length, 1)
      yield* Fiber.interruptAll(others)
      assert.deepStrictEqual(yield* open, [])

      const listing = yield* Effect.forkChild(waitUntil(first, completes))
      yield* pass(2)
      assert.strictEqual((yield* open).length, 1)
      yield* Fiber.interrupt(listing)
      assert.isTrue(held.at(-1)?.isAborted)

      const idle = yield* Effect.forkChild(waitUntil(first, completes))
      yield* pass(2)
      yield* answerOpen(() => listOf([first]))
      yield* answerOpen(() => listOf([first]))
      assert.deepStrictEqual(yield* open, [])
      const sent = held.length
      yield* Fiber.interrupt(idle)
      yield* TestClock.adjust("1 hour")
      yield* settled
      assert.strictEqual(held.length, sent)
    }).pipe(Effect.provide(holding()))
  )

  it.live("leaves no timer behind", () =>
    Effect.gen(function* () {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const { waitUntil, waitReady } = yield* Sessions
      const { requests } = yield* Wire
      const before = timers()
      const waits = yield* Effect.forEach(
        [
          waitUntil(first, completes),
          waitUntil([first, second], completes),
          waitReady(first),
          waitUntil(first, () => true)
        ],
        (wait: Effect.Effect<unknown, unknown>) => Effect.forkChild(wait)
      )
      yield* Effect.sleep("100 millis")
      assert.isAbove(timers(), before)
      assert.isDefined(waits[3]?.pollUnsafe())
      yield* Fiber.interruptAll(waits)
      yield* settled
      assert.isAtMost(timers(), before)
      assert.strictEqual(requests.filter(({ path }) => path.endsWith("/session")).length, 1)
    }).pipe(
      Effect.provide(
        answering(({ origin, path }) =>
          origin !== undefined
            ? { status: 503 }
            : path.endsWith("/session")
              ? listOf([first, second], { type: "notebook", connectURL: "http://pages.invalid/" })
              : {}
        )
      )
    )
  )
})
