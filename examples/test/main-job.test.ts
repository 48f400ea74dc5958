import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { run, nowhere, start } from "./support/program.ts"

const main = "examples/main-job/main.ts"

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length

/** A folder for the temporary files of a program, so that they can be told from those of others. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "skaha-examples-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** The processes whose environment has a text in it: the sessions' HOME is in the emulator's temporary folder. */
const processesWith = (text: string): ReadonlyArray<string> =>
  existsSync("/proc/self/environ")
    ? readdirSync("/proc").filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${text}`)
        } catch {
          return false // it is gone, or another user's
        }
      })
    : []

describe("the main job", { timeout: 60_000 }, () => {
  it.live("runs on an emulator of its own, in plain lines where there is no terminal", () =>
    Effect.gen(function* () {
      const { code, out, err } = yield* run(main)
      assert.deepStrictEqual([code, err], [0, ""])
      assert.match(out, /^Platform: http:\/\/127\.0\.0\.1:\d+\/skaha\n\(an emulator/)
      assert.deepStrictEqual(
        out.match(/Creating: \d of 8/g),
        [2, 4, 6, 8].map((n) => `Creating: ${n} of 8`)
      )
      assert.strictEqual(count(out, /^0 s: pi-\w{6}-\d \(\w{8}\) is Pending$/gm), 8)
      assert.strictEqual(count(out, /^\d+ s: pi-\w{6}-\d \(\w{8}\) is Completed$/gm), 8)
      assert.match(out, /^Log of pi-\w{6}-1: 3\.1\d+$/m)
      assert.match(out, /The mean of all 8: π ≈ 3\.14\d\d\nDestroyed 8 sessions\.\nDone in \d+\.\d s\.\n$/)
      assert.notInclude(out, "\u001b")
    })
  )

  it.live("runs on the platform that the environment names, and leaves it as it was", () =>
    Effect.gen(function* () {
      const emulator = yield* start("packages/emulator/src/node/main.ts", {}, ["--port", "0", "--token", "sesame"])
      yield* emulator.shows("end it with")
      const url = /listening on (\S+)/.exec(emulator.out())?.[1] ?? ""
      const mine = { SKAHA_URL: url, SKAHA_TOKEN: "sesame" }

      // Beside the right one: a wrong token, and an image that needs credentials.
      const [right, stranger, hidden] = yield* Effect.all(
        [
          run(main, mine),
          run(main, { ...mine, SKAHA_TOKEN: "wrong" }),
          run(main, { ...mine, SKAHA_IMAGE: "images.canfar.net/skaha/hidden:1" })
        ],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([right.code, right.err], [0, ""])
      assert.isTrue(right.out.startsWith(`Platform: ${url}\nCreating`))
      assert.include(right.out, "Destroyed 8 sessions.")
      assert.notInclude(right.out, "sesame")
      assert.strictEqual(stranger.code, 1)
      assert.match(stranger.err, /^Error: the server refused the credentials[^\n]*\nSet SKAHA_TOKEN [^\n]*\n$/)
      assert.strictEqual(hidden.code, 1)
      assert.match(hidden.err, /^Error: the image is unknown or private[^\n]*\nSet SKAHA_IMAGE [^\n]*\n$/)

      const left = yield* Effect.promise(() =>
        fetch(`${url}/v1/session`, { headers: { authorization: "Bearer sesame" } }).then((reply) => reply.text())
      )
      assert.strictEqual(left, "[]")
    }).pipe(Effect.scoped)
  )

  it.live.each([
    [{ SKAHA_URL: nowhere }, "Error: cannot talk to http://127.0.0.1:9: connection refused\nCheck SKAHA_URL"],
    [{ SKAHA_URL: "nonsense" }, "Error: configuration: SKAHA_URL: not an http or https address\n"]
  ] as const)("says what is wrong with %j, without a stack", ([variables, message]) =>
    Effect.gen(function* () {
      const { code, err } = yield* run(main, variables)
      assert.strictEqual(code, 1)
      assert.isTrue(err.startsWith(message), err)
      assert.isAtMost(count(err, /\n/g), 2)
      assert.notMatch(err, /^ +at /m)
    })
  )

  it.live.each([
    ["while they are created", "Creating: 2"],
    ["while they run", "is Running"]
  ] as const)("destroys its sessions after Ctrl-C %s, and leaves no process", ([, moment]) =>
    Effect.gen(function* () {
      const TMPDIR = yield* folder
      const program = yield* start(main, { TMPDIR })
      yield* program.shows(moment)
      if (moment === "is Running" && process.platform === "linux") assert.isNotEmpty(processesWith(TMPDIR))
      program.kill("SIGINT")
      assert.strictEqual(yield* program.code, 130)
      assert.match(program.out(), /Interrupted\.\nDestroyed \d+ sessions\.\n$/)
      assert.strictEqual(program.err(), "")
      assert.deepStrictEqual(processesWith(TMPDIR), [])
      assert.deepStrictEqual(
        readdirSync(TMPDIR).filter((name) => name.startsWith("skaha-emulator-")),
        []
      )
    }).pipe(Effect.scoped)
  )
})
