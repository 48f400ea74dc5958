import { isUndone, SkahaError, type TransportReply, type TransportRequest } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { replyError } from "../src/internal/replyError.ts"
import { catalogue } from "./support/catalogue.ts"
import { anyText, below, oneOf, pick, seeded } from "./support/properties.ts"
import { assertHides } from "./support/secrets.ts"
import { request } from "./support/transports.ts"

const now = Date.UTC(2026, 0, 17, 12)

const errorOf = (
  reply: Partial<TransportReply>,
  call: { readonly id?: string | undefined; readonly anonymous?: boolean | undefined } = {},
  given: Partial<TransportRequest> = {}
) =>
  replyError(
    request(given),
    { status: 400, headers: { "content-type": "text/plain" }, body: "", ...reply },
    { id: call.id, anonymous: call.anonymous ?? false, now }
  )

/** What a server puts in front of people instead of a line. */
const pages: ReadonlyArray<readonly [what: string, reply: Partial<TransportReply>]> = [
  ["Tomcat's page", { body: '<!doctype html><html lang="en"><head><title>HTTP Status 400 – Bad Request</title>' }],
  ["a page after blank lines", { body: "\r\n\n  <html>" }],
  ["XML", { body: '<?xml version="1.0"?><error/>' }],
  ["text that claims to be a page", { body: "oops", headers: { "content-type": "text/html;charset=utf-8" } }],
  ["nothing", { body: "" }],
  ["blanks", { body: " \r\n" }]
]

describe("replyError", () => {
  it.each(catalogue.map((row) => [row.status, row.body, row.means, row] as const))(
    "%d %j is %s",
    (status, body, means, { headers, id, anonymous, data = {} }) => {
      // The server ends most of its texts with a line break, and some not.
      for (const text of [body, `${body}\n`]) {
        const error = errorOf({ status, body: text, headers: headers ?? {} }, { id, anonymous })
        assert.strictEqual(error._tag, means)
        assert.include(error, { operation: "Test.call", method: "GET", path: "/skaha/v1/session" })
        for (const [key, value] of Object.entries(data)) assert.deepPropertyVal(error, key, value)
        if (means === "SessionNotReady") continue
        assert.propertyVal(error, "status", status)
        if (body.trim() === "") assert.notProperty(error, "serverText")
        else {
          assert.propertyVal(error, "serverText", body.trim())
          assert.include(error.message, body.trim())
        }
      }
    }
  )

  it("leaves out what the server did not say", () => {
    assert.notProperty(errorOf({ status: 503, body: "x" }), "retryAfter")
    assert.notProperty(errorOf({ body: "image not in a trusted repository" }), "image")
  })

  it("does not repeat the variables of a create that the server quotes", () => {
    const body = new URLSearchParams([
      ["env", "PASSWORD=s3cr3t value"],
      ["env", "REPLICA_COUNT=500"]
    ]).toString()
    const error = errorOf({ status: 500, body: "bad yaml: s3cr3t value, 500" }, {}, { method: "POST", body })
    assertHides(error, "s3cr3t value")
    assert.include(error.message, "<redacted>, 500")
  })

  it("takes a page with 404 for what it is: no Skaha server, rather than no session", () => {
    const html = { "content-type": "text/html" }
    assert.strictEqual(errorOf({ status: 404, body: "<html>", headers: html }, { id: "a" })._tag, "RequestRefused")
    assert.strictEqual(errorOf({ status: 404, body: "session a not found" }, { id: "a" })._tag, "SessionNotFound")
    assert.strictEqual(errorOf({ status: 404, body: "" }, { id: "a" })._tag, "SessionNotFound")
  })

  describe.each([400, 401, 403, 404, 405, 429, 500, 503])("a %d", (status) => {
    it.each(pages)("with %s has no text", (_, reply) => {
      const error = errorOf({ status, ...reply })
      assert.notProperty(error, "serverText")
      assert.notInclude(error.message, "<")
      assert.notInclude(error.message, "oops")
    })
  })

  it("keeps a line of a long text", () => {
    const error = errorOf({ status: 500, body: `start ${"x".repeat(100_000)}` })
    assert.isBelow(error.message.length, 600)
    assert.include(error.message, "start x")
  })

  describe("Retry-After", () => {
    it.each<readonly [value: string | undefined, seconds: number | undefined]>([
      ["30", 30],
      ["0", 0],
      ["120", 120],
      [new Date(now + 90_000).toUTCString(), 90],
      [new Date(now - 90_000).toUTCString(), 0],
      ["soon", undefined],
      ["in 5 minutes", undefined],
      ["", undefined],
      ["-5", undefined],
      ["9".repeat(400), undefined],
      [undefined, undefined]
    ])("%j is %j seconds", (value, seconds) => {
      for (const status of [429, 503]) {
        const error = errorOf({ status, headers: value === undefined ? {} : { "retry-after": value } })
        assert.strictEqual(error._tag, "ServerBusy")
        assert.strictEqual("retryAfter" in error ? error.retryAfter : undefined, seconds)
      }
    })
  })

  it.each<readonly [status: number, reply: Partial<TransportReply>, isRefused: boolean]>([
    [503, { body: "temporarily unavailable: null\n" }, true],
    [503, { body: "temporarily unavailable: /skaha/v1/session" }, true],
    [503, { body: "service unavailable" }, false],
    [503, { body: "upstream says: temporarily unavailable: x" }, false],
    [503, { body: "" }, false],
    [503, { body: "temporarily unavailable: x", headers: { "content-type": "text/html" } }, false],
    [503, { body: "<!doctype html><title>HTTP Status 503 – Service Unavailable</title>" }, false],
    [429, { body: "too many requests" }, true],
    [429, { body: "" }, true],
    [429, { body: "<html>too many requests" }, false],
    [429, { body: "slow down", headers: { "content-type": "text/html" } }, false]
  ])("of a %i with %j says whether the platform itself refused", (status, reply, isRefused) => {
    const error = errorOf({ status, ...reply })
    assert.strictEqual(error._tag, "ServerBusy")
    assert.strictEqual(isUndone(error), isRefused)
  })

  describe("a redirect", () => {
    it.each([301, 302, 303, 304, 307, 308])("by a %d is refused, and says where it points", (status) => {
      const error = errorOf({ status, headers: { location: "https://login.example/oidc?state=hunter2#token=hunter2" } })
      assert.strictEqual(error._tag, "RequestRefused")
      assert.propertyVal(error, "location", "https://login.example/oidc")
      assert.include(error.message, "https://login.example/oidc")
      assertHides(error, "hunter2")
    })

    it.each([
      ["#token=hunter2", "another place"],
      ["https://me:hunter2@login.example/oidc", "https://login.example/oidc"],
      ["/elsewhere", "/elsewhere"]
    ])("to %s names no secret", (location, shown) => {
      const error = errorOf({ status: 302, headers: { location } })
      assert.propertyVal(error, "location", shown)
      assertHides(error, "hunter2")
    })

    it("that a browser hides is refused", () => {
      const error = errorOf({ status: 0, headers: {} })
      assert.strictEqual(error._tag, "RequestRefused")
      assert.include(error.message, "redirects")
    })
  })

  describe("secrets", () => {
    const headers = { authorization: "Bearer hunter2.tok", "x-skaha-registry-auth": "YWxpY2U6aHVudGVyMg==" }

    it.each([
      [401, "BUG: invalid authorization Bearer hunter2.tok"],
      [401, "unhandled auth: Authorization Bearer hunter2.tok"],
      [401, "Invalid JWT token: hunter2.tok"],
      [400, "Illegal character in YWxpY2U6aHVudGVyMg=="],
      [500, `unexpected exception: ${"x".repeat(480)} hunter2.tok`]
    ])("that the server repeats in a %d are not passed on: %j", (status, body) => {
      const error = errorOf({ status, body }, {}, { headers })
      assertHides(error, "hunter2", "YWxpY2U6aHVudGVyMg")
      assert.property(error, "serverText")
    })

    it("of the request are in no error", () => {
      const given = { headers, query: "?q=hunter2", body: "env=hunter2", method: "POST" as const }
      const errors = catalogue.map(({ status, body }) => errorOf({ status, body }, {}, given))
      assert.strictEqual(errors.length, catalogue.length)
      assertHides(errors, "hunter2")
    })
  })

  it("makes errors without a stack, and leaves those of others as they are", () => {
    const error = errorOf({ status: 404 }, { id: "abcdefgh" })
    assert.strictEqual(error.stack, "SessionNotFound: no session abcdefgh")
    assert.include(new Error("another").stack ?? "", "replyError.test")
  })

  it.prop(
    "has an error for any reply, which a schema can encode",
    [
      below(1000),
      oneOf(anyText, pick(...catalogue.map(({ body }) => body))),
      oneOf(
        Arbitrary.Constant<TransportReply["headers"]>({}),
        Arbitrary.map(anyText, (value) => ({ "retry-after": value, location: value, "content-type": value }))
      ),
      pick(undefined, "abcdefgh")
    ],
    ([status, body, headers, id]) => {
      const error = errorOf({ status, body, headers }, { id, anonymous: status % 2 === 0 })
      assert.instanceOf(error, Error)
      assert.deepStrictEqual(Schema.decodeSync(SkahaError)(Schema.encodeSync(SkahaError)(error))._tag, error._tag)
    },
    seeded(300)
  )
})
