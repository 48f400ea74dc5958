import type { SessionChange } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { outage } from "../world/faults.ts"
import type { Scenario } from "./Scenario.ts"

const hasEnded = (status: string): boolean => status === "Completed" || status === "Failed"

/** Whether a change tells of a session's end. */
const tellsEnd = (change: SessionChange): boolean =>
  (change._tag === "Created" && hasEnded(change.session.status)) ||
  (change._tag === "StatusChanged" && hasEnded(change.session.status) && !hasEnded(change.from))

/** Sessions end at their times and are removed then: who watches is told of each end once, and that it is gone. */
export const watching: Scenario = {
  name: "watching",
  mostLists: 1,
  run: Effect.fnUntraced(function* (world, findings) {
    const { lifetime, watched } = world.scale
    const numbers = Array.from({ length: watched }, (_, index) => index)
    const ids = yield* Effect.forEach(numbers, (number) =>
      Effect.flatMap(Random.nextIntBetween(1, lifetime), (seconds) =>
        world.put(`watched-${number}`, `${seconds} ${number % 2}`)
      )
    )
    const { destroy, watch } = yield* world.connect
    const ends = new Map<string, number>()
    const gone = new Map<string, number>()
    const count = (counts: Map<string, number>, id: string) => counts.set(id, (counts.get(id) ?? 0) + 1)
    let interruptions = 0

    const watchAll = watch({ prefix: "watched" }, { existing: true, interval: 1 }).pipe(
      Stream.takeUntil((change) => {
        if (tellsEnd(change) && "session" in change) count(ends, change.session.id)
        if (change._tag === "Gone") count(gone, change.last.id)
        if (change._tag === "LookFailed") interruptions++
        return gone.size === watched
      }),
      Stream.runDrain
    )
    const live = Effect.gen(function* () {
      yield* world.storm
      yield* Effect.sleep((lifetime / 2) * 1000)
      yield* world.setFaults(outage)
      yield* Effect.sleep((world.scale.outage / 2) * 1000)
      yield* world.storm
      // All have ended for some looks by then, of which some fail.
      yield* Effect.sleep((lifetime + 5) * 1000)
      yield* destroy(ids)
    })
    yield* Effect.all([watchAll, live], { concurrency: "unbounded" })

    findings.figures.watched += ends.size
    const notOnce = (counts: ReadonlyMap<string, number>) => ids.filter((id) => counts.get(id) !== 1)
    findings.listed(notOnce(ends), "ends were not told exactly once")
    findings.listed(notOnce(gone), "were not told to be gone exactly once")
    findings.expect(interruptions > 0, "of looks that failed nothing was told")
  })
}
