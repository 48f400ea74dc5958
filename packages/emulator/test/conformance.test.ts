import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Emulator, type ProfileName } from "../src/index.ts"
import { EmulatorServer } from "../src/node/index.ts"
import type { Row } from "./support.ts"
import { fetchRaw, fetchSkaha, headerOf } from "./support-http.ts"

// The scenarios of the platform's own integration tests, over HTTP: what they ask for, in their order.

const profiles = ["1.4", "1.4-limit-range", "1.0", "0.29"] satisfies ReadonlyArray<ProfileName>

const form = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" }
const today = TestClock.setTime(Date.parse("2026-01-02T03:04:05Z"))

/** What `Instant.parse` reads: the seconds must be there. */
const parseInstant = (text: unknown): number => {
  assert.match(String(text), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  return Date.parse(String(text))
}

const verify = (row: Row, type: string, name: string) => {
  assert.strictEqual(row.type, type)
  assert.strictEqual(row["name"], name)
  for (const key of ["id", "connectURL", "startTime"]) assert.isString(row[key], key)
}

describe.each(profiles)("the platform's own scenarios, on the server %s", (profile) => {
  const platform = Layer.provideMerge(EmulatorServer.layer(), Emulator.layer({ profile }))
  const base = profile === "0.29" ? "/v0" : "/v1"

  const post = Effect.fnUntraced(function* (path: string, fields: Record<string, string>) {
    const body = new URLSearchParams(fields).toString()
    const answer = yield* fetchSkaha(path, { method: "POST", headers: form, body })
    assert.strictEqual(answer.status, 200, answer.text)
    return answer.text.trim()
  })

  const read = Effect.fnUntraced(function* (path: string) {
    const answer = yield* fetchSkaha(path)
    assert.strictEqual(answer.status, 200)
    assert.strictEqual(headerOf(answer, "content-type"), "application/json")
    return JSON.parse(answer.text.replaceAll("\n", ""))
  })

  const sessions: Effect.Effect<ReadonlyArray<Row>, Error, Emulator | EmulatorServer> = read(`${base}/session`)

  const createSession = (fields: Record<string, string>) => post(`${base}/session`, { cores: "1", ram: "1", ...fields })

  const createHeadless = createSession({
    name: "abcdefghijklmnop",
    image: "images.canfar.net/skaha/terminal:1.1.2",
    cmd: "sleep",
    args: "160"
  })

  const remove = Effect.fnUntraced(function* (path: string) {
    assert.isBelow((yield* fetchSkaha(path, { method: "DELETE" })).status, 400)
  })

  /** Polls every second, as the scenarios do: here the clock is moved on. */
  const running = Effect.fnUntraced(function* (id: string) {
    for (let second = 0; second < 180; second++) {
      const row = (yield* sessions).find((session) => session.id === id)
      if (row?.status === "Running") {
        if (row.type !== "headless") {
          assert.strictEqual((yield* fetchRaw(String(row["connectURL"]))).status, 200)
        }
        return row
      }
      yield* TestClock.adjust("1 seconds")
    }
    return assert.fail(`session ${id} is not running`)
  })

  const cleanUp = Effect.gen(function* () {
    for (const session of yield* sessions) yield* remove(`${base}/session/${session.id}`)
    assert.lengthOf(yield* sessions, 0)
  })

  const imageOf = (type: string, part = "") =>
    Effect.map(read(`${base}/image`), (images: ReadonlyArray<{ id: string; types: ReadonlyArray<string> }>) => {
      const image = images.find(({ id, types }) => types.includes(type) && id.includes(part))
      return image?.id ?? assert.fail(`no image for ${type}`)
    })

  it.effect("the life of sessions", () =>
    Effect.gen(function* () {
      yield* today
      yield* cleanUp
      const notebook = yield* createSession({
        name: "inttestnotebook",
        image: "images.canfar.net/skaha/astroml:latest",
        type: "notebook"
      })
      verify(yield* running(notebook), "notebook", "inttestnotebook")
      const carta = yield* createSession({ name: "inttestcarta", image: yield* imageOf("carta"), type: "carta" })
      verify(yield* running(carta), "carta", "inttestcarta")
      yield* remove(`${base}/session/${notebook}`)
      assert.deepStrictEqual(
        (yield* sessions).map(({ id, status }) => [id, status]),
        [[carta, "Running"]]
      )
      yield* remove(`${base}/session/${carta}`)
      assert.lengthOf(yield* sessions, 0)
    }).pipe(Effect.provide(platform))
  )

  it.effect("the life of desktop-apps", () =>
    Effect.gen(function* () {
      yield* today
      const desktop = yield* createSession({
        name: "inttestdesktop",
        image: "images.canfar.net/skaha/desktop:1.2.1",
        type: "desktop"
      })
      verify(yield* running(desktop), "desktop", "inttestdesktop")
      const image = yield* imageOf("desktop-app", "/skaha/terminal")
      const path = `${base}/session/${desktop}/app`
      const appId = yield* post(path, { image, name: "inttest", type: "desktop-app", cmd: "sleep", args: "260" })
      yield* TestClock.adjust("5 seconds")
      const apps: ReadonlyArray<Row> = yield* read(path)
      assert.deepStrictEqual(
        apps.map((app) => [app["appid"], app.status]),
        [[appId, "Running"]]
      )
      yield* remove(`${path}/${appId}`)
      assert.deepStrictEqual(yield* read(path), [])
      const second = yield* post(path, { image, cores: "1", ram: "4" })
      const [app]: ReadonlyArray<Row> = yield* read(path)
      assert.strictEqual(app?.["appid"], second)
      assert.strictEqual(Number.parseInt(String(app?.["requestedCPUCores"])), 1)
      assert.strictEqual(Math.trunc(Number.parseFloat(String(app?.["requestedRAM"]))), 4)
      yield* remove(`${path}/${second}`)
      assert.deepStrictEqual(yield* read(path), [])
      yield* remove(`${base}/session/${desktop}`)
      assert.lengthOf(yield* sessions, 0)
    }).pipe(Effect.provide(platform))
  )

  const expiry = (row: Row) => parseInstant(row["expiryTime"])
  const renewal = Effect.fnUntraced(function* (id: string) {
    const before = yield* running(id)
    yield* TestClock.adjust("20 seconds")
    assert.strictEqual(yield* post(`${base}/session/${id}`, { action: "renew" }), "")
    return { before, after: yield* running(id) }
  })

  it.effect("renewing carta makes it expire later", () =>
    Effect.gen(function* () {
      yield* today
      const id = yield* createSession({ name: "inttestcarta", image: yield* imageOf("carta"), type: "carta" })
      const { after, before } = yield* renewal(id)
      assert.isAbove(expiry(after), expiry(before))
    }).pipe(Effect.provide(platform))
  )

  it.effect("renewing a headless session does not", () =>
    Effect.gen(function* () {
      yield* today
      const { after, before } = yield* renewal(yield* createHeadless)
      assert.strictEqual(expiry(after), expiry(before))
      yield* cleanUp
    }).pipe(Effect.provide(platform))
  )

  it.effect("renewing a desktop leaves times that can be read", () =>
    Effect.gen(function* () {
      yield* today
      const image = "images.canfar.net/skaha/desktop:1.2.1"
      const { after, before } = yield* renewal(yield* createSession({ name: "d", image, type: "desktop" }))
      for (const row of [before, after]) {
        const lifetime = expiry(row) - parseInstant(row["startTime"])
        assert.isAbove(lifetime, 0)
      }
    }).pipe(Effect.provide(platform))
  )

  it.effect("images and registries", () =>
    Effect.gen(function* () {
      const images: ReadonlyArray<Row> = yield* read(`${base}/image`)
      assert.isNotEmpty(images)
      for (const image of images) assert.containsAllKeys(image, ["id", "types"])
      assert.isNotEmpty(yield* read(`${base}/repository`))
    }).pipe(Effect.provide(platform))
  )

  it.effect("statistics have the shape of their schema", () =>
    Effect.gen(function* () {
      yield* createHeadless
      const { cores, instances, ram, ...others } = yield* read(`${base}/session?view=stats`)
      const amount = /^[0-9]+(\.[0-9]+)?(Ei|Pi|Ti|Gi|Mi|Ki|E|P|T|G|M|K)?$/
      assert.deepStrictEqual(others, {})
      // only the servers that count them have them
      if (instances !== undefined) {
        assert.hasAllKeys(instances, ["session", "desktopApp", "headless", "total"])
        for (const count of Object.values(instances)) assert.isTrue(Number.isInteger(count))
      }
      assert.hasAllKeys(cores, ["requestedCPUCores", "cpuCoresAvailable", "maxCPUCores"])
      assert.hasAllKeys(ram, ["requestedRAM", "ramAvailable", "maxRAM"])
      assert.hasAllKeys(cores.maxCPUCores, ["cpuCores", "withRam"])
      assert.hasAllKeys(ram.maxRAM, ["ram", "withCPUCores"])
      for (const value of [cores.requestedCPUCores, cores.cpuCoresAvailable, cores.maxCPUCores.cpuCores]) {
        assert.isNumber(value)
      }
      for (const value of [ram.requestedRAM, ram.ramAvailable, ram.maxRAM.ram, cores.maxCPUCores.withRam]) {
        assert.match(value, amount)
      }
      assert.isNumber(ram.maxRAM.withCPUCores)
    }).pipe(Effect.provide(platform))
  )

  if (profile === "1.4")
    it.effect("statistics of the platform's own fixture", () =>
      Effect.gen(function* () {
        for (const ram of ["64", "56", "6"]) {
          yield* post(`${base}/session`, {
            name: "x",
            image: yield* imageOf("headless"),
            cmd: "sleep",
            cores: "4",
            ram
          })
        }
        const desktop = { name: "x", image: yield* imageOf("desktop"), type: "desktop" }
        yield* post(`${base}/session`, desktop)
        yield* post(`${base}/session`, desktop)
        const { cores, ram } = yield* read(`${base}/session?view=stats`)
        assert.deepStrictEqual(
          [cores.cpuCoresAvailable, cores.requestedCPUCores, ram.ramAvailable, ram.requestedRAM],
          [64, 12.5, "549.756G", "137.439G"]
        )
      }).pipe(Effect.provide(platform))
    )
})
