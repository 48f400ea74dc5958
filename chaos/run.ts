/**
 * Runs scenarios, and looks at what is left of each.
 */
import { RetryPolicy } from "@skaha/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import { Findings, together, type Figures } from "./Findings.ts"
import type { Scale } from "./scales.ts"
import type { Scenario } from "./scenario/Scenario.ts"
import type { Census } from "./world/Census.ts"
import { inRealTime, inVirtualTime } from "./world/time.ts"
import { makeWorld } from "./world/World.ts"

/** What came of all scenarios with one seed. */
export interface Result {
  readonly seed: number
  readonly figures: Figures
  /** What does not hold, by scenario; empty when all does. */
  readonly problems: ReadonlyArray<string>
}

/** How long nobody may ask anything after the end, in seconds. */
const silence = { memory: 600, http: 1.5 }

/** A scenario, and then what should be over and is not. */
const observe = (census: Census, scale: Scale, seed: string, scenario: Scenario, findings: Findings) =>
  Effect.gen(function* () {
    const world = yield* makeWorld(scale, seed, scenario.runner)
    const clients = yield* Scope.make()
    const before = census.living
    const unchanged = (when: string) => {
      const { fibers, timers } = census.living
      findings.expect(fibers === before.fibers, `${fibers - before.fibers} fibers are left ${when}`)
      findings.expect(timers === before.timers, `${timers - before.timers} timers are left ${when}`)
    }
    const exit = yield* Effect.exit(
      scenario.run(world, findings).pipe(Effect.timeout(scale.limit * 1000), Scope.provide(clients))
    )
    findings.expect(Exit.isSuccess(exit), Exit.isFailure(exit) ? `it ended with ${Cause.pretty(exit.cause)}` : "")
    const lists = world.wire.mostListsWithin(scale.tick)
    findings.expect(lists <= scenario.mostLists, `the list was asked for ${lists} times in one tick`)
    if (scenario.mostLists <= 1) findings.figures.maxListRequestsPerTick = lists
    const asked = world.wire.requests
    yield* world.calm
    unchanged("when the calls are over")
    yield* Effect.sleep(silence[scale.over] * 1000)
    findings.expect(world.wire.requests === asked, `${world.wire.requests - asked} requests came after the end`)
    const inFlight = yield* world.inFlight
    findings.expect(inFlight === 0, `${inFlight} requests never end`)
    yield* Scope.close(clients, Exit.void)
    unchanged("when the clients are gone")
  }).pipe(
    Effect.scoped,
    Effect.provideService(RetryPolicy, scale.retry),
    // What clients have to say about failures is no part of the report.
    Effect.provide(Logger.layer([])),
    Random.withSeed(seed)
  )

const runOne = Effect.fnUntraced(function* (scale: Scale, seed: number, scenario: Scenario) {
  const findings = new Findings()
  const inTime = scale.over === "memory" ? inVirtualTime : inRealTime
  const exit = yield* Effect.exit(
    inTime((census) => observe(census, scale, `${scenario.name} ${seed}`, scenario, findings))
  )
  if (Exit.isFailure(exit)) findings.expect(false, Cause.pretty(exit.cause))
  return findings
})

/**
 * Runs scenarios one after another, or, where time is real, all at once; `report` hears of each. None has anything to do
 * with another.
 */
export const run = Effect.fnUntraced(function* (
  scale: Scale,
  seed: number,
  scenarios: ReadonlyArray<Scenario>,
  report: (text: string) => void
) {
  const runReported = (scenario: Scenario) =>
    Effect.gen(function* () {
      const begin = performance.now()
      const { figures, problems } = yield* runOne(scale, seed, scenario)
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      report(`seed ${seed}, ${scenario.name}: ${problems.length === 0 ? "holds" : "DOES NOT HOLD"} (${seconds} s)`)
      return { figures, problems: problems.map((problem) => `${scenario.name}: ${problem}`) }
    })
  const all = yield* Effect.forEach(scenarios, runReported, {
    concurrency: scale.over === "http" ? "unbounded" : 1
  })
  const result: Result = {
    seed,
    figures: together(all.map(({ figures }) => figures)),
    problems: all.flatMap(({ problems }) => problems)
  }
  return result
})
