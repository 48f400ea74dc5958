import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Emulator, type EmulatorOptions } from "../src/index.ts"
import { EmulatorServer, type ServerOptions } from "../src/node/index.ts"
import { terminal } from "./support.ts"
import { echo, fetchRaw, fetchSkaha, headerOf, type HttpAnswer, pem, tls } from "./support-http.ts"

const page = "http://localhost:3000"

const platform = (options: EmulatorOptions & ServerOptions = { cors: true, allowedOrigins: [page] }) =>
  Layer.provideMerge(EmulatorServer.layer(options), Emulator.layer(options))

/** The headers by which a browser decides, without those of the platform itself. */
const decisive = (answer: HttpAnswer) =>
  Object.fromEntries(
    answer.headers.flatMap((name, at) =>
      at % 2 === 0 && /^(access-control-.*|vary)$/i.test(name) ? [[name, answer.headers[at + 1]]] : []
    )
  )

const readable = {
  "Access-Control-Allow-Origin": page,
  "Access-Control-Allow-Credentials": "true",
  "Access-Control-Expose-Headers": "Retry-After, WWW-Authenticate, x-vo-authenticated",
  Vary: "Origin"
}

const preflight = (origin: string, headers: Record<string, string> = {}) =>
  Effect.flatMap(EmulatorServer, ({ url }) =>
    fetchRaw(`${url}/v1/session`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "DELETE", ...headers }
    })
  )

describe("CORS", () => {
  it.live("is off by default, as on the platform", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(decisive(yield* fetchSkaha("/v1/session", { headers: { origin: page } })), {})
      const asked = yield* preflight(page)
      assert.deepStrictEqual([asked.status, decisive(asked)], [200, {}])
      assert.isDefined(headerOf(asked, "allow"))
    }).pipe(Effect.provide(platform({ allowedOrigins: [page] })))
  )

  it.live("lets pages of the allowed origins ask first", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const asked = yield* preflight(page, {
        "access-control-request-headers": "authorization,x-skaha-registry-auth, X-Skaha-Client,x-other,x-skaha-a b"
      })
      assert.strictEqual(asked.status, 204)
      assert.strictEqual(asked.text, "")
      assert.isUndefined(headerOf(asked, "content-length"))
      assert.isUndefined(headerOf(asked, "transfer-encoding"))
      assert.deepStrictEqual(decisive(asked), {
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, x-skaha-registry-auth, X-Skaha-Client",
        "Access-Control-Max-Age": "600",
        ...readable
      })
      assert.deepStrictEqual(yield* emulator.requests, [], "the platform itself is not asked")
      const { url } = yield* EmulatorServer
      const plain = yield* fetchRaw(`${url}/v1/session`, { method: "OPTIONS", headers: { origin: page } })
      assert.strictEqual(plain.status, 200, "an OPTIONS that asks for no permission is the platform's")
    }).pipe(Effect.provide(platform()))
  )

  it.live("lets them read every reply", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const headers = { origin: page }
      for (const [path, method, status] of [
        ["/v1/session", "GET", 200],
        ["/v1/session/nosuch01", "GET", 404],
        ["/v1/session", "PUT", 405],
        ["/nosuch", "GET", 404],
        [`/v1/session?x=${"x".repeat(9000)}`, "GET", 400]
      ] as const) {
        const answer = yield* fetchSkaha(path, { method, headers })
        assert.deepStrictEqual([answer.status, decisive(answer)], [status, readable], path)
      }
      yield* emulator.setFaults([
        { match: {}, action: { _tag: "Reply", status: 503, headers: { "Retry-After": "1" } } }
      ])
      const busy = yield* fetchSkaha("/v1/session", { headers })
      assert.deepStrictEqual([busy.status, headerOf(busy, "retry-after"), decisive(busy)], [503, "1", readable])
    }).pipe(Effect.provide(platform()))
  )

  it.live("tells nothing to other pages", () =>
    Effect.gen(function* () {
      for (const origin of ["http://evil.example", "null", "http://localhost:3001"]) {
        const answer = yield* fetchSkaha("/v1/session", { headers: { origin } })
        assert.deepStrictEqual([answer.status, decisive(answer)], [403, { Vary: "Origin" }])
        assert.strictEqual((yield* preflight(origin)).status, 403)
      }
      const direct = yield* fetchSkaha("/v1/session")
      assert.deepStrictEqual([direct.status, decisive(direct)], [200, { Vary: "Origin" }])
    }).pipe(Effect.provide(platform()))
  )
})

describe("any origin", () => {
  const anywhere = { cors: true, allowedOrigins: ["*", page] }

  it.live("may call with a token", () =>
    Effect.gen(function* () {
      const answer = yield* fetchSkaha("/v1/session", { headers: { origin: "http://elsewhere.example" } })
      assert.deepStrictEqual([answer.status, answer.text], [200, "[]"])
      assert.deepStrictEqual(decisive(answer), {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": readable["Access-Control-Expose-Headers"],
        Vary: "Origin"
      })
      assert.deepStrictEqual(decisive(yield* fetchSkaha("/v1/session", { headers: { origin: page } })), readable)
      const foreign = yield* fetchSkaha("/v1/session", { headers: { origin: page, host: "evil.example" } })
      assert.strictEqual(foreign.status, 403, "but not under a name of its own")
    }).pipe(Effect.provide(platform(anywhere)))
  )

  it.live("cannot use what a browser adds by itself", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const shown = { ca: pem("ca"), key: pem("alice"), cert: pem("alice") }
      const from = (origin: string) =>
        Effect.map(
          fetchRaw(url, { tls: shown, headers: { origin, cookie: "CADC_SSO=x" } }),
          ({ text }) => JSON.parse(text) as { readonly certificate?: unknown; readonly headers: { cookie?: string } }
        )
      const stranger = yield* from("http://elsewhere.example")
      assert.notProperty(stranger, "certificate")
      assert.notProperty(stranger.headers, "cookie")
      const friend = yield* from(page)
      assert.property(friend, "certificate")
      assert.propertyVal(friend.headers, "cookie", "CADC_SSO=x")
    }).pipe(
      Effect.provide(
        Layer.provideMerge(EmulatorServer.layer({ ...anywhere, tls: { ...tls, clientCa: pem("ca") } }), echo)
      )
    )
  )

  it.live("starts nothing in the name of a user whose cookie it has", () => {
    const options = { ...anywhere, identityManager: "ac", users: [{ name: "bob", cookie: "secret" }] } as const
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const create = (origin: string) =>
        fetchRaw(`${url}/v1/session`, {
          method: "POST",
          headers: { origin, cookie: "CADC_SSO=secret", "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ name: "x", image: terminal }).toString()
        })
      assert.strictEqual((yield* create("http://elsewhere.example")).status, 400)
      assert.strictEqual((yield* create(page)).status, 200)
    }).pipe(Effect.provide(platform(options)))
  })
})
