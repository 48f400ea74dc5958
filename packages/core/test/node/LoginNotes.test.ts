import { ConfigurationFileInvalid, ConfigurationFileUnusable } from "@skaha/core"
import { LoginNotes } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { home, pythonFile } from "../support/configurations.ts"
import { assertHides } from "../support/secrets.ts"

const note = { issuer: "https://iam.example/", client: "me", secretExpires: 1893456000 }

const notes = (text?: string) =>
  Effect.map(home(pythonFile), ({ folder, path }) => {
    const file = join(dirname(path), "skaha.json")
    if (text !== undefined) writeFileSync(file, text)
    return { folder, file, path, notes: LoginNotes.make({ home: folder }), text: () => readFileSync(file, "utf8") }
  })

describe("LoginNotes", () => {
  it.live("are read as they were written, beside the configuration file", () =>
    Effect.gen(function* () {
      const { file, notes: all, path, text } = yield* notes()
      assert.isUndefined(yield* all.read("srcnet"))
      yield* all.write("srcnet", note)
      yield* all.write("other", { issuer: "https://b.example" })
      assert.deepStrictEqual(yield* all.read("srcnet"), note)
      yield* all.write("other", undefined)
      assert.isUndefined(yield* all.read("other"))
      assert.strictEqual(text(), `${JSON.stringify({ version: 1, logins: { srcnet: note } }, null, 2)}\n`)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.strictEqual(readFileSync(path, "utf8"), pythonFile)
      assert.deepStrictEqual(readdirSync(dirname(path)), ["config.yaml", "skaha.json"])
    }).pipe(Effect.scoped)
  )

  it.live("keep what a later version has noted", () =>
    Effect.gen(function* () {
      const later = { version: 1, more: [1], logins: { srcnet: { colour: "red", issuer: "x" }, b: { issuer: 5 } } }
      const { notes: all, text } = yield* notes(JSON.stringify(later))
      yield* all.write("srcnet", { client: "me" })
      assert.deepStrictEqual(JSON.parse(text()), {
        version: 1,
        more: [1],
        logins: { b: { issuer: 5 }, srcnet: { colour: "red", client: "me" } }
      })
    }).pipe(Effect.scoped)
  )

  it.live("lose nothing of what is written at the same time", () =>
    Effect.gen(function* () {
      const { notes: all, text } = yield* notes()
      const names = Array.from({ length: 20 }, (_, index) => `idp${index}`)
      yield* Effect.forEach(names, (name) => all.write(name, note), { concurrency: "unbounded" })
      assert.sameMembers(Object.keys(JSON.parse(text()).logins), names)
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["{hunter2", "it is not JSON"],
    ["", "it is not JSON"],
    ["[]", "it is not a mapping"],
    ['{"logins": {}}', "version is not 1"],
    ['{"version": 2}', "version is not 1"]
  ])("are left as they are where they are not understood: %s", ([broken, message]) =>
    Effect.gen(function* () {
      const { notes: all, text } = yield* notes(broken)
      for (const way of [all.read("srcnet"), all.write("srcnet", note)]) {
        const error = yield* Effect.flip(Effect.asVoid(way))
        assert.instanceOf(error, ConfigurationFileInvalid)
        assert.include(error.message, `skaha.json: ${message}`)
        assertHides(error, "hunter2")
      }
      assert.strictEqual(text(), broken)
    }).pipe(Effect.scoped)
  )

  it.live("say that a note is none", () =>
    Effect.gen(function* () {
      const { notes: all } = yield* notes('{"version": 1, "logins": {"srcnet": {"issuer": ["hunter2"]}}}')
      const error = yield* Effect.flip(all.read("srcnet"))
      assert.include(error.message, "logins has a note that is none")
      assertHides(error, "hunter2")
    }).pipe(Effect.scoped)
  )

  it.live("cannot be kept in what is no folder", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* notes()
      mkdirSync(file)
      const error = yield* Effect.flip(LoginNotes.make({ home: folder }).write("srcnet", note))
      assert.instanceOf(error, ConfigurationFileUnusable)
      assert.isTrue(existsSync(file))
    }).pipe(Effect.scoped)
  )
})
