import { assert, describe, it } from "@effect/vitest"
import { environment } from "../src/environment.ts"
import { allKeys, type Key } from "../src/keys.ts"
import type { Figure } from "../src/Measure.ts"
import { toJson, toMarkdown, toTable } from "../src/report.ts"

const figures = new Map<Key, Figure>(allKeys.map((key) => [key, { reason: "not asked for" }]))
  .set("single_vs_undici", { value: 1.23456, details: ["SDK 32,800/s"] })
  .set("single_vs_dispatch", { value: 0.5, details: [] })
  .set("new_connections_warm", { value: 0, holds: false, details: ["cold: 65 connections for C = 64"] })
  .set("info1000_vs_canfar", { reason: "canfar: there is no python3" })

const results = { figures, hasFailed: false }

describe("A report", () => {
  it("says in a table what was measured, and whether it is reached", () => {
    const lines = toTable(results, environment()).split("\n")
    assert.include(lines[0], `Node ${process.versions.node}`)
    const row = (key: string) =>
      lines
        .find((line) => line.includes(key))
        ?.split("│")
        .map((cell) => cell.trim())
    assert.deepStrictEqual(row("single_vs_undici")?.slice(1, 5), ["single_vs_undici", "1.235", "≥ 1", "yes"])
    assert.deepStrictEqual(row("single_vs_dispatch")?.slice(2, 5), ["0.5", "≥ 0.75", "no"])
    // The figure alone would do, but what else the key asks for does not hold.
    assert.deepStrictEqual(row("new_connections_warm")?.slice(2, 5), ["0", "≤ 0", "no"])
    assert.deepStrictEqual(row("info1000_vs_canfar")?.slice(2, 5), ["–", "≥ 50", "–"])
    assert.isTrue(lines.some((line) => line.includes("canfar: there is no python3")))
    assert.isUndefined(row("flatness"))
  })

  it("has every figure in JSON, rounded", () => {
    const { details, reasons, single_vs_undici } = JSON.parse(toJson(results, environment()))
    assert.strictEqual(single_vs_undici, 1.235)
    assert.deepStrictEqual(details.single_vs_undici, ["SDK 32,800/s"])
    assert.strictEqual(reasons.info1000_vs_canfar, "canfar: there is no python3")
  })

  it("is a table in Markdown", () => {
    const text = toMarkdown(results, environment())
    assert.include(text, "| `single_vs_undici` | 1.235 | ≥ 1 | yes | SDK 32,800/s |")
    assert.include(text, "| `info1000_vs_canfar` | – | ≥ 50 | – | canfar: there is no python3 |")
  })
})
