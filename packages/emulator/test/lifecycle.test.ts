import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Emulator } from "../src/index.ts"
import { create, info, list, logOf, send, statusOf } from "./support.ts"

const renewing = (id: string) => send("POST", `/v1/session/${id}`, { form: { action: "ReNew" } })
const events = (id: string) => Effect.map(send("GET", `/v1/session/${id}?view=events`), (answer) => answer.text)
const start = TestClock.setTime(Date.parse("2025-04-10T15:45:00.750Z"))

describe("a headless session", () => {
  it.effect("is pending, running, completed, and gone an hour after its end", () =>
    Effect.gen(function* () {
      yield* start
      const id = yield* create({ cmd: "sleep", args: "10" })
      assert.strictEqual(yield* statusOf(id), "Pending")
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(yield* statusOf(id), "Pending")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* statusOf(id), "Running")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* statusOf(id), "Completed")
      yield* TestClock.adjust("3599 seconds")
      assert.strictEqual(yield* statusOf(id), "Completed")
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* list(), [])
      assert.strictEqual((yield* send("GET", `/v1/session/${id}`)).status, 404)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("comes to the same end when the clock jumps", () =>
    Effect.gen(function* () {
      const id = yield* create({ cmd: "false" })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* statusOf(id), "Failed")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("has a log from its start on, and a table of events", () =>
    Effect.gen(function* () {
      yield* start
      const id = yield* create({ cmd: "echo", args: "hello there" })
      assert.strictEqual(yield* logOf(id), "")
      assert.match(yield* events(id), /^TYPE     REASON      MESSAGE {2,}FIRST-TIME {13}LAST-TIME\nNormal   Scheduled/)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* logOf(id), "hello there\n")
      const table = (yield* events(id)).split("\n").map((line) => line.split(/ {3,}/))
      assert.deepStrictEqual(table[0], ["TYPE", "REASON", "MESSAGE", "FIRST-TIME", "LAST-TIME"])
      assert.deepStrictEqual(table[1]?.slice(3), ["<none>", "<none>"])
      assert.deepStrictEqual(table[2]?.slice(3), ["2025-04-10T15:45:02Z", "2025-04-10T15:45:02Z"])
      assert.deepStrictEqual(table.at(-1), [""])
      yield* TestClock.adjust("3598 seconds")
      assert.match(yield* events(id), /Started/)
      assert.notMatch(yield* events(id), /Scheduled/)
      yield* TestClock.adjust("1 seconds")
      assert.match(yield* events(id), /Started/)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("of which all events are forgotten has none", () =>
    Effect.gen(function* () {
      const id = yield* create({ type: "notebook" })
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* events(id), "<none>\n")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("that never ends fails after 14 days, and is gone an hour later", () =>
    Effect.gen(function* () {
      const id = yield* create({ cmd: "sleep", args: "999d" })
      yield* TestClock.adjust("1209599 seconds")
      assert.strictEqual(yield* statusOf(id), "Running")
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* statusOf(id), "Failed")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("is not extended by a renewal while it is young", () =>
    Effect.gen(function* () {
      yield* start
      const id = yield* create({ cmd: "sleep", args: "999d" })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* renewing(id)).status, 200)
      assert.strictEqual((yield* info(id))["expiryTime"], "2025-04-24T15:45:00Z")
      yield* TestClock.adjust("13 days")
      yield* renewing(id)
      assert.strictEqual((yield* info(id))["expiryTime"], "2025-04-27T16:45:00Z")
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("an interactive session", () => {
  it.effect("runs for four days and is listed for one more", () =>
    Effect.gen(function* () {
      yield* start
      const id = yield* create({ type: "notebook" })
      const row = yield* info(id)
      // zero seconds are left out of one time and not of the other
      assert.deepStrictEqual([row["startTime"], row["expiryTime"]], ["2025-04-10T15:45Z", "2025-04-14T15:45:00Z"])
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* statusOf(id), "Running")
      yield* TestClock.adjust("345597 seconds")
      assert.strictEqual(yield* statusOf(id), "Running")
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* statusOf(id), "Failed")
      yield* TestClock.adjust("86399 seconds")
      assert.strictEqual(yield* statusOf(id), "Failed")
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("is extended to four days from now by a renewal, without end", () =>
    Effect.gen(function* () {
      yield* start
      const id = yield* create({ type: "carta" })
      for (const expected of ["2025-04-17T15:45:00Z", "2025-04-20T15:45:00Z", "2025-04-23T15:45:00Z"]) {
        yield* TestClock.adjust("3 days")
        const answer = yield* renewing(id)
        assert.deepStrictEqual([answer.status, answer.text], [200, ""])
        assert.strictEqual((yield* info(id))["expiryTime"], expected)
      }
      yield* TestClock.adjust("5 days")
      assert.strictEqual((yield* renewing(id)).status, 400)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("shows what it uses some time after its start", () =>
    Effect.gen(function* () {
      const id = yield* create({ type: "notebook" })
      yield* TestClock.adjust("16 seconds")
      assert.notProperty(yield* info(id), "ramInUse")
      yield* TestClock.adjust("1 seconds")
      const row = yield* info(id)
      assert.deepStrictEqual([row["ramInUse"], row["cpuCoresInUse"]], ["0.05", "0.001"])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("has a page at its connect URL once it is running", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const url = new URL(String((yield* info(yield* create({ type: "carta" })))["connectURL"]))
      const page = emulator.handle({ method: "GET", target: url.pathname, headers: {}, body: new Uint8Array(0) })
      assert.strictEqual((yield* page).status, 404)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* page).status, 200)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("deletion", () => {
  it.effect("hides a session at once", () =>
    Effect.gen(function* () {
      const id = yield* create({ cmd: "sleep", args: "100" })
      const other = yield* create()
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* send("DELETE", `/v1/session/${id}`)).status, 200)
      assert.strictEqual((yield* send("GET", `/v1/session/${id}`)).status, 404)
      assert.strictEqual(yield* logOf(id), "")
      assert.deepStrictEqual(
        (yield* list()).map((row) => row.id),
        [other]
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
