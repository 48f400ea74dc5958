import { assert, describe } from "@effect/vitest"
import { PlatformClient, ServerFailure } from "@skaha/core"
import { BulkExecutor, Outcome, Sessions, type Created } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { makeKeepingAlive } from "../src/internal/keepingAlive.ts"
import { settled } from "./support/held.ts"
import { testInMemory, ways } from "./support/platforms.ts"
import { createOne, headless } from "./support/sessions.ts"
import { sent } from "./support/wire.ts"

const long = headless({ cmd: "sleep", args: "10d", cores: 1, ram: 1 })

/** The ids of all sessions that there are. */
const existing = Effect.map(
  Sessions.use(({ fetch }) => fetch()),
  (sessions) => sessions.map(({ id }) => id)
)

const deletions = Effect.map(sent, (requests) => requests.filter((request) => request.startsWith("DELETE")).length)

/** What is written to the log by an effect, beside what it gives. */
const logging = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const logged: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => logged.push(`${logLevel} ${[message].flat().join(" ")}`))
    return Effect.map(Effect.provide(effect, Logger.layer([logger])), (value) => ({ value, logged }))
  })

describe.each(ways)("Sessions.scoped $way", ({ test }) => {
  test("destroys what it has made when the scope closes, and nothing else", {}, () =>
    Effect.gen(function* () {
      const { scoped } = yield* Sessions
      const other = yield* createOne(long)
      const { value: used, logged } = yield* logging(
        Effect.scoped(
          Effect.gen(function* () {
            const ids = Outcome.values(yield* scoped({ ...long, replicas: 12 }))
            assert.sameMembers([...(yield* existing)], [other, ...ids])
            return ids
          })
        )
      )
      assert.strictEqual(new Set(used).size, 12)
      assert.deepStrictEqual(yield* existing, [other])
      assert.strictEqual(yield* deletions, 12)
      assert.deepStrictEqual(logged, [])
    })
  )

  test("also when what uses them fails or dies", {}, () =>
    Effect.gen(function* () {
      const { scoped } = yield* Sessions
      const used = scoped({ ...long, replicas: 2 })
      for (const end of [Effect.fail("no"), Effect.die("no"), Effect.interrupt]) {
        const exit = yield* Effect.exit(Effect.scoped(Effect.andThen(used, end)))
        assert.isTrue(Exit.isFailure(exit))
        assert.deepStrictEqual(yield* existing, [])
      }
      assert.strictEqual(yield* deletions, 6)
    })
  )

  test("one that is gone already is no trouble; one that stays is logged, and does not stop the others", {}, () =>
    Effect.gen(function* () {
      const { scoped, destroy } = yield* Sessions
      const { setFaults } = yield* Emulator
      const { value: ids, logged } = yield* logging(
        Effect.scoped(
          Effect.gen(function* () {
            const ids = Outcome.values(yield* scoped({ ...long, replicas: 4 }))
            yield* destroy(ids[0] ?? "")
            yield* setFaults([
              { match: { method: "DELETE", ids: [ids[1] ?? ""] }, action: { _tag: "Reply", status: 500, body: "no" } }
            ])
            return ids
          })
        )
      )
      assert.deepStrictEqual(yield* existing, [ids[1]])
      assert.lengthOf(logged, 1)
      assert.match(logged[0] ?? "", new RegExp(`^Error Sessions.scoped: session ${ids[1]} was not destroyed: .*500`))
    })
  )

  test("a call that is refused has made nothing", {}, () =>
    Effect.gen(function* () {
      const { scoped } = yield* Sessions
      const refused = yield* Effect.flip(Effect.scoped(scoped({ ...long, image: "skaha/unknown:1" })))
      assert.strictEqual(refused._tag, "ImageNotPublic")
      const wrong = yield* Effect.flip(Effect.scoped(scoped({ ...long, cores: 0 })))
      assert.strictEqual(wrong._tag, "InvalidInput")
      assert.strictEqual(yield* deletions, 0)
    })
  )
})

describe("Sessions.scoped", () => {
  testInMemory("interrupted in the middle of creating, it destroys what was made", {}, () =>
    Effect.gen(function* () {
      const { scoped } = yield* Sessions
      const { setFaults } = yield* Emulator
      // What comes after the third is not answered, nor made.
      yield* setFaults([{ match: { method: "POST", after: 3 }, action: { _tag: "Never" } }])
      const scope = yield* Scope.make()
      const creating = yield* Effect.forkChild(Scope.provide(scoped({ ...long, replicas: 20 }), scope))
      yield* settled
      yield* TestClock.adjust(1000)
      assert.lengthOf(yield* existing, 3)

      const interrupting = yield* Effect.forkChild(Fiber.interrupt(creating))
      yield* settled
      yield* TestClock.adjust("10 minutes")
      yield* Fiber.join(interrupting)
      // At once: the scope is still open.
      assert.deepStrictEqual(yield* existing, [])
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* deletions, 3)
    })
  )

  /** With a `create` that does as it is told; gives which sessions are destroyed, in order. */
  const scopedWith = (
    create: (heard: (outcome: Created) => void) => Effect.Effect<ReadonlyArray<Created>, ServerFailure>
  ) =>
    Effect.gen(function* () {
      const destroyed: Array<string> = []
      const { scoped } = makeKeepingAlive({
        client: yield* PlatformClient,
        executor: BulkExecutor.make(1),
        create: (_, heard = () => {}) => create(heard),
        renewOne: () => () => Effect.void,
        destroyOne: () => (id) => Effect.sync(() => destroyed.push(id))
      })
      return { scoped: scoped(long), destroyed }
    })

  const outcome = (id: string): Created => ({ input: "job", index: 0, result: Result.succeed(id) })

  testInMemory("a create that fails after it has made some: they are destroyed at once", {}, () =>
    Effect.gen(function* () {
      const failure = new ServerFailure({ operation: "Sessions.create", status: 500 })
      const { scoped, destroyed } = yield* scopedWith((heard) =>
        Effect.suspend(() => {
          heard(outcome("abcdefgh"))
          heard({ ...outcome(""), result: Result.fail(failure) })
          return Effect.fail(failure)
        })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          assert.strictEqual(yield* Effect.flip(scoped), failure)
          assert.deepStrictEqual(destroyed, ["abcdefgh"])
        })
      )
      assert.deepStrictEqual(destroyed, ["abcdefgh"])
    })
  )

  testInMemory("what create finds when it is interrupted is destroyed, too", {}, () =>
    Effect.gen(function* () {
      const { scoped, destroyed } = yield* scopedWith((heard) =>
        Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => heard(outcome("abcdefgh")))))
      )
      const creating = yield* Effect.forkChild(Effect.scoped(scoped))
      yield* settled
      yield* Fiber.interrupt(creating)
      assert.deepStrictEqual(destroyed, ["abcdefgh"])
    })
  )

  testInMemory("what was adopted is destroyed, and its twins stay", {}, () =>
    Effect.gen(function* () {
      const adopted: Created = { ...outcome("abcdefgh"), adopted: true, twins: ["bcdefghi"] }
      const { scoped, destroyed } = yield* scopedWith((heard) =>
        Effect.sync(() => {
          heard(adopted)
          return [adopted]
        })
      )
      assert.deepStrictEqual(yield* Effect.scoped(scoped), [adopted])
      assert.deepStrictEqual(destroyed, ["abcdefgh"])
    })
  )
})
