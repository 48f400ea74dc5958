import { assert, describe } from "@effect/vitest"
import type { SkahaError } from "@skaha/core"
import { Outcome, Sessions } from "@skaha/session"
import { Emulator, type Fault } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import { failedAt, inOrder } from "./support/outcomes.ts"
import { waysOfMany } from "./support/platforms.ts"
import { createAll, headless } from "./support/sessions.ts"
import { passUntilDone } from "./support/time.ts"
import { Wire } from "./support/wire.ts"

const count = 1000

const isSeventh = (index: number) => index % 7 === 6

const seventh = Array.from({ length: count }, (_, index) => index).filter(isSeventh)

/** So many ids that could be those of sessions. */
const idsOf = (length: number) => Array.from({ length }, (_, index) => `a${index.toString(36).padStart(7, "0")}`)

const fails = (method: string, ids: ReadonlyArray<string>): Fault => ({
  match: { method, ids },
  action: { _tag: "Reply", status: 500, body: "unexpected exception: boom" }
})

const thousandSessions = Effect.gen(function* () {
  const spec = headless({ cmd: "printenv", args: "REPLICA_ID", replicas: count / 2 })
  return [...(yield* createAll(spec)), ...(yield* createAll(spec))]
})

const checkSeventh = <A>(
  outcomes: ReadonlyArray<Outcome.Outcome<A>>,
  ids: ReadonlyArray<string>,
  tag: SkahaError["_tag"]
) => {
  assert.isTrue(inOrder(outcomes, ids))
  assert.deepStrictEqual(failedAt(outcomes), seventh)
  for (const { input, error } of Outcome.failures(outcomes)) {
    assert.strictEqual(error._tag, tag)
    const path = "path" in error ? error.path : undefined
    assert.isTrue(error._tag === "InvalidInput" || path?.includes(input))
  }
  assert.strictEqual(Outcome.values(outcomes).length, count - seventh.length)
}

describe.each(waysOfMany)("Many sessions $way", ({ test, live }) => {
  /** Waits for an effect that needs time to pass. */
  const settled = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(effect)
      if (!live) yield* TestClock.adjust("1 hour")
      return yield* Fiber.join(fiber)
    })

  /** Lets the other side get on. */
  const moment = live ? Effect.sleep("5 millis") : TestClock.adjust(5)

  const roomForAll = { capacity: { cores: 10_000, ram: 100_000 } }

  test("every one of 1,000 is accounted for, in order, when every 7th fails", roomForAll, () =>
    Effect.gen(function* () {
      const { info, events, logs, destroy, fetch } = yield* Sessions
      const { setFaults } = yield* Emulator
      const ids = yield* thousandSessions
      assert.strictEqual(new Set(ids).size, count)
      const missing = ids.map((id, index) => (isSeventh(index) ? `gone${index}` : id))

      const infos = yield* info(missing)
      checkSeventh(infos, missing, "SessionNotFound")
      assert.deepStrictEqual(
        Outcome.values(infos).map(({ id }) => id),
        ids.filter((_, index) => !isSeventh(index))
      )
      checkSeventh(yield* events(missing), missing, "SessionNotFound")

      const bad = ids.filter((_, index) => isSeventh(index))
      yield* setFaults([fails("GET", bad), fails("DELETE", bad)])
      const texts = yield* logs(ids)
      checkSeventh(texts, ids, "ServerFailure")
      assert.deepStrictEqual(
        Outcome.values(texts),
        ids.flatMap((_, index) => (isSeventh(index) ? [] : [`${(index % (count / 2)) + 1}\n`]))
      )
      checkSeventh(yield* destroy(ids), ids, "ServerFailure")
      const left = yield* fetch()
      assert.deepStrictEqual(new Set(left.map(({ id }) => id)), new Set(bad))
    })
  )

  test("an id that comes twice has two outcomes", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const [id = ""] = yield* createAll(headless({ cmd: "echo", args: "hello" }))
      const outcomes = yield* logs([id, id, id])
      assert.isTrue(inOrder(outcomes, [id, id, id]))
      assert.deepStrictEqual(Outcome.values(outcomes), ["hello\n", "hello\n", "hello\n"])
    })
  )

  for (const concurrency of [1, 2, 3, 7, 32, 256]) {
    test(`never more than ${concurrency} in flight`, { latency: 25, sdk: { concurrency } }, () =>
      Effect.gen(function* () {
        const { logs, destroy } = yield* Sessions
        const { maxInFlight, clear } = yield* Emulator
        // Where connections have to be made, they are there from now on.
        yield* settled(logs(idsOf(concurrency * 2)))
        // Fewer than may be, as many, and more, with a rest.
        for (const length of [concurrency - 1, concurrency, concurrency * 2 + 1]) {
          yield* clear
          const ids = idsOf(length)
          assert.isTrue(inOrder(yield* settled(logs(ids)), ids))
          const most = yield* maxInFlight
          assert.isAtMost(most, concurrency)
          // Over sockets the last may come in when the first has gone, but not with one at a time.
          if (!live) assert.strictEqual(most, Math.min(length, concurrency))
          else assert.isAtLeast(most, Math.min(length, concurrency, 2))
        }
        // Calls at the same time share what one client may have in flight.
        yield* clear
        const two = Effect.all([logs(idsOf(concurrency)), destroy(idsOf(concurrency))], { concurrency: "unbounded" })
        yield* settled(two)
        assert.isAtMost(yield* maxInFlight, concurrency)
      })
    )
  }

  test(
    "never more than `createConcurrency` creates in flight, and reads go on",
    { sdk: { createConcurrency: 3 } },
    () =>
      Effect.gen(function* () {
        const { logs } = yield* Sessions
        const { inFlight, requests, setFaults } = yield* Emulator
        yield* setFaults([{ match: { method: "POST" }, action: { _tag: "Never" } }])
        const creates = yield* Effect.forEach(idsOf(40), (name) => Effect.forkChild(createAll(headless({ name }))))
        yield* moment.pipe(
          Effect.andThen(inFlight),
          Effect.repeat({ until: (number) => number === 3, schedule: Schedule.forever })
        )
        assert.deepStrictEqual(failedAt(yield* logs(idsOf(100))), [])
        const methods = (yield* requests).map(({ method }) => method)
        assert.strictEqual(methods.filter((method) => method === "POST").length, 3)
        // Who gives up makes way for the next.
        yield* Fiber.interruptAll(creates.slice(0, 10))
        yield* moment.pipe(
          Effect.andThen(Effect.map(requests, (entries) => entries.filter(({ method }) => method === "POST").length)),
          Effect.repeat({ until: (number) => number === 6, schedule: Schedule.forever })
        )
        assert.isAtMost(yield* inFlight, 6)
        yield* Fiber.interruptAll(creates)
      })
  )

  for (const [what, run] of [
    ["destroys", () => Effect.asVoid(Sessions.use(({ destroy }) => destroy(idsOf(count))))],
    ["logs", () => Effect.asVoid(Sessions.use(({ logs }) => logs(idsOf(count))))],
    ["creates", () => Effect.asVoid(createAll(headless({ replicas: 500 })))]
  ] as const) {
    const sdk = { concurrency: 16, createConcurrency: 16 }
    test(`interrupted ${what} stop, and none is sent afterwards`, { latency: 20, sdk }, () =>
      Effect.gen(function* () {
        const { inFlight, requests, clear, setFaults } = yield* Emulator
        const wire = yield* Wire
        const arrived = Effect.map(requests, (entries) => entries.length)
        yield* clear
        const fiber = yield* Effect.forkChild(run())
        // In the middle: some are done, most are still waiting, and those that run would do so for ever.
        yield* moment.pipe(
          Effect.andThen(arrived),
          Effect.repeat({ until: (number) => number >= 100, schedule: Schedule.forever })
        )
        // Interrupted creates are looked for.
        yield* setFaults([{ match: what === "creates" ? { method: "POST" } : {}, action: { _tag: "Never" } }])
        yield* live ? Effect.sleep("100 millis") : TestClock.adjust("1 second")
        assert.strictEqual(yield* inFlight, 16)
        const end = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* live ? Fiber.join(end) : passUntilDone(end, "20 millis")
        const sent = wire.requests.length
        assert.isAtLeast(sent, 100)
        assert.isBelow(sent, 200)
        yield* moment.pipe(
          Effect.andThen(inFlight),
          Effect.repeat({ until: (number) => number === 0, schedule: Schedule.forever }),
          Effect.timeout("5 seconds")
        )
        const handled = yield* arrived
        assert.isAtMost(handled, sent)
        yield* live ? Effect.sleep("100 millis") : TestClock.adjust("1 hour")
        assert.strictEqual(yield* arrived, handled)
        assert.strictEqual(wire.requests.length, sent)
        assert.strictEqual(yield* inFlight, 0)
      })
    )
  }

  test("after an interruption the same client goes on", { latency: 20, sdk: { concurrency: 4 } }, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const fiber = yield* Effect.forkChild(logs(idsOf(100)))
      yield* moment
      yield* Fiber.interrupt(fiber)
      const ids = idsOf(20)
      assert.deepStrictEqual(failedAt(yield* settled(logs(ids))), [])
    })
  )
})
