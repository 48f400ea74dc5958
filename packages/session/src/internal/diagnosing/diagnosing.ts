/**
 * Finding out what is the matter with a session.
 */
import { parseEvents, type PlatformClient } from "@skaha/core"
import * as Effect from "effect/Effect"
import type { Diagnosing, Diagnosis } from "../../Diagnosing.ts"
import type { Resources } from "../../Session.ts"
import type { Stats } from "../../Stats.ts"
import { withCheckedId } from "../each.ts"
import { optional, readTraces, signsOf } from "./explaining.ts"
import { present } from "../present.ts"
import { probableCause } from "./probableCause.ts"
import { readOne, readStats } from "../lists/reading.ts"
import { spanned } from "../spanned.ts"

/** What is left of what there is: never below zero, since more can be asked for than there is. */
const left = (available: number | undefined, requested: number | undefined): number | undefined =>
  available === undefined || requested === undefined
    ? undefined
    : Math.max(0, Number((available - requested).toFixed(3)))

/** What the cluster has left; `undefined` where nothing is known of it. */
const leftOf = ({ cores, ram }: Pick<Stats, "cores" | "ram">): Resources | undefined => {
  const resources = present({
    cores: left(cores.available, cores.requested),
    ram: left(ram.available, ram.requested)
  })
  return Object.keys(resources).length === 0 ? undefined : resources
}

/** Makes `diagnose`. */
export const makeDiagnosing = (client: PlatformClient["Service"]): Diagnosing => {
  const operation = "Sessions.diagnose"

  const diagnose = Effect.fnUntraced(function* (id: string) {
    const session = yield* readOne(client, operation, id)
    const {
      events,
      logTail = "",
      stats
    } = yield* Effect.all(
      { ...readTraces(client, operation, id), stats: optional(readStats(client, operation)) },
      { concurrency: "unbounded" }
    )
    const parts = {
      events: parseEvents(events ?? ""),
      logTail,
      requested: session.requested,
      ...present({ available: stats === undefined ? undefined : leftOf(stats) })
    }
    const cause = probableCause({ ...parts, ...(yield* signsOf(session)) })
    return { session, ...parts, cause } satisfies Diagnosis
  })

  return { diagnose: spanned(operation, withCheckedId(operation, diagnose)) }
}
