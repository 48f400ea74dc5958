import * as Core from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assertHides } from "./support/secrets.ts"

const place = { operation: "Sessions.info", method: "GET", path: "/skaha/v1/session/abcdefgh" }
const reply = { ...place, status: 400, serverText: "the server's words" }
const provider = { operation: "OpenId.refresh", method: "POST", path: "/token", origin: "https://a.example" }
const account = { operation: "Accounts.use", idp: "cadc" }
const secret = "hunter2"

/** One of every class, with all that it can carry, and its code. */
const errors: ReadonlyArray<readonly [tag: string, code: string, isRetryable: boolean, error: Core.SkahaError]> = [
  [
    "InvalidInput",
    "input.invalid",
    false,
    new Core.InvalidInput({ ...place, problems: [{ field: "a", message: "b" }] })
  ],
  [
    "ConfigurationInvalid",
    "configuration.invalid",
    false,
    new Core.ConfigurationInvalid({ operation: "Settings.make", problems: [{ field: "a", message: "b" }] })
  ],
  [
    "ConfigurationFileInvalid",
    "configuration.file_invalid",
    false,
    new Core.ConfigurationFileInvalid({
      operation: "ConfigurationFile.read",
      file: "/f",
      problems: [{ field: "a.b", message: "is missing", line: 2 }]
    })
  ],
  [
    "ConfigurationFileUnusable",
    "configuration.file_unusable",
    false,
    new Core.ConfigurationFileUnusable({ operation: "o", file: "/f", reason: "it is a folder", systemCode: "EISDIR" })
  ],
  [
    "ConfigurationFileBusy",
    "configuration.file_busy",
    true,
    new Core.ConfigurationFileBusy({ operation: "o", file: "/f", waited: 30 })
  ],
  ["ProviderUnknown", "provider.unknown", false, new Core.ProviderUnknown({ ...account, choices: ["cadc", "srcnet"] })],
  ["LoginRequired", "login.required", false, new Core.LoginRequired({ ...account, reason: "r" })],
  ["ForceRequired", "force.required", false, new Core.ForceRequired({ operation: "Accounts.purge", reason: "r" })],
  ["CredentialsMissing", "credentials.missing", false, new Core.CredentialsMissing(reply)],
  ["CredentialsExpired", "credentials.expired", false, new Core.CredentialsExpired({ ...reply, reason: "r" })],
  ["CredentialsRefused", "credentials.refused", false, new Core.CredentialsRefused(reply)],
  [
    "CertificateUnusable",
    "certificate.unusable",
    false,
    new Core.CertificateUnusable({
      operation: "Certificate.check",
      file: "/home/alice/.ssl/cadcproxy.pem",
      reason: "expired",
      detail: "d",
      validFrom: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
      expires: DateTime.makeUnsafe("2026-01-31T00:00:00Z")
    })
  ],
  ["Forbidden", "forbidden", false, new Core.Forbidden(reply)],
  ["SessionNotFound", "session.not_found", false, new Core.SessionNotFound({ ...reply, id: "abcdefgh" })],
  [
    "SessionNotReady",
    "session.not_ready",
    true,
    new Core.SessionNotReady({ ...place, id: "abcdefgh", sessionStatus: "Pending", reason: "r" })
  ],
  ["QuotaReached", "quota.reached", false, new Core.QuotaReached({ ...reply, limit: 5 })],
  [
    "ResourceUnavailable",
    "resource.unavailable",
    false,
    new Core.ResourceUnavailable({ ...reply, option: "gpus", value: "99" })
  ],
  ["ImageNotTrusted", "image.not_trusted", false, new Core.ImageNotTrusted({ ...reply, image: "a/b" })],
  ["ImageNotPublic", "image.not_public", false, new Core.ImageNotPublic({ ...reply, image: "a/b" })],
  ["ServerBusy", "server.busy", true, new Core.ServerBusy({ ...reply, retryAfter: 1.5 })],
  ["ServerFailure", "server.failure", true, new Core.ServerFailure(reply)],
  ["RequestRefused", "request.refused", false, new Core.RequestRefused({ ...reply, location: "/x" })],
  ["RequestTimeout", "request.timeout", true, new Core.RequestTimeout({ ...place, phase: "body", limit: 30 })],
  [
    "ConnectionFailed",
    "connection.failed",
    true,
    new Core.ConnectionFailed({ ...place, origin: "https://a.example", reason: "r", cause: new Error("c") })
  ],
  [
    "ReplyUndecodable",
    "reply.undecodable",
    false,
    new Core.ReplyUndecodable({ ...place, reason: "r", contentType: "text/html" })
  ],
  [
    "CredentialsMisdirected",
    "credentials.misdirected",
    false,
    new Core.CredentialsMisdirected({ ...place, idp: "cadc", origin: "https://a.example" })
  ],
  [
    "ServerSelectionRequired",
    "server.selection_required",
    false,
    new Core.ServerSelectionRequired({
      operation: "ServerActivation.activate",
      idp: "cadc",
      choices: [{ name: "a", uri: "ivo://a/skaha" }, { name: "b" }]
    })
  ],
  [
    "ServerUnknown",
    "server.unknown",
    false,
    new Core.ServerUnknown({
      operation: "ServerActivation.activate",
      idp: "cadc",
      selector: "c",
      choices: [{ name: "a" }]
    })
  ],
  [
    "ServersNotFound",
    "server.none_available",
    true,
    new Core.ServersNotFound({
      operation: "ServerDiscovery.discover",
      idp: "cadc",
      failures: [{ name: "CADC", reason: "r" }]
    })
  ],
  [
    "ProviderUnavailable",
    "provider.unavailable",
    true,
    new Core.ProviderUnavailable({ ...provider, reason: "r", status: 503, retryAfter: 1.5 })
  ],
  [
    "ProviderUnsuitable",
    "provider.unsuitable",
    false,
    new Core.ProviderUnsuitable({ ...provider, problem: "issuer", reason: "r" })
  ],
  [
    "ProviderRefused",
    "provider.refused",
    false,
    new Core.ProviderRefused({ ...provider, request: "token", status: 400, error: "invalid_grant" })
  ],
  ["LoginDenied", "login.denied", false, new Core.LoginDenied(provider)],
  ["LoginExpired", "login.expired", true, new Core.LoginExpired({ ...provider, limit: 600 })],
  [
    "FileUnwritable",
    "file.unwritable",
    false,
    new Core.FileUnwritable({ ...place, file: "/f", reason: "the disk is full", systemCode: "ENOSPC" })
  ],
  ["WorkersFailed", "workers.failed", false, new Core.WorkersFailed({ ...place, reason: "r" })],
  ["Cancelled", "cancelled", false, new Core.Cancelled({ ...place, cause: new Error("c") })]
]

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
    assert.strictEqual(Core.SkahaError.members.length, errors.length)
    assert.strictEqual(new Set(errors.map(([tag]) => tag)).size, errors.length)
    assert.strictEqual(new Set(errors.map(([, code]) => code)).size, errors.length)
  })

  describe.each(errors)("%s", (tag, code, isRetryable, error) => {
    it("is an error with a name, a code and a message", () => {
      assert.instanceOf(error, Error)
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(error.name, tag)
      assert.strictEqual(error.code, code)
      assert.strictEqual(error.isRetryable, isRetryable)
      assert.isAbove(error.message.length, 5)
      assert.notInclude(error.message, "undefined")
      assert.include(error.stack ?? "", "SkahaError.test")
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

  it.effect("is caught by its tag", () =>
    Effect.gen(function* () {
      const fails: Effect.Effect<never, Core.SkahaError> = Effect.fail(new Core.ServerBusy({ ...reply, status: 503 }))
      assert.strictEqual(yield* Effect.catchTag(fails, "ServerBusy", ({ status }) => Effect.succeed(status)), 503)
    })
  )

  it("has a message without the server's words where there are none", () => {
    for (const [, , , error] of errors) {
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
