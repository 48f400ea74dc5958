import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Emulator } from "../src/index.ts"
import { create, info, list, logOf, type Row, send, statusOf, terminal } from "./support.ts"

const app = (id: string, more: Record<string, string> = {}) =>
  Effect.map(
    send("POST", `/v1/session/${id}/app`, { form: { image: "images.canfar.net/skaha/Terminal_x:1.1.2", ...more } }),
    (answer) => {
      assert.strictEqual(answer.status, 200, answer.text)
      assert.match(answer.text, /^[a-z][a-z0-9]{2}\n$/)
      return answer.text.trim()
    }
  )

describe("lists", () => {
  const idsOf = (query: string) => Effect.map(list(query), (rows) => rows.map((row) => row.id))

  it.effect("are filtered by words without case; what nobody knows is nothing and no error", () =>
    Effect.gen(function* () {
      const done = yield* create({ cmd: "echo" })
      const headless = yield* create({ cmd: "sleep", args: "100" })
      yield* TestClock.adjust("2 seconds")
      const notebook = yield* create({ type: "notebook" })
      const desktop = yield* create({ type: "desktop" })
      yield* app(desktop)
      assert.sameMembers(yield* idsOf(""), [done, headless, notebook, desktop])
      assert.deepStrictEqual(yield* idsOf("?type=Notebook"), [notebook])
      assert.deepStrictEqual(yield* idsOf("?status=running"), [headless])
      assert.deepStrictEqual(yield* idsOf("?status=COMPLETED&type=headless"), [done])
      assert.deepStrictEqual(yield* idsOf("?status=Succeeded"), [])
      assert.deepStrictEqual(yield* idsOf("?type=nothing"), [])
      assert.deepStrictEqual(yield* idsOf("?status="), [])
      assert.deepStrictEqual(yield* idsOf("?type"), [])
      assert.deepStrictEqual(yield* idsOf("?type=desktop-app"), [desktop])
      assert.sameMembers(yield* idsOf("?view=Interactive&type=headless"), [notebook, desktop, desktop])
      assert.deepStrictEqual(yield* idsOf("?view=interactive&status=Running"), [])
      // the case of the other views matters, and an unknown one is none
      assert.sameMembers(yield* idsOf("?view=ALL"), [done, headless, notebook, desktop])
      const everybody = yield* list("?view=all&type=headless")
      assert.deepStrictEqual(everybody.map((row) => row.status).toSorted(), ["Completed", "Running"])
      assert.deepStrictEqual(Object.keys(everybody[0] ?? {}), ["userid", "type", "status", "startTime"])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("are in the order of the jobs' names", () =>
    Effect.gen(function* () {
      const types = ["notebook", "carta", "headless", "desktop", "contributed", "firefly", "headless", "headless"]
      yield* Effect.forEach(types, (type) => create({ type }))
      const names = (yield* list()).map((row) => `${row.type}-${row.id}`)
      assert.deepStrictEqual(names, names.toSorted())
      const [first] = yield* list()
      assert.strictEqual((yield* send("GET", "/v1/session/")).text, JSON.stringify(first, null, 2))
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("know no views of a single session but two, which must be exact", () =>
    Effect.gen(function* () {
      const id = yield* create()
      const row = (yield* send("GET", `/v1/session/${id}`)).text
      for (const view of ["all", "stats", "interactive", "LOGS", "Events", "nothing", ""]) {
        assert.strictEqual((yield* send("GET", `/v1/session/${id}?view=${view}`)).text, row, view)
      }
      assert.strictEqual((yield* send("GET", "/v1/session?view=Stats")).text, (yield* send("GET", "/v1/session")).text)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("are of jobs whose names a host may have", () =>
    Effect.gen(function* () {
      const id = yield* create({ type: "notebook" })
      const { text } = yield* send("GET", `/v1/session/${id}?view=events`)
      assert.include(text, ` skaha-workload/skaha-notebook-a-b-c-d-${id} `)
    }).pipe(Effect.provide(Emulator.layer({ user: "A.b_C-d" })))
  )

  it.effect("begin with a desktop's apps, which an empty id does not mean", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      yield* app(desktop)
      const [first, second] = yield* list("?view=interactive")
      assert.deepStrictEqual([first?.type, second?.type], ["desktop-app", "desktop"])
      assert.strictEqual((yield* send("GET", "/v1/session/")).text, JSON.stringify(second, null, 2))
    }).pipe(Effect.provide(Emulator.layer({ seed: 1 })))
  )

  it.effect("are pretty JSON in a fixed order of keys, without a newline at the end", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000)
      assert.strictEqual((yield* send("GET", "/v1/session")).text, "[]")
      const id = yield* create({ type: "desktop", name: "MyDesk", gpus: "2" })
      const { reply, text } = yield* send("GET", "/v1/session")
      assert.strictEqual(reply.headers["Content-Type"], "application/json")
      assert.strictEqual(
        text,
        `[
  {
    "id": "${id}",
    "userid": "alice",
    "runAsUID": "1001",
    "runAsGID": "1001",
    "supplementalGroups": [],
    "image": "${terminal}",
    "type": "desktop",
    "status": "Pending",
    "name": "mydesk",
    "startTime": "2023-11-14T22:13:20Z",
    "expiryTime": "2023-11-18T22:13:20Z",
    "connectURL": "http://emulator.invalid/session/desktop/${id}/?password=${id}&path=session/desktop/${id}/",
    "requestedGPUCores": "2",
    "isFixedResources": false
  }
]`
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("know ten thousand sessions", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 10_000 }), () => create({ cmd: "echo" }))
      yield* TestClock.adjust("2 seconds")
      assert.lengthOf(yield* list("?status=Completed"), 10_000)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(Effect.provide(Emulator.layer({ capacity: { cores: 10_000, ram: 40_000 } })))
  )

  it.effect("have the same ids when the seed is the same", () =>
    Effect.gen(function* () {
      const ids = Effect.forEach([1, 2, 3], () => create())
      const first = yield* Effect.provide(ids, Emulator.layer({ seed: "a" }))
      assert.deepStrictEqual(yield* Effect.provide(ids, Emulator.layer({ seed: "a" })), first)
      assert.notDeepEqual(yield* Effect.provide(ids, Emulator.layer({ seed: "b" })), first)
    })
  )
})

describe("connect URLs", () => {
  it.effect("are there from the beginning", () =>
    Effect.gen(function* () {
      const pathOf = Effect.fnUntraced(function* (type: string) {
        const row = yield* info(yield* create({ type }))
        assert.strictEqual(row.status, "Pending")
        return String(row["connectURL"]).replaceAll(row.id, "ID")
      })
      const origin = "http://emulator.invalid"
      assert.strictEqual(yield* pathOf("notebook"), `${origin}/session/notebook/ID/lab/tree/cavern/home/alice?token=ID`)
      assert.strictEqual(yield* pathOf("carta"), `${origin}/session/carta/ID/`)
      assert.strictEqual(yield* pathOf("contributed"), `${origin}/session/contrib/ID/`)
      assert.strictEqual(yield* pathOf("firefly"), `${origin}/session/firefly/ID/firefly/`)
      assert.strictEqual(yield* pathOf("headless"), "")
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("desktop-apps", () => {
  it.effect("belong to a desktop, and go with it", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      const first = yield* app(desktop, { name: "ignored", type: "ignored", gpus: "0", cmd: "$HOME" })
      const second = yield* app(desktop, { cores: "1", ram: "4" })
      const apps = (yield* send("GET", "/v1/session/whatever/app")).json()
      assert.deepStrictEqual(apps, yield* list("?type=desktop-app"))
      const read = Effect.map(send("GET", `/v1/session/${desktop}/app/${second}`), (answer) => answer.json())
      assert.include(yield* read, {
        id: desktop,
        appid: second,
        type: "desktop-app",
        name: "terminal-x-1-1-2",
        connectURL: "",
        requestedRAM: "4.29",
        requestedCPUCores: "1"
      })
      // any second segment speaks of apps
      assert.strictEqual((yield* send("GET", `/v1/session/${desktop}/foo/${first}`)).status, 200)
      assert.strictEqual((yield* send("GET", `/v1/session/${desktop}?view=events`)).text, "\n")
      yield* send("DELETE", `/v1/session/${desktop}/app/${first}`)
      assert.strictEqual(
        (yield* send("GET", `/v1/session/${desktop}/app/${first}`)).text,
        `desktop app with session ${desktop} and app ID ${first} was not found\n`
      )
      assert.strictEqual(yield* statusOf(desktop), "Pending")
      assert.lengthOf(yield* list("?type=desktop-app&status=pending"), 1)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(
        yield* logOf(desktop),
        `desktop session ${desktop} is running\ndesktop-app ${second} is running\n`
      )
      yield* send("DELETE", `/v1/session/${desktop}`)
      assert.deepStrictEqual(yield* list("?type=desktop-app"), [])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("are renewed with their desktop, and not counted against the limit", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      const id = yield* app(desktop)
      yield* TestClock.adjust("1 hour")
      yield* send("POST", `/v1/session/${desktop}`, { form: { action: "renew" } })
      const read = yield* send("GET", `/v1/session/${desktop}/app/${id}`)
      assert.include(read.text, '"expiryTime": "1970-01-05T01:00:00Z"')
      yield* create({ type: "notebook" })
    }).pipe(Effect.provide(Emulator.layer({ maxInteractiveSessions: 2 })))
  )

  it.effect("are named after their image, as far as that can be a label", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      const nameOf = Effect.fnUntraced(function* (image: string) {
        const id = (yield* send("POST", `/v1/session/${desktop}/app`, { form: { image } })).text.trim()
        return ((yield* send("GET", `/v1/session/${desktop}/app/${id}`)).json() as Row)["name"]
      })
      assert.strictEqual(yield* nameOf("h/p/Tool_x:1.0"), "tool-x-1-0")
      assert.strictEqual(yield* nameOf(`h/p/${"a".repeat(80)}`), "a".repeat(63))
      assert.strictEqual(yield* nameOf("h/p/tool@sha256:ab"), "tool")
      const refused = yield* send("POST", `/v1/session/${desktop}/app`, { form: { image: "h/p/été" } })
      assert.deepStrictEqual([refused.status, refused.text], [400, "canfar.net/name label value cannot be blank\n"])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("need a desktop that has not ended", () =>
    Effect.gen(function* () {
      const notebook = yield* create({ type: "notebook" })
      const desktop = yield* create({ type: "desktop" })
      yield* TestClock.adjust("4 days")
      assert.strictEqual(yield* statusOf(desktop), "Failed")
      for (const id of [notebook, desktop]) {
        const answer = yield* send("POST", `/v1/session/${id}/app`, { form: { image: "x" } })
        assert.deepStrictEqual([answer.status, answer.text], [404, `session ${id} not found\n`])
      }
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
