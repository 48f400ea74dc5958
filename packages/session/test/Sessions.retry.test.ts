import { assert, describe } from "@effect/vitest"
import { RetryPolicy, type RetryOptions } from "@skaha/core"
import { Emulator, type Fault } from "@skaha/emulator"
import { Outcome, Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { valuesOrTags } from "./support/outcomes.ts"
import { waysOfMany, type PlatformOptions } from "./support/platforms.ts"
import { createAll, headless } from "./support/sessions.ts"
import { Wire } from "./support/wire.ts"

const repeating = (retry: RetryOptions): PlatformOptions => ({
  retry: RetryPolicy.make({ delay: 0, ...retry }),
  capacity: { cores: 10_000, ram: 100_000 }
})

const replicas = 60
const jobs = createAll(headless({ cmd: "echo", args: "hello", replicas }))

const down: Fault = { match: {}, action: { _tag: "Reply", status: 503, body: "temporarily unavailable: null" } }

/** So many of the requests sent since the last time. */
const sentNow = Effect.map(Wire, ({ requests }) => requests.splice(0).length)

describe.each(waysOfMany)("Repeated requests $way", ({ test }) => {
  test("give everything, though much goes wrong on the way", repeating({ times: 20, budget: 10_000 }), () =>
    Effect.gen(function* () {
      const { destroy, fetch, info, logs } = yield* Sessions
      const { setFaults } = yield* Emulator
      const ids = yield* jobs
      const badly = (match: Fault["match"]): ReadonlyArray<Fault> => [
        { match: { ...match, probability: 0.2 }, action: { _tag: "Page", page: "proxy-503" } },
        { match: { ...match, probability: 0.1 }, action: { _tag: "Reset" } },
        { match: { ...match, probability: 0.1 }, action: { _tag: "Reset", handled: true } },
        { match: { ...match, probability: 0.1 }, action: { _tag: "Truncate", bytes: 3 } }
      ]
      yield* setFaults(badly({ method: "GET" }))
      assert.deepStrictEqual(
        valuesOrTags(yield* logs(ids)),
        ids.map(() => "hello\n")
      )
      assert.deepStrictEqual(
        Outcome.values(yield* info(ids)).map(({ id }) => id),
        ids
      )
      yield* setFaults(badly({ method: "DELETE" }))
      assert.strictEqual(Outcome.values(yield* destroy(ids)).length, replicas)
      yield* setFaults([])
      assert.deepStrictEqual(yield* fetch(), [])
    })
  )

  test("come to an end, for all together, where the platform is down", repeating({ times: 5, budget: 10 }), () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const { setFaults } = yield* Emulator
      const ids = yield* jobs
      yield* setFaults([down])
      yield* sentNow
      const outcomes = yield* logs(ids)
      assert.deepStrictEqual(
        valuesOrTags(outcomes),
        ids.map(() => "ServerBusy")
      )
      assert.strictEqual(yield* sentNow, replicas + 10)
      yield* Stream.runDrain(logs.stream(ids))
      assert.strictEqual(yield* sentNow, replicas + 10)
      // One by one there is nothing to spare.
      yield* Effect.exit(logs(ids[0] ?? ""))
      assert.strictEqual(yield* sentNow, 6)
    })
  )
})
