import { assert, describe, it } from "@effect/vitest"
import { Audience, IdentityProviders, type TransportRequest } from "@skaha/core"
import * as Effect from "effect/Effect"
import { serve } from "./support/loopback.ts"
import { reply } from "./support/platform.ts"
import { assertHides } from "./support/secrets.ts"
import { open, request, transports } from "./support/transports.ts"

const url = "https://ws-uv.canfar.net/skaha"

const canfar = { idp: "cadc", url }

const secret = "hunter2"

describe("ofServers", () => {
  it("has the servers of the provider, and no others", () => {
    const { idp, origins } = Audience.ofServers("cadc", [
      canfar,
      { idp: "cadc", url: "https://other.example:8443/skaha" },
      { idp: "cadc" },
      { idp: "cadc", url: "nonsense" },
      { idp: "cadc", url: "https://u:p@evil.example/skaha" },
      { idp: "srcnet", url: "https://src.example/skaha" }
    ])
    assert.strictEqual(idp, "cadc")
    assert.deepStrictEqual([...origins], ["https://ws-uv.canfar.net", "https://other.example:8443"])
  })
})

describe("ofIssuer", () => {
  it("has the issuer, and what it names with the same protection", () => {
    const { idp, origins } = Audience.ofIssuer(IdentityProviders.srcnet, [
      "https://ska-iam.stfc.ac.uk/token",
      "https://tokens.example/token",
      "http://ska-iam.stfc.ac.uk/token",
      "nonsense"
    ])
    assert.strictEqual(idp, "srcnet")
    assert.deepStrictEqual([...origins], ["https://ska-iam.stfc.ac.uk", "https://tokens.example"])
  })

  it("has nobody where there is no issuer", () => {
    assert.strictEqual(Audience.ofIssuer(IdentityProviders.cadc, ["https://a.example/token"]).origins.size, 0)
  })
})

describe("admits", () => {
  it.each([
    ["https://ws-uv.canfar.net", true],
    ["https://WS-UV.canfar.net:443/elsewhere?a=b", true],
    ["http://ws-uv.canfar.net/skaha", false],
    ["https://ws-uv.canfar.net:8443/skaha", false],
    ["https://ws-uv.canfar.net.evil.example/skaha", false],
    ["https://ws-uv.canfar.net@evil.example/skaha", false],
    ["https://evil.example/https://ws-uv.canfar.net", false],
    ["//ws-uv.canfar.net/skaha", false],
    ["", false]
  ])("%s: %s", (address, expected) => {
    assert.strictEqual(Audience.admits(Audience.ofServers("cadc", [canfar]), address), expected)
  })
})

describe("confine", () => {
  const confined = (platform: string) => {
    const sent: Array<TransportRequest> = []
    const { send } = Audience.confine(
      {
        send: (one) =>
          Effect.sync(() => {
            sent.push(one)
            return reply()
          })
      },
      Audience.ofServers("cadc", [canfar]),
      platform
    )
    return { send, sent }
  }

  const secrets: ReadonlyArray<Partial<TransportRequest>> = [
    { headers: { authorization: `Bearer ${secret}` } },
    { headers: { cookie: `CADC_SSO=${secret}` } },
    { headers: { "x-skaha-registry-auth": secret } },
    { cookies: true },
    { method: "POST", body: `refresh_token=${secret}` }
  ]

  it.effect.each(secrets)("keeps %j where it belongs", (what) =>
    Effect.gen(function* () {
      const { send, sent } = confined("https://ws-uv.canfar.net")
      yield* send(request(what))
      yield* send(request({ ...what, origin: "https://ws-uv.canfar.net" }))
      assert.strictEqual(sent.length, 2)

      for (const origin of ["https://evil.example", "http://ws-uv.canfar.net", "https://ws-uv.canfar.net:8443"]) {
        const error = yield* Effect.flip(send(request({ ...what, origin })))
        assert.deepInclude(error, { _tag: "CredentialsMisdirected", idp: "cadc", origin, operation: "Test.call" })
        assertHides(error, secret)
        assert.deepInclude(yield* Effect.flip(confined(origin).send(request(what))), {
          _tag: "CredentialsMisdirected",
          origin
        })
      }
      assert.strictEqual(sent.length, 2)
    })
  )

  it.effect("lets what is open to everybody go anywhere", () =>
    Effect.gen(function* () {
      const { send, sent } = confined("https://elsewhere.example")
      yield* send(request())
      yield* send(request({ origin: "https://registry.example", body: "" }))
      assert.strictEqual(sent.length, 2)
    })
  )

  it.live.each(transports)("over %s, a token does not follow a redirect to another place", ([, layer]) =>
    Effect.gen(function* () {
      const evil = yield* serve((response) => response.end("[]"))
      const server = yield* serve((response) =>
        response.writeHead(307, { location: `${evil.origin}/skaha/v1/session` }).end()
      )
      const transport = yield* open(layer, server.origin)
      const audience = Audience.ofServers("mine", [{ idp: "mine", url: `${server.origin}/skaha` }])
      const { send } = Audience.confine(transport, audience, server.origin)
      const headers = { authorization: `Bearer ${secret}` }
      assert.strictEqual((yield* send(request({ headers }))).status, 307)
      yield* Effect.flip(send(request({ headers, origin: evil.origin })))
      assert.strictEqual(server.arrived[0]?.headers.authorization, headers.authorization)
      assert.deepStrictEqual([server.arrived.length, evil.arrived.length], [1, 0])
    })
  )
})
