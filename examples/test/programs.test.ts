import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { AsyncSession } from "skaha"
import { run, nowhere, start } from "./support/program.ts"

const linesOf = (out: string): Array<string> => out.trimEnd().split("\n")

describe("effect-program", () => {
  it.live("composes services on the emulator in memory", () =>
    Effect.gen(function* () {
      const { code, out, err } = yield* run("examples/effect-program/main.ts")
      assert.deepStrictEqual([code, err], [0, ""])
      assert.deepStrictEqual(linesOf(out), [
        "the platform is up",
        "64 cores, 2 images of notebooks",
        "huge: cores = 256 is not offered; taking the most",
        "a notebook with 1 cores at <redacted>",
        "a notebook with 16 cores at <redacted>",
        "small is Running",
        "huge is Running",
        "nosuchid: SessionNotFound",
        "nosuchid is nowhere, for there is no nosuchid",
        "2 notebooks are gone"
      ])
    })
  )
})

describe("async-await", () => {
  it.live("creates, waits, reads and destroys", () =>
    Effect.gen(function* () {
      const { code, out, err } = yield* run("examples/async-await/main.ts")
      assert.deepStrictEqual([code, err], [0, ""])
      const lines = linesOf(out)
      assert.match(lines[0] ?? "", /^platform: http:\/\/127\.0\.0\.1:\d+\/skaha$/)
      assert.strictEqual(lines[1], "created 3 sessions")
      assert.match(lines[2] ?? "", /^(\w{8} is Completed(, |$)){3}$/)
      assert.deepStrictEqual(
        lines.flatMap((line) => /^\w{8} wrote: (.*)$/.exec(line)?.[1] ?? []),
        ["1 hello", "2 hello", "3 hello"]
      )
      assert.deepStrictEqual(lines.slice(-5), [
        'input.invalid: name "no blanks please" may only have letters, digits and, within, "-"',
        "input.invalid: cores 1000 is not a whole number from 1 to 256",
        "nosuchid: session.not_found: no session nosuchid: session nosuchid not found",
        "cancelled: fetch was cancelled",
        "destroyed 3 sessions"
      ])
    })
  )

  it.live("destroys its sessions after Ctrl-C", () =>
    Effect.gen(function* () {
      const program = yield* start("examples/async-await/main.ts")
      yield* program.shows("created 3 sessions")
      program.kill("SIGINT")
      assert.strictEqual(yield* program.code, 130)
      assert.strictEqual(program.err(), "Interrupted.\n")
      assert.include(program.out(), "destroyed 3 sessions\n")
    }).pipe(Effect.scoped)
  )
})

describe("mock-layers", () => {
  it.live("runs one service on the emulator and on a mock", () =>
    Effect.gen(function* () {
      const { code, out, err } = yield* run("examples/mock-layers/main.ts")
      assert.deepStrictEqual([code, err], [0, ""])
      assert.deepStrictEqual(linesOf(out), [
        "on the emulator, under a test clock:",
        "  m31: 42 stars",
        "  m33 failed: clouds",
        "  ngc253: 42 stars",
        "  192 requests in 3600 s of the emulator's time",
        "on a mock:",
        "  m31: 42 stars",
        "  secret failed: the image is unknown or private: check its name or give registry credentials",
        "  lost failed: the session vanished"
      ])
    })
  )
})

describe("save-logs", () => {
  const main = "examples/save-logs/main.ts"
  /** What a session writes. */
  const log = Array.from({ length: 50_000 }, (_, index) => `${index + 1} ${(index + 1) % 97}\n`).join("")

  const folder = Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "skaha-examples-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true }))
  )

  it.live.each([
    ["without workers, into a new folder", []],
    ["with workers, into the folder that is named", ["--workers", "2"]]
  ] as const)("saves a log of each session %s", ([, options]) =>
    Effect.gen(function* () {
      const TMPDIR = yield* folder
      const args = options.length === 0 ? options : [...options, "--directory", join(TMPDIR, "some", "logs")]
      const { code, out, err } = yield* run(main, { TMPDIR }, args)
      assert.deepStrictEqual([code, err], [0, ""])
      const lines = linesOf(out)
      const directory = /^32 logs are in (.*)$/.exec(lines[3] ?? "")?.[1] ?? ""
      assert.isTrue(directory.startsWith(join(TMPDIR, options.length === 0 ? "skaha-logs-" : "some")), directory)
      assert.deepStrictEqual(lines.slice(1), [
        "Creating: 32 of 32",
        "Saving: 32 of 32, 13.9 MB",
        `32 logs are in ${directory}`,
        "Saving what is missing: 32 of 32",
        "destroyed 32 sessions"
      ])
      const files = readdirSync(directory)
      assert.lengthOf(files, 32)
      for (const file of files) {
        assert.match(file, /^[a-z0-9]{8}\.log$/)
        assert.isTrue(readFileSync(join(directory, file), "utf8") === log, file)
      }
    }).pipe(Effect.scoped)
  )

  it.live("destroys its sessions after Ctrl-C", () =>
    Effect.gen(function* () {
      const program = yield* start(main)
      yield* program.shows("Creating: 32 of 32")
      program.kill("SIGINT")
      assert.strictEqual(yield* program.code, 130)
      assert.strictEqual(program.err(), "Interrupted.\n")
      assert.include(program.out(), "destroyed 32 sessions\n")
    }).pipe(Effect.scoped)
  )

  it.live.each([
    [["--workers", "0"], "Error: configuration: workers: a whole number from 1 to 64\n"],
    [["--worker"], "Error: Unknown option '--worker'\n"]
  ] as const)("refuses %j", ([args, message]) =>
    Effect.gen(function* () {
      const { code, err } = yield* run(main, {}, args)
      assert.deepStrictEqual([code, err], [1, message])
    })
  )
})

describe("run-batch", () => {
  const main = "examples/run-batch/main.ts"

  /** What the program says of its replicas. */
  const squares = (name: string) =>
    Array.from({ length: 12 }, (_, index) => index + 1).map(
      (n) => `${name}-${n}: ${n * n}${n % 2 === 0 ? ", at the second attempt" : ""}`
    )

  it.live("runs again what has failed, and shows what came of each", () =>
    Effect.gen(function* () {
      const { code, out, err } = yield* run(main, {}, ["--name", "squares"])
      assert.deepStrictEqual([code, err], [0, ""])
      assert.deepStrictEqual(linesOf(out).slice(1), ["Running squares: 12 of 12", ...squares("squares")])
    })
  )

  it.live("takes up after Ctrl-C what is left, and leaves nothing", () =>
    Effect.gen(function* () {
      // None has run before all are there.
      const how = ["--port", "0", "--token", "sesame", "--pending", "5"]
      const emulator = yield* start("packages/emulator/src/node/main.ts", {}, how)
      yield* emulator.shows("end it with")
      const url = /listening on (\S+)/.exec(emulator.out())?.[1] ?? ""
      const mine = { SKAHA_URL: url, SKAHA_TOKEN: "sesame" }
      const list = Effect.promise(async () => {
        await using sessions = new AsyncSession({ url, token: "sesame" })
        return (await sessions.fetch()).map(({ id }) => id)
      })

      const first = yield* start(main, mine, ["--name", "again"])
      let left: Array<string> = []
      while (left.length < 12) left = yield* Effect.delay(list, "50 millis")
      first.kill("SIGINT")
      assert.strictEqual(yield* first.code, 130)
      assert.match(first.err(), /^Interrupted\. [^\n]*--name[^\n]*\n$/)
      assert.sameMembers(yield* list, left)

      const { code, out, err } = yield* run(main, mine, ["--name", "again"])
      assert.deepStrictEqual([code, err], [0, ""])
      assert.deepStrictEqual(
        linesOf(out).slice(2),
        // Nothing fails where there are no marks.
        squares("again").map((line) => line.replace(/,.*/, ""))
      )
      assert.deepStrictEqual(yield* list, [])
    }).pipe(Effect.scoped)
  )
})

it.live.each(["effect-program", "async-await", "save-logs", "run-batch"])(
  "%s says in one line that there is no platform",
  (name) =>
    Effect.gen(function* () {
      const { code, err } = yield* run(`examples/${name}/main.ts`, { SKAHA_URL: nowhere })
      assert.strictEqual(code, 1)
      assert.strictEqual(err, "Error: cannot talk to http://127.0.0.1:9: connection refused\n")
    })
)
