import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { figureNames } from "../Findings.ts"

const main = join(import.meta.dirname, "../main.ts")

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const chaos = (...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, ["--import", "tsx", main, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    )
  })

describe("npm run chaos", () => {
  it("prints one JSON object, the same for the same seed", async () => {
    const args = ["--seed", "7", "--json", "--only", "destroying"]
    const [first, second] = [await chaos(...args), await chaos(...args)]
    const { holds, problems, seed, over, ...figures } = JSON.parse(first.stdout)
    assert.deepStrictEqual([over, seed, holds, problems], ["memory", 7, true, []])
    assert.deepStrictEqual(Object.keys(figures), [...figureNames])
    assert.strictEqual(first.code, 0, first.stderr)
    assert.strictEqual(second.stdout, first.stdout)
  })

  it("adds several seeds up, and has each", async () => {
    const { code, stdout } = await chaos("--seeds", "3..4", "--json", "--only", "destroying")
    const { seeds, ...sums } = JSON.parse(stdout)
    assert.deepStrictEqual([code, sums.holds, sums.leftover], [0, true, 0])
    assert.deepStrictEqual(
      seeds.map(({ seed }: { readonly seed: number }) => seed),
      [3, 4]
    )
  })

  it.each([
    ["--fast"],
    ["--seed", "-1"],
    ["--seed", "1.5"],
    ["--seed", "one"],
    ["--seeds", "5..1"],
    ["--seeds", "1..2..3"],
    ["--seeds", "0"],
    ["--seed", "1", "--seeds", "2"],
    ["--over", "mail"],
    ["--only", "sleeping"],
    ["more"]
  ])("refuses %s %s %s %s", async (...args) => {
    const { code, stderr, stdout } = await chaos(...args)
    assert.deepStrictEqual([code, stdout], [2, ""])
    assert.include(stderr, "Usage: npm run chaos")
  })
})
