import { assert, describe, it } from "@effect/vitest"
import { IdentityProviders } from "@skaha/core"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { freeServerName, listedServers, serverName } from "../src/internal/listedServers.ts"
import { oneOf, pick, seeded, wellFormed } from "./support/properties.ts"

const registry = { name: "test", url: "https://registry.example" }

const listed = (uri: string, url: string, dev = false) => listedServers([{ uri, url }], registry, dev)

describe("listedServers", () => {
  it.each([
    ["ivo://a/skaha", "https://a/skaha"],
    ["ivo://a/src/skaha", "https://a/b/skaha"],
    ["ivo://a/skaha", "http://a:8080/skaha"]
  ])("has %s at %s", (uri, url) => {
    assert.deepStrictEqual(listed(uri, `${url}/capabilities`), [{ uri, url }])
  })

  it.each([
    ["ivo://a/skaha", "https://a/skaha/capabilities/"],
    ["ivo://a/skaha", "https://a/capabilities"],
    ["ivo://a/skaha", "https://a/notskaha/capabilities"],
    ["ivo://a/skaha", "https://a/skaha"],
    ["ivo://a/notskaha", "https://a/skaha/capabilities"],
    ["ivo://a/skaha/x", "https://a/skaha/capabilities"],
    ["ivo://a/vault", "https://a/vault/capabilities"]
  ])("has not %s at %s", (uri, url) => {
    assert.deepStrictEqual(listed(uri, url), [])
  })

  it.each([
    "dev.canfar.net",
    "rc-ws.cadc.example",
    "RC-ws.cadc.example",
    "ws.test.example",
    "test1.example",
    "demo-skaha.example",
    "skaha-staging.example",
    "stage.example",
    "preprod.example",
    "a.development.example",
    "rc2-ws.example"
  ])("%s is for developers", (host) => {
    assert.deepStrictEqual(listed("ivo://a.example/skaha", `https://${host}/skaha/capabilities`), [])
    assert.deepStrictEqual(listed(`ivo://${host}/skaha`, "https://a.example/skaha/capabilities"), [])
    assert.strictEqual(listed("ivo://a.example/skaha", `https://${host}/skaha/capabilities`, true).length, 1)
    assert.strictEqual(listed(`ivo://${host}/skaha`, "https://a.example/skaha/capabilities", true).length, 1)
  })

  it.each([
    "src-ws.example",
    "arc-ws.example",
    "device.example",
    "devices-a.example",
    "latest.example",
    "contest.example",
    "testament.example",
    "democracy.example",
    "backstage.example",
    "rc.example",
    "canfar.ska.example"
  ])("%s is for everybody", (host) => {
    assert.strictEqual(listed(`ivo://${host}/skaha`, `https://${host}/skaha/capabilities`).length, 1)
  })

  it("leaves out what a registry lists without it being its own", () => {
    const [cadc] = IdentityProviders.cadc.registries
    const [srcnet] = IdentityProviders.srcnet.registries
    const entries = [
      { uri: "ivo://canfar.net/src/skaha", url: "https://src.canfar.net/skaha/capabilities" },
      { uri: "ivo://cadc.nrc.ca/skaha", url: "https://ws-uv.canfar.net/skaha/capabilities" }
    ]
    assert.deepStrictEqual(
      [cadc, srcnet].map((registry) => registry && listedServers(entries, registry, false).map(({ uri }) => uri)),
      [["ivo://cadc.nrc.ca/skaha"], ["ivo://canfar.net/src/skaha", "ivo://cadc.nrc.ca/skaha"]]
    )
  })
})

describe("serverName", () => {
  it.each([
    ["ivo://cadc.nrc.ca/skaha", "canfar"],
    ["ivo://canfar.net/src/skaha", "canSRC"],
    ["ivo://swesrc.chalmers.se/skaha", "sweSRC"],
    ["ivo://canfar.cam.uksrc.org/skaha", "ukCAM"],
    ["ivo://canfar.ral.uksrc.org/skaha", "ukRAL"],
    ["ivo://src.skach.org/skaha", "chSRC"],
    ["ivo://espsrc.iaa.csic.es/skaha", "espSRC"],
    ["ivo://canfar.itsrc.oact.inaf.it/skaha", "itaINAF"],
    ["ivo://shion-sp.mtk.nao.ac.jp/skaha", "jpSRC"],
    ["ivo://canfar.krsrc.kr/skaha", "krSRC"],
    ["ivo://canfar.ska.zverse.space/skaha", "cnSRC"],
    ["ivo://canfar.itsrc.ext.cineca.it/skaha", "itCINECA"],
    ["ivo://canfar.srcnet.skao.int/skaha", "skaSRC"],
    ["ivo://aussrc.org/skaha", "ausSRC"],
    ["ivo://some.host.example/skaha", "some-host-example"],
    ["ivo://some.host.example/other/skaha", "some-host-example"],
    ["ivo://4.example/skaha", "skaha-4-example"],
    ["ivo://a.example:8080/skaha", "a-example-8080"],
    ["ivo://[::1]/skaha", "skaha-1"],
    ["/skaha", "skaha"],
    ["ivo://__proto__/skaha", "skaha-__proto__"]
  ])("%s is %s", (uri, name) => {
    assert.strictEqual(serverName(uri), name)
  })

  it.effect.prop(
    "can stand in a configuration, whatever the URI",
    [
      oneOf(
        wellFormed,
        Arbitrary.map(wellFormed, (host) => `ivo://${host}/skaha`),
        pick(`ivo://${"a.".repeat(500)}/skaha`)
      )
    ],
    ([uri]) =>
      Effect.sync(() => {
        assert.match(serverName(uri), /^[A-Za-z][A-Za-z0-9_-]{0,199}$/)
        const taken = new Set<string>()
        for (let count = 0; count < 6; count++) {
          const name = freeServerName(uri, "idp", (one) => taken.has(one))
          assert.match(name, /^[A-Za-z][A-Za-z0-9_-]{0,209}$/)
          assert.isFalse(taken.has(name))
          taken.add(name)
        }
      }),
    seeded(500)
  )

  it("is another one when it is taken", () => {
    const free = (uri: string, ...taken: ReadonlyArray<string>) =>
      freeServerName(uri, "srcnet", (name) => taken.includes(name))
    assert.strictEqual(free("ivo://a.example/skaha"), "a-example")
    assert.strictEqual(free("ivo://a.example/src/skaha"), "a-example")
    assert.strictEqual(free("ivo://a.example/src/skaha", "a-example"), "a-example-src")
    assert.strictEqual(free("ivo://cadc.nrc.ca/skaha", "canfar"), "canfar-srcnet")
    assert.strictEqual(free("ivo://cadc.nrc.ca/skaha", "canfar", "canfar-srcnet"), "canfar-2")
    assert.strictEqual(free("ivo://cadc.nrc.ca/skaha", "canfar", "canfar-srcnet", "canfar-2"), "canfar-3")
  })
})

describe("IdentityProviders", () => {
  it("knows the providers of the platforms", () => {
    const { all, cadc, find, srcnet } = IdentityProviders
    assert.deepStrictEqual(all, [cadc, srcnet])
    assert.deepStrictEqual(
      all.map(({ key, mode, openId }) => [key, mode, openId?.issuer]),
      [
        ["cadc", "x509", undefined],
        ["srcnet", "oidc", "https://ska-iam.stfc.ac.uk/"]
      ]
    )
    assert.strictEqual(find("cadc"), cadc)
    assert.strictEqual(find("CADC"), undefined)
    assert.strictEqual(find("mine", [{ ...cadc, key: "mine" }])?.name, cadc.name)
    for (const { registries, devRegistries, openId } of all) {
      const addresses = [...registries, ...devRegistries].map(({ url }) => url).concat(openId?.discovery ?? [])
      for (const address of addresses) assert.strictEqual(new URL(address).protocol, "https:")
    }
  })
})
