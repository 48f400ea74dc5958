import { ConfigurationFileBusy } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { handwrittenFile, home } from "../support/configurations.ts"

const program = join(import.meta.dirname, "../support/configurationWriter.ts")

/** Runs a writer to its end: its exit code, or the signal that ended it. */
const writer = (folder: string, name: string, rounds: number, ...more: ReadonlyArray<string>) =>
  Effect.callback<number | string>((resume) => {
    execFile(process.execPath, [program, folder, name, String(rounds), ...more], (error, _, complaints) => {
      if (error === null) resume(Effect.succeed(0))
      else resume(error.signal ? Effect.succeed(error.signal) : Effect.die(new Error(complaints)))
    })
  })

/** The lock of somebody on another machine, where no process number means anything here. */
const foreignLock = (path: string) => {
  const lock = join(dirname(path), ".config.yaml.lock")
  writeFileSync(lock, JSON.stringify({ place: "elsewhere", pid: 1, started: null, id: "x" }))
  return lock
}

const widen = (by: number) => (now: { readonly console: { readonly width: number; readonly banner: boolean } }) => ({
  console: { ...now.console, width: now.console.width + by }
})

describe("ConfigurationFile among processes", () => {
  it.live(
    "loses nothing of what several write at the same time",
    () =>
      Effect.gen(function* () {
        const { file, folder, path, text } = yield* home(handwrittenFile)
        const rounds = 30
        const names = ["a", "b", "c"]
        const own = Effect.forEach(Array.from({ length: rounds }), () =>
          file.update((now) => ({ ...now, ...widen(1)(now) }))
        )
        const codes = yield* Effect.all([...names.map((name) => writer(folder, name, rounds)), Effect.as(own, 0)], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(codes, [0, 0, 0, 0])
        const said = yield* file.read
        assert.strictEqual(said.console.width, 100 + 4 * rounds)
        assert.lengthOf(Object.keys(said.servers), 1 + names.length * rounds)
        // What nobody changed is still there to the letter.
        const [begin = "", end = ""] = handwrittenFile.split("console:")
        assert.isTrue(text().startsWith(begin))
        assert.include(text(), end.slice(end.indexOf("# bye")))
        assert.deepStrictEqual(readdirSync(dirname(path)), ["config.yaml"])
        assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      }).pipe(Effect.scoped),
    60_000
  )

  it.effect("goes on at once after one that crashed in the middle", () =>
    Effect.gen(function* () {
      const { file, folder, path, text } = yield* home(handwrittenFile)
      assert.strictEqual(yield* writer(folder, "a", 1, "crash"), "SIGKILL")
      assert.isTrue(existsSync(join(dirname(path), ".config.yaml.lock")))
      assert.strictEqual(text(), handwrittenFile)
      const updating = yield* Effect.forkChild(file.update((now) => ({ ...now, ...widen(1)(now) })))
      yield* TestClock.adjust(100)
      assert.isDefined(updating.pollUnsafe())
      assert.deepStrictEqual(readdirSync(dirname(path)), ["config.yaml"])
    }).pipe(Effect.scoped)
  )

  it.live("never lets a writer without a lock see half a file, and takes in what that writes", () =>
    Effect.gen(function* () {
      const { file, folder, path } = yield* home(handwrittenFile)
      const other = yield* Effect.forkChild(writer(folder, "a", 20))
      let seen = 0
      while (other.pollUnsafe() === undefined) {
        // As Python writes: the whole file anew, moved into its place.
        const text = readFileSync(path, "utf8")
        assert.isTrue(text.startsWith("# my platforms") && text.trimEnd().endsWith("# bye"))
        const draft = join(folder, "draft")
        writeFileSync(draft, text.replace(/colour: \[.*\]/, `colour: [${++seen}]`))
        renameSync(draft, path)
        yield* Effect.sleep(10)
      }
      assert.isAbove(seen, 0)
      assert.strictEqual(yield* Fiber.join(other), 0)
      yield* file.read
    }).pipe(Effect.scoped)
  )

  it.effect("takes a lock that nobody has touched for 15 s", () =>
    Effect.gen(function* () {
      const { file, path } = yield* home(handwrittenFile)
      foreignLock(path)
      const updating = yield* Effect.forkChild(file.update((now) => ({ ...now, ...widen(1)(now) })))
      yield* TestClock.adjust(14_000)
      assert.isUndefined(updating.pollUnsafe())
      yield* TestClock.adjust(2000)
      assert.strictEqual((yield* Fiber.join(updating)).console.width, 101)
      assert.deepStrictEqual(readdirSync(dirname(path)), ["config.yaml"])
    }).pipe(Effect.scoped)
  )

  it.effect("waits for 60 s for one that is touched, and leaves it", () =>
    Effect.gen(function* () {
      const { file, path, text } = yield* home(handwrittenFile)
      const lock = foreignLock(path)
      const updating = yield* Effect.forkChild(Effect.flip(file.update((now) => ({ ...now, ...widen(1)(now) }))))
      for (let second = 0; second < 61; second += 5) {
        utimesSync(lock, second, second)
        yield* TestClock.adjust(5000)
      }
      const error = yield* Fiber.join(updating)
      assert.instanceOf(error, ConfigurationFileBusy)
      assert.isAtLeast(error.waited, 60)
      assert.isTrue(existsSync(lock))
      assert.strictEqual(text(), handwrittenFile)
    }).pipe(Effect.scoped)
  )

  it.effect("touches its own lock while it works", () =>
    Effect.gen(function* () {
      const { file, path } = yield* home(handwrittenFile)
      const lock = join(dirname(path), ".config.yaml.srcnet.lock")
      const working = yield* Effect.forkChild(file.exclusively("srcnet", Effect.sleep(100_000)))
      yield* TestClock.adjust(1)
      for (let round = 0; round < 10; round++) {
        utimesSync(lock, 1, 1)
        yield* TestClock.adjust(5000)
        assert.notStrictEqual(statSync(lock).mtimeMs, 1000)
      }
      yield* TestClock.adjust(60_000)
      yield* Fiber.join(working)
      assert.isFalse(existsSync(lock))
    }).pipe(Effect.scoped)
  )

  it.effect("gives up waiting when it is interrupted, and leaves no lock", () =>
    Effect.gen(function* () {
      const { file, path, text } = yield* home(handwrittenFile)
      const lock = foreignLock(path)
      const updating = yield* Effect.forkChild(file.update((now) => ({ ...now, ...widen(1)(now) })))
      yield* TestClock.adjust(100)
      yield* Fiber.interrupt(updating)
      assert.include(readFileSync(lock, "utf8"), "elsewhere")
      assert.strictEqual(text(), handwrittenFile)
    }).pipe(Effect.scoped)
  )
})
