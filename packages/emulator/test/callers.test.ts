import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { type ClientCertificate, Emulator, type EmulatorUser } from "../src/index.ts"
import { create, list, send, type Sending, terminal } from "./support.ts"

const S = "/v1/session"
const bearer = (token: string): Sending => ({ authorization: `Bearer ${token}` })
const nobody: Sending = { authorization: null }

const jwt = (claims: unknown) => {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "")
  return `${part({ alg: "none" })}.${part(claims)}.x`
}

const users: ReadonlyArray<EmulatorUser> = [
  { name: "bob", token: Redacted.make("token-of-bob") },
  { name: "carol", uid: 4242, token: "token-of-carol", tokenExpiresAt: 60_000 },
  { name: "dave", subject: "CN=dave,OU=people,O=Example", cookie: "cookie-of-dave" }
]

describe("several users", () => {
  it.effect("see and change nothing but their own", () =>
    Effect.gen(function* () {
      const mine = yield* create({ name: "mine", type: "desktop" })
      const bob = bearer("token-of-bob")
      assert.strictEqual((yield* send("GET", `${S}/`, bob)).text, "session  not found\n")
      const posted = yield* send("POST", S, { ...bob, form: { name: "his", image: terminal, type: "carta" } })
      const his = posted.text.trim()
      assert.deepStrictEqual(
        (yield* list()).map(({ id }) => id),
        [mine]
      )
      const rows = (yield* send("GET", S, bob)).json() as ReadonlyArray<Record<string, unknown>>
      assert.deepStrictEqual(
        rows.map((row) => [row["id"], row["userid"], row["runAsUID"]]),
        [[his, "bob", "1002"]]
      )
      assert.strictEqual((yield* send("GET", `${S}/${mine}`, bob)).text, `session ${mine} not found\n`)
      assert.strictEqual((yield* send("GET", `${S}/${mine}?view=events`, bob)).status, 404)
      assert.strictEqual((yield* send("GET", `${S}/${mine}?view=logs`, bob)).text, "")
      const renewed = yield* send("POST", `${S}/${mine}`, { ...bob, form: { action: "renew" } })
      assert.deepStrictEqual(
        [renewed.status, renewed.text],
        [400, `No active job for user PosixPrincipal [uidNumber=1002,1002,bob] with session ${mine}\n`]
      )
      const app = { form: { image: terminal } }
      const apps = `${S}/${mine}/app`
      assert.strictEqual((yield* send("POST", apps, { ...bob, ...app })).text, `session ${mine} not found\n`)
      const appId = (yield* send("POST", apps, app)).text.trim()
      assert.strictEqual((yield* send("GET", apps, bob)).text, "[]")
      assert.strictEqual(
        (yield* send("GET", `${apps}/${appId}`, bob)).text,
        `desktop app with session ${mine} and app ID ${appId} was not found\n`
      )
      assert.strictEqual((yield* send("DELETE", `${apps}/${appId}`, bob)).status, 200)
      assert.strictEqual((yield* send("GET", `${apps}/${appId}`)).status, 200)
      assert.deepStrictEqual((yield* send("DELETE", `${S}/${mine}`, bob)).status, 200)
      assert.lengthOf(yield* list(), 1)
      assert.lengthOf((yield* send("GET", `${S}?view=all`, bob)).json() as ReadonlyArray<unknown>, 2)
    }).pipe(Effect.provide(Emulator.layer({ users })))
  )

  it.effect("have limits of their own", () =>
    Effect.gen(function* () {
      yield* create({ type: "notebook" })
      const form = { name: "x", image: terminal, type: "notebook" }
      assert.strictEqual((yield* send("POST", S, { ...bearer("token-of-bob"), form })).status, 200)
      assert.strictEqual(
        (yield* send("POST", S, { ...bearer("token-of-bob"), form })).text,
        "User bob has reached the maximum of 1 active sessions.\n"
      )
    }).pipe(Effect.provide(Emulator.layer({ users, maxInteractiveSessions: 1 })))
  )
})

describe("users who cannot be told apart", () => {
  it.effect.each([
    [[{ name: "alice" }], "users 0 and 1 have the same name"],
    [[{ name: "bob", token: "one" }], "users 0 and 1 have the same token"],
    [
      [
        { name: "bob", subject: "CN=x" },
        { name: "carol", subject: "cn=X" }
      ],
      "users 1 and 2 have the same subject"
    ],
    [
      [
        { name: "bob", cookie: "one" },
        { name: "carol", cookie: Redacted.make("one") }
      ],
      "users 1 and 2 have the same cookie"
    ]
  ] as const)("%j", ([users, message]) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Effect.provide(Emulator, Emulator.layer({ token: "one", users })))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.propertyVal(defect, "message", message)
    })
  )
})

describe("tokens", () => {
  it.effect("expire", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(59_999)
      const good = yield* send("GET", S, bearer("token-of-carol"))
      assert.strictEqual(good.reply.headers["x-vo-authenticated"], "carol")
      yield* TestClock.adjust("1 millis")
      const expired = yield* send("GET", S, bearer("token-of-carol"))
      assert.deepStrictEqual([expired.status, expired.text], [401, "Token has expired"])
      assert.strictEqual(
        expired.reply.headers["WWW-Authenticate"],
        'Bearer error="invalid_token", error_description="Token has expired"'
      )
    }).pipe(Effect.provide(Emulator.layer({ users })))
  )

  it.effect.each([
    [jwt({ iss: "https://iam.example/" }), "Token from untrusted issuer: https://iam.example/ ignored"],
    [jwt({ sub: "x" }), "Invalid JWT token"],
    ["a.!!!.c", "Invalid JWT token"],
    ["opaque", "Cannot validate token using user info endpoint"]
  ] as const)("of nobody: %s", ([token, message]) =>
    Effect.gen(function* () {
      const error = message.includes("issuer") ? "invalid_request" : "invalid_token"
      for (const path of [S, "/v1/image", "/capabilities"]) {
        const { reply, text } = yield* send("GET", path, bearer(token))
        assert.deepStrictEqual([reply.status, text], [401, message])
        assert.deepStrictEqual(reply.headers, {
          "WWW-Authenticate": `Bearer error="${error}", error_description="${message}"`,
          "Content-Type": "text/plain"
        })
      }
      const { reply, text } = yield* send("GET", "/availability", bearer(token))
      assert.strictEqual(reply.status, 503)
      assert.deepStrictEqual(reply.headers, { "Content-Type": "text/html;charset=utf-8", "Content-Language": "en" })
      assert.include(text, `<b>Message</b> ${message}</p>`)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("people who are known and not welcome", () => {
  const refusals = [
    ["not-a-member", "Not authorized to use the skaha system"],
    ["no-permission", "Subject is not authorized to access Skaha according to permissions API plugin authorisation."],
    ["no-posix-identity", "No POSIX Principal"],
    ["no-username", "POSIX Principal is incomplete (no username)."],
    ["no-delegated-credential", "delegated credentials not found"]
  ] as const

  it.effect.each(refusals)("%s", ([refusal, message]) =>
    Effect.gen(function* () {
      // also where the path would be refused
      for (const path of [S, `${S}/a/b/c/d`, "/v1/image"]) {
        const answer = yield* send("GET", path, bearer("x"))
        assert.deepStrictEqual([answer.status, answer.text], [403, `${message}\n`])
        assert.strictEqual(answer.reply.headers["x-vo-authenticated"], "eve")
      }
      assert.strictEqual((yield* send("GET", "/capabilities", bearer("x"))).status, 200)
    }).pipe(Effect.provide(Emulator.layer({ users: [{ name: "eve", token: "x", refusal }] })))
  )
})

/** A request over a connection with a client certificate. */
const sendWith = Effect.fnUntraced(function* (certificate: ClientCertificate) {
  const emulator = yield* Emulator
  const reply = yield* emulator.handle({
    method: "GET",
    target: "/skaha/v1/session",
    headers: { host: "emulator.invalid" },
    body: new Uint8Array(0),
    certificate
  })
  return { status: reply.status, text: new TextDecoder().decode(reply.body), headers: reply.headers }
})

describe("an identity manager that knows certificates and cookies", () => {
  const layer = Emulator.layer({ users, identityManager: "ac" })

  it.effect("knows people by the subject of their certificate", () =>
    Effect.gen(function* () {
      const known = yield* sendWith({ _tag: "Trusted", subject: "cn=Dave, OU=people , O=Example" })
      assert.deepStrictEqual([known.status, known.headers["x-vo-authenticated"]], [200, "dave"])
      const stranger = yield* sendWith({ _tag: "Trusted", subject: "CN=mallory" })
      assert.deepStrictEqual([stranger.status, stranger.text], [403, "No POSIX Principal\n"])
      const refused = yield* sendWith({ _tag: "Refused", reason: "it has expired" })
      assert.deepStrictEqual(
        [refused.status, refused.text],
        [403, "permission denied -- reason: invalid proxy certficate\nit has expired"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("knows one person by several credentials", () =>
    Effect.gen(function* () {
      const id = yield* create()
      const known = yield* sendWith({ _tag: "Trusted", subject: "CN=alice" })
      assert.include(known.text, `"id": "${id}"`)
    }).pipe(Effect.provide(Emulator.layer({ subject: "CN=alice", identityManager: "ac" })))
  )

  it.effect("knows people by their cookie, and by a token first", () =>
    Effect.gen(function* () {
      const cookie = (value: string) => ({ authorization: null, headers: { cookie: `a=b; CADC_SSO=${value}` } })
      const known = yield* send("GET", S, cookie("cookie-of-dave"))
      assert.strictEqual(known.reply.headers["x-vo-authenticated"], "dave")
      const unknown = yield* send("GET", S, cookie("no"))
      assert.deepStrictEqual([unknown.status, unknown.text], [401, "invalid cookie: CADC_SSO"])
      const both = yield* send("GET", S, { ...bearer("token-of-bob"), headers: { cookie: "CADC_SSO=no" } })
      assert.strictEqual(both.reply.headers["x-vo-authenticated"], "bob")
    }).pipe(Effect.provide(layer))
  )

  it.effect("says so in its challenges and capabilities", () =>
    Effect.gen(function* () {
      const { reply } = yield* send("GET", S, nobody)
      assert.strictEqual(reply.headers["WWW-Authenticate"], "ivoa_cookie, ivoa_x509, Bearer")
      const cookie = { authorization: null, headers: { cookie: "CADC_SSO=no" } }
      for (const sending of [bearer("no"), bearer("a, Bearer b"), { authorization: "what" }, cookie]) {
        const refused = (yield* send("GET", S, sending)).reply
        assert.deepStrictEqual(refused.headers, {
          "WWW-Authenticate": "ivoa_cookie, ivoa_x509, Bearer",
          "Content-Type": "text/plain"
        })
      }
      const { text } = yield* send("GET", "/capabilities", nobody)
      assert.deepStrictEqual(
        [...new Set(text.match(/sso#[a-z-]+/g))],
        ["sso#cookie", "sso#tls-with-certificate", "sso#token"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("is not the usual one, to which both mean nothing", () =>
    Effect.gen(function* () {
      const certified = yield* sendWith({ _tag: "Trusted", subject: "CN=dave,OU=people,O=Example" })
      assert.strictEqual(certified.status, 400)
      const answer = yield* send("GET", S, { authorization: null, headers: { cookie: "CADC_SSO=cookie-of-dave" } })
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(answer.reply.headers["WWW-Authenticate"], "Bearer")
    }).pipe(Effect.provide(Emulator.layer({ users })))
  )
})

describe("a callback token", () => {
  it.effect("acts for the owner of its session, as long as that exists", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const desktop = yield* create({ type: "desktop" })
      const token = Redacted.value(yield* emulator.callbackToken(desktop))
      const callback = (value: string): Sending => ({ ...nobody, headers: { "x-auth-token-skaha": value } })
      const listed = yield* send("GET", S, callback(token))
      assert.strictEqual(listed.status, 200)
      assert.include(listed.text, desktop)
      assert.strictEqual(listed.reply.headers["WWW-Authenticate"], "Bearer")
      const app = yield* send("POST", `${S}/${desktop}/app`, { ...callback(token), form: { image: terminal } })
      assert.strictEqual(app.status, 200)
      const forged = yield* send("GET", S, callback(`${token}0`))
      assert.deepStrictEqual([forged.status, forged.text], [403, "Invalid auth token\n"])
      // another credential counts first
      assert.strictEqual((yield* send("GET", S, { ...callback("x"), ...bearer("no") })).status, 401)
      yield* send("DELETE", `${S}/${desktop}`)
      const vanished = yield* send("GET", S, callback(token))
      assert.deepStrictEqual(
        [vanished.status, vanished.text],
        [500, "unexpected exception: java.lang.RuntimeException: Unable to retrieve information for callback flow"]
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
