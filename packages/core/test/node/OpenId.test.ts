import {
  ProviderRefused,
  ProviderUnavailable,
  ProviderUnsuitable,
  ReplyUndecodable,
  Settings,
  type Transport
} from "@skaha/core"
import { OpenId, UndiciTransport, type Login } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { nobody, serve } from "../support/loopback.ts"
import {
  client,
  device,
  endpoints,
  metadata,
  mockProvider,
  origin,
  refusal,
  registered
} from "../support/mockProvider.ts"
import { reply } from "../support/platform.ts"

const wellKnown = "/.well-known/openid-configuration"

const discover = (document: unknown, options: Partial<OpenId.DiscoverOptions> = {}) => {
  const provider = mockProvider({ [wellKnown]: reply(document) })
  return Effect.provide(OpenId.discover({ provider: origin, ...options }), provider.layer)
}

/** Asks a provider for everything there is, one after the other, as long as it goes well. */
const requests = (given: Login.Endpoints, options: OpenId.ProviderOptions) =>
  ({
    discover: OpenId.discover({ provider: given.discovery, ...options }),
    register: OpenId.register(given, options),
    authorizeDevice: OpenId.authorizeDevice(given, client, options),
    redeemDeviceCode: OpenId.redeemDeviceCode(given, client, Redacted.make("secret-device-code"), options),
    refresh: OpenId.refresh(
      given,
      client,
      { access: Redacted.make("secret-access-0"), refresh: Redacted.make("secret-refresh-0") },
      options
    ),
    userinfo: OpenId.userinfo(given, client, { access: Redacted.make("secret-access-0") }, options)
  }) as const

const names = ["discover", "register", "authorizeDevice", "redeemDeviceCode", "refresh", "userinfo"] as const

describe("OpenId", () => {
  describe("discover", () => {
    it.effect.each([origin, `${origin}/`, `${origin}${wellKnown}`])("finds a provider by %s", (provider) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* discover(metadata, { provider }), endpoints)
      })
    )

    it.effect("finds one that is not at the root of its host", () =>
      Effect.gen(function* () {
        const issuer = `${origin}/realms/skao`
        const layer = mockProvider({ [`/realms/skao${wellKnown}`]: reply({ ...metadata, issuer }) }).layer
        const found = yield* Effect.provide(OpenId.discover({ provider: issuer }), layer)
        assert.strictEqual(found.discovery, `${issuer}${wellKnown}`)
      })
    )

    it.effect.each([
      [origin, undefined],
      [`${origin}/`, undefined],
      [`${origin}/`, `${origin}/`]
    ])("takes the issuer %s where %s is meant", ([issuer, meant]) =>
      Effect.asVoid(discover({ ...metadata, issuer }, { issuer: meant }))
    )

    it.effect.each([
      ["https://evil.example/", undefined],
      [`${origin}/other`, undefined],
      ["https://IAM.example/", undefined],
      [origin, `${origin}/`],
      [`${origin}/`, "https://other.example/"]
    ])("refuses the issuer %s where %s is meant", ([issuer, meant]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(discover({ ...metadata, issuer }, { issuer: meant }))
        assert.instanceOf(error, ProviderUnsuitable)
        assert.include(error, { problem: "issuer", origin, code: "provider.unsuitable" })
      })
    )

    it.effect.each(["token_endpoint", "device_authorization_endpoint"])("needs a %s", (name) =>
      Effect.gen(function* () {
        for (const wrong of [undefined, null, 7, ""]) {
          const error = yield* Effect.flip(discover({ ...metadata, [name]: wrong }))
          assert.instanceOf(error, ProviderUnsuitable)
          assert.strictEqual(error.problem, "endpoint")
          assert.include(error.message, name)
        }
      })
    )

    it.effect.each(["registration_endpoint", "userinfo_endpoint"])("does without a %s", (name) =>
      Effect.asVoid(discover({ ...metadata, [name]: undefined }))
    )

    it.effect.each([
      ["http://iam.example/token", "address"],
      ["ftp://iam.example/token", "address"],
      ["http://127.0.0.1/token", "address"],
      ["/token", "endpoint"]
    ])("refuses a provider whose token endpoint is %s", ([address, problem]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(discover({ ...metadata, token_endpoint: address }))
        assert.instanceOf(error, ProviderUnsuitable)
        assert.strictEqual(error.problem, problem)
      })
    )

    it.effect.each([
      ["http://iam.example", undefined],
      ["http://iam.example", true],
      ["http://127.0.0.1.evil.example", true],
      ["http://127.0.0.1:1", undefined],
      ["no address", undefined]
    ] as const)("asks nobody at %s (insecure: %s)", ([provider, allowInsecureRequests]) =>
      Effect.gen(function* () {
        const { layer, sent } = mockProvider()
        const error = yield* Effect.flip(Effect.provide(OpenId.discover({ provider, allowInsecureRequests }), layer))
        assert.instanceOf(error, ProviderUnsuitable)
        assert.deepStrictEqual(sent, [])
      })
    )

    it.effect.each([
      [reply("<h1>Hello</h1>", 200, { "content-type": "text/html" }), ReplyUndecodable],
      [reply("null"), ReplyUndecodable],
      [reply([]), ReplyUndecodable],
      [reply(""), ReplyUndecodable],
      [reply("", 204), ReplyUndecodable],
      [reply({}), ReplyUndecodable],
      [reply("", 404), ProviderRefused],
      [reply("", 301, { location: "https://elsewhere.example" }), ProviderRefused],
      [reply("", 0), ProviderRefused],
      [reply("", 500), ProviderUnavailable]
    ] as const)("says what is wrong with a reply (%#)", ([answer, expected]) =>
      Effect.gen(function* () {
        const { layer, sent } = mockProvider({ [wellKnown]: answer })
        const error = yield* Effect.flip(Effect.provide(OpenId.discover({ provider: origin }), layer))
        assert.strictEqual(error.constructor, expected)
        // A redirect is not followed.
        assert.strictEqual(sent.length, 1)
      })
    )
  })

  describe("register", () => {
    it.effect("sends what a program without a browser is, and takes what it is given", () =>
      Effect.gen(function* () {
        const { layer, sent } = mockProvider()
        const made = yield* Effect.provide(OpenId.register(endpoints, { name: "Skaha on my laptop" }), layer)
        assert.strictEqual(made.id, registered.client_id)
        assert.strictEqual(made.secret && Redacted.value(made.secret), registered.client_secret)
        assert.isUndefined(made.secretExpires)
        assert.strictEqual(sent.length, 1)
        assert.strictEqual(sent[0]?.headers["content-type"], "application/json")
        assert.deepStrictEqual(JSON.parse(sent[0]?.body ?? ""), {
          client_name: "Skaha on my laptop",
          grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
          response_types: [],
          redirect_uris: [],
          token_endpoint_auth_method: "client_secret_basic",
          scope: "openid profile email offline_access"
        })
      })
    )

    it.effect("knows when the secret ends", () =>
      Effect.gen(function* () {
        const { layer } = mockProvider({ "/register": reply({ ...registered, client_secret_expires_at: 5000 }, 201) })
        const made = yield* Effect.provide(OpenId.register(endpoints), layer)
        assert.deepStrictEqual(made.secretExpires, DateTime.makeUnsafe(5_000_000))
      })
    )

    it.effect("is refused by a provider that does not want to", () =>
      Effect.gen(function* () {
        const { layer } = mockProvider({ "/register": refusal("invalid_client_metadata") })
        const error = yield* Effect.flip(Effect.provide(OpenId.register(endpoints), layer))
        assert.instanceOf(error, ProviderRefused)
        assert.include(error, { request: "registration", status: 400, error: "invalid_client_metadata" })
        assert.strictEqual(
          error.message,
          `the identity provider ${origin} refused to register this program: invalid_client_metadata`
        )
      })
    )

    it.effect("says that a provider registers nobody", () =>
      Effect.gen(function* () {
        const { layer, sent } = mockProvider()
        const { registration: _, ...closed } = endpoints
        const error = yield* Effect.flip(Effect.provide(OpenId.register(closed), layer))
        assert.instanceOf(error, ProviderUnsuitable)
        assert.deepStrictEqual(sent, [])
      })
    )
  })

  describe("a client", () => {
    const authorizationOf = (given: Login.Client) =>
      Effect.gen(function* () {
        const { layer, sent } = mockProvider()
        yield* Effect.provide(OpenId.authorizeDevice(endpoints, given), layer)
        return { header: sent[0]?.headers["authorization"], body: new URLSearchParams(sent[0]?.body) }
      })

    it.effect.each([
      ["72dc0dd8-a11b_x.~", "AbC-_.~0", "72dc0dd8-a11b_x.~:AbC-_.~0"],
      ["a b", "c:d=e/é%", "a+b:c%3Ad%3De%2F%C3%A9%25"],
      ["a=b", "c", "a%3Db:c"]
    ] as const)("proves itself by its id %j and its secret, encoded only where needed", ([id, secret, plain]) =>
      Effect.gen(function* () {
        const { header, body } = yield* authorizationOf({ id, secret: Redacted.make(secret) })
        assert.strictEqual(header, `Basic ${btoa(plain)}`)
        assert.isFalse(body.has("client_secret"))
        assert.strictEqual(body.get("scope"), "openid profile email offline_access")
      })
    )

    it.effect("without a secret only names itself", () =>
      Effect.gen(function* () {
        const { header, body } = yield* authorizationOf({ id: "public" })
        assert.isUndefined(header)
        assert.strictEqual(body.get("client_id"), "public")
      })
    )
  })

  it.effect("asks for tokens in forms, with a limit, and under its own name", () =>
    Effect.gen(function* () {
      const { layer, sent } = mockProvider()
      const all = requests(endpoints, { timeout: 7 })
      yield* Effect.provide(all.redeemDeviceCode, layer)
      yield* Effect.provide(all.refresh, layer)
      for (const { headers, limits, method, origin: to } of sent) {
        assert.strictEqual(method, "POST")
        assert.strictEqual(to, origin)
        assert.match(headers["content-type"] ?? "", /^application\/x-www-form-urlencoded/)
        assert.match(headers["user-agent"] ?? "", /^skaha-typescript\//)
        assert.deepStrictEqual(limits, { connect: 7, headers: 7, body: 7, total: 7 })
      }
      assert.deepStrictEqual(
        sent.map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
        [
          { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: "secret-device-code" },
          { grant_type: "refresh_token", refresh_token: "secret-refresh-0" }
        ]
      )
    })
  )

  it.effect("takes the user's time for what a login ends by, not the provider's, nor an identity token's", () =>
    Effect.gen(function* () {
      const answer = reply({ access_token: "a", token_type: "bearer", expires_in: 60, id_token: "no.token" })
      const { layer } = mockProvider({ "/token": answer })
      const { redeemDeviceCode, refresh } = requests(endpoints, {})
      for (const tokens of [yield* Effect.provide(redeemDeviceCode, layer), yield* Effect.provide(refresh, layer)]) {
        assert.deepStrictEqual(tokens.accessExpires, DateTime.makeUnsafe(60_000))
      }
    })
  )

  it.effect.each(["600", 1e300])("understands an expiry that is %j", (expires_in) =>
    Effect.gen(function* () {
      const { layer } = mockProvider({ "/token": reply({ access_token: "a", token_type: "Bearer", expires_in }) })
      const { accessExpires } = yield* Effect.provide(requests(endpoints, {}).refresh, layer)
      assert.deepStrictEqual(accessExpires, expires_in === "600" ? DateTime.makeUnsafe(600_000) : undefined)
    })
  )

  describe("over a real network", () => {
    const transport = UndiciTransport.layer.pipe(Layer.provide(Layer.orDie(Settings.layer())))
    const options = { allowInsecureRequests: true, timeout: 0.2 }

    const endpointsAt = (at: string): Login.Endpoints => ({
      discovery: `${at}${wellKnown}`,
      device: `${at}/devicecode`,
      token: `${at}/token`,
      registration: `${at}/register`,
      userinfo: `${at}/userinfo`
    })

    const failures = (at: string) =>
      Effect.forEach(names, (name) => {
        const request: Effect.Effect<unknown, OpenId.ProviderFailure, Transport> = requests(endpointsAt(at), options)[
          name
        ]
        return Effect.provide(Effect.flip(request), transport)
      })

    it.live("says that nobody is there", () =>
      Effect.gen(function* () {
        const at = yield* nobody
        for (const error of yield* failures(at)) {
          assert.instanceOf(error, ProviderUnavailable)
          assert.include(error, { origin: at, reason: "connection refused", isRetryable: true })
        }
      })
    )

    it.live("says that there is no answer", () =>
      Effect.gen(function* () {
        const server = yield* serve(() => {})
        for (const error of yield* failures(server.origin)) {
          assert.instanceOf(error, ProviderUnavailable)
          assert.match(error.reason, /no (complete )?answer for 0\.2 s/)
        }
      })
    )

    it.live.each([
      [200, "application/json", '{"access_token":', "ReplyUndecodable"],
      [200, "application/json", "[1, 2]", "ReplyUndecodable"],
      [200, "text/html", "<!doctype html><h1>Sign in to the hotel's network</h1>", "ReplyUndecodable"],
      [200, "text/plain", "\0\u0001\u0002", "ReplyUndecodable"],
      [403, "text/html", "<h1>Forbidden</h1>", "ProviderRefused"],
      [400, "application/json", '{"error":"access_denied"}', "ProviderRefused"],
      [502, "text/html", "<h1>Bad gateway</h1>", "ProviderUnavailable"],
      [503, "application/json", '{"error":"temporarily_unavailable"}', "ProviderUnavailable"]
    ] as const)("says what came instead: %s %s %j", ([status, type, body, expected]) =>
      Effect.gen(function* () {
        const server = yield* serve((response) => {
          response.writeHead(status, { "content-type": type })
          response.end(body)
        })
        const found = yield* failures(server.origin)
        assert.deepStrictEqual(
          found.map(({ _tag }) => _tag),
          names.map(() => expected)
        )
      })
    )

    it.live("follows no redirect, and gives nothing away to where it points", () =>
      Effect.gen(function* () {
        const trap = yield* serve((response) => response.end("{}"))
        const server = yield* serve((response) => {
          response.writeHead(307, { location: `${trap.origin}/token` })
          response.end()
        })
        for (const error of yield* failures(server.origin)) {
          assert.instanceOf(error, ProviderRefused)
          assert.include(error.message, "redirects")
        }
        assert.deepStrictEqual(trap.arrived, [])
      })
    )

    it.live("closes the connection when it is given up", () =>
      Effect.gen(function* () {
        const server = yield* serve(() => {})
        const { refresh } = requests(endpointsAt(server.origin), { allowInsecureRequests: true })
        yield* Effect.provide(refresh, transport).pipe(Effect.timeoutOption(100))
        assert.strictEqual(server.arrived.length, 1)
        assert.strictEqual(server.busy.now, 0)
      })
    )
  })

  it.effect("begins a login", () =>
    Effect.gen(function* () {
      const { layer } = mockProvider()
      const { deviceCode, ...begun } = yield* Effect.provide(OpenId.authorizeDevice(endpoints, client), layer)
      assert.strictEqual(Redacted.value(deviceCode), device.device_code)
      assert.deepStrictEqual(begun, {
        userCode: device.user_code,
        verificationUri: device.verification_uri,
        verificationUriComplete: device.verification_uri_complete,
        expiresIn: 600,
        interval: 5
      })
    })
  )
})
