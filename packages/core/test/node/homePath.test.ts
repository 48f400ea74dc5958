import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { join, resolve } from "node:path"
import { homePath } from "../../src/node/internal/homePath.ts"

describe("homePath", () => {
  it.each([
    ["~", "/home/me"],
    ["~/a.pem", "/home/me/a.pem"],
    ["/etc/a.pem", "/etc/a.pem"],
    ["~me/a.pem", resolve("~me/a.pem")],
    ["a.pem", join(process.cwd(), "a.pem")]
  ])("leads to %s", (path, expected) => {
    assert.strictEqual(homePath(path, "/home/me"), expected)
  })

  it.effect("needs no home for what is not there", () =>
    Effect.gen(function* () {
      const before = process.env["HOME"]
      yield* Effect.acquireRelease(
        Effect.sync(() => (process.env["HOME"] = "nowhere")),
        () => Effect.sync(() => (process.env["HOME"] = before))
      )
      assert.strictEqual(homePath("/etc/a.pem"), "/etc/a.pem")
      assert.strictEqual(homePath("~/a.pem"), resolve("~/a.pem"))
    }).pipe(Effect.scoped)
  )
})
