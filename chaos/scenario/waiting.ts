import type { SkahaError } from "@skaha/core"
import type { Session } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { outage } from "../world/faults.ts"
import type { Scenario } from "./Scenario.ts"

/** What a session will come to. */
interface Fate {
  readonly id: string
  /** When it ends, in milliseconds; it may be as much as a second and what it is pending later. */
  readonly endsAt: number
  readonly status: "Completed" | "Failed"
}

/** Of a hundred sessions so many fail. */
const failing = 5

/** The status that a waiter was told. */
const statusOf = (result: Result.Result<Session, SkahaError>): string =>
  Result.isSuccess(result)
    ? result.success.status
    : result.failure._tag === "SessionEnded"
      ? (result.failure.sessionStatus ?? "unknown")
      : result.failure._tag

/** Very many wait while the platform is away for some time: each wakes once, and is told the truth. */
export const waiting: Scenario = {
  name: "waiting",
  mostLists: 1,
  run: Effect.fnUntraced(function* (world, findings) {
    const { awaited, lifetime } = world.scale
    const put = Effect.fnUntraced(function* (number: number) {
      const seconds = yield* Random.nextIntBetween(1, lifetime)
      const fails = (yield* Random.nextIntBetween(0, 100)) < failing
      const endsAt = (yield* Clock.currentTimeMillis) + seconds * 1000
      const id = yield* world.put(`awaited-${number}`, `${seconds} ${fails ? 1 : 0}`)
      return { id, endsAt, status: fails ? "Failed" : "Completed" } as const
    })
    const fates: ReadonlyArray<Fate> = yield* Effect.forEach(
      Array.from({ length: awaited }, (_, index) => index),
      put
    )
    const { waitCompleted } = yield* world.connect
    const early: Array<string> = []
    const wrong: Array<string> = []
    const wokenTimes = new Map<string, number>()

    const judge = ({ endsAt, id, status }: Fate, result: Result.Result<Session, SkahaError>) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        wokenTimes.set(id, (wokenTimes.get(id) ?? 0) + 1)
        findings.figures.woken++
        if (now < endsAt) early.push(id)
        if (statusOf(result) !== status) wrong.push(`${id} was ${status}, not ${statusOf(result)}`)
      })
    const single = Effect.fnUntraced(function* (fate: Fate) {
      yield* judge(fate, yield* Effect.result(waitCompleted(fate.id)))
    })
    const bulk = Effect.fnUntraced(function* (all: ReadonlyArray<Fate>) {
      const outcomes = yield* waitCompleted(all.map(({ id }) => id))
      findings.expect(outcomes.length === all.length, "not every id that was waited for has its outcome")
      for (const [index, { input, result }] of outcomes.entries()) {
        const fate = all[index]
        if (fate === undefined || fate.id !== input) wrong.push(`${input} stands in the place of another`)
        else yield* judge(fate, result)
      }
    })
    const bad = Effect.gen(function* () {
      yield* world.storm
      yield* Effect.sleep(((lifetime - world.scale.outage) / 2) * 1000)
      yield* world.setFaults(outage)
      yield* Effect.sleep(world.scale.outage * 1000)
      yield* world.storm
    })
    const alone = fates.slice(0, awaited / 2)
    const together = fates.slice(awaited / 2)
    yield* Effect.all([bad, Effect.forEach(alone, single, { concurrency: "unbounded" }), bulk(together)], {
      concurrency: "unbounded"
    })

    findings.listed(early, "were woken too early")
    findings.listed(wrong, "were told wrong")
    findings.listed(
      fates.flatMap(({ id }) => (wokenTimes.get(id) === 1 ? [] : [id])),
      "were not woken exactly once"
    )
  })
}
