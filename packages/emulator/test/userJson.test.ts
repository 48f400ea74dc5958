import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeUsers } from "../src/internal/callers/json.ts"

/** A file of users, and what is wrong with it. */
const mistakes: ReadonlyArray<readonly [json: string, reason: string]> = [
  ['[{ "name": "bob", "token": s3cret }]', "no JSON"],
  ["s3cret", "no JSON"],
  ['[{ "name": "bob", "token": "s3cret" "uid": 1 }]', "no JSON at position 36 (line 1 column 37)"],
  ['[{ "name": "bob", "token": ["s3cret"] }]', "users[0].token: Expected string | undefined"],
  ['[{ "name": "", "cookie": "s3cret" }]', "users[0].name: Expected a value with a length of at least 1"]
]

describe("users as JSON", () => {
  it.effect.each(mistakes)("that are none, without their secrets: %s", ([json, reason]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(decodeUsers(json))).message, reason)
    })
  )
})
