/**
 * Why a session is as it is, as far as that can be had in a few seconds: for errors and reports.
 */
import { parseEvents, type PlatformClient, type SkahaError } from "@skaha/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Session } from "../../Session.ts"
import { tailOf } from "./logTail.ts"
import { probableCause } from "./probableCause.ts"
import { readOne, readText } from "../lists/reading.ts"

/** Why a session is as it is. What could not be had is absent. */
export interface Explanation {
  /** What the cluster did with it, as the server's table. */
  readonly events?: string
  /** The last lines that it wrote. */
  readonly logTail?: string
  /** What is probably the matter, for people. */
  readonly reason?: string
}

/** Seconds that are spent on what is only nice to have. */
const longest = 10

/** What is nice to have: `undefined` when it cannot be had, or not in time. */
export const optional = <A>(part: Effect.Effect<A, SkahaError>): Effect.Effect<A | undefined> =>
  part.pipe(
    Effect.timeoutOption(longest * 1000),
    Effect.map(Option.getOrUndefined),
    Effect.catch((error) => Effect.as(Effect.logDebug("a part of a report cannot be had", error), undefined))
  )

/** The server's table of events, and the end of the log. */
export const readTraces = (client: PlatformClient["Service"], operation: string, id: string) => ({
  events: optional(readText(client, operation, id, "events")),
  logTail: optional(Effect.map(readText(client, operation, id, "logs"), tailOf))
})

/** What a session itself adds to the signs. */
export const signsOf = Effect.fnUntraced(function* ({ expiryTime, requested, wire }: Session) {
  const now = yield* Clock.currentTimeMillis
  return {
    status: wire.status,
    requested,
    isOverdue: expiryTime !== undefined && expiryTime.epochMilliseconds <= now
  }
})

/**
 * Makes what explains why a session is as it is: it takes at most 10 s and never fails. The status is the last one that
 * was seen, for when the session cannot be read.
 */
export const makeExplain = (client: PlatformClient["Service"]) =>
  Effect.fnUntraced(function* (operation: string, id: string, status?: string): Effect.fn.Return<Explanation> {
    const { events, logTail, session } = yield* Effect.all(
      { ...readTraces(client, operation, id), session: optional(readOne(client, operation, id)) },
      { concurrency: "unbounded" }
    )
    const parsed = parseEvents(events ?? "")
    const cause = probableCause({
      events: parsed,
      logTail: logTail ?? "",
      ...(session === undefined ? { status } : yield* signsOf(session))
    })
    const tells = cause.code !== "fine" && cause.code !== "unknown"
    return {
      ...(events === undefined || parsed.length === 0 ? {} : { events }),
      ...(logTail === undefined || logTail === "" ? {} : { logTail }),
      ...(tells ? { reason: cause.message } : {})
    }
  })
