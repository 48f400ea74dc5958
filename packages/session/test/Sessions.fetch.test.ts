import { assert, describe, it } from "@effect/vitest"
import { PublicSession, Session, Sessions } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { ways, waysWhereThereIs } from "./support/platforms.ts"
import { api, server } from "./support/server.ts"
import { createOne, desktop, headless, notebook } from "./support/sessions.ts"
import { answering, sent } from "./support/wire.ts"

const names = (sessions: ReadonlyArray<Session>) => sessions.map(({ name = "" }) => name).toSorted()

/** One session of each sort: two jobs that ended well and badly, one that runs, a notebook, a desktop with an app. */
const population = Effect.gen(function* () {
  const { apps } = yield* Sessions
  yield* createOne(headless({ name: "done", cmd: "echo", args: "hello" }))
  yield* createOne(headless({ name: "broken", cmd: "false" }))
  yield* createOne(headless({ name: "busy", cmd: "sleep", args: "1h" }))
  yield* createOne(notebook())
  yield* apps.create(yield* createOne(desktop()), { image: "skaha/terminal:1.1.2" })
})

/** The app, where it is among the sessions. */
const listedApps = server.listsApps ? ["terminal-1-1-2"] : []

describe.each(ways)("Sessions.fetch $way", ({ test }) => {
  test("lists the caller's sessions as values", {}, () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      assert.deepStrictEqual(yield* sessions.fetch(), [])
      const id = yield* createOne(headless({ name: "Fit", cmd: "sleep", args: "60", cores: 2, ram: 4 }))
      const [session, ...others] = yield* sessions.fetch()
      assert.instanceOf(session, Session)
      assert.strictEqual(others.length, 0)
      assert.deepInclude(session, {
        id,
        userId: "alice",
        kind: "headless",
        status: "Running",
        name: "fit",
        image: "images.canfar.net/skaha/terminal:1.1.2",
        requested: { cores: 2, ram: server.ramOf(4), ...server.noGpus },
        ...(server.tellsFixed ? { isFixedResources: true } : {}),
        uid: 1001
      })
    })
  )

  test("filters by kind", {}, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* population
      assert.deepStrictEqual(names(yield* fetch()), ["book", "broken", "busy", "desk", "done", ...listedApps])
      assert.deepStrictEqual(names(yield* fetch({ kind: "headless" })), ["broken", "busy", "done"])
      assert.deepStrictEqual(names(yield* fetch({ kind: "NOTEBOOK" })), ["book"])
      assert.deepStrictEqual(names(yield* fetch({ kind: "desktop-app" })), ["terminal-1-1-2"])
      assert.deepStrictEqual(names(yield* fetch({ kind: "unheard-of" })), [])
    })
  )

  test("asks the server for a status that has one word", {}, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* population
      assert.deepStrictEqual(names(yield* fetch({ status: "running" })), ["book", "busy", "desk", ...listedApps])
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?status=running`)
      assert.deepStrictEqual(names(yield* fetch({ kind: "headless", status: "Running" })), ["busy"])
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?type=headless&status=Running`)
    })
  )

  test("filters here by a status that has two words, and does not send it", {}, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* population
      for (const status of ["Completed", "Succeeded", "succeeded", "COMPLETED"]) {
        assert.deepStrictEqual(names(yield* fetch({ status })), ["done"])
        assert.strictEqual((yield* sent).at(-1), `GET ${api}/session`)
      }
      for (const status of ["Failed", "Error", "error"]) {
        assert.deepStrictEqual(names(yield* fetch({ kind: "headless", status })), ["broken"])
        assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?type=headless`)
      }
    })
  )

  test("does not send filters that are empty", {}, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* population
      const all = 5 + listedApps.length
      assert.strictEqual((yield* fetch({ kind: "", status: "" })).length, all)
      assert.strictEqual((yield* fetch({ kind: undefined, status: undefined, view: undefined })).length, all)
      assert.deepStrictEqual((yield* sent).slice(-2), [`GET ${api}/session`, `GET ${api}/session`])
    })
  )

  test("shows what everybody may see of all sessions", {}, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* population
      const all = yield* fetch({ view: "all" })
      assert.isTrue(all.every((session) => session instanceof PublicSession))
      assert.deepStrictEqual(all.map(({ kind }) => kind).toSorted(), [
        "desktop",
        ...(server.listsApps ? ["desktop-app"] : []),
        "headless",
        "headless",
        "headless",
        "notebook"
      ])
      assert.deepStrictEqual(Object.keys(all[0] ?? {}).toSorted(), ["kind", "startTime", "status", "userId"])
      assert.strictEqual((yield* fetch({ view: "all", kind: "headless", status: "Succeeded" })).length, 1)
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?type=headless&view=all`)
      assert.strictEqual((yield* fetch({ view: "all", status: "Running" })).length, 3 + listedApps.length)
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?status=Running&view=all`)
    })
  )
})

describe.each(waysWhereThereIs("interactive view"))("Sessions.fetch $way, of interactive sessions", ({ test }) => {
  test("adds the apps and leaves out what is headless", {}, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* population
      assert.deepStrictEqual(names(yield* fetch({ view: "interactive" })), ["book", "desk", "terminal-1-1-2"])
      assert.deepStrictEqual(names(yield* fetch({ status: "Error", view: "interactive" })), [])
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?view=interactive`)
    })
  )
})

describe("Sessions.fetch", () => {
  const row = (status: string, id = "abcd1234") => ({ id, userid: "alice", type: "headless", status, name: id })

  it.effect("finds what an old server calls Succeeded, and says Completed", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      for (const status of ["Completed", "Succeeded"]) {
        const found = yield* fetch({ status })
        assert.deepStrictEqual(
          found.map(({ id, status, wire }) => [id, status, wire.status]),
          [
            ["old", "Completed", "Succeeded"],
            ["new", "Completed", "Completed"]
          ]
        )
      }
      assert.deepStrictEqual(
        (yield* fetch({ status: "Failed" })).map(({ id, status }) => [id, status]),
        [["bad", "Failed"]]
      )
    }).pipe(
      Effect.provide(
        answering({
          body: JSON.stringify([row("Succeeded", "old"), row("Completed", "new"), row("Error", "bad"), row("Running")])
        })
      )
    )
  )

  it.effect("finds what failed for whatever reason, or asks the server for one of them", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      const found = yield* fetch({ status: "Failed" })
      assert.deepStrictEqual(
        found.map(({ status, wire }) => [status, wire.status]),
        [["Failed", "Failed (DeadlineExceeded)"]]
      )
      yield* fetch({ status: "Failed (DeadlineExceeded)" })
      assert.deepStrictEqual(yield* sent, ["GET /v1/session", "GET /v1/session?status=Failed+%28DeadlineExceeded%29"])
    }).pipe(Effect.provide(answering({ body: JSON.stringify([row("Failed (DeadlineExceeded)"), row("Failing")]) })))
  )

  it.effect("passes on a status it does not know", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      const [session] = yield* fetch({ status: "Suspended (JobSuspended)" })
      assert.strictEqual(session?.status, "Suspended (JobSuspended)")
      assert.deepStrictEqual(yield* sent, ["GET /v1/session?status=Suspended+%28JobSuspended%29"])
    }).pipe(Effect.provide(answering({ body: JSON.stringify([row("Suspended (JobSuspended)")]) })))
  )

  it.effect("keeps the good rows of a list with bad ones", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      assert.deepStrictEqual(
        (yield* fetch()).map(({ id }) => id),
        ["first", "last"]
      )
    }).pipe(
      Effect.provide(
        answering({
          body: JSON.stringify([row("Running", "first"), null, 7, [], { id: "x" }, row("", "y"), row("Failed", "last")])
        })
      )
    )
  )
})

describe.each(ways.filter(({ live }) => !live))("Sessions.fetch $way, as time passes", ({ test }) => {
  test("a job goes from Pending over Running to Completed, and is forgotten", { pending: 2 }, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      yield* createOne(headless({ cmd: "sleep", args: "10" }))
      const seen: Array<string | undefined> = []
      for (const seconds of [1, 2, 10, 3600]) {
        yield* TestClock.adjust(seconds * 1000)
        seen.push((yield* fetch())[0]?.status)
      }
      assert.deepStrictEqual(seen, ["Pending", "Running", "Completed", undefined])
    })
  )

  test("renewing moves the expiry of an interactive session, not of a headless one", {}, () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const expiry = (id: string) =>
        Effect.map(sessions.info(id), ({ expiryTime }) => (expiryTime ? DateTime.toEpochMillis(expiryTime) : NaN))
      const book = yield* createOne(notebook())
      const job = yield* createOne(headless({ cmd: "sleep", args: "9d" }))
      const before = { book: yield* expiry(book), job: yield* expiry(job) }
      yield* TestClock.adjust("1 hour")
      yield* sessions.renew([book, job])
      assert.strictEqual((yield* expiry(book)) - before.book, 3_600_000)
      assert.strictEqual(yield* expiry(job), before.job)
      assert.strictEqual((yield* Emulator.use(({ requests }) => requests)).length, 10)
    })
  )
})
