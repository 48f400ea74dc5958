import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Emulator, type Outage, type ProfileName } from "../src/index.ts"
import { create, send, type Sending, terminal } from "./support.ts"

// What the platform says while a part of it does not answer.

const S = "/v1/session"
const creating: Sending = { form: { name: "x", image: terminal } }
const creatingNotebook: Sending = { form: { name: "x", image: terminal, type: "notebook" } }
const renewing: Sending = { form: { action: "renew" } }

const without = (outage: Outage) =>
  Effect.flatMap(Emulator, (emulator) => emulator.setFaults([{ match: {}, action: { _tag: "Outage", of: outage } }]))

type Row = readonly [outage: Outage, method: string, path: string, sending: Sending, status: number, body: string]

const exception = (text: string) => `unexpected exception: java.lang.${text}`
const busy = (path: string) => `temporarily unavailable: ${path}\n`
const apiException = exception(
  "RuntimeException: io.kubernetes.client.openapi.ApiException: java.net.ConnectException: Failed to connect"
)
const noMapper = exception(
  "RuntimeException: FAIL: PosixMapperClient.augment(Subject): java.net.ConnectException: Connection refused"
)
const noCache =
  "unexpected exception: redis.clients.jedis.exceptions.JedisConnectionException: " +
  "Failed to connect to any host resolved for DNS name."

const rows: ReadonlyArray<Row> = [
  ["membership", "GET", S, {}, 503, busy("null")],
  ["membership", "GET", `${S}/abc12345`, {}, 503, busy("abc12345")],
  ["membership", "DELETE", `${S}/abc12345/app/abc`, {}, 503, busy("abc12345/app/abc")],
  ["membership", "GET", "/v1/image", {}, 503, busy("null")],
  ["posix-mapper", "GET", "/v1/image", {}, 500, noMapper],
  ["posix-mapper", "GET", "/capabilities", {}, 500, noMapper],
  [
    "posix-groups",
    "POST",
    S,
    creating,
    500,
    exception("IllegalStateException: POSIX Mapper did not return a group mapping for ivo://example.org/gms?users")
  ],
  ["home", "POST", S, creating, 503, busy("null")],
  ["redis", "GET", "/v1/image", {}, 500, noCache],
  ["redis", "POST", S, creating, 500, noCache],
  ["kubernetes", "GET", S, {}, 500, apiException],
  ["kubernetes", "GET", `${S}?view=all`, {}, 500, apiException],
  ["kubernetes", "GET", `${S}?view=interactive`, {}, 500, apiException],
  ["kubernetes", "POST", S, creatingNotebook, 500, apiException],
  ["kubernetes", "POST", `${S}/abc12345`, renewing, 500, apiException],
  ["kubernetes", "GET", `${S}/abc12345`, {}, 500, apiException],
  ["kubernetes", "GET", `${S}/abc12345/app`, {}, 500, apiException],
  ["kubernetes", "GET", `${S}/abc12345/app/abc`, {}, 500, apiException],
  ["kubernetes", "GET", `${S}/abc12345?view=logs`, {}, 200, ""],
  ["kubernetes", "GET", `${S}/abc12345?view=events`, {}, 404, "session abc12345 not found.\n"],
  ["kubernetes", "DELETE", `${S}/abc12345`, {}, 200, ""],
  ["metrics", "GET", `${S}?view=stats`, {}, 503, busy("null")],
  ["limit-range", "GET", `${S}?view=stats`, {}, 503, busy("null")],
  ["limit-range", "GET", "/v1/context", {}, 503, busy("null")],
  [
    "context",
    "GET",
    `${S}?view=stats`,
    {},
    500,
    exception("IllegalStateException: failed to gather resource statistics")
  ],
  ["context", "GET", "/v1/context", {}, 500, exception("IllegalStateException: Failed reading Resources as JSON")]
]

describe("a part that does not answer", () => {
  it.effect.each(rows)("%s: %s %s", ([outage, method, path, sending, status, body]) =>
    Effect.gen(function* () {
      yield* without(outage)
      const answer = yield* send(method, path, sending)
      assert.deepStrictEqual([answer.status, answer.text], [status, body])
      const { "Content-Type": contentType, "Retry-After": retryAfter, server } = answer.reply.headers
      assert.strictEqual(retryAfter, status === 503 ? "30" : undefined)
      if (body !== "") assert.strictEqual(contentType, "text/plain")
      // nobody gets as far as an action when nobody can be identified
      assert.strictEqual(server, outage === "posix-mapper" ? undefined : "OpenCADC/cadc-rest")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each([
    ["metrics", "/v1/image"],
    ["redis", S],
    ["home", S],
    ["posix-groups", S],
    ["kubernetes", "/v1/context"],
    ["context", S],
    ["membership", "/capabilities"]
  ] as const)("does not matter elsewhere: %s to %s", ([outage, path]) =>
    Effect.gen(function* () {
      yield* without(outage)
      assert.strictEqual((yield* send("GET", path)).status, 200)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("the identity service: noticed before any action begins, and not for nobodies", () =>
    Effect.gen(function* () {
      yield* without("posix-mapper")
      const { reply } = yield* send("GET", S)
      assert.deepStrictEqual(Object.keys(reply.headers), ["Content-Type"])
      assert.strictEqual((yield* send("GET", S, { authorization: null })).status, 400)
      assert.strictEqual((yield* send("GET", S, { authorization: "Bearer no" })).status, 401)
      assert.strictEqual((yield* send("GET", "/capabilities", { authorization: null })).status, 200)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each([
    ["membership", { image: terminal, gpus: "0" }, busy("null")],
    ["home", { name: "x", image: terminal, gpus: "0" }, "Invalid value for 'gpus': 0\n"],
    ["home", { name: "x", image: "images.canfar.net/a/b:1" }, busy("null")],
    ["redis", { name: "x", image: terminal, gpus: "0" }, "Invalid value for 'gpus': 0\n"],
    ["redis", { name: "x", image: terminal, cmd: "$HOME" }, noCache],
    ["job-creation", { name: "-x", image: terminal }, "canfar.net/name label value cannot be blank\n"]
  ] as const)("%s is missed in its turn: %j", ([outage, form, body]) =>
    Effect.gen(function* () {
      yield* without(outage)
      assert.strictEqual((yield* send("POST", S, { form })).text, body)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("the memberships: nobody asks for those of a callback token", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const desktop = yield* create({ type: "desktop" })
      const token = Redacted.value(yield* emulator.callbackToken(desktop))
      yield* without("membership")
      const headers = { "x-auth-token-skaha": token }
      for (const path of [S, `${S}/${desktop}`, "/v1/image", "/v1/context", "/v1/repository"]) {
        assert.strictEqual((yield* send("GET", path, { authorization: null, headers })).status, 200)
      }
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("the cluster: nothing is created or destroyed, whatever is said", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const desktop = yield* create({ type: "desktop" })
      yield* without("kubernetes")
      const refused = yield* send("POST", S, creating)
      assert.strictEqual(refused.status, 500)
      assert.match(refused.text, /ApiException: jobs\.batch "skaha-headless-alice-[a-z0-9]{8}" not found$/)
      const app = yield* send("POST", `${S}/${desktop}/app`, { form: { image: terminal } })
      assert.strictEqual(app.status, 404)
      assert.strictEqual((yield* send("DELETE", `${S}/${desktop}`)).status, 200)
      yield* emulator.setFaults([])
      assert.lengthOf((yield* send("GET", S)).json() as ReadonlyArray<unknown>, 1)
      assert.strictEqual((yield* send("GET", `${S}/${desktop}/app`)).text, "[]")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("new jobs: a session is missed, a desktop-app is not", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      yield* without("job-creation")
      const refused = yield* send("POST", S, creating)
      assert.deepStrictEqual([refused.status, refused.text.endsWith("not found")], [500, true])
      const app = yield* send("POST", `${S}/${desktop}/app`, { form: { image: terminal } })
      assert.deepStrictEqual([app.status, /^[a-z][a-z0-9]{2}\n$/.test(app.text)], [200, true])
      assert.lengthOf((yield* send("GET", S)).json() as ReadonlyArray<unknown>, 1)
      assert.strictEqual((yield* send("GET", `${S}/${desktop}/app`)).text, "[]")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each(["1.0", "0.29"] satisfies ReadonlyArray<ProfileName>)("old servers ask the nodes: %s", (profile) =>
    Effect.gen(function* () {
      const path = `/${profile === "0.29" ? "v0" : "v1"}/session?view=stats`
      yield* without("metrics")
      assert.strictEqual((yield* send("GET", path)).status, 200)
      yield* without("kubernetes")
      const answer = yield* send("GET", path)
      assert.deepStrictEqual(
        [answer.status, answer.text],
        [500, exception("IllegalStateException: failed to gather resource statistics")]
      )
    }).pipe(Effect.provide(Emulator.layer({ profile })))
  )
})
