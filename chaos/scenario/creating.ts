import * as Effect from "effect/Effect"
import { image } from "../world/World.ts"
import { idsOf, judgeCreated, replicaNames } from "./judging.ts"
import type { Scenario } from "./Scenario.ts"

/** Two creates of many replicas at the same time: each replica exists once, and its id is given. */
export const creating: Scenario = {
  name: "creating",
  mostLists: 4,
  run: Effect.fnUntraced(function* (world, findings) {
    const { replicas } = world.scale
    const { create } = yield* world.connect
    const names = ["first", "second"]
    yield* world.storm
    const outcomes = yield* Effect.forEach(names, (name) => create({ name, image, cmd: "run", replicas }), {
      concurrency: "unbounded"
    })
    yield* world.calm
    const held = yield* world.held
    findings.figures.created += held.length
    const expected = names.flatMap((name) => replicaNames(name, replicas))
    judgeCreated(expected, held, idsOf(outcomes.flat(), findings), findings)
  })
}
