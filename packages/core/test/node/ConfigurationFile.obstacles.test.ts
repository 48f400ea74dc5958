import { ConfigurationFileUnusable } from "@skaha/core"
import { ConfigurationFile, type Configuration } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { home, pythonFile } from "../support/configurations.ts"
import { assertHides } from "../support/secrets.ts"

const useCanfar = (now: Configuration): Configuration => ({ ...now, active: { ...now.active, server: "canfar" } })

const widen = (now: Configuration): Configuration => ({
  ...now,
  console: { ...now.console, width: now.console.width + 1 }
})

const nothingElse = (folder: string) => assert.deepStrictEqual(readdirSync(join(folder, ".canfar")), ["config.yaml"])

describe("ConfigurationFile", () => {
  // Modes do not stop an administrator, as whom tests may run: other obstacles do.
  describe("that cannot be used", () => {
    it.live.each<readonly [what: string, reason: string, prepare: (path: string) => void]>([
      ["a folder in its place", "it is a folder", (path) => mkdirSync(path, { recursive: true })],
      ["a file where its folder should be", "none", (path) => writeFileSync(dirname(path), "hunter2")],
      [
        "a link to itself",
        "its link leads in a circle",
        (path) => {
          mkdirSync(dirname(path))
          symlinkSync(path, path)
        }
      ],
      [
        "a device",
        "it is not a file",
        (path) => {
          mkdirSync(dirname(path))
          symlinkSync("/dev/zero", path)
        }
      ],
      [
        "bytes that are no text",
        "it is not text in UTF-8",
        (path) => {
          mkdirSync(dirname(path))
          writeFileSync(path, Buffer.from([0x76, 0xff, 0xfe]))
        }
      ]
    ])("says so: %s", ([, reason, prepare]) =>
      Effect.gen(function* () {
        const { file, path } = yield* home()
        prepare(path)
        for (const way of [file.read, file.saved, file.update(widen)]) {
          const error = yield* Effect.flip(way)
          assert.instanceOf(error, ConfigurationFileUnusable)
          assert.include(error.message, reason)
          assert.include(error.message, path)
          assertHides(error, "hunter2")
        }
      }).pipe(Effect.scoped)
    )

    it.live("says so where nothing can be made", () =>
      Effect.gen(function* () {
        const file = ConfigurationFile.make({ path: "/proc/nobody/config.yaml", home: "/nowhere" })
        assert.strictEqual((yield* file.read).authentication["cadc"]?.idp, "cadc")
        const error = yield* Effect.flip(file.update(widen))
        assert.instanceOf(error, ConfigurationFileUnusable)
        assert.strictEqual(error.systemCode, "ENOENT")
      })
    )

    it.live("is left as it was where the new one cannot be put in its place", () =>
      Effect.gen(function* () {
        const { file, folder, path } = yield* home(pythonFile)
        // A folder with something in it cannot be replaced by a file; it comes when the file was read.
        const error = yield* Effect.flip(
          file.update((now) => {
            renameSync(path, join(folder, "old"))
            mkdirSync(join(path, "full"), { recursive: true })
            return useCanfar(now)
          })
        )
        assert.instanceOf(error, ConfigurationFileUnusable)
        nothingElse(folder)
        assert.strictEqual(readFileSync(join(folder, "old"), "utf8"), pythonFile)
      }).pipe(Effect.scoped)
    )
  })

  describe("exclusively", () => {
    it.live("runs one after the other, with updates inside, and leaves nothing behind", () =>
      Effect.gen(function* () {
        const { file, folder } = yield* home(pythonFile)
        let running = 0
        let most = 0
        const one = file.exclusively(
          "srcnet",
          Effect.gen(function* () {
            most = Math.max(most, ++running)
            yield* Effect.sleep(5)
            yield* file.update(widen)
            running--
          })
        )
        yield* Effect.all([one, one, one, one], { concurrency: "unbounded" })
        assert.strictEqual(most, 1)
        assert.strictEqual((yield* file.read).console.width, 124)
        nothingElse(folder)
      }).pipe(Effect.scoped)
    )

    it.live("fails as what it runs, and is free again", () =>
      Effect.gen(function* () {
        const { file, folder } = yield* home(pythonFile)
        assert.strictEqual(yield* Effect.flip(file.exclusively("a/b", Effect.fail("no"))), "no")
        nothingElse(folder)
      }).pipe(Effect.scoped)
    )
  })
})
