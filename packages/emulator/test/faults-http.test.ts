import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { connect } from "node:net"
import { Emulator, type FaultAction, type ScriptedOptions } from "../src/index.ts"
import { EmulatorServer } from "../src/node/index.ts"
import { terminal } from "./support.ts"
import { fetchRaw, fetchSkaha, headerOf } from "./support-http.ts"

const platform = (options: ScriptedOptions = {}) =>
  Layer.provideMerge(EmulatorServer.layer(), Emulator.layer({ seed: 1, ...options }))

const onCreate = (action: FaultAction) =>
  Emulator.use((emulator) => emulator.setFaults([{ match: { method: "POST" }, action }]))
const onGet = (action: FaultAction) =>
  Emulator.use((emulator) => emulator.setFaults([{ match: { method: "GET", path: "/availability" }, action }]))

const post = fetchSkaha("/v1/session", {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ name: "x", image: terminal, cmd: "sleep", args: "999" }).toString()
})

const count = Effect.map(fetchSkaha("/v1/session"), ({ text }) => (JSON.parse(text) as Array<unknown>).length)

const until = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.flatMap(holds, (done) => (done ? Effect.void : Effect.delay(until(holds), "5 millis")))

const untilCount = (expected: number) => until(Effect.map(count, (now) => now === expected))

/** All that comes over a connection until it is closed, and when. */
const raw = (path: string) =>
  Effect.flatMap(EmulatorServer, ({ url }) =>
    Effect.callback<ReadonlyArray<readonly [text: string, at: number]>>((resume) => {
      const { host, port } = new URL(url)
      const pieces: Array<readonly [string, number]> = []
      const socket = connect(Number(port), "127.0.0.1", () =>
        socket.write(`GET /skaha${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      )
      socket.on("data", (chunk) => pieces.push([chunk.toString("latin1"), performance.now()]))
      socket.on("close", () => resume(Effect.succeed(pieces)))
    })
  )

describe("faults over a connection", () => {
  it.live("a reset, before and after the request was handled", () =>
    Effect.gen(function* () {
      yield* onCreate({ _tag: "Reset" })
      assert.propertyVal(yield* Effect.flip(post), "code", "ECONNRESET")
      assert.strictEqual(yield* count, 0)
      yield* onCreate({ _tag: "Reset", handled: true })
      assert.propertyVal(yield* Effect.flip(post), "code", "ECONNRESET")
      assert.strictEqual(yield* count, 1)
    }).pipe(Effect.provide(platform()))
  )

  it.live("no reply, before and after the request was handled", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      for (const handled of [false, true]) {
        yield* onCreate({ _tag: "Never", handled })
        const client = yield* Effect.forkChild(post)
        yield* until(Effect.map(emulator.inFlight, (now) => now === 1))
        yield* Fiber.interrupt(client)
        assert.strictEqual(yield* count, handled ? 1 : 0)
      }
    }).pipe(Effect.provide(platform()))
  )

  it.live("a create that is carried out after its client has left", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* onCreate({ _tag: "Never", handled: { after: "1 second" } })
      const client = yield* Effect.forkChild(post)
      yield* until(Effect.map(emulator.inFlight, (now) => now === 1))
      yield* Fiber.interrupt(client)
      yield* until(Effect.map(emulator.inFlight, (now) => now === 0))
      assert.strictEqual(yield* count, 0)
      yield* untilCount(1)

      yield* onCreate({ _tag: "Page", page: "proxy-504", handled: { after: "100 millis" } })
      const page = yield* post
      assert.deepStrictEqual([page.status, headerOf(page, "content-type")], [504, "text/html"])
      yield* untilCount(2)
    }).pipe(Effect.provide(platform()))
  )

  it.live.each([0, 5])("a body in chunks that ends after %i bytes", (bytes) =>
    Effect.gen(function* () {
      yield* onGet({ _tag: "Truncate", bytes, chunked: true })
      const text = (yield* raw("/availability")).map(([piece]) => piece).join("")
      const [head = "", body = ""] = text.split(/\r\n\r\n/)
      assert.match(head, /^transfer-encoding: chunked$/im)
      assert.notMatch(head, /content-length/i)
      assert.strictEqual(body, bytes === 0 ? "" : "5\r\n<?xml\r\n")
      assert.propertyVal(yield* Effect.flip(fetchSkaha("/availability")), "code", "ECONNRESET")
    }).pipe(Effect.provide(platform()))
  )

  it.live("a garbled body has its length", () =>
    Effect.gen(function* () {
      const whole = yield* fetchSkaha("/availability")
      yield* onGet({ _tag: "Garble", bytes: 4, with: "invalid-utf8" })
      const garbled = yield* fetchSkaha("/availability")
      assert.strictEqual(headerOf(garbled, "content-length"), headerOf(whole, "content-length"))
      assert.lengthOf(garbled.text.match(/\uFFFD/g) ?? [], 4)
    }).pipe(Effect.provide(platform()))
  )

  it.live("a slow body comes piece by piece", () =>
    Effect.gen(function* () {
      const { text } = yield* fetchSkaha("/availability")
      yield* onGet({ _tag: "Slow", body: { bytes: 100, every: "25 millis" } })
      const [head, ...pieces] = yield* raw("/availability")
      assert.match(head?.[0] ?? "", /\r\n\r\n$/)
      assert.strictEqual(pieces.map(([piece]) => piece).join(""), text)
      assert.lengthOf(pieces, Math.ceil(text.length / 100))
      // Timers may be late, never early: some milliseconds are for their rounding.
      assert.isAtLeast((pieces.at(-1)?.[1] ?? 0) - (head?.[1] ?? 0), pieces.length * 25 - 10)
      assert.strictEqual((yield* fetchSkaha("/availability")).text, text)
    }).pipe(Effect.provide(platform()))
  )

  it.live("a slow body ends when its client leaves", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      yield* onGet({ _tag: "Slow", body: { bytes: 1, every: "5 millis" } })
      const slow = yield* Effect.forkChild(fetchRaw(`${url}/availability`))
      yield* Effect.sleep("30 millis")
      yield* Fiber.interrupt(slow)
      assert.strictEqual((yield* fetchSkaha("/v1/session")).status, 200)
    }).pipe(Effect.provide(platform()))
  )

  it.live("a slow head", () =>
    Effect.gen(function* () {
      yield* onCreate({ _tag: "Slow", head: "100 millis" })
      assert.strictEqual((yield* post).status, 200)
      yield* onCreate({ _tag: "Slow", head: "1 hour" })
      const client = yield* Effect.forkChild(post)
      yield* untilCount(2)
      assert.isUndefined(client.pollUnsafe())
    }).pipe(Effect.provide(platform()))
  )

  it.live("a reply that cannot be sent is a reset", () =>
    Effect.gen(function* () {
      yield* onGet({ _tag: "Reply", status: 200, headers: { "x y": "" } })
      assert.propertyVal(yield* Effect.flip(fetchSkaha("/availability")), "code", "ECONNRESET")
    }).pipe(Effect.provide(Layer.provide(platform(), Logger.layer([]))))
  )
})

describe("faults by request", () => {
  const busy = { match: { path: "/v1/session", times: 2 }, action: { _tag: "Reply", status: 503 } }

  /** With the token, unless `null` says without. */
  const ask = Effect.fnUntraced(function* (method: string, list?: unknown, authorization?: string | null) {
    const { token } = yield* Emulator
    const { url } = yield* EmulatorServer
    const credential = authorization === undefined ? `Bearer ${Redacted.value(token)}` : authorization
    return yield* fetchRaw(new URL("/emulator/faults", url).href, {
      method,
      headers: credential === null ? {} : { authorization: credential },
      ...(list === undefined ? {} : { body: typeof list === "string" ? list : JSON.stringify(list) })
    })
  })

  it.live("can be read, replaced and ended", () =>
    Effect.gen(function* () {
      const got = yield* ask("GET")
      assert.deepStrictEqual([got.status, headerOf(got, "content-type"), got.text], [200, "application/json", "[]"])
      const pattern = {
        match: { path: { pattern: "image$", flags: "i" } },
        action: { _tag: "Delay", duration: "1 second" }
      }
      const put = yield* ask("PUT", [busy, pattern])
      assert.deepStrictEqual([put.status, JSON.parse(put.text)], [200, [busy, pattern]])
      assert.strictEqual((yield* fetchSkaha("/v1/session")).status, 503)
      assert.deepStrictEqual(JSON.parse((yield* ask("GET")).text), [busy, pattern])
      // The same list again counts anew.
      yield* ask("PUT", [busy])
      const statuses = yield* Effect.forEach([1, 2, 3], () => fetchSkaha("/v1/session"))
      assert.deepStrictEqual(
        statuses.map(({ status }) => status),
        [503, 503, 200]
      )
      yield* ask("PUT", [busy])
      const ended = yield* ask("DELETE")
      assert.deepStrictEqual([ended.status, ended.text], [200, "[]"])
      assert.strictEqual((yield* fetchSkaha("/v1/session")).status, 200)
    }).pipe(Effect.provide(platform()))
  )

  it.live("need the token", () =>
    Effect.gen(function* () {
      yield* ask("PUT", [busy])
      for (const authorization of [null, "Bearer wrong", "Basic YTpi", "Bearer "]) {
        for (const method of ["GET", "PUT", "DELETE", "POST"]) {
          const refused = yield* ask(method, method === "PUT" ? [] : undefined, authorization)
          assert.deepStrictEqual([refused.status, headerOf(refused, "www-authenticate")], [401, "Bearer"])
          assert.notInclude(refused.text, "503")
        }
      }
      assert.deepStrictEqual(JSON.parse((yield* ask("GET")).text), [busy])
    }).pipe(Effect.provide(platform()))
  )

  it.live("stay as they are when the list is none", () =>
    Effect.gen(function* () {
      yield* ask("PUT", [busy])
      for (const [list, reason] of [
        [[busy, { ...busy, action: { _tag: "Reply" } }], "faults[1].action.status: Missing key\n"],
        ["[", "no JSON: SyntaxError: Unexpected end of JSON input\n"],
        [undefined, "no JSON: SyntaxError: Unexpected end of JSON input\n"]
      ]) {
        const refused = yield* ask("PUT", list)
        assert.deepStrictEqual([refused.status, refused.text], [400, reason])
      }
      assert.deepStrictEqual(JSON.parse((yield* ask("GET")).text), [busy])
      const post = yield* ask("POST", [])
      assert.deepStrictEqual([post.status, headerOf(post, "allow")], [405, "GET, PUT, DELETE"])
    }).pipe(Effect.provide(platform()))
  )

  it.live("meet no request for them, and the journal does not know it", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* ask("PUT", [{ match: { times: 1 }, action: { _tag: "Reset" } }])
      assert.strictEqual((yield* ask("GET")).status, 200)
      yield* Effect.flip(fetchSkaha("/v1/image"))
      assert.deepStrictEqual(yield* emulator.requests, [
        { method: "GET", target: "/skaha/v1/image", status: undefined, fault: "Reset" }
      ])
      assert.strictEqual(yield* emulator.maxInFlight, 1)
      const { url } = yield* EmulatorServer
      assert.strictEqual((yield* fetchRaw(`${url}/emulator/faults`)).status, 404)
    }).pipe(Effect.provide(platform()))
  )
})
