import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { home, pythonFile } from "../support/configurations.ts"

const writer = join(import.meta.dirname, "../support/configurationWriter.ts")

/**
 * Changes a configuration file on a disk that a command prepares, in a process whose disks are its own. Gives what the
 * process said, what stands in the file then, and what stands beside it.
 */
const changing = (folder: string, disk: string) => {
  const script = `${disk}; "$1" "$2" "$0" x 1; cat "$0/.canfar/config.yaml" >&1; ls -A "$0/.canfar" >&1`
  const own = ["--user", "--map-root-user", "--mount", "sh", "-c", script, folder, process.execPath, writer]
  const { stderr, stdout } = spawnSync("unshare", own, { encoding: "utf8" })
  return { stderr, stdout }
}

/** Only Linux gives a process disks of its own. */
const onLinux = process.platform === "linux" ? it.live.each : () => () => undefined

describe("ConfigurationFile", () => {
  onLinux([
    ["read-only", 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"', "the disk is read-only"],
    [
      "full",
      'mount -t tmpfs -o size=16k tmpfs "$0/.canfar"; cp "$0/config.yaml" "$0/.canfar"; cat /dev/zero > "$0/.canfar/filling" 2>/dev/null',
      "the disk is full"
    ]
  ] as const)("on a disk that is %s is not changed, and says why", ([, disk, reason]) =>
    Effect.gen(function* () {
      const { path } = yield* home()
      const folder = dirname(dirname(path))
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, pythonFile)
      writeFileSync(join(folder, "config.yaml"), pythonFile)
      const { stderr, stdout } = changing(folder, disk)
      assert.include(stderr, reason)
      assert.isTrue(stdout.startsWith(pythonFile), stdout)
      assert.notMatch(stdout.slice(pythonFile.length), /draft|tmp|lock/)
      assert.deepStrictEqual(readdirSync(dirname(path)), ["config.yaml"])
    }).pipe(Effect.scoped)
  )
})
