import { assert, describe, it } from "@effect/vitest"
import { SessionNotFound } from "@skaha/core"
import { PublicSession, Session, Sessions, type SessionsMock } from "@skaha/session"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { valuesOrTags } from "./support/outcomes.ts"

const row = { id: "abcdefgh", userid: "alice", type: "headless", status: "Running", name: "mine" }

const mock = Sessions.layerTest({
  fetch: ({ kind }) => Effect.succeed(kind === "notebook" ? [] : [Session.fromWire(row)]),
  fetchAll: () => Effect.succeed([new PublicSession(row, row)]),
  logs: (id) =>
    id === row.id
      ? Effect.succeed("hello")
      : Effect.fail(new SessionNotFound({ operation: "Sessions.logs", status: 404, id })),
  create: ({ name }) => Effect.succeed([{ input: name, index: 0, result: Result.succeed(row.id) }])
})

const defectOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "success"

describe("a mock of Sessions", () => {
  it.effect("lists what it is given, by view and filter", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      assert.deepStrictEqual(
        (yield* fetch()).map(({ name }) => name),
        ["mine"]
      )
      assert.deepStrictEqual(yield* fetch({ kind: "notebook" }), [])
      assert.instanceOf((yield* fetch({ view: "all" }))[0], PublicSession)
    }).pipe(Effect.provide(mock))
  )

  it.effect("makes of an operation on one id the one on many", () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      assert.strictEqual(yield* logs(row.id), "hello")
      const ids = [row.id, "bcdefghi", "../etc", row.id]
      assert.deepStrictEqual(valuesOrTags(yield* logs(ids)), ["hello", "SessionNotFound", "InvalidInput", "hello"])
    }).pipe(Effect.provide(mock))
  )

  it.effect("waits for one or many by what it has for one", () =>
    Effect.gen(function* () {
      const { waitCompleted, waitUntil } = yield* Sessions
      assert.strictEqual((yield* waitCompleted(row.id)).name, "mine")
      assert.deepStrictEqual(
        (yield* waitCompleted([row.id, "../etc"], { timeout: 1 })).map(({ result }) => Result.isSuccess(result)),
        [true, false]
      )
      const statusOf = (id: string) =>
        Effect.map(
          waitUntil(id, ({ status }) => status !== "Pending"),
          ({ status }) => status
        )
      assert.strictEqual(yield* statusOf(row.id), "Running")
      assert.strictEqual((yield* waitUntil([row.id], () => true)).length, 1)
    }).pipe(
      Effect.provide(
        Sessions.layerTest({
          waitCompleted: () => Effect.succeed(Session.fromWire(row)),
          waitUntil: (_, condition) => {
            const session = Session.fromWire(row)
            return condition(session) ? Effect.succeed(session) : Effect.die(new Error("not yet"))
          }
        })
      )
    )
  )

  it.effect("gets what it has for info, unless it is told otherwise", () =>
    Effect.gen(function* () {
      const info = () => Effect.succeed(Session.fromWire(row))
      const get = () => Effect.succeed(Session.fromWire({ ...row, name: "other" }))
      const nameIn = (mock: SessionsMock) =>
        Sessions.use((sessions) => sessions.get(row.id)).pipe(
          Effect.map(({ name }) => name),
          Effect.provide(Sessions.layerTest(mock))
        )
      assert.strictEqual(yield* nameIn({ info }), "mine")
      assert.strictEqual(yield* nameIn({ info, get }), "other")
      const bad = Sessions.use((sessions) => sessions.get("../etc")).pipe(Effect.provide(Sessions.layerTest({ info })))
      assert.strictEqual((yield* Effect.flip(bad))._tag, "InvalidInput")
    })
  )

  it.effect("answers as it is told", () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      assert.deepStrictEqual(valuesOrTags(yield* create({ name: "mine", image: "x" })), [row.id])
    }).pipe(Effect.provide(mock))
  )

  it.effect("names what it was not given", () =>
    Effect.gen(function* () {
      const { fetch, info, get, destroy, apps } = yield* Sessions
      assert.include(defectOf(yield* Effect.exit(fetch())), "the mock has no Sessions.fetch")
      assert.include(defectOf(yield* Effect.exit(fetch({ view: "all" }))), "the mock has no Sessions.fetchAll")
      assert.include(defectOf(yield* Effect.exit(info(row.id))), "the mock has no Sessions.info")
      assert.include(defectOf(yield* Effect.exit(get(row.id))), "the mock has no Sessions.get")
      assert.include(defectOf(yield* Effect.exit(destroy([row.id]))), "the mock has no Sessions.destroy")
      assert.include(defectOf(yield* Effect.exit(apps.list(row.id))), "the mock has no Sessions.apps.list")
    }).pipe(Effect.provide(Sessions.layerTest({})))
  )
})
