import { assert, describe } from "@effect/vitest"
import { Context } from "@skaha/session"
import * as Effect from "effect/Effect"
import { ways } from "./support/platforms.ts"

describe.each(ways)("Context $way", ({ test }) => {
  test("the options of a platform", {}, () =>
    Effect.gen(function* () {
      const { resources } = yield* Context
      const { cores, ram, gpus, maxInteractiveSessions } = yield* resources
      assert.deepStrictEqual(
        { ...cores, options: cores.options.length },
        {
          default: 2,
          defaultRequest: 1,
          defaultLimit: 8,
          options: 16
        }
      )
      assert.strictEqual(ram.options.at(-1), 192)
      assert.strictEqual(gpus.options.length, 28)
      assert.strictEqual(maxInteractiveSessions, 5)
    })
  )
})
