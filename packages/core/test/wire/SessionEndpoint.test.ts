import { parseCapabilities, sessionEndpoints } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { oneOf, pick, seeded, wellFormed } from "../support/properties.ts"
import { capabilitiesDocument, capability, legacySessions, platformSessions } from "../support/vosi.ts"

const read = (...content: ReadonlyArray<string>) =>
  sessionEndpoints(parseCapabilities(capabilitiesDocument(...content)) ?? [])

const v0 = capability(
  legacySessions,
  ["https://h/skaha/v0", "cookie"],
  ["https://h/skaha/v0", "tls-with-certificate"],
  ["https://h/skaha/v0", "token"]
)

const v1 = capability(platformSessions("1"), ["https://h/skaha/v1/session", "cookie", "tls-with-certificate", "token"])

describe("sessionEndpoints", () => {
  it("reads a server of before v1", () => {
    const document = capability(
      legacySessions,
      ["https://h/skaha/v0"],
      ["https://h/skaha/v0"],
      ["https://h/skaha/v0", "token"]
    )
    assert.deepStrictEqual(read(document), [{ url: "https://h/skaha", version: "v0", auths: ["oidc"] }])
  })

  it("reads a server of today", () => {
    assert.deepStrictEqual(read(v1), [{ url: "https://h/skaha", version: "v1", auths: ["x509", "oidc"] }])
  })

  it.each([[[v0, v1]], [[v1, v0]]])("has the newest first", (documents) => {
    assert.deepStrictEqual(read(...documents), [
      { url: "https://h/skaha", version: "v1", auths: ["x509", "oidc"] },
      { url: "https://h/skaha", version: "v0", auths: ["x509", "oidc"] }
    ])
  })

  it("orders versions by their numbers, then by their addresses", () => {
    const at = (version: string, host = "h") =>
      capability(platformSessions("1"), [`https://${host}/skaha/${version}/session`])
    const all = read(at("v1.2"), at("v10"), at("v2"), at("v1.10"), at("v2", "g"), at("v1"), at("v2", "i"))
    assert.deepStrictEqual(
      all.map(({ version, url }) => `${version} ${url.slice("https://".length)}`),
      ["v10 h/skaha", "v2 g/skaha", "v2 h/skaha", "v2 i/skaha", "v1.10 h/skaha", "v1.2 h/skaha", "v1 h/skaha"]
    )
  })

  it.each([
    // The address says which version it is, and not the number of the standard.
    [platformSessions("1"), "https://h/skaha/v2/session", "https://h/skaha", "v2"],
    [platformSessions("2"), "https://h/skaha/v1/session", "https://h/skaha", "v1"],
    [platformSessions("1.1"), "https://h/skaha/v1.1/session", "https://h/skaha", "v1.1"],
    // But for those of before v1.
    [legacySessions, "https://h/skaha/v1/session", "https://h/skaha", "v0"],
    [legacySessions, "https://h/skaha", "https://h/skaha", "v0"],
    // Without one the standard says it.
    [platformSessions("1"), "https://h/skaha", "https://h/skaha", "v1"],
    [platformSessions("2.1"), "https://h/skaha//", "https://h/skaha", "v2.1"],
    [platformSessions("1"), " \n https://h/skaha/v1/ \n", "https://h/skaha", "v1"],
    [platformSessions("1"), "https://h:8443/v1/session", "https://h:8443", "v1"],
    [platformSessions("1"), "https://H.Example:443/skaha/v1", "https://h.example/skaha", "v1"],
    // A host or a part of a word is no version.
    [platformSessions("1"), "https://v2.example/skaha/v1/session", "https://v2.example/skaha", "v1"],
    [platformSessions("1"), "https://v2/skaha", "https://v2/skaha", "v1"],
    [platformSessions("1"), "https://vm.example/skaha/v1/session", "https://vm.example/skaha", "v1"],
    [platformSessions("1"), "https://h/v2beta/v1/session", "https://h/v2beta", "v1"],
    [platformSessions("1"), "https://h/vault/session", "https://h/vault/session", "v1"]
  ])("%s at %j", (standardId, address, url, version) => {
    assert.deepStrictEqual(read(capability(standardId, [address])), [{ url, version, auths: [] }])
  })

  it.each([
    ["https://h/skaha/capabilities#", "ivo://ivoa.net/std/VOSI#capabilities"],
    ["https://h/skaha/v1/image", "http://www.opencadc.org/std/platform#image-1"],
    ["https://h/skaha/v1/session", "http://www.opencadc.org/std/platform#session-"],
    ["https://h/skaha/v1/session", "http://www.opencadc.org/std/platform#session-x"],
    ["https://h/skaha/v1/session", "http://www.opencadc.org/std/platform#sessions-1"],
    ["https://h/skaha/v1/session", "https://evil.example/http://www.opencadc.org/std/platform#session-1"],
    ["ftp://h/skaha/v1", platformSessions("1")],
    ["/skaha/v1/session", platformSessions("1")],
    ["javascript:alert(1)", platformSessions("1")]
  ])("leaves out %s of %s", (address, standardId) => {
    assert.deepStrictEqual(read(capability(standardId, [address])), [])
  })

  it("takes only addresses for use as a base", () => {
    const document =
      `<capability standardID="${platformSessions("1")}">` +
      "<interface><accessURL>https://h/a/v1</accessURL></interface>" +
      '<interface><accessURL use="full">https://h/b/v1</accessURL></interface>' +
      '<interface><accessURL use="full">https://h/c/v1</accessURL><accessURL use="base">https://h/d/v1</accessURL>' +
      "</interface></capability>"
    assert.deepStrictEqual(
      read(document).map(({ url }) => url),
      ["https://h/d"]
    )
  })

  it("joins the ways to sign in of one address and version, in order", () => {
    const document = capability(
      platformSessions("1"),
      ["https://h/skaha/v1/session", "OpenID", "token"],
      ["https://h/skaha/v1/session/", "BasicAA", "token", "cookie"],
      ["https://h/skaha/v1", "tls-with-certificate", "constructor", ""]
    )
    assert.deepStrictEqual(read(document), [
      { url: "https://h/skaha", version: "v1", auths: ["x509", "oidc", "BasicAA", "OpenID", "constructor"] }
    ])
  })

  it("finds nothing in a document without sessions", () => {
    assert.deepStrictEqual(read(), [])
    assert.strictEqual(parseCapabilities("<x"), undefined)
  })

  const address = Arbitrary.map(
    Arbitrary.array(
      pick("https://", "http://", "h", "/", "//", "v1", "v2.0", "skaha", ".", ":", "80", "?", "#", "@", " "),
      {
        maxLength: 8
      }
    ),
    (parts) => parts.join("")
  )
  const interfaces = Arbitrary.array(
    Arbitrary.all([
      pick(legacySessions, platformSessions("1"), platformSessions("2"), "x"),
      oneOf(address, pick("https://h/skaha/v1/session", "https://h/skaha/v0"), wellFormed),
      pick("a#token", "a#cookie", "a#tls-with-certificate", "#", "", "other")
    ]),
    { maxLength: 6 }
  )

  it.effect.prop(
    "gives addresses and versions that can be used, whatever comes",
    [interfaces],
    ([rows]) =>
      Effect.sync(() => {
        const endpoints = sessionEndpoints(
          rows.map(([standardId, baseUrl, method]) => ({
            standardId,
            interfaces: [{ accessUrl: baseUrl, baseUrl, securityMethods: [method] }]
          }))
        )
        for (const { url, version, auths } of endpoints) {
          const { protocol, origin, pathname } = new URL(url)
          assert.include(["http:", "https:"], protocol)
          assert.strictEqual(url, origin + (pathname === "/" ? "" : pathname))
          assert.match(version, /^v\d+(\.\d+)*$/)
          assert.notInclude(auths, "cookie")
        }
        const keys = endpoints.map(({ url, version }) => `${version} ${url}`)
        assert.strictEqual(new Set(keys).size, keys.length)
      }),
    seeded(500)
  )
})
