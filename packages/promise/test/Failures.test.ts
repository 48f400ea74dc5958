import { assert, describe, it } from "@effect/vitest"
import {
  AsyncSession,
  ConnectionFailed,
  CredentialsExpired,
  CredentialsMissing,
  CredentialsRefused,
  Forbidden,
  ReplyUndecodable,
  RequestRefused,
  RequestTimeout,
  ServerBusy,
  ServerFailure,
  SessionNotFound,
  SessionRequestError,
  type SkahaError
} from "skaha"
import { listener } from "./support/listener.ts"
import { token, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root, server } from "./support/server.ts"

const platform = usePlatform()

type ErrorClass = new (...args: never) => SkahaError

const replying = (status: number, body = "", headers: Record<string, string> = {}) =>
  platform.fail({ match: {}, action: { _tag: "Reply", status, body, headers } })

const page = "<!doctype html><html><body>Sign in, please</body></html>"

describe("a reply that is not a success", () => {
  it.each<[number, string, ErrorClass, string, string]>([
    [401, "bad token\n", CredentialsRefused, "credentials.refused", "the server refused the credentials: bad token"],
    [
      401,
      "token expired",
      CredentialsExpired,
      "credentials.expired",
      "the credentials have expired: sign in again: token expired"
    ],
    [403, "not in the group\n", Forbidden, "forbidden", "not allowed: not in the group"],
    [
      403,
      "Invalid auth token\n",
      CredentialsRefused,
      "credentials.refused",
      "the server refused the credentials: Invalid"
    ],
    [404, page, RequestRefused, "request.refused", "the server refused the request with 404"],
    [
      400,
      "unknown thing\n",
      RequestRefused,
      "request.refused",
      "the server refused the request with 400: unknown thing"
    ],
    [500, "", ServerFailure, "server.failure", "the server failed with 500"],
    [502, page, ServerFailure, "server.failure", "the server failed with 502"],
    [
      503,
      "temporarily unavailable: null\n",
      ServerBusy,
      "server.busy",
      "the server is busy: try again later: temporarily"
    ],
    [429, "", ServerBusy, "server.busy", "the server is busy: try again later"]
  ])("%i %j rejects with its own error", async (status, body, expected, code, message) => {
    await replying(status, body, body === page ? { "content-type": "text/html" } : {})
    for (const call of [platform.sessions().fetch(), platform.sessions().stats()]) {
      const error = await rejectionOf(expected, call)
      assert.deepStrictEqual([error.name, error.code], [expected.name, code])
      assert.isTrue(error.message.startsWith(message), error.message)
      assert.notInclude(error.message, "<")
      assert.include(error, { method: "GET", path: `/skaha${root}/session`, status })
    }
  })

  it("says when to come back", async () => {
    await replying(503, "", { "Retry-After": "17" })
    const error = await rejectionOf(ServerBusy, platform.sessions().fetch())
    assert.deepStrictEqual([error.retryAfter, error.isRetryable], [17, true])
    assert.strictEqual(error.message, "the server is busy: try again in 17 s")
  })

  it("means with an id that there is no such session", async () => {
    await replying(404, "session abcdefgh not found\n")
    const { cause } = await rejectionOf(SessionRequestError, platform.sessions().info("abcdefgh", { errors: "raise" }))
    assert.instanceOf(cause, SessionNotFound)
    assert.include(cause, { id: "abcdefgh", code: "session.not_found", status: 404 })
  })

  it("is asked for credentials when there are none", async () => {
    const error = await rejectionOf(CredentialsMissing, platform.sessions({ token: "" }).fetch())
    assert.deepStrictEqual([error.code, error.status], ["credentials.missing", server.anonymous])
    assert.isTrue(
      error.message.startsWith("not signed in: give a token or a certificate, or sign in first"),
      error.message
    )
  })

  it("does not follow to another place", async () => {
    await replying(302, "", { Location: "https://login.example.org/in?secret=1" })
    const error = await rejectionOf(RequestRefused, platform.sessions().fetch())
    assert.include(error.message, "https://login.example.org/in, which is not followed")
    assert.notInclude(error.message, "secret")
    assert.strictEqual(platform.sent.length, 1)
  })
})

describe("a reply that makes no sense", () => {
  it.each<[string, string, string]>([
    ["a page", page, "a page came instead; is this the address of a Skaha server?"],
    ["nothing", "", "the JSON is cut or broken"],
    ["cut JSON", '[{"id": "abcdefgh", "userid": "al', "the JSON is cut or broken"],
    ["no list", '{"id": "abcdefgh"}', "a list was expected"],
    ["null", "null", "a list was expected"]
  ])("%s is no list of sessions", async (_, body, reason) => {
    await replying(200, body)
    const error = await rejectionOf(ReplyUndecodable, platform.sessions().fetch())
    assert.deepStrictEqual([error.name, error.code], ["ReplyUndecodable", "reply.undecodable"])
    assert.strictEqual(error.message, `the server's reply makes no sense: ${reason}`)
    assert.notInclude(error.message, "abcdefgh")
  })

  it.each(["stats", "info", "create", "connect"] as const)("a page is no reply to %s", async (method) => {
    await replying(200, page, { "content-type": "text/html" })
    const sessions = platform.sessions()
    const error = await {
      stats: () => rejectionOf(ReplyUndecodable, sessions.stats()),
      info: () => rejectionOf(SessionRequestError, sessions.info("abcdefgh", { errors: "raise" })),
      connect: () => rejectionOf(SessionRequestError, sessions.connect("abcdefgh", { errors: "raise" })),
      create: () => rejectionOf(SessionRequestError, sessions.create({ name: "x", image: "a/b", errors: "raise" }))
    }[method]()
    assert.strictEqual(error.code, "reply.undecodable")
  })

  it("breaks off in its middle", async () => {
    await platform.given()
    await platform.fail({ match: {}, action: { _tag: "Truncate", bytes: 20 } })
    const error = await rejectionOf(ConnectionFailed, platform.sessions().fetch())
    assert.deepStrictEqual([error.name, error.code], ["ConnectionFailed", "connection.failed"])
    assert.match(error.message, /^cannot talk to http:\/\/127\.0\.0\.1:\d+: the (reply was cut|connection was \w+)$/)
    assert.instanceOf(error.cause, Error)
  })
})

describe("no reply", () => {
  it("is there from a server that is not there", async () => {
    const server = await listener(() => {})
    await server.close()
    const sessions = platform.sessions({ server: `${server.origin}/skaha` })
    const error = await rejectionOf(ConnectionFailed, sessions.fetch())
    assert.deepStrictEqual([error.name, error.code, error.isRetryable], ["ConnectionFailed", "connection.failed", true])
    assert.strictEqual(error.message, `cannot talk to ${server.origin}: connection refused`)
    assert.include(error.cause, { code: "ECONNREFUSED" })
  })

  it("comes over a connection that is closed", async () => {
    await platform.fail({ match: {}, action: { _tag: "Reset" } })
    const error = await rejectionOf(ConnectionFailed, platform.sessions().fetch())
    assert.match(error.message, /: the connection was (reset|closed)$/)
  })

  it("comes from a server whose certificate is not trusted, and no token goes there", async () => {
    const asked: Array<string> = []
    await using server = await listener((request) => asked.push(request.url ?? ""), { tls: true })
    await using sessions = new AsyncSession({ server: `${server.origin}/skaha`, token })
    const error = await rejectionOf(ConnectionFailed, sessions.fetch())
    assert.strictEqual(error.message, `cannot talk to ${server.origin}: the server's certificate is self-signed`)
    assert.include(error.cause, { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })
    assert.deepStrictEqual(asked, [])
  })

  it.each<[string, number | undefined, number | undefined, number]>([
    ["the client's", 0.05, undefined, 0.05],
    ["the call's own", undefined, 0.05, 0.05],
    ["the call's own rather than the client's", 30, 0.06, 0.06]
  ])("comes within the time limit: %s", async (_, timeout, own, limit) => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const error = await rejectionOf(RequestTimeout, platform.sessions({ timeout }).fetch({ timeout: own }))
    assert.deepStrictEqual([error.name, error.code, error.isRetryable], ["RequestTimeout", "request.timeout", true])
    assert.include(error, { limit, method: "GET", path: `/skaha${root}/session` })
    assert.match(error.message, new RegExp(`^no (complete )?answer for ${limit} s: GET /skaha${root}/session$`))
  })

  it("comes to a create within the limit that is given for all", async () => {
    await platform.fail(
      { match: { method: "POST" }, action: { _tag: "Never" } },
      // So that it is not looked for what became of it.
      { match: { method: "GET", after: 1 }, action: { _tag: "Reply", status: 403 } }
    )
    const create = platform.sessions({ timeout: 0.2 }).create({ name: "fit", image: "a/b", errors: "raise" })
    const error = await rejectionOf(SessionRequestError, create)
    assert.strictEqual(error.code, "create.unknown")
    assert.match(error.message, /answer for 0.2 s: POST /)
  })

  it("comes to every operation on sessions within the call's own limit", async () => {
    await platform.fail({ match: {}, action: { _tag: "Never" } })
    const sessions = platform.sessions()
    const methods = ["info", "logs", "events", "destroy", "renew", "connect"] as const
    const errors = await Promise.all(
      methods.map((method) => {
        const call: Promise<unknown> = sessions[method]("abcdefgh", { timeout: 0.05, errors: "raise" })
        return rejectionOf(SessionRequestError, call)
      })
    )
    assert.deepStrictEqual(
      errors.map(({ operation }) => operation),
      [...methods]
    )
    for (const { cause } of errors) {
      assert.instanceOf(cause, RequestTimeout)
      assert.include(cause, { limit: 0.05, path: `/skaha${root}/session/abcdefgh` })
    }
  })

  it("leaves the client of use", async () => {
    await platform.fail({ match: { times: 1 }, action: { _tag: "Never" } })
    const sessions = platform.sessions({ concurrency: 1, timeout: 0.05 })
    await rejectionOf(RequestTimeout, sessions.fetch())
    assert.deepStrictEqual(await sessions.fetch({ timeout: 5 }), [])
  })
})
