import * as Core from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { everyError } from "./support/everyError.ts"
import { assertHides } from "./support/secrets.ts"

const place = { operation: "Sessions.info", method: "GET", path: "/skaha/v1/session/abcdefgh" }
const reply = { ...place, status: 400, serverText: "the server's words" }
const secret = "hunter2"

const { encodeSync, decodeSync } = {
  encodeSync: Schema.encodeSync(Core.SkahaError),
  decodeSync: Schema.decodeSync(Core.SkahaError)
}

/** The fields of an error that its schema knows. */
const fields = (error: Core.SkahaError) => {
  const { cause, ...others } = Object.fromEntries(Object.entries(error))
  return { ...others, ...(cause instanceof Error ? { cause: cause.message } : {}) }
}

describe("SkahaError", () => {
  it("has every class in its union, and each with its own code", () => {
    assert.strictEqual(Core.SkahaError.members.length, everyError.length)
    assert.strictEqual(new Set(everyError.map(([tag]) => tag)).size, everyError.length)
    assert.strictEqual(new Set(everyError.map(([, code]) => code)).size, everyError.length)
  })

  describe.each(everyError)("%s", (tag, code, isRetryable, error) => {
    it("is an error with a name, a code and a message", () => {
      assert.instanceOf(error, Error)
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(error.name, tag)
      assert.strictEqual(error.code, code)
      assert.strictEqual(error.isRetryable, isRetryable)
      assert.isAbove(error.message.length, 5)
      assert.notInclude(error.message, "undefined")
      assert.include(error.stack ?? "", "everyError")
    })

    it("survives being sent to another thread or process", () => {
      const sent: unknown = JSON.parse(JSON.stringify(encodeSync(error)))
      const received = Schema.decodeUnknownSync(Core.SkahaError)(sent)
      assert.strictEqual(received._tag, tag)
      assert.strictEqual(received.constructor, error.constructor)
      assert.strictEqual(received.code, code)
      assert.strictEqual(received.message, error.message)
      assert.deepStrictEqual(fields(received), fields(error))
    })
  })

  it("names the first of what a cancelled call has made", () => {
    const message = (created: ReadonlyArray<string>, unresolved: ReadonlyArray<string>) =>
      new Core.Cancelled({ operation: "create", created, unresolved }).message
    assert.strictEqual(message([], []), "create was cancelled")
    assert.strictEqual(
      message(["a", "b", "c", "d", "e", "f", "g"], ["fit-8"]),
      "create was cancelled; it had made a, b, c, d, e, and 2 more; there may be, or come to be, fit-8"
    )
  })

  it.effect("is caught by its tag", () =>
    Effect.gen(function* () {
      const fails: Effect.Effect<never, Core.SkahaError> = Effect.fail(new Core.ServerBusy({ ...reply, status: 503 }))
      assert.strictEqual(yield* Effect.catchTag(fails, "ServerBusy", ({ status }) => Effect.succeed(status)), 503)
    })
  )

  it("has a message without the server's words where there are none", () => {
    for (const [, , , error] of everyError) {
      if (!("serverText" in error)) continue
      const { serverText: _, ...encoded } = Object.fromEntries(Object.entries(encodeSync(error)))
      const silent = Schema.decodeUnknownSync(Core.SkahaError)(encoded)
      assert.notInclude(silent.message, "the server's words")
      assert.notMatch(silent.message, /: ?$/)
    }
  })

  it.each([
    [{ phase: "connect", limit: 10 }, "no connection for 10 s: GET /p"],
    [{ phase: "headers", limit: 30 }, "no answer for 30 s: GET /p"],
    [{ phase: "body", limit: 0.5 }, "silence in the middle of the answer for 0.5 s: GET /p"],
    [{ phase: "total", limit: 120 }, "no complete answer for 120 s: GET /p"]
  ] as const)("tells a timeout by its phase: %j", (given, message) => {
    assert.strictEqual(
      new Core.RequestTimeout({ operation: "o", method: "GET", path: "/p", ...given }).message,
      message
    )
  })

  it("may be a failed connection that will fail again, in another thread or process, too", () => {
    const error = new Core.ConnectionFailed({ ...place, origin: "https://a.example", reason: "r", lasting: true })
    const again = Schema.decodeSync(Core.SkahaError)(Schema.encodeSync(Core.SkahaError)(error))
    assert.deepStrictEqual([error.isRetryable, again.isRetryable], [false, false])
  })

  it("says when to come back", () => {
    assert.include(new Core.ServerBusy({ operation: "o", status: 503, retryAfter: 30 }).message, "in 30 s")
    assert.include(new Core.ServerBusy({ operation: "o", status: 503 }).message, "try again later")
  })

  it("tells what is wrong with a certificate, and when it is what counts", () => {
    const given = { operation: "o", file: "/a.pem", expires: DateTime.makeUnsafe("2026-01-31T00:00:00Z") } as const
    const told = (reason: Core.CertificateFlaw) => new Core.CertificateUnusable({ ...given, reason }).message
    assert.strictEqual(told("expired"), "the certificate /a.pem has expired: get a new one (2026-01-31T00:00:00.000Z)")
    assert.strictEqual(
      told("no-key"),
      "the certificate /a.pem holds no private key: certificate and key belong into one file"
    )
  })

  it("lists all problems of an input", () => {
    const problems = [
      { field: "cores", message: "too many" },
      { field: "name", message: "too long" }
    ]
    const { message } = new Core.InvalidInput({ operation: "Sessions.create", problems })
    assert.strictEqual(message, "Sessions.create: cores: too many; name: too long")
  })

  it("shows nothing but what it was given", () => {
    const error = new Core.ConnectionFailed({
      ...place,
      origin: "https://a.example",
      reason: "the connection was reset"
    })
    assertHides(error, secret)
    assertHides(encodeSync(error), secret)
    assert.deepStrictEqual(decodeSync(encodeSync(error)).message, error.message)
  })
})
