import { ReplyUndecodable, SessionReply, type PlatformCall, type TransportReply } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { platform, reply } from "./support/platform.ts"
import { assertHides } from "./support/secrets.ts"

const call: PlatformCall = { operation: "Test.call", method: "GET", path: "session", query: [["q", "hunter2"]] }
const secret = "hunter2"

const Row = Schema.Struct({ id: Schema.String, count: Schema.optionalKey(Schema.Int) })

const html = { "content-type": "text/html;charset=utf-8" }

/** What cannot be read as JSON, and what is said of it. */
const undecodable: ReadonlyArray<readonly [what: string, given: TransportReply, reason: RegExp]> = [
  ["a page", reply(`<!doctype html><p>${secret}</p>`, 200, html), /a page came instead/],
  ["a page that claims to be JSON", reply(`\n <html>${secret}</html>`), /a page came instead/],
  ["a page without a tag", reply(`login ${secret}`, 200, html), /a page came instead/],
  ["cut JSON", reply(`[{"id":"${secret}`), /the JSON is cut or broken/],
  ["text", reply(secret), /the JSON is cut or broken/],
  ["two documents", reply(`{"a":"${secret}"}{}`), /the JSON is cut or broken/],
  ["nothing", reply(""), /the JSON is cut or broken/],
  ["an error's text with a good status", reply(`unexpected exception: ${secret}`, 200, {}), /the JSON is cut or broken/]
]

/** JSON that is not of the contract's shape. */
const misshapen: ReadonlyArray<readonly [what: string, json: unknown]> = [
  ["null", null],
  ["a text", secret],
  ["a list", [{ id: secret }]],
  ["an object without what it must have", { other: secret }],
  ["a value of another type", { id: { deep: secret } }],
  ["a value that looks like the message of an error", { id: [`at [${secret}]`] }],
  ["a key that looks like the message of an error", { id: { [`\n  at ["${secret}"]`]: 1 } }],
  ["a number that is none", { id: "x", count: secret }]
]

/** What is written to the loggers. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const lines: Array<{ readonly level: string; readonly message: unknown }> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => void lines.push({ level: logLevel, message }))
    const value = yield* Effect.provide(effect, Logger.layer([logger]))
    return { value, lines }
  })

describe("PlatformClient: JSON", () => {
  it.effect("gives what it reads", () =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply(' {"a": [1, "é", null]}\n'))
      assert.deepStrictEqual(yield* client.json(call), { a: [1, "é", null] })
    })
  )

  describe.each(["json", "decode", "rows"] as const)("%s", (method) => {
    it.effect.each(undecodable)("fails on %s without quoting it", ([, given, reason]) =>
      Effect.gen(function* () {
        const { client } = yield* platform(given)
        const error = yield* Effect.flip(
          method === "json"
            ? client.json(call)
            : method === "decode"
              ? client.decode(call, Row, (row) => row)
              : client.rows(call, Row, (row) => row)
        )
        assert.instanceOf(error, ReplyUndecodable)
        assert.match(error.reason, reason)
        assert.include(error, { operation: "Test.call", method: "GET", path: "/skaha/v1/session" })
        assert.strictEqual(error.contentType, given.headers["content-type"])
        assertHides(error, secret)
      })
    )
  })

  it.effect("hints at the address when a page comes", () =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply("<html>", 200, html))
      assert.include((yield* Effect.flip(client.json(call))).message, "is this the address of a Skaha server?")
    })
  )
})

describe("PlatformClient: decode", () => {
  it.effect("reads from what a reply means and from what it is", () =>
    Effect.gen(function* () {
      const wire = { id: "abcdefgh", userid: "a", type: "headless", status: "Running", requestedRAM: "4.29", new: [1] }
      const { client } = yield* platform(reply(wire))
      const read = yield* client.decode(call, SessionReply, (meaning, raw: object) => ({ meaning, raw }))
      assert.strictEqual(read.meaning.requestedRAM, 4.29)
      assert.deepStrictEqual(read.raw, wire)
    })
  )

  it.effect.each(misshapen)("fails on %s without quoting it", ([, json]) =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply(JSON.stringify(json)))
      const error = yield* Effect.flip(client.decode(call, Row, (row) => row))
      assert.instanceOf(error, ReplyUndecodable)
      assert.match(error.reason, /^it has not the shape of the platform's contract/)
      assertHides(error, secret)
    })
  )

  it.effect("says where the shape is wrong", () =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply({ rows: [{ id: "a" }, { id: 7 }] }))
      const error = yield* Effect.flip(client.decode(call, Schema.Struct({ rows: Schema.Array(Row) }), (row) => row))
      assert.include(error.message, 'at ["rows"][1]["id"]')
    })
  )

  it.effect("lets a mistake in reading be a defect, not a failure of the platform", () =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply({ id: "x" }))
      const mistake = new Error("a mistake")
      const cause = yield* client
        .decode(call, Row, () => {
          throw mistake
        })
        .pipe(Effect.sandbox, Effect.flip)
      assert.isTrue(Cause.hasDies(cause))
    })
  )
})

describe("PlatformClient: rows", () => {
  it.effect("keeps the order, leaves out what makes no sense, and reports it without quoting it", () =>
    Effect.gen(function* () {
      const list = [{ id: "a" }, { no: secret }, null, { id: "b", count: 2 }, secret, [secret], { id: "c", more: [1] }]
      const { client } = yield* platform(reply(list))
      const { value, lines } = yield* logged(client.rows(call, Row, ({ id }, wire: object) => [id, wire] as const))
      assert.deepStrictEqual(value, [
        ["a", { id: "a" }],
        ["b", { id: "b", count: 2 }],
        ["c", { id: "c", more: [1] }]
      ])
      assert.deepStrictEqual(lines, [
        { level: "Warn", message: ["Test.call: left out rows that make no sense", { rows: [1, 2, 4, 5] }] }
      ])
    })
  )

  it.effect.each([{ list: [] }, { list: [{ id: "a" }] }])("reports nothing where nothing is wrong: $list", ({ list }) =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply(list))
      const { value, lines } = yield* logged(client.rows(call, Row, ({ id }) => id))
      assert.strictEqual(value.length, list.length)
      assert.deepStrictEqual(lines, [])
    })
  )

  it.effect.each([{}, { id: secret }, null, secret, 7])("fails on what is no list: %j", (json) =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply(JSON.stringify(json)))
      const error = yield* Effect.flip(client.rows(call, Row, (row) => row))
      assert.instanceOf(error, ReplyUndecodable)
      assert.strictEqual(error.reason, "a list was expected")
      assertHides(error, secret)
    })
  )

  it.effect("reads a thousand rows with one bad among them", () =>
    Effect.gen(function* () {
      const list = Array.from({ length: 1000 }, (_, index) => (index === 500 ? { id: null } : { id: `s${index}` }))
      const { client } = yield* platform(reply(list))
      const { value } = yield* logged(client.rows(call, Row, ({ id }) => id))
      assert.strictEqual(value.length, 999)
    })
  )
})
