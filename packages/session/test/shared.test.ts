import { assert, describe, it } from "@effect/vitest"
import { ReplyObserver, RetryPolicy, type ReplyInfo } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Logger from "effect/Logger"
import { makeShared } from "../src/internal/lists/shared.ts"

const replyOf = (status: number): ReplyInfo => ({
  operation: "first",
  method: "GET",
  path: "/session",
  status,
  headers: {}
})

/** A read that is refused at first, and answered once the latch is open. */
const refusedAtFirst = Effect.fnUntraced(function* (latch: Latch.Latch) {
  const observe = yield* ReplyObserver
  observe?.(replyOf(401))
  yield* latch.await
  observe?.(replyOf(200))
  return "answer"
})

describe("Who waits for a shared read", () => {
  it.effect("is told of every reply, also those before it came, and of none after it left", () =>
    Effect.gen(function* () {
      const share = makeShared<string>(Effect.succeed(0))
      const latch = yield* Latch.make()
      const read = refusedAtFirst(latch)
      const waiting = Effect.fnUntraced(function* (operation: string, told: Array<string>) {
        const observer = ({ operation, status }: ReplyInfo) => told.push(`${operation} ${status}`)
        const call = Effect.provideService(share(operation, ["key"], read), ReplyObserver, observer)
        const fibers = [yield* Effect.forkChild(call), yield* Effect.forkChild(call)] as const
        yield* Effect.repeat(Effect.yieldNow, { times: 5 })
        return fibers
      })
      const [first, late, gone] = [[], [], []] as [Array<string>, Array<string>, Array<string>]
      const fibers = [...(yield* waiting("first", first)), ...(yield* waiting("late", late))]
      const leaving = yield* waiting("gone", gone)
      yield* Fiber.interruptAll(leaving)
      yield* latch.open
      assert.deepStrictEqual(yield* Fiber.joinAll(fibers), ["answer", "answer", "answer", "answer"])
      assert.deepStrictEqual(first, ["first 401", "first 200"])
      assert.deepStrictEqual(late, ["late 401", "late 200"])
      assert.deepStrictEqual(gone, ["gone 401"])
    })
  )

  it.effect("is not harmed by another's observer that throws, which is logged", () =>
    Effect.gen(function* () {
      const share = makeShared<string>(Effect.succeed(0))
      const latch = yield* Latch.make()
      const read = refusedAtFirst(latch)
      const logged: Array<unknown> = []
      const told: Array<number> = []
      const calling = (observe: (reply: ReplyInfo) => void) =>
        Effect.forkChild(Effect.provideService(share("test", ["key"], read), ReplyObserver, observe))
      const broken = () => assert.fail("the observer is broken")
      const fibers = yield* Effect.forEach(
        [broken, ({ status }: ReplyInfo) => told.push(status), broken],
        calling
      ).pipe(
        Effect.tap(Effect.repeat(Effect.yieldNow, { times: 5 })),
        Effect.provide(Logger.layer([Logger.make(({ message }) => logged.push(message))]))
      )
      yield* latch.open
      assert.deepStrictEqual(yield* Fiber.joinAll(fibers), ["answer", "answer", "answer"])
      assert.deepStrictEqual(told, [401, 200])
      assert.isAtLeast(logged.length, 2)
      for (const message of logged) assert.match(String(message), /test: the observer of replies failed/)
    })
  )

  it.effect("is not joined by who wants requests to be repeated in another way", () =>
    Effect.gen(function* () {
      const share = makeShared<string>(Effect.succeed(0))
      const latch = yield* Latch.make()
      let reads = 0
      const read = Effect.suspend(() => Effect.as(latch.await, `read ${++reads}`))
      const calls = [RetryPolicy.none, RetryPolicy.none, RetryPolicy.make(), undefined].map((policy) =>
        policy === undefined
          ? share("test", ["key"], read)
          : Effect.provideService(share("test", ["key"], read), RetryPolicy, policy)
      )
      const fiber = yield* Effect.forkChild(Effect.all(calls, { concurrency: "unbounded" }))
      yield* Effect.repeat(Effect.yieldNow, { times: 5 })
      yield* latch.open
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["read 1", "read 1", "read 2", "read 3"])
    })
  )

  it.effect("shares a defect, too", () =>
    Effect.gen(function* () {
      const share = makeShared<string>(Effect.succeed(0))
      let reads = 0
      const read = Effect.suspend(() => Effect.die(new Error(`read ${++reads}`)))
      const exits = yield* Effect.forEach([1, 2], () => Effect.exit(share("test", ["key"], read)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(
        exits.map(({ _tag }) => _tag),
        ["Failure", "Failure"]
      )
      assert.strictEqual(reads, 1)
    })
  )
})
