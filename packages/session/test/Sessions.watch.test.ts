import { assert, describe, it } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { Sessions, type SessionChange, type WatchFilter, type WatchOptions } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { showing } from "./support/clocks.ts"
import { makeFibers } from "./support/fibers.ts"
import { settled } from "./support/held.ts"
import { testInMemory } from "./support/platforms.ts"
import { createOne, headless, notebook } from "./support/sessions.ts"
import { count, lists, singles, telling, times, type Row } from "./support/story.ts"
import { sent } from "./support/wire.ts"

/** A change in short. */
const short = (change: SessionChange): string => {
  switch (change._tag) {
    case "Created":
      return `${change.session.id} ${change.session.status}`
    case "StatusChanged":
      return `${change.session.id} ${change.from} > ${change.session.status}`
    case "ExpiringSoon":
      return `${change.session.id} ${change.timeLeft} s`
    case "Gone":
      return `${change.last.id} gone`
    case "LookFailed":
      return change.error._tag
    case "LookRecovered":
      return change._tag
  }
}

/** Watches from now on; gives what is told, and who watches. */
const watching = Effect.fnUntraced(function* (filter?: WatchFilter, options?: WatchOptions) {
  const told: Array<string> = []
  const { watch } = yield* Sessions
  const fiber = yield* Effect.forkChild(
    Stream.runForEach(watch(filter, options), (change) => Effect.sync(() => told.push(short(change))))
  )
  yield* settled
  return { told, fiber }
})

/** Lets so many seconds go by, one after the other. */
const seconds = (number: number, step = 1) =>
  Effect.repeat(Effect.andThen(TestClock.adjust(step * 1000), settled), { times: number / step - 1 })

const hours = (number: number) => seconds(number * 3600, 3600)

const script = () => ({ seconds: 30, exitCode: 0, log: "" })

describe("what happens to sessions", () => {
  testInMemory("is told from now on, or with what is there", { pending: 10, script }, () =>
    Effect.gen(function* () {
      const { destroy } = yield* Sessions
      const old = yield* createOne(headless({ name: "old" }))
      const { told } = yield* watching()
      const all = yield* watching({}, { existing: true })
      yield* seconds(5)
      const job = yield* createOne(headless())
      yield* seconds(60)
      yield* destroy(old)
      yield* destroy(job)
      yield* seconds(16)
      const events = [
        `${job} Pending`,
        `${old} Pending > Running`,
        `${job} Pending > Running`,
        `${old} Running > Completed`,
        `${job} Running > Completed`
      ]
      assert.deepStrictEqual(told.slice(0, 5), events)
      assert.sameMembers(told.slice(5), [`${old} gone`, `${job} gone`])
      assert.deepStrictEqual(all.told.slice(0, 6), [`${old} Pending`, ...events])
    })
  )

  testInMemory("is told of those that the filter fits", { script }, () =>
    Effect.gen(function* () {
      const fit = yield* createOne(headless({ name: "Fit-1" }))
      const other = yield* createOne(headless({ name: "other" }))
      const book = yield* createOne(notebook({ name: "fitbook" }))
      const of = (filter: WatchFilter) => Effect.map(watching(filter, { existing: true }), ({ told }) => told)
      const running = (...ids: ReadonlyArray<string>) => ids.map((id) => `${id} Running`).toSorted()
      const watched = yield* Effect.forEach(
        [{}, { ids: [fit] }, { ids: [] }, { kind: "HEADLESS" }, { prefix: "FIT" }, { prefix: "fit", kind: "notebook" }],
        of
      )
      const empty = yield* of({ kind: "", prefix: "" })
      yield* seconds(1)
      const [all = [], ...some] = watched
      assert.deepStrictEqual([...all].toSorted(), running(fit, other, book))
      assert.deepStrictEqual([...empty].toSorted(), running(fit, other, book))
      assert.deepStrictEqual(
        some.map((told) => [...told].toSorted()),
        [running(fit), [], running(fit, other), running(fit, book), running(book)]
      )
    })
  )

  it.effect("apps have the id of their desktop, and are told apart", () =>
    Effect.gen(function* () {
      const { told } = yield* watching({}, { interval: 5 })
      yield* seconds(40)
      assert.deepStrictEqual(told, ["desk Pending", "desk Pending > Running", "desk gone"])
      assert.deepStrictEqual(yield* times(/app/), [20])
    }).pipe(
      Effect.provide(
        telling({
          sessions: (second): Readonly<Record<string, Row>> => ({
            desk: "Running",
            ...(second >= 5 && second < 20 ? { "desk/app/abc": second < 10 ? "Pending" : "Running" } : {})
          })
        })
      )
    )
  )
})

describe("those that expire soon", () => {
  const day = 24 * 3600
  testInMemory("are told once, and again when they were renewed", {}, () =>
    Effect.gen(function* () {
      const { renew } = yield* Sessions
      const book = yield* createOne(notebook())
      yield* createOne(headless())
      const { told } = yield* watching({ kind: "notebook" }, { interval: 3600, expiringWithin: 7200 })
      yield* hours(80)
      assert.deepStrictEqual(told, [])
      yield* hours(15)
      assert.deepStrictEqual(told, [`${book} 7200 s`])
      yield* renew(book)
      yield* hours(90)
      assert.deepStrictEqual(told, [`${book} 7200 s`])
      yield* hours(5)
      assert.deepStrictEqual(told, [`${book} 7200 s`, `${book} 7200 s`])
    })
  )

  const expiring = (status: string): Row => ({ status, expiryTime: new Date(day * 1000).toISOString() })

  it.effect("are those whose time is short by the clock on the wall, however that is set", () =>
    Effect.gen(function* () {
      let now = 0
      const set = yield* showing(() => now)
      const { told } = yield* Effect.provideService(watching(), Clock.Clock, set)
      yield* seconds(20)
      assert.deepStrictEqual(told, [])
      now = (day - 3600) * 1000
      yield* seconds(20)
      now = 0
      yield* seconds(20)
      now = 2 * day * 1000
      yield* seconds(20)
      assert.deepStrictEqual(told, ["job 3600 s"])
      const late = yield* Effect.provideService(watching(), Clock.Clock, set)
      yield* seconds(20)
      assert.deepStrictEqual(late.told, ["job 0 s"])
    }).pipe(Effect.provide(telling({ sessions: () => ({ job: expiring("Running"), done: expiring("Completed") }) })))
  )
})

describe("looks", () => {
  testInMemory("that fail are told once, and what happened meanwhile follows", { script }, () =>
    Effect.gen(function* () {
      const { setFaults } = yield* Emulator
      const job = yield* createOne(headless())
      const { told } = yield* watching()
      yield* seconds(10)
      yield* setFaults([{ match: { method: "GET" }, action: { _tag: "Reply", status: 503 } }])
      yield* seconds(60)
      assert.deepStrictEqual(told, ["ServerBusy"])
      yield* setFaults([])
      const next = yield* createOne(headless())
      yield* seconds(20)
      assert.deepStrictEqual(told.slice(0, 2), ["ServerBusy", "LookRecovered"])
      assert.sameMembers(told.slice(2), [`${job} Running > Completed`, `${next} Running`])
      yield* setFaults([{ match: { method: "GET" }, action: { _tag: "Reset" } }])
      yield* seconds(20)
      assert.strictEqual(told.at(-1), "ConnectionFailed")
    })
  )

  it.effect("the first of which fails are no news of what is there", () =>
    Effect.gen(function* () {
      const { told } = yield* watching()
      const all = yield* watching({}, { existing: true })
      yield* seconds(20)
      assert.deepStrictEqual(told, ["ServerFailure", "LookRecovered"])
      assert.deepStrictEqual(all.told, ["ServerFailure", "LookRecovered", "job Running"])
    }).pipe(
      Effect.provide(
        telling({ sessions: () => ({ job: "Running" }), refusal: (_, second) => (second < 5 ? 500 : undefined) })
      )
    )
  )

  it.effect.each([
    [401, "CredentialsRefused"],
    [403, "Forbidden"]
  ] as const)("that are answered with %i end it", ([status, tag]) =>
    Effect.gen(function* () {
      const { fiber, told } = yield* watching()
      yield* seconds(20)
      const exit = yield* Effect.exit(Effect.flip(Fiber.join(fiber)))
      assert.isTrue(Exit.isSuccess(exit) && exit.value._tag === tag)
      assert.deepStrictEqual(told, [])
    }).pipe(
      Effect.provide(telling({ sessions: () => ({}), refusal: (_, second) => (second >= 5 ? status : undefined) }))
    )
  )

  it.effect("are shared by all who look", () =>
    Effect.gen(function* () {
      const { followLogs } = yield* Sessions
      yield* watching()
      yield* watching({ kind: "headless" }, { interval: 2 })
      yield* watching({ prefix: "x" }, { interval: 1 })
      for (const id of ["job", "job2", "job3"]) yield* Effect.forkChild(Stream.runDrain(followLogs(id)))
      yield* seconds(20)
      const asked = yield* times(lists)
      assert.isAtLeast(asked.length, 20)
      asked.slice(1).forEach((time, index) => assert.isAtLeast(time - (asked[index] ?? 0), 1))
    }).pipe(Effect.provide(telling({ sessions: () => ({ job: "Running", job2: "Running", job3: "Pending" }) })))
  )

  it.effect("are made as often as is asked for", () =>
    Effect.gen(function* () {
      yield* watching({}, { interval: 60 })
      yield* seconds(200)
      assert.deepStrictEqual(yield* times(lists), [0, 60, 120, 180])
    }).pipe(Effect.provide(telling({ sessions: () => ({}) })))
  )

  it.effect("wait for who is slow, who is told of what changed from one to the other", () =>
    Effect.gen(function* () {
      const { watch } = yield* Sessions
      const told: Array<string> = []
      yield* Effect.forkChild(
        Stream.runForEach(watch({}, { existing: true, interval: 1 }), (change) => {
          told.push(short(change))
          return Effect.sleep("1 minute")
        })
      )
      yield* seconds(130)
      assert.deepStrictEqual(told, ["job Pending", "job Pending > Completed"])
      assert.isAtMost((yield* times(lists)).filter((time) => time < 60).length, 1)
    }).pipe(
      Effect.provide(
        telling({ sessions: (second) => ({ job: second < 10 ? "Pending" : second < 40 ? "Running" : "Completed" }) })
      )
    )
  )
})

describe("what is not listed", () => {
  it.effect("but there has ended, where only those that have not are listed; it is asked for once", () =>
    Effect.gen(function* () {
      const { told } = yield* watching()
      yield* seconds(120)
      assert.deepStrictEqual(told, ["job Running > Failed", "old gone"])
      assert.deepStrictEqual(yield* count(singles), 2)
    }).pipe(
      Effect.provide(
        telling({
          sessions: (second) => ({
            job: second < 10 ? "Running" : "Failed (DeadlineExceeded)",
            ...(second < 50 ? { old: "Running" } : {})
          }),
          isUnlisted: (row) => row !== "Running"
        })
      )
    )
  )

  it.effect("is not gone before that is known", () =>
    Effect.gen(function* () {
      const { told } = yield* watching({}, { interval: 5 })
      yield* seconds(40)
      assert.deepStrictEqual(told, ["job gone"])
      assert.deepStrictEqual(yield* times(singles), [10, 15, 20])
    }).pipe(
      Effect.provide(
        telling({
          sessions: (second): Readonly<Record<string, Row>> => (second < 10 ? { job: "Running" } : {}),
          refusal: (request, second) => (singles.test(request) && second < 20 ? 500 : undefined)
        })
      )
    )
  )

  it.effect("and has ended is known when it is listed again", () =>
    Effect.gen(function* () {
      const { told } = yield* watching({}, { interval: 5 })
      yield* seconds(60)
      assert.deepStrictEqual(told, ["job Running > Completed"])
      assert.deepStrictEqual(yield* times(singles), [10])
    }).pipe(
      Effect.provide(
        telling({
          sessions: (second) => ({
            job: {
              status: second < 10 ? "Running" : "Completed",
              name: second >= 10 && second < 30 ? "hidden" : "job"
            }
          }),
          isUnlisted: (row) => typeof row !== "string" && row["name"] === "hidden"
        })
      )
    )
  )

  it.effect("and runs is listed again later, which is no news", () =>
    Effect.gen(function* () {
      const { told } = yield* watching({}, { interval: 5 })
      yield* seconds(60)
      assert.deepStrictEqual(told, [])
      assert.deepStrictEqual(yield* times(singles), [10, 15])
    }).pipe(
      Effect.provide(
        telling({
          sessions: (second) => ({ job: { status: "Running", name: second >= 10 && second < 20 ? "hidden" : "job" } }),
          isUnlisted: (row) => typeof row !== "string" && row["name"] === "hidden"
        })
      )
    )
  )
})

it.effect("options that make no sense are refused before anything is asked", () =>
  Effect.gen(function* () {
    const { watch } = yield* Sessions
    const refused = (filter: WatchFilter, options: WatchOptions) =>
      Effect.map(Effect.flip(Stream.runDrain(watch(filter, options))), (error) =>
        error._tag === "InvalidInput" ? error.problems.map(({ field }) => field) : []
      )
    assert.deepStrictEqual(yield* refused({ ids: ["a", "../b", ""] }, {}), ["ids[1]", "ids[2]"])
    assert.deepStrictEqual(yield* refused({}, { interval: 0.5 }), ["interval"])
    assert.deepStrictEqual(yield* refused({}, { interval: Number.NaN, expiringWithin: -1 }), [
      "expiringWithin",
      "interval"
    ])
    assert.strictEqual(yield* count(/./), 0)
  }).pipe(Effect.provide(telling({ sessions: () => ({}) })))
)

testInMemory("who watches no more leaves nothing behind", {}, () =>
  Effect.gen(function* () {
    const fibers = makeFibers()
    const { fiber } = yield* fibers.counted(watching())
    yield* seconds(5)
    assert.isAbove(fibers.active(), 0)
    yield* Fiber.interrupt(fiber)
    yield* settled
    assert.strictEqual(fibers.active(), 0)
    const before = (yield* sent).length
    yield* seconds(60)
    assert.strictEqual((yield* sent).length, before)
    const { watch } = yield* Sessions
    yield* createOne(headless())
    yield* Stream.runDrain(Stream.take(watch({}, { existing: true }), 1)).pipe(fibers.counted)
    yield* settled
    assert.strictEqual(fibers.active(), 0)
  })
)
