import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Emulator } from "../src/index.ts"
import { create, send, type Sending, terminal } from "./support.ts"

type Row = readonly [situation: string, method: string, path: string, sending: Sending, status: number, body: string]

const post = (parameters: Record<string, string>, headers: Record<string, string> = {}): Sending => ({
  form: parameters,
  headers
})
const good = { name: "x", image: terminal }
const privateImage = "images.canfar.net/private/thing:1"
// hosts are compared without a boundary
const beside = "images.canfar.net.evil/x:1"
const withAuth = (secret: string) => post({ ...good, image: privateImage }, { "x-skaha-registry-auth": secret })
const S = "/v1/session"
const long = "a".repeat(64)
const longest = "a".repeat(63)
const noLabel = "canfar.net/id label value must match Kubernetes label value syntax\n"
const blankLabel = "canfar.net/id label value cannot be blank\n"
const noAuth =
  "No authentication provided for unknown or private image.  " +
  "Use x-skaha-registry-auth request header with base64Encode(username:secret).\n"

// The bodies are complete: where a newline is missing here, the platform sends none.
const rows: ReadonlyArray<Row> = [
  ["nobody calls", "GET", S, { authorization: null }, 400, "cannot get group memberships for anonymous\n"],
  ["basic is nobody", "GET", S, { authorization: "Basic YTpi" }, 400, "cannot get group memberships for anonymous\n"],
  ["an unknown token", "GET", S, { authorization: "Bearer no" }, 401, "Cannot validate token using user info endpoint"],
  ["a token that looks like a JWT", "GET", S, { authorization: "Bearer a.b.c" }, 401, "Invalid JWT token"],
  ["two tokens", "GET", S, { authorization: "Bearer a, Bearer b" }, 401, "Multiple authorization tokens not supported"],
  ["a malformed credential", "GET", S, { authorization: "what" }, 401, "BUG: invalid authorization what"],
  ["another scheme", "GET", S, { authorization: "Digest a" }, 401, "unhandled auth: Authorization Digest a"],
  [
    "a callback token",
    "GET",
    S,
    { authorization: null, headers: { "x-auth-token-skaha": "a~b" } },
    403,
    "Invalid auth token\n"
  ],
  ["an unknown session", "GET", `${S}/nosuch01`, {}, 404, "session nosuch01 not found\n"],
  ["its events", "GET", `${S}/nosuch01?view=events`, {}, 404, "session nosuch01 not found.\n"],
  ["its log", "GET", `${S}/nosuch01?view=logs`, {}, 200, ""],
  ["an unknown app", "GET", `${S}/a1/app/b-`, {}, 404, "desktop app with session a1 and app ID b- was not found\n"],
  ["an id that is no label", "GET", `${S}/a%20b`, {}, 400, noLabel],
  ["an id with a hyphen last", "GET", `${S}/a-`, {}, 400, noLabel],
  ["all that a label may have", "GET", `${S}/9_a.b-C`, {}, 404, "session 9_a.b-C not found\n"],
  ["the longest label", "GET", `${S}/${longest}`, {}, 404, `session ${longest} not found\n`],
  ["an id that is too long", "GET", `${S}/${long}`, {}, 400, "canfar.net/id label value exceeds 63 characters\n"],
  ["the log of what is no id", "GET", `${S}/a-?view=logs`, {}, 400, noLabel],
  ["the events of what is no id", "GET", `${S}/a-?view=events`, {}, 400, noLabel],
  ["the log of no id", "GET", `${S}/?view=logs`, {}, 400, blankLabel],
  ["the events of no id", "GET", `${S}/?view=events`, {}, 400, blankLabel],
  ["the apps of what is no id", "GET", `${S}/a-/app`, {}, 200, "[]"],
  ["an app of what is no id", "GET", `${S}/a-/app/b`, {}, 400, noLabel],
  ["an empty id", "GET", `${S}/`, {}, 404, "session  not found\n"],
  ["too many parts", "GET", `${S}/a/b/c/d`, {}, 400, "Invalid request: a/b/c/d\n"],
  ["posting to them", "POST", `${S}/a/b/c/d`, post(good), 400, "Invalid request: a/b/c/d\n"],
  ["deleting them", "DELETE", `${S}/a/b/c/d`, {}, 400, "Invalid request: a/b/c/d\n"],
  ["no image", "POST", S, post({ name: "x" }), 400, "Missing parameter 'image'\n"],
  ["no image for an app", "POST", `${S}/a1/app`, post({}), 400, "Missing parameter 'image'\n"],
  ["no image for an app's id", "POST", `${S}/a1/app/b`, post({}), 400, "Missing parameter 'image'\n"],
  ["a blank image", "POST", S, post({ ...good, image: " " }), 400, "image is required\n"],
  ["a blank image for an app", "POST", `${S}/a1/app`, post({ image: " " }), 400, "image is required\n"],
  [
    "a foreign image, before a bad type",
    "POST",
    S,
    post({ image: "docker.io/x:1", type: "x" }),
    400,
    "session image 'docker.io/x:1' must come from one of [images.canfar.net, images.example.org]\n"
  ],
  [
    "a bad type, before bad cores",
    "POST",
    S,
    post({ ...good, type: "x", cores: "x" }),
    400,
    "Invalid session type: x\n"
  ],
  ["a blank type", "POST", S, post({ ...good, type: " " }), 400, "Invalid session type:  \n"],
  [
    "bad cores, before bad ram",
    "POST",
    S,
    post({ ...good, cores: "0.5", ram: "x" }),
    400,
    "Invalid value for 'cores': 0.5\n"
  ],
  ["cores not on offer", "POST", S, post({ ...good, cores: "17" }), 400, "Invalid value for 'cores': 17\n"],
  ["ram that is no number", "POST", S, post({ ...good, ram: "x" }), 400, "Invalid value for 'ram': x\n"],
  ["bad ram, before no name", "POST", S, post({ image: terminal, ram: "3" }), 400, "Invalid value for 'ram': 3\n"],
  ["no name", "POST", S, post({ image: terminal }), 400, "Missing parameter 'name'\n"],
  ["a blank name", "POST", S, post({ ...good, name: " " }), 400, "Missing parameter 'name'\n"],
  [
    "a bad name, before bad gpus",
    "POST",
    S,
    post({ ...good, name: "a_b", gpus: "0" }),
    400,
    "name can only contain alpha-numeric chars and '-'\n"
  ],
  ["gpus of 0", "POST", S, post({ ...good, gpus: "0" }), 400, "Invalid value for 'gpus': 0\n"],
  ["gpus not on offer", "POST", S, post({ ...good, gpus: "29" }), 400, "Invalid value for 'gpus': 29\n"],
  ["gpus that are no integer", "POST", S, post({ ...good, gpus: "1.0" }), 400, "Invalid value for 'gpus': 1.0\n"],
  [
    "bad gpus, before an image nobody knows",
    "POST",
    S,
    post({ ...good, image: privateImage, gpus: "x" }),
    400,
    "Invalid value for 'gpus': x\n"
  ],
  [
    "a name with a hyphen first",
    "POST",
    S,
    post({ ...good, name: "-x" }),
    400,
    "canfar.net/name label value cannot be blank\n"
  ],
  [
    "an image nobody knows, before a bad command",
    "POST",
    S,
    post({ ...good, image: privateImage, cmd: "$HOME" }),
    400,
    noAuth
  ],
  ["a public image by digest", "POST", S, post({ ...good, image: `${terminal}@sha256:${long}` }), 400, noAuth],
  ["one without its tag", "POST", S, post({ ...good, image: terminal.replace(/:.*/, "") }), 400, noAuth],
  ["one that only begins with a trusted host", "POST", S, post({ ...good, image: beside }), 400, noAuth],
  [
    "registry: length",
    "POST",
    S,
    withAuth("abc"),
    400,
    "Length of Base64 encoded input string is not a multiple of 4.\n"
  ],
  ["registry: characters", "POST", S, withAuth("ab!="), 400, "Illegal character in Base64 encoded data.\n"],
  ["registry: blanks", "POST", S, withAuth("dTpz  =="), 400, "Illegal character in Base64 encoded data.\n"],
  ["registry: no colon", "POST", S, withAuth(btoa("abc")), 400, "Invalid input.  Must be in form of username:secret\n"],
  [
    "registry: two colons",
    "POST",
    S,
    withAuth(btoa("a:b:c")),
    400,
    "Invalid input.  Must be in form of username:secret\n"
  ],
  ["registry: no secret", "POST", S, withAuth(btoa("a:")), 400, "Invalid input.  Must be in form of username:secret\n"],
  ["registry: no user", "POST", S, withAuth(btoa(":secret")), 400, "username is required.\n"],
  ["registry: blank secret", "POST", S, withAuth(btoa("user: ")), 400, "secret value cannot be empty.\n"],
  ["a group by name", "POST", S, post({ ...good, cmd: "$HOME" }), 400, "Illegal group reference\n"],
  [
    "a final dollar",
    "POST",
    S,
    post({ ...good, args: "a$" }),
    400,
    "Illegal group reference: group index is missing\n"
  ],
  ["a group in braces", "POST", S, post({ ...good, env: "A=${x}" }), 400, "No group with name {x}\n"],
  [
    "a group by number",
    "POST",
    S,
    post({ ...good, cmd: "$1" }),
    500,
    "unexpected exception: java.lang.IndexOutOfBoundsException: No group 1"
  ],
  [
    "a command for a notebook too",
    "POST",
    S,
    post({ ...good, type: "notebook", cmd: "$HOME" }),
    400,
    "Illegal group reference\n"
  ],
  [
    "an app as a session",
    "POST",
    S,
    post({ ...good, type: "desktop-app" }),
    500,
    "unexpected exception: java.nio.file.NoSuchFileException: /config/launch-desktop_app.yaml"
  ],
  ["no action", "POST", `${S}/a1`, post({ image: terminal }), 400, "Cannot modify an existing session\n"],
  ["no action, and no id", "POST", `${S}/`, post({}), 400, "Cannot modify an existing session\n"],
  ["a blank action", "POST", `${S}/a1`, post({ action: " " }), 400, "Cannot modify an existing session\n"],
  ["an unknown action", "POST", `${S}/a1`, post({ action: "stop" }), 400, "unrecognized action\n"],
  [
    "renewing the unknown",
    "POST",
    `${S}/a1`,
    post({ action: "Renew" }),
    400,
    "No active job for user PosixPrincipal [uidNumber=1001,1001,alice] with session a1\n"
  ],
  ["renewing nothing", "POST", `${S}/`, post({ action: "renew" }), 400, blankLabel],
  ["renewing what is no id", "POST", `${S}/a-`, post({ action: "renew" }), 400, noLabel],
  ["an app for what is no id", "POST", `${S}/a-/app`, post({ image: "any/thing" }), 400, noLabel],
  [
    "bad cores of an app",
    "POST",
    `${S}/a-/app`,
    post({ image: "x", cores: "x" }),
    400,
    "Invalid value for 'cores': x\n"
  ],
  ["bad ram of an app", "POST", `${S}/a-/app`, post({ image: "x", ram: "3" }), 400, "Invalid value for 'ram': 3\n"],
  ["an app of no desktop", "POST", `${S}/a1/app`, post({ image: "any/thing" }), 404, "session a1 not found\n"],
  ["changing an app", "POST", `${S}/a1/app/b`, post({ image: "x" }), 400, "Cannot modify an existing app.\n"],
  ["deleting all", "DELETE", S, {}, 400, "Cannot kill all sessions.\n"],
  ["deleting nothing", "DELETE", `${S}/`, {}, 200, ""],
  ["deleting the unknown", "DELETE", `${S}/nosuch01`, {}, 200, ""],
  ["deleting what is no id", "DELETE", `${S}/a%20b`, {}, 200, ""],
  ["deleting all apps", "DELETE", `${S}/a1/app`, {}, 400, "Missing app ID\n"],
  ["deleting an unknown app", "DELETE", `${S}/a1/app/b`, {}, 200, ""],
  ["deleting an app of what is no id", "DELETE", `${S}/a-/app/b`, {}, 400, noLabel],
  [
    "deleting an app whose id is too long",
    "DELETE",
    `${S}/a1/app/${long}`,
    {},
    400,
    "canfar.net/app-id label value exceeds 63 characters\n"
  ],
  [
    "deleting what is no app id",
    "DELETE",
    `${S}/a1/app/b-`,
    {},
    400,
    "canfar.net/app-id label value must match Kubernetes label value syntax\n"
  ],
  ["an unknown type of image", "GET", "/v1/image?type=Notebook", {}, 400, "unknown type: Notebook\n"],
  ["an empty type of image", "GET", "/v1/image?type=", {}, 400, "unknown type: \n"],
  ["a method without action", "PUT", S, { authorization: null }, 405, "unsupported: HTTP PUT\n"],
  ["the same with a bad token", "HEAD", S, { authorization: "Bearer no" }, 405, "unsupported: HTTP HEAD\n"],
  ["the same on an image", "POST", "/v1/image", { authorization: null }, 405, "unsupported: HTTP POST\n"],
  ["the same on a registry", "DELETE", "/v1/repository", {}, 405, "unsupported: HTTP DELETE\n"],
  ["the same on the capabilities", "POST", "/capabilities", {}, 405, "unsupported: HTTP POST\n"]
]

describe("the error catalogue", () => {
  const layer = Emulator.layer({ hosts: ["images.canfar.net", "images.example.org"] })

  it.effect.each(rows)("%s", ([, method, path, sending, status, body]) =>
    Effect.gen(function* () {
      const answer = yield* send(method, path, sending)
      assert.deepStrictEqual([answer.status, answer.text], [status, body])
      if (status !== 200) assert.match(answer.reply.headers["Content-Type"] ?? "", /^text\/plain/)
    }).pipe(Effect.provide(layer))
  )

  const hostnameError =
    /^unexpected exception: java\.lang\.RuntimeException: .*jobs\.batch "skaha-headless-alice-[a-z0-9]{8}" not found$/
  it.effect.each([{ name: "x-" }, { name: long }, { cmd: 'say "hi"' }, { args: 'a "b' }, { env: "=value" }])(
    "a job that Kubernetes refuses: %j",
    (parameters) =>
      Effect.gen(function* () {
        const answer = yield* send("POST", S, post({ ...good, ...parameters }))
        assert.strictEqual(answer.status, 500)
        assert.match(answer.text, hostnameError)
        assert.strictEqual((yield* send("GET", S)).text, "[]")
      }).pipe(Effect.provide(layer))
  )

  it.effect("the limit of interactive sessions counts only what is active, and not headless ones", () =>
    Effect.gen(function* () {
      const first = yield* create({ type: "notebook" })
      yield* create({ type: "carta" })
      yield* create()
      const misnamed = yield* send("POST", S, post({ ...good, type: "firefly", name: "a_b" }))
      assert.match(misnamed.text, /^name can only contain/)
      const refused = yield* send("POST", S, post({ ...good, type: "firefly", gpus: "0" }))
      assert.deepStrictEqual(
        [refused.status, refused.text],
        [400, "User bob has reached the maximum of 2 active sessions.\n"]
      )
      yield* create()
      yield* send("DELETE", `${S}/${first}`)
      yield* create({ type: "firefly" })
    }).pipe(Effect.provide(Emulator.layer({ user: "bob", maxInteractiveSessions: 2 })))
  )

  it.effect("credentials let an image in that nobody knows", () =>
    Effect.gen(function* () {
      const answer = yield* send("POST", S, withAuth(btoa(" user : secret ")))
      assert.strictEqual(answer.status, 200)
    }).pipe(Effect.provide(layer))
  )

  it.effect("those for an image that everybody knows are not even read", () =>
    Effect.gen(function* () {
      yield* create()
      const answer = yield* send("POST", S, post(good, { "x-skaha-registry-auth": "?" }))
      assert.strictEqual(answer.status, 200)
    }).pipe(Effect.provide(layer))
  )
})

describe("headers of replies", () => {
  const names = (reply: { readonly headers: Readonly<Record<string, string>> }) => Object.keys(reply.headers)

  it.effect("an action says who is asking, whatever comes of it", () =>
    Effect.gen(function* () {
      for (const path of [S, `${S}/nosuch01`, "/v1/context"]) {
        const { reply } = yield* send("GET", path)
        assert.strictEqual(reply.headers["server"], "OpenCADC/cadc-rest")
        assert.strictEqual(reply.headers["x-vo-authenticated"], "alice")
        assert.notInclude(names(reply), "WWW-Authenticate")
      }
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("strangers are challenged", () =>
    Effect.gen(function* () {
      const anonymous = (yield* send("GET", S, { authorization: null })).reply
      assert.deepStrictEqual(anonymous.headers, {
        server: "OpenCADC/cadc-rest",
        "WWW-Authenticate": "Bearer",
        "Content-Type": "text/plain"
      })
      const refused = (yield* send("GET", S, { authorization: "Bearer no" })).reply
      assert.deepStrictEqual(refused.headers, {
        "WWW-Authenticate":
          'Bearer error="invalid_token", error_description="Cannot validate token using user info endpoint"',
        "Content-Type": "text/plain"
      })
      const several = (yield* send("GET", S, { authorization: "Bearer a, Bearer b" })).reply
      assert.match(several.headers["WWW-Authenticate"] ?? "", /^Bearer error="invalid_request"/)
      for (const authorization of ["Digest a", "what"]) {
        const { reply } = yield* send("GET", S, { authorization })
        assert.deepStrictEqual(reply.headers, { "WWW-Authenticate": "Bearer", "Content-Type": "text/plain" })
      }
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("success without a body has no content type", () =>
    Effect.gen(function* () {
      const id = yield* create()
      for (const [method, sending] of [
        ["POST", post({ action: "renew" })],
        ["DELETE", {}]
      ] as const) {
        const { reply, text } = yield* send(method, `${S}/${id}`, sending)
        assert.deepStrictEqual([reply.status, text], [200, ""])
        assert.deepStrictEqual(names(reply), ["server", "x-vo-authenticated"])
      }
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
