import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { folder } from "../support/folders.ts"

const saver = join(import.meta.dirname, "../support/logSaver.ts")

/**
 * Saves logs on a disk that a command prepares, in a process whose disks are its own. Gives what came of it, and what is
 * on the disk then: names and sizes.
 */
const saving = (directory: string, disk: string, way: string, ids: ReadonlyArray<string>) => {
  const script = `${disk}; node=$1; shift; "$node" "$1" "$0" "$2" ${ids.join(" ")} && cd "$0" && stat -c "%n %s" * 2>/dev/null`
  const own = ["--user", "--map-root-user", "--mount", "sh", "-c", script, directory, process.execPath, saver, way]
  const { stderr, stdout } = spawnSync("unshare", own, { encoding: "utf8" })
  const [said = "", ...files] = stdout.trim().split("\n")
  assert.match(said, /^\{/, stderr)
  return { said: JSON.parse(said) as unknown, files }
}

/** Only Linux gives a process disks of its own. */
const onLinux = process.platform === "linux" ? it.live.each : () => () => undefined

describe("saveLogs", () => {
  onLinux(["undici", "fetch", "workers"] as const)(
    "on a full disk, over %s: what fits is there, and the others say why",
    (way) =>
      Effect.gen(function* () {
        const directory = yield* folder
        const disk = 'mount -t tmpfs -o size=64k tmpfs "$0"'
        const { said, files } = saving(directory, disk, way, ["a8", "b200", "c8"])
        const full = `FileUnwritable: ${join(directory, "b200.log")}: the disk is full`
        assert.deepStrictEqual(said, { outcomes: [8192, full, 8192], requests: 3 })
        assert.deepStrictEqual(
          files.filter((file) => !file.includes(".partial")),
          ["a8.log 8192", "c8.log 8192"]
        )
      }).pipe(Effect.scoped)
  )

  onLinux(["undici", "fetch", "workers"] as const)("on a read-only disk fails, over %s, and nothing is sent", (way) =>
    Effect.gen(function* () {
      const directory = yield* folder
      const disk = 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"'
      const { said, files } = saving(directory, disk, way, ["a8"])
      assert.deepStrictEqual(said, {
        outcomes: `FileUnwritable: ${directory}: the disk is read-only`,
        requests: 0
      })
      assert.deepStrictEqual(files, [])
    }).pipe(Effect.scoped)
  )
})
