import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@skaha/core"
import { Sessions } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { mortal, mortalId, Mortal } from "./support/mortal.ts"
import { testInMemory } from "./support/platforms.ts"
import { createOne, headless, notebook } from "./support/sessions.ts"

const minute = 60
const hour = 3600
const day = 24 * hour

/** A test with the session that has so many seconds after each renewal. */
const mortalTest = <A, E>(
  name: string,
  life: number | undefined,
  self: () => Effect.Effect<A, E, Sessions | Mortal | Scope.Scope>
) =>
  it.effect(name, () => self().pipe(Effect.provide(mortal(life)), Effect.provideService(RetryPolicy, RetryPolicy.none)))

const keepAlive = Sessions.use((sessions) => sessions.keepAlive(mortalId))

/** Lets so many seconds pass. */
const pass = (seconds: number) => TestClock.adjust(seconds * 1000)

const renewals = Effect.map(Mortal, (session) => session.renewals)

const unavailable = { status: 500, body: "no" }

describe("Sessions.keepAlive", () => {
  mortalTest("renews at once, and whenever half of the time is over", 10 * hour, () =>
    Effect.gen(function* () {
      yield* keepAlive
      assert.deepStrictEqual(yield* renewals, [0])
      yield* pass(5 * hour - 1)
      assert.deepStrictEqual(yield* renewals, [0])
      yield* pass(1)
      assert.deepStrictEqual(yield* renewals, [0, 5 * hour])
      yield* pass(20 * hour)
      assert.deepStrictEqual(
        yield* renewals,
        [0, 5, 10, 15, 20, 25].map((hours) => hours * hour)
      )
      assert.deepStrictEqual((yield* Mortal).logged, [])
    })
  )

  it.effect.each([
    { what: "after 12 h at most", life: 4 * day, every: 12 * hour },
    { what: "after 10 s at least", life: 15, every: 10 },
    { what: "every hour where it is not said when it ends", life: undefined, every: hour }
  ])("renews $what", ({ life, every }) =>
    Effect.gen(function* () {
      yield* keepAlive
      yield* pass(3 * every + 1)
      assert.deepStrictEqual(
        yield* renewals,
        [0, 1, 2, 3].map((round) => round * every)
      )
    }).pipe(Effect.provide(mortal(life)))
  )

  mortalTest("renews every hour when the clock is so far ahead that all is over", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      session.ahead = 5 * day
      yield* keepAlive
      yield* pass(2 * hour)
      assert.deepStrictEqual(session.renewals, [0, hour, 2 * hour])
    })
  )

  mortalTest("survives a clock that is set back by days", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      session.ahead = -30 * day
      yield* keepAlive
      yield* pass(10 * day)
      assert.deepStrictEqual(
        session.renewals.map((seconds) => seconds / hour),
        Array.from({ length: 21 }, (_, round) => 12 * round)
      )
    })
  )

  mortalTest("tries again with growing delays, says so, and goes on as before", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      yield* keepAlive
      yield* pass(hour)
      session.trouble = unavailable
      yield* pass(12 * hour)
      const first = 12 * hour
      assert.deepStrictEqual(
        session.renewals.slice(1, 10).map((seconds) => seconds - first),
        [0, 10, 30, 70, 150, 310, 630, 1230, 1830]
      )
      assert.lengthOf(session.logged, session.renewals.length - 1)
      assert.match(session.logged[0] ?? "", /^Warn Sessions.keepAlive: session abcd1234 could not be renewed.*500/)

      session.trouble = undefined
      yield* pass(600)
      const tries = session.renewals.length
      yield* pass(12 * hour)
      assert.lengthOf(session.renewals, tries + 1)
      // What comes then begins anew.
      session.trouble = unavailable
      yield* pass(12 * hour + 10)
      const late = session.renewals.slice(tries + 1)
      assert.deepStrictEqual(
        late.slice(0, 2).map((seconds) => seconds - (late[0] ?? 0)),
        [0, 10]
      )
    })
  )

  mortalTest("tries again before the time is over", 40, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      yield* keepAlive
      yield* pass(1)
      session.trouble = unavailable
      yield* pass(38)
      session.trouble = undefined
      yield* pass(1)
      const late = session.renewals.filter((seconds) => seconds > 35 && seconds < 40)
      assert.isAtLeast(late.length, 2)
      assert.strictEqual(session.status, "Running")
      yield* pass(20)
      assert.isAbove(session.renewals.at(-1) ?? 0, 50)
    })
  )

  mortalTest("credentials that are refused are an error, and are tried again slowly", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      yield* keepAlive
      yield* pass(1)
      session.trouble = { status: 401, body: "token expired" }
      yield* pass(12 * hour + 20 * minute)
      assert.deepStrictEqual(
        session.renewals.slice(1).map((seconds) => seconds - 12 * hour),
        [0, 600, 1200]
      )
      assert.isTrue(session.logged.every((line) => line.startsWith("Error ")))
    })
  )

  mortalTest("fails when the first renewal does", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      session.trouble = unavailable
      assert.strictEqual((yield* Effect.flip(keepAlive))._tag, "ServerFailure")
      session.trouble = { status: 404, body: "no" }
      assert.strictEqual((yield* Effect.flip(keepAlive))._tag, "SessionNotFound")
      session.trouble = undefined
      session.status = "Completed"
      assert.strictEqual((yield* Effect.flip(keepAlive))._tag, "SessionNotReady")
      const { requests } = session
      yield* pass(30 * day)
      assert.strictEqual(session.requests, requests)
    })
  )

  mortalTest("reads again what it could not read after the first renewal", 10 * hour, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      yield* keepAlive
      session.trouble = unavailable
      yield* pass(5)
      session.trouble = undefined
      yield* pass(5)
      assert.deepStrictEqual(session.renewals, [0, 10])
      yield* pass(5 * hour)
      assert.deepStrictEqual(session.renewals, [0, 10, 5 * hour + 10])
    })
  )

  mortalTest("one that waits for its turn counts as renewed", undefined, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      session.status = "Pending"
      yield* keepAlive
      yield* pass(hour)
      session.status = "Running"
      session.life = day
      yield* pass(hour)
      assert.deepStrictEqual(session.logged, [])
      assert.deepStrictEqual(session.renewals, [0, hour, 2 * hour])
    })
  )

  it.effect.each(["Completed", "Failed", "Terminating"])("ends with a session that is %s", (status) =>
    Effect.gen(function* () {
      const session = yield* Mortal
      yield* keepAlive
      yield* pass(hour)
      session.status = status
      yield* pass(12 * hour)
      const { requests } = session
      yield* pass(30 * day)
      assert.strictEqual(session.requests, requests)
      assert.deepStrictEqual(session.logged, [])
    }).pipe(Effect.provide(mortal(4 * day)))
  )

  mortalTest("ends at once with a session that has just ended", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      yield* keepAlive
      session.status = "Terminating"
      yield* pass(30 * day)
      assert.deepStrictEqual(session.renewals, [0])
    })
  )

  mortalTest("leaves nothing behind: neither when it has ended nor when the scope is closed", 4 * day, () =>
    Effect.gen(function* () {
      const session = yield* Mortal
      const scope = yield* Scope.make()
      yield* Scope.provide(keepAlive, scope)
      yield* pass(1)
      assert.strictEqual(scope.state._tag, "Open")
      session.trouble = { status: 404, body: "gone" }
      yield* pass(12 * hour)
      assert.strictEqual(scope.state._tag, "Empty")

      session.trouble = undefined
      yield* Scope.provide(keepAlive, scope)
      yield* pass(13 * hour)
      assert.strictEqual(scope.state._tag, "Open")
      const { requests } = session
      yield* Scope.close(scope, Exit.void)
      yield* pass(30 * day)
      assert.strictEqual(session.requests, requests)
    })
  )

  testInMemory("keeps a notebook alive beyond its four days", {}, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const kept = yield* createOne(notebook())
      const left = yield* createOne(notebook())
      yield* pass(1)
      const scope = yield* Scope.make()
      yield* Sessions.use((sessions) => Scope.provide(sessions.keepAlive(kept), scope))
      yield* pass(6 * day)
      assert.strictEqual((yield* info(kept)).status, "Running")
      assert.strictEqual((yield* Effect.flip(info(left)))._tag, "SessionNotFound")
      const posts = (yield* Emulator.use(({ requests }) => requests)).filter(({ method }) => method === "POST")
      assert.lengthOf(posts, 2 + 1 + 12)
      yield* Scope.close(scope, Exit.void)
      yield* pass(6 * day)
      assert.strictEqual((yield* Effect.flip(info(kept)))._tag, "SessionNotFound")
    })
  )

  testInMemory("refuses what is no id before anything is sent", {}, () =>
    Effect.gen(function* () {
      const { keepAlive, timeLeft } = yield* Sessions
      assert.strictEqual((yield* Effect.flip(keepAlive("a/b")))._tag, "InvalidInput")
      assert.strictEqual((yield* Effect.flip(timeLeft("")))._tag, "InvalidInput")
      assert.strictEqual((yield* Effect.flip(keepAlive("nosuchid")))._tag, "SessionNotFound")
      assert.lengthOf(yield* Emulator.use(({ requests }) => requests), 2)
    })
  )
})

describe("Sessions.timeLeft", () => {
  mortalTest("is what the session has, and never below zero", 10 * hour, () =>
    Effect.gen(function* () {
      const { timeLeft } = yield* Sessions
      const session = yield* Mortal
      const seconds = Effect.map(timeLeft(mortalId), (left) => left && Duration.toSeconds(left))
      assert.strictEqual(yield* seconds, 10 * hour)
      yield* pass(4 * hour)
      assert.strictEqual(yield* seconds, 6 * hour)
      session.ahead = day
      assert.strictEqual(yield* seconds, 0)
      session.ahead = 0
      session.status = "Completed"
      assert.strictEqual(yield* seconds, 0)
    })
  )

  mortalTest("is not known where the platform does not say", undefined, () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* Sessions.use(({ timeLeft }) => timeLeft(mortalId)))
    })
  )

  testInMemory("of sessions of every kind", {}, () =>
    Effect.gen(function* () {
      const { timeLeft } = yield* Sessions
      const job = yield* createOne(headless({ cmd: "sleep", args: "20d" }))
      const book = yield* createOne(notebook())
      yield* pass(60)
      assert.strictEqual(Duration.toSeconds((yield* timeLeft(job)) ?? 0), 14 * day - 60)
      assert.strictEqual(Duration.toSeconds((yield* timeLeft(book)) ?? 0), 4 * day - 60)
      assert.strictEqual((yield* Effect.flip(timeLeft("nosuchid")))._tag, "SessionNotFound")
    })
  )
})
