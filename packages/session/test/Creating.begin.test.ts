import { assert, describe } from "@effect/vitest"
import { PlatformClient, Settings } from "@skaha/core"
import type { Emulator } from "@skaha/emulator"
import { Sessions, type Created } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeCreating } from "../src/internal/creating/creating.ts"
import { makeSharedLists } from "../src/internal/lists/listing.ts"
import { makeLookout } from "../src/internal/looking/lookout.ts"
import { makeOffer } from "../src/internal/creating/offer.ts"
import { count, elsewhere, hearing, holds, lasting, onCreate, roomy, roomyOnce, setFaults } from "./support/creating.ts"
import { testInMemory as test } from "./support/platforms.ts"
import { createOne } from "./support/sessions.ts"
import { inItsTime } from "./support/time.ts"

const creating = Effect.gen(function* () {
  const client = yield* PlatformClient
  const lists = makeSharedLists(client)
  const parts = {
    client,
    lists,
    settings: yield* Effect.orDie(Settings.make()),
    offer: yield* makeOffer,
    lookout: makeLookout(lists)
  }
  return makeCreating(parts)
})

const idOf = (created: Created): string => Result.getOrElse(created.result, () => "none")

describe("What is built on creating", () => {
  test("goes on with each replica as soon as it is made, and may make one again", roomy, () =>
    Effect.gen(function* () {
      const { begin } = yield* creating
      const { destroy } = yield* Sessions
      const { heard, onOutcome } = hearing()
      const creation = yield* begin("Sessions.runBatch", lasting({ replicas: 3 }))
      const platform = yield* Effect.context<Emulator>()
      const listeners = { created: onOutcome, unresolved: () => {} }
      const next = Effect.fnUntraced(function* (created: Created) {
        const first = idOf(created)
        if (created.index !== 1) return [first]
        yield* destroy(first).pipe(Effect.orDie)
        // Somebody else's of the same name is not taken for the new one.
        const foreign = yield* Effect.orDie(elsewhere(createOne(lasting({ name: created.input }))))
        yield* setFaults(onCreate({ _tag: "JobNotFound" }, { times: 1 }))
        const again = yield* creation.again(1)
        assert.isTrue(again.adopted)
        return [idOf(again), foreign]
      }, Effect.provide(platform))
      const ids = (yield* inItsTime(creation.run(listeners, next))).flat()
      assert.strictEqual(new Set(ids).size, 4)
      assert.sameMembers([...(yield* holds).keys()], ids)
      assert.strictEqual(heard.length, 3)
      assert.strictEqual(yield* count("POST"), 5)
    })
  )

  test("fails before anything is sent where the spec has a mistake", roomyOnce, () =>
    Effect.gen(function* () {
      const { begin } = yield* creating
      const error = yield* Effect.flip(begin("Sessions.runBatch", lasting({ cores: 0 })))
      assert.deepInclude(error, { _tag: "InvalidInput", operation: "Sessions.runBatch" })
      assert.deepStrictEqual([yield* count("GET"), yield* count("POST")], [0, 0])
    })
  )

  test("is told of a failure that is the call's, too", roomyOnce, () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reply", status: 403, body: "no\n" }))
      const { create } = yield* creating
      const { heard, onOutcome } = hearing()
      yield* Effect.flip(create(lasting({ replicas: 4 }), onOutcome))
      assert.deepStrictEqual(
        heard.map(({ input }) => input),
        ["job-1"]
      )
    })
  )
})
