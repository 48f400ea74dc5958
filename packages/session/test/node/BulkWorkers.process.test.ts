import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bundledWorker } from "../support/workers.ts"
import { echo, serve } from "./support/server.ts"

const program = fileURLToPath(new URL("support/program.ts", import.meta.url))

describe("A process with workers", () => {
  it.live("lives until it has its answers, and ends though its workers are still there", () =>
    Effect.gen(function* () {
      const { url } = yield* serve((request, response) => {
        setTimeout(() => echo(request, response), 300)
      })
      const { stdout, stderr } = yield* Effect.promise(() => promisify(execFile)(process.execPath, [program, url]))
      assert.strictEqual(stdout, "abcd1234 bcde2345 cdef3456")
      assert.strictEqual(stderr, "")
    })
  )

  it("a worker has what it needs in one file, without what only signing in does", () => {
    const text = readFileSync(bundledWorker(), "utf8")
    // It runs from a folder where no package can be found.
    assert.include(text, "llhttp")
    for (const foreign of ["device_authorization_endpoint", "XMLParser", "YAMLParseError"]) {
      assert.notInclude(text, foreign)
    }
  })
})
