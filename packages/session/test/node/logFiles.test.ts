import { assert, describe, it } from "@effect/vitest"
import { idProblem } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { logFileName, removePart } from "../../src/node/internal/logFiles.ts"
import { folder } from "../support/folders.ts"
import { seeded, textOf } from "../support/properties.ts"

describe("logFileName", () => {
  it.each([
    ["abcd1234", "abcd1234.log"],
    ["a.b-c_d", "a.b-c_d.log"],
    ["ABc", "+a+bc.log"],
    ["con", "con+.log"],
    ["con.1", "con+.1.log"],
    ["Con", "+con.log"],
    ["lpt1", "lpt1+.log"],
    ["console", "console.log"],
    ["a.con", "a.con.log"]
  ])("of %s is %s", (id, name) => assert.strictEqual(logFileName(id), name))

  /** Ids, many of which are nearly the same, or a device's name. */
  const id = Arbitrary.map(textOf("cCoOnN1.-_", 6), (text) => text.replace(/^[-._]+|[-._]+$/g, "") || "con")

  it.prop(
    "is another for every id, where letter case does not count, too",
    { one: id, other: id },
    ({ one, other }) => {
      const [first, second] = [logFileName(one), logFileName(other)]
      assert.isUndefined(idProblem(one))
      assert.strictEqual(first.toLowerCase() === second.toLowerCase(), one === other)
      assert.strictEqual(first, first.toLowerCase())
    },
    seeded(2000)
  )

  it("is short enough for every system", () => {
    const longest = "A".repeat(63)
    assert.isUndefined(idProblem(longest))
    assert.isAtMost(`${logFileName(longest)}.partial`.length, 255)
  })
})

describe("removePart", () => {
  it.effect("interrupted ends when the part is gone", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "a.log")
      writeFileSync(`${file}.partial`, "half of")
      const removing = yield* Effect.forkChild(removePart(file), { startImmediately: true })
      yield* Fiber.interrupt(removing)
      assert.isFalse(existsSync(`${file}.partial`))
    }).pipe(Effect.scoped)
  )
})
