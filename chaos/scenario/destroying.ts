import { Outcome } from "@skaha/session"
import * as Effect from "effect/Effect"
import { replicaNames } from "./judging.ts"
import type { Scenario } from "./Scenario.ts"

/** Many sessions are destroyed: nothing is left, and each id has its outcome. */
export const destroying: Scenario = {
  name: "destroying",
  mostLists: 0,
  run: Effect.fnUntraced(function* (world, findings) {
    const ids = yield* Effect.forEach(replicaNames("doomed", 2 * world.scale.replicas), (name) => world.put(name))
    const { destroy } = yield* world.connect
    yield* world.storm
    const outcomes = yield* destroy(ids)
    yield* world.calm
    findings.counted(
      "leftover",
      (yield* world.held).map(({ name }) => name),
      "sessions are left"
    )
    findings.expect(
      outcomes.length === ids.length &&
        outcomes.every(({ index, input }, place) => index === place && input === ids[place]),
      "the outcomes are not those of the ids, in order"
    )
    findings.listed(
      Outcome.failures(outcomes).map(({ error, input }) => `${input} (${error._tag}: ${error.message})`),
      "were not destroyed"
    )
  })
}
