import { assert, describe } from "@effect/vitest"
import { Sessions, type DestroyWithOptions, type Selector } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import { failedAt } from "./support/outcomes.ts"
import { ways } from "./support/platforms.ts"
import { api, server } from "./support/server.ts"
import { createAll, createOne, desktop, headless, notebook } from "./support/sessions.ts"
import { sent } from "./support/wire.ts"

const left = Effect.map(
  Sessions.use((sessions) => sessions.fetch()),
  (sessions) => sessions.map(({ name = "" }) => name).toSorted()
)

/** What a selector chooses. */
const chosen = (selector: Selector, options: DestroyWithOptions = {}) =>
  Effect.map(
    Sessions.use((sessions) => sessions.destroyWith(selector, { dryRun: true, ...options })),
    ({ selected }) => selected.map(({ name = "" }) => name).toSorted()
  )

const jobs = Effect.forEach(["fit-a", "fit-b", "a-dot-b", "axb", "refit"], (name) =>
  createOne(headless({ name, cmd: "echo", args: "done" }))
)

const empty: ReadonlyArray<Selector> = [{ prefix: "" }, { pattern: new RegExp("") }, { pattern: new RegExp("", "gi") }]

describe.each(ways)("Sessions.destroyWith $way", ({ test }) => {
  test("destroys the completed headless sessions whose names start with the prefix", {}, () =>
    Effect.gen(function* () {
      const { destroyWith } = yield* Sessions
      yield* createAll(headless({ name: "fit", cmd: "echo", args: "done", replicas: 3 }))
      yield* createOne(headless({ name: "refit", cmd: "echo", args: "done" }))
      yield* createOne(headless({ name: "fit-busy", cmd: "sleep", args: "60" }))
      yield* createOne(headless({ name: "fit-broken", cmd: "false" }))
      yield* createOne(notebook({ name: "fit-book" }))
      const { selected, outcomes } = yield* destroyWith({ prefix: "fit" })
      assert.deepStrictEqual(selected.map(({ name = "" }) => name).toSorted(), ["fit-1", "fit-2", "fit-3"])
      assert.deepStrictEqual(
        outcomes.map(({ input }) => input),
        selected.map(({ id }) => id)
      )
      assert.deepStrictEqual(failedAt(outcomes), [])
      assert.deepStrictEqual(yield* left, ["fit-book", "fit-broken", "fit-busy", "refit"])
    })
  )

  test("takes the kind and the status asked for, in either word", {}, () =>
    Effect.gen(function* () {
      yield* createOne(headless({ name: "fit-done", cmd: "echo", args: "done" }))
      yield* createOne(headless({ name: "fit-busy", cmd: "sleep", args: "60" }))
      yield* createOne(headless({ name: "fit-broken", cmd: "false" }))
      yield* createOne(notebook({ name: "fit-book" }))
      const prefix = { prefix: "fit" }
      assert.deepStrictEqual(yield* chosen(prefix, { status: "Succeeded" }), ["fit-done"])
      assert.deepStrictEqual(yield* chosen(prefix, { status: "Error" }), ["fit-broken"])
      assert.deepStrictEqual(yield* chosen(prefix, { status: "Failed" }), ["fit-broken"])
      assert.deepStrictEqual(yield* chosen(prefix, { status: "Running" }), ["fit-busy"])
      assert.deepStrictEqual(yield* chosen(prefix, { kind: "notebook", status: "Running" }), ["fit-book"])
      assert.isTrue((yield* sent).every((request) => !/status=(Succeeded|Error|Failed|Completed)/.test(request)))
    })
  )

  test("a prefix is a text, a pattern is a pattern, and both look at letter case", {}, () =>
    Effect.gen(function* () {
      yield* jobs
      assert.deepStrictEqual(yield* chosen({ prefix: "fit-." }), [])
      assert.deepStrictEqual(yield* chosen({ prefix: "FIT" }), [])
      assert.deepStrictEqual(yield* chosen({ prefix: "fit" }), ["fit-a", "fit-b"])
      assert.deepStrictEqual(yield* chosen({ pattern: /fit/ }), ["fit-a", "fit-b", "refit"])
      assert.deepStrictEqual(yield* chosen({ pattern: /^fit-.$/ }), ["fit-a", "fit-b"])
      assert.deepStrictEqual(yield* chosen({ pattern: /^FIT/ }), [])
      assert.deepStrictEqual(yield* chosen({ pattern: /^FIT/i }), ["fit-a", "fit-b"])
      assert.deepStrictEqual(yield* chosen({ pattern: /^a.*b$/ }), ["a-dot-b", "axb"])
    })
  )

  test("a pattern that remembers where it stood selects the same", {}, () =>
    Effect.gen(function* () {
      yield* jobs
      for (const pattern of [/fit/g, /fit/y, /fit/gy]) {
        pattern.lastIndex = 3
        assert.deepStrictEqual(yield* chosen({ pattern }), ["fit-a", "fit-b", "refit"])
        assert.strictEqual(pattern.lastIndex, 3)
      }
    })
  )

  test("refuses an empty selector and sends nothing", {}, () =>
    Effect.gen(function* () {
      const { destroyWith } = yield* Sessions
      const { clear, requests } = yield* Emulator
      yield* jobs
      yield* clear
      for (const selector of empty) {
        const error = yield* Effect.flip(destroyWith(selector))
        assert.deepInclude(error, {
          _tag: "InvalidInput",
          problems: [
            {
              field: "prefix" in selector ? "prefix" : "pattern",
              message: "is empty, or fits the empty text: it would select everything"
            }
          ]
        })
      }
      assert.deepStrictEqual(yield* requests, [])
    })
  )

  test("a dry run only selects", {}, () =>
    Effect.gen(function* () {
      const { destroyWith } = yield* Sessions
      yield* jobs
      const { selected, outcomes } = yield* destroyWith({ prefix: "fit" }, { dryRun: true })
      assert.strictEqual(selected.length, 2)
      assert.deepStrictEqual(outcomes, [])
      assert.strictEqual((yield* left).length, 5)
      assert.isTrue((yield* sent).every((request) => !request.startsWith("DELETE")))
    })
  )

  test("selecting nothing destroys nothing", {}, () =>
    Effect.gen(function* () {
      const { destroyWith } = yield* Sessions
      yield* jobs
      assert.deepStrictEqual(yield* destroyWith({ prefix: "other" }), { selected: [], outcomes: [] })
      assert.strictEqual((yield* left).length, 5)
    })
  )

  test("a list that cannot be had is the call's error, a destroy that fails is one outcome", {}, () =>
    Effect.gen(function* () {
      const { destroyWith } = yield* Sessions
      const { setFaults } = yield* Emulator
      yield* jobs
      yield* setFaults([{ match: { method: "GET" }, action: { _tag: "Reply", status: 503 } }])
      assert.strictEqual((yield* Effect.flip(destroyWith({ prefix: "fit" })))._tag, "ServerBusy")
      yield* setFaults([{ match: { method: "DELETE", every: 2 }, action: { _tag: "Reply", status: 500 } }])
      assert.strictEqual(failedAt((yield* destroyWith({ prefix: "fit" })).outcomes).length, 1)
      assert.strictEqual((yield* left).length, 4)
    })
  )

  test("destroys an app, and not the desktop whose id it has", {}, () =>
    Effect.gen(function* () {
      const { destroyWith, apps } = yield* Sessions
      const id = yield* createOne(desktop())
      const appId = yield* apps.create(id, { image: "skaha/terminal:1.1.2" })
      yield* apps.create(id, { image: "skaha/other:1" })
      const { outcomes } = yield* destroyWith({ prefix: "term" }, { kind: "desktop-app", status: "Running" })
      assert.deepStrictEqual(
        outcomes.map(({ input }) => input),
        [`${id}/app/${appId}`]
      )
      assert.strictEqual((yield* sent).at(-1), `DELETE ${api}/session/${id}/app/${appId}`)
      assert.deepStrictEqual(yield* left, server.listsApps ? ["desk", "other-1"] : ["desk"])
      assert.deepStrictEqual(
        (yield* apps.list(id)).map(({ name }) => name),
        ["other-1"]
      )
    })
  )
})
