import { assert, describe, it } from "@effect/vitest"
import { tailOf } from "../src/internal/diagnosing/logTail.ts"
import { between, seeded, textOf } from "./support/properties.ts"
import * as Effect from "effect/Effect"

const bytesOf = (text: string) => new TextEncoder().encode(text).length

describe("tailOf", () => {
  it("gives the last 40 lines, without the blanks at the end", () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`)
    assert.strictEqual(tailOf(`${lines.join("\n")}\n\n`), lines.slice(60).join("\n"))
    assert.strictEqual(tailOf("one\n  two"), "one\n  two")
  })

  it.each(["", "\n", " \r\n\n", "\n".repeat(100_000)])("gives nothing of nothing", (log) => {
    assert.strictEqual(tailOf(log), "")
  })

  it("leaves out the passwords in addresses", () => {
    assert.strictEqual(
      tailOf("open https://host/session/notebook/abc?lab=1&token=s3cret/x and &Password=q7 (token=no)"),
      "open https://host/session/notebook/abc?lab=1&token=<redacted> and &Password=<redacted> (token=no)"
    )
  })

  it.effect.prop(
    "is the end of the log, in whole characters and 16 KiB",
    [textOf("aé星🚀", 40), between(1, 3000)],
    ([part, times]) =>
      Effect.sync(() => {
        const log = part.repeat(times)
        const tail = tailOf(log)
        assert.isTrue(log.endsWith(tail))
        assert.isAtMost(bytesOf(tail), 16_384)
        assert.isAtLeast(bytesOf(tail), Math.min(bytesOf(log), 16_384 - 3))
        assert.isFalse(tail.includes("\uFFFD"))
      }),
    seeded(50)
  )
})
