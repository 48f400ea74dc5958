import { assert, describe, it } from "@effect/vitest"
import { completeImage } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import { pick, seeded, textOf } from "./support/properties.ts"

const registry = "images.canfar.net"

describe("completeImage", () => {
  it.each([
    // As the Python client completes them.
    ["a/b", "images.canfar.net/a/b:latest"],
    ["a/b:1", "images.canfar.net/a/b:1"],
    ["a/b@sha256:ff", "images.canfar.net/a/b@sha256:ff"],
    ["localhost:5000/a/b", "localhost:5000/a/b:latest"],
    ["skaha/astroml:24.07", "images.canfar.net/skaha/astroml:24.07"],
    ["images.canfar.net/skaha/astroml:24.07", "images.canfar.net/skaha/astroml:24.07"],
    ["images.canfar.net/skaha/astroml", "images.canfar.net/skaha/astroml:latest"],
    ["other.example/a/b:1", "other.example/a/b:1"],
    // Three parts are a registry and an image, whatever the first looks like.
    ["registry/a/b", "registry/a/b:latest"],
    // Unlike it: two parts of which the first is a host are not put below the registry,
    ["docker.io/ubuntu", "docker.io/ubuntu:latest"],
    ["localhost/ubuntu:1", "localhost/ubuntu:1"],
    ["localhost:5000/ubuntu", "localhost:5000/ubuntu:latest"],
    // and below a host there may be any number of parts.
    ["images.canfar.net/a/b/c", "images.canfar.net/a/b/c:latest"],
    ["images.canfar.net/a/b/c/d:1", "images.canfar.net/a/b/c/d:1"],
    ["localhost:5000/a/b/c@sha256:ff", "localhost:5000/a/b/c@sha256:ff"],
    // The registry's port is no tag.
    ["registry.example:443/a/b", "registry.example:443/a/b:latest"],
    ["a/b:1@sha256:ff", "images.canfar.net/a/b:1@sha256:ff"]
  ])("%s is %s", (image, completed) => {
    assert.deepStrictEqual(completeImage(image, registry), { image: completed })
  })

  it.each([
    // As the Python client refuses them.
    "ubuntu:latest",
    "ubuntu",
    "a/b/c/d",
    "",
    // Unlike it: empty parts and blanks.
    "a//b",
    "/b",
    "a/",
    "/",
    " a/b",
    "a/b ",
    "a/b\n",
    "a b/c"
  ])("%j is refused", (image) => {
    const result = completeImage(image, registry)
    assert.property(result, "problem")
    assert.include("problem" in result ? result.problem : "", JSON.stringify(image))
  })

  it("completes with the registry it is given", () => {
    assert.deepStrictEqual(completeImage("a/b", "registry.example:5000"), { image: "registry.example:5000/a/b:latest" })
  })

  const part = Arbitrary.map(textOf("abz09_-", 6), (text) => `p${text}`)
  const parts = Arbitrary.array(part, { minLength: 1, maxLength: 5 })

  it.prop(
    "changes nothing in what has a host and a tag or digest",
    [
      pick("images.canfar.net", "localhost", "localhost:5000", "h.example:1"),
      parts,
      pick(":1", "@sha256:ff", ":a@sha256:f")
    ],
    ([host, path, version]) => {
      const image = `${host}/${path.join("/")}${version}`
      assert.deepStrictEqual(completeImage(image, registry), { image })
    },
    seeded(200)
  )

  it.prop(
    "completes once: what it has completed is complete",
    [Arbitrary.array(part, { minLength: 2, maxLength: 2 }), pick("", ":1", "@sha256:ff")],
    ([path, version]) => {
      const once = completeImage(path.join("/") + version, registry)
      const image = "image" in once ? once.image : "none"
      assert.isTrue(image.startsWith(`${registry}/`))
      assert.deepStrictEqual(completeImage(image, registry), once)
    },
    seeded(200)
  )
})
