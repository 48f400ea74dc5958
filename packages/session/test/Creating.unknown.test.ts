import { assert, describe } from "@effect/vitest"
import { RetryPolicy } from "@skaha/core"
import type { FaultAction } from "@skaha/emulator"
import { Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  count,
  elsewhere,
  holds,
  lasting,
  names,
  onCreate,
  onList,
  roomy,
  roomyOnce,
  setFaults
} from "./support/creating.ts"
import { valuesOrTags } from "./support/outcomes.ts"
import { testInMemory as test } from "./support/platforms.ts"
import { createAll, createOne, desktop } from "./support/sessions.ts"
import { inItsTime } from "./support/time.ts"

/** Ends without an answer that tells anything, although the session is made. */
const handled: Readonly<Record<string, FaultAction>> = {
  "job not found": { _tag: "JobNotFound" },
  "a reset": { _tag: "Reset", handled: true },
  silence: { _tag: "Never", handled: true },
  "silence, and later": { _tag: "Never", handled: { after: "130 seconds" } },
  "a cut reply": { _tag: "Truncate", bytes: 5 },
  "an empty reply": { _tag: "Truncate", bytes: 0 },
  "a 502 of a proxy": { _tag: "Page", page: "proxy-502", handled: true },
  "a 504 of a proxy, and later": { _tag: "Page", page: "proxy-504", handled: { after: "100 seconds" } }
}

describe("A create without an answer that tells", () => {
  for (const [what, action] of Object.entries(handled)) {
    test(`that was carried out is found: ${what}`, roomyOnce, () =>
      Effect.gen(function* () {
        yield* setFaults(onCreate(action, { times: 1 }))
        const [created] = yield* inItsTime(Sessions.use(({ create }) => create(lasting({ name: "Fit" }))))
        assert.isTrue(created?.adopted)
        assert.deepStrictEqual([...(yield* holds)], [[created && Result.getOrThrow(created.result), "fit"]])
        assert.strictEqual(yield* count("POST"), 1)
      })
    )
  }

  test("that was not carried out is made again, when settle is over", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reset" }, { times: 2 }))
      const outcomes = yield* inItsTime(Sessions.use(({ create }) => create(lasting())))
      assert.deepStrictEqual([...(yield* holds).keys()], valuesOrTags(outcomes))
      assert.strictEqual(yield* count("POST"), 3)
    })
  )

  test(
    "is made again as often as the budget of the call lasts",
    { ...roomy, retry: RetryPolicy.make({ budget: 1 }) },
    () =>
      Effect.gen(function* () {
        yield* setFaults(onCreate({ _tag: "Reset" }))
        const error = yield* inItsTime(Effect.flip(Sessions.use(({ create }) => create(lasting()))))
        assert.strictEqual(error._tag, "ConnectionFailed")
        assert.strictEqual(yield* count("POST"), 2)
      })
  )

  test("is not made again before settle is over", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reset", handled: { after: "119 seconds" } }, { times: 1 }))
      const [created] = yield* inItsTime(Sessions.use(({ create }) => create(lasting())))
      assert.isTrue(created?.adopted)
      assert.strictEqual(yield* count("POST"), 1)
      assert.strictEqual((yield* holds).size, 1)
    })
  )

  test("fails with its error where nothing is to be repeated", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Page", page: "proxy-504" }))
      const error = yield* inItsTime(Effect.flip(Sessions.use(({ create }) => create(lasting()))))
      assert.deepInclude(error, { _tag: "ServerFailure", status: 504 })
      assert.deepStrictEqual(yield* names, [])
    })
  )

  test("is looked for seldom: after 0, 1, 2, 4, 8, 15, 15 … seconds", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reset" }))
      yield* inItsTime(Effect.flip(Sessions.use(({ create }) => create(lasting()))))
      assert.isAtMost(yield* count("GET"), 1 + 6 + 8 + 1)
    })
  )

  test("is known soon where the platform itself says that it has failed", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reply", status: 500, body: "unexpected exception: boom" }))
      const started = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      yield* inItsTime(Effect.flip(Sessions.use(({ create }) => create(lasting()))))
      const took = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) - started
      assert.isTrue(took >= 15_000 && took < 20_000, `${took}`)
    })
  )

  test("does not hold up the other replicas, not even that of the first", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reset" }, { times: 1 }))
      const told: Array<string> = []
      const outcomes = yield* inItsTime(
        Sessions.use(({ create }) => create(lasting({ replicas: 20 }), ({ input }) => void told.push(input)))
      )
      assert.strictEqual(told.at(-1), "job-1")
      assert.deepStrictEqual(valuesOrTags(outcomes)[0], "ConnectionFailed")
      assert.strictEqual((yield* holds).size, 19)
    })
  )

  test("never takes what was there before", roomy, () =>
    Effect.gen(function* () {
      const old = yield* createOne(lasting())
      yield* setFaults(onCreate({ _tag: "Reset" }, { times: 1 }))
      const [id] = yield* inItsTime(createAll(lasting()))
      assert.notStrictEqual(id, old)
      assert.sameMembers([...(yield* holds).keys()], [old, id])
    })
  )

  test(
    "never takes a session of another kind, image or name, nor a desktop app",
    { ...roomyOnce, sdk: { settle: 5 } },
    () =>
      Effect.gen(function* () {
        const { apps, create } = yield* Sessions
        const desk = yield* createOne(desktop())
        yield* setFaults(onCreate({ _tag: "Reset" }, { times: 1 }))
        const like = Effect.delay(
          elsewhere(
            Effect.all([
              createOne(lasting({ name: "terminal-1-1-3" })),
              createOne({ name: "terminal-1-1-2", image: "skaha/astroml", kind: "notebook" }),
              createOne(lasting({ name: "terminal-1-1-2", image: "skaha/astroml" })).pipe(Effect.ignore)
            ])
          ),
          "1 second"
        )
        const app = Effect.delay(apps.create(desk, { image: "skaha/terminal:1.1.2" }), "1 second")
        const lost = Effect.flip(create(lasting({ name: "terminal-1-1-2" })))
        const [error] = yield* inItsTime(Effect.all([lost, like, app], { concurrency: 3 }))
        assert.strictEqual(error._tag, "ConnectionFailed")
      })
  )
})

describe("A create whose session cannot be told", () => {
  test("names the candidates, and makes nothing", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Never", handled: true }, { times: 1 }))
      const foreign = Effect.delay(elsewhere(createOne(lasting())), "10 seconds")
      const ours = Effect.flip(Sessions.use(({ create }) => create(lasting({ name: "JOB" }))))
      const [error, id] = yield* inItsTime(Effect.all([ours, foreign], { concurrency: 2 }))
      assert.deepInclude(error, { _tag: "SessionAmbiguous", sessionName: "JOB" })
      const candidates = error._tag === "SessionAmbiguous" ? error.candidates : []
      assert.include(candidates, id)
      assert.sameMembers([...candidates], [...(yield* holds).keys()])
      assert.strictEqual(yield* count("POST"), 2)
    })
  )

  test("is unknown where the platform cannot be asked, and nothing is made again", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reset", handled: true }), onList({ _tag: "Reset" }, { after: 1 }))
      const error = yield* inItsTime(Effect.flip(Sessions.use(({ create }) => create(lasting()))))
      assert.deepInclude(error, { _tag: "CreateUnknown", sessionName: "job" })
      assert.strictEqual(yield* count("POST"), 1)
    })
  )

  test("is looked for until a list comes, also after settle", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(
        onCreate({ _tag: "Reset", handled: true }),
        onList({ _tag: "Reply", status: 500 }, { after: 1, times: 15 })
      )
      const [created] = yield* inItsTime(Sessions.use(({ create }) => create(lasting())))
      assert.isTrue(created?.adopted)
    })
  )

  test(
    "is looked for as often as the policy repeats, however long each look takes",
    { ...roomy, retry: RetryPolicy.make({ times: 30 }) },
    () =>
      Effect.gen(function* () {
        yield* setFaults(onCreate({ _tag: "Reset", handled: true }), onList({ _tag: "Never" }, { after: 1, times: 10 }))
        const [created] = yield* inItsTime(Sessions.use(({ create }) => create(lasting())))
        assert.isTrue(created?.adopted)
        assert.strictEqual(yield* count("POST"), 1)
      })
  )

  test("is unknown at once where the credentials are not taken any more", roomy, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reset" }), onList({ _tag: "Reply", status: 401 }, { after: 1 }))
      const error = yield* inItsTime(Effect.flip(Sessions.use(({ create }) => create(lasting()))))
      assert.strictEqual(error._tag, "CreateUnknown")
      assert.isAtMost(yield* count("GET"), 2)
    })
  )

  test("nothing is sent where it cannot be known what was there before", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onList({ _tag: "Reply", status: 403 }))
      const { create } = yield* Sessions
      for (const replicas of [1, 5]) {
        assert.strictEqual((yield* Effect.flip(create(lasting({ replicas }))))._tag, "Forbidden")
      }
      assert.strictEqual(yield* count("POST"), 0)
    })
  )
})
