import { assert, describe, it } from "@effect/vitest"
import { Images } from "@skaha/session"
import * as Effect from "effect/Effect"
import { ways } from "./support/platforms.ts"
import { api } from "./support/server.ts"
import { answering, sent } from "./support/wire.ts"

const image = (id: string, ...types: ReadonlyArray<string>) => ({ id, types, digest: `sha256:${id.length}` })

const images = [image("h.example/a/b:1", "notebook", "headless"), image("h.example/c/d:2", "carta", "gpu")]

describe.each(ways)("Images $way", ({ test }) => {
  test("the names of all images, or of one kind's", { images }, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Images
      assert.deepStrictEqual(yield* fetch(), ["h.example/a/b:1", "h.example/c/d:2"])
      assert.deepStrictEqual(yield* fetch("headless"), ["h.example/a/b:1"])
      assert.deepStrictEqual(yield* fetch("firefly"), [])
      assert.deepStrictEqual(yield* sent, [
        `GET ${api}/image`,
        `GET ${api}/image?type=headless`,
        `GET ${api}/image?type=firefly`
      ])
    })
  )

  test("their kinds and digests", { images }, () =>
    Effect.gen(function* () {
      const { details } = yield* Images
      assert.deepStrictEqual(yield* details(), images)
      assert.deepStrictEqual(yield* details("carta"), images.slice(1))
    })
  )

  test("a kind that the server does not know is refused by it", {}, () =>
    Effect.gen(function* () {
      const { fetch, details } = yield* Images
      for (const error of [yield* Effect.flip(fetch("jupyter")), yield* Effect.flip(details("Notebook"))]) {
        assert.strictEqual(error._tag, "RequestRefused")
        assert.include(error.message, "unknown type: ")
      }
    })
  )

  test("no images at all", { images: [] }, () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Images.use(({ fetch }) => fetch()), [])
    })
  )

  test(
    "the registries, without the empty ones of a badly written list",
    { hosts: ["a.example", "", "b.example"] },
    () =>
      Effect.gen(function* () {
        const { repositoryHosts } = yield* Images
        assert.deepStrictEqual(yield* repositoryHosts, ["a.example", "b.example"])
      })
  )
})

describe("Images", () => {
  it.effect("one row that makes no sense does not lose the others", () =>
    Effect.gen(function* () {
      const { details } = yield* Images
      assert.deepStrictEqual(yield* details(), [
        { id: "a", types: [] },
        { id: "b", types: ["x"] }
      ])
    }).pipe(
      Effect.provide(
        answering({
          body: JSON.stringify([{ id: "a" }, { types: [] }, 7, null, { id: "" }, { id: "b", types: ["x", 1] }])
        })
      )
    )
  )

  it.effect("a mock answers what it is given", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Images
      assert.deepStrictEqual(yield* fetch(), ["mine"])
    }).pipe(Effect.provide(Images.layerTest({ fetch: () => Effect.succeed(["mine"]) })))
  )
})
