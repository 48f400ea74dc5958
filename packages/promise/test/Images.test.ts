import { assert, describe, it } from "@effect/vitest"
import { CredentialsRefused, Images, RequestRefused } from "skaha"
import { token, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root } from "./support/server.ts"

const platform = usePlatform({ hosts: ["images.canfar.net", "harbor.example.org"] })

const images = () => platform.closing(new Images({ ...platform.address, token }))

describe("Images", () => {
  it("fetch gives the names of all images", async () => {
    const names = await images().fetch()
    assert.include(names, "images.canfar.net/skaha/astroml:latest")
    assert.strictEqual(names.length, 7)
    assert.deepStrictEqual(platform.sent, [`GET ${root}/image`])
  })

  it("fetch gives those of one kind", async () => {
    assert.deepStrictEqual(await images().fetch("headless"), ["images.canfar.net/skaha/terminal:1.1.2"])
    assert.deepStrictEqual(platform.sent, [`GET ${root}/image?type=headless`])
  })

  it("details gives kinds and digests", async () => {
    assert.deepStrictEqual(await images().details("desktop-app"), [
      {
        id: "images.canfar.net/skaha/terminal:1.1.2",
        types: ["desktop-app", "headless"],
        digest: `sha256:${"7".repeat(64)}`
      }
    ])
    assert.strictEqual((await images().details()).length, 7)
  })

  it("details needs no digest", async () => {
    await platform.fail({
      match: {},
      action: { _tag: "Reply", status: 200, body: '[{"id":"a/b:1","types":["carta"]}]' }
    })
    assert.deepStrictEqual(await images().details(), [{ id: "a/b:1", types: ["carta"] }])
  })

  it("repositoryHosts gives the trusted registries", async () => {
    assert.deepStrictEqual(await images().repositoryHosts(), ["images.canfar.net", "harbor.example.org"])
    assert.deepStrictEqual(platform.sent, [`GET ${root}/repository`])
  })

  it("pass on that a kind is unknown", async () => {
    const error = await rejectionOf(RequestRefused, images().fetch("jupyter"))
    assert.strictEqual(error.message, "the server refused the request with 400: unknown type: jupyter")
  })

  it("reject failed credentials", async () => {
    await using strangers = new Images({ ...platform.address, token: "another" })
    for (const call of [strangers.fetch(), strangers.details(), strangers.repositoryHosts()]) {
      assert.strictEqual((await rejectionOf(CredentialsRefused, call)).status, 401)
    }
  })
})
