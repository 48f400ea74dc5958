import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { allKeys } from "../src/keys.ts"

const main = join(import.meta.dirname, "../src/main.ts")

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const bench = (...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, ["--import", "tsx", main, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    )
  })

describe("npm run bench", () => {
  it("prints one JSON object with every figure and no other, null with a reason where it was not taken", async () => {
    const { code, stderr, stdout } = await bench("--json", "--only", "new_connections_warm")
    assert.strictEqual(code, 0, stderr)
    const { details, environment, reasons, ...figures } = JSON.parse(stdout)
    assert.deepStrictEqual(Object.keys(figures), [...allKeys])
    assert.deepStrictEqual(figures, { ...nothing, new_connections_warm: 0 })
    assert.deepStrictEqual(
      Object.keys(reasons),
      allKeys.filter((key) => key !== "new_connections_warm")
    )
    assert.deepStrictEqual(new Set(Object.values(reasons)), new Set(["not asked for"]))
    assert.deepStrictEqual(Object.keys(details), ["new_connections_warm"])
    assert.include(environment, { node: process.versions.node })
  })

  it("refuses a figure and an option that do not exist, and figures of a part as results", async () => {
    const unknown = await bench("--only", "flatness,speed")
    assert.deepStrictEqual([unknown.code, unknown.stdout], [2, ""])
    assert.match(unknown.stderr, /^There is no figure "speed"\.\nUsage:/)
    const option = await bench("--fast")
    assert.deepStrictEqual([option.code, option.stdout], [2, ""])
    assert.include(option.stderr, "--fast")
    assert.strictEqual((await bench("--write", "--only", "flatness")).code, 2)
  })
})

const nothing = Object.fromEntries(allKeys.map((key) => [key, null]))
