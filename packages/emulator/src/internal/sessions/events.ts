import * as Effect from "effect/Effect"
import type { EmulatorReply } from "../../Exchange.ts"
import { instant } from "../http/json.ts"
import { notFound, text } from "../http/replies.ts"
import { expiresAt, type Session, wholeSeconds } from "../lifecycle/session.ts"

interface Event {
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
  /** The scheduler's events have none. */
  readonly stamp: string
  /** When it happened last. */
  readonly at: number
}

/** Kubernetes forgets events after an hour. */
const keptMillis = 3_600_000

const event = (reason: string, message: string, at: number): Event => ({
  type: "Normal",
  reason,
  message,
  stamp: instant(wholeSeconds(at)),
  at
})

/** The scheduler tries again every few minutes, and says the same each time, for as long as the session waits. */
const failedScheduling = ({ placedAt, shortage }: Session, until: number): Event => ({
  type: "Warning",
  reason: "FailedScheduling",
  message: `0/1 nodes are available: ${shortage.map((resource) => `1 Insufficient ${resource}`).join(", ")}.`,
  stamp: "<none>",
  at: placedAt ?? until
})

const scheduled = (job: Session, at: number): Event => ({
  type: "Normal",
  reason: "Scheduled",
  message: `Successfully assigned skaha-workload/${job.jobName} to node-1`,
  stamp: "<none>",
  at
})

const containerEvents = (job: Session, placedAt: number, now: number): ReadonlyArray<Event> => {
  const state = job.run.state(now)
  if (state._tag === "Waiting") return [event("Pulling", `Pulling image "${job.image}"`, placedAt)]
  return [
    event("Pulled", `Container image "${job.image}" already present on machine`, state.since),
    event("Created", `Created container: ${job.jobName}`, state.since),
    event("Started", `Started container ${job.jobName}`, state.since)
  ]
}

const eventsOf = (job: Session, now: number): ReadonlyArray<Event> => {
  const { placedAt } = job
  const waited = job.shortage.length > 0 ? [failedScheduling(job, Math.min(now, expiresAt(job)))] : []
  const placed = placedAt === undefined ? [] : [scheduled(job, placedAt), ...containerEvents(job, placedAt, now)]
  return [...waited, ...placed].filter(({ at }) => now < at + keptMillis)
}

const heading = ["TYPE", "REASON", "MESSAGE", "FIRST-TIME", "LAST-TIME"]

/** Columns at least six wide and three blanks apart; nothing after the last. */
const formatTable = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = heading.map((_, column) => Math.max(6, ...rows.map((row) => Array.from(row[column] ?? "").length + 3)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("")
        .trimEnd()
    )
    .join("\n")
}

export const readEvents = (
  jobs: ReadonlyArray<Session>,
  now: number,
  id: string
): Effect.Effect<EmulatorReply, EmulatorReply> => {
  const [job, ...others] = jobs
  if (job === undefined) return Effect.fail(notFound(`session ${id} not found.`))
  // The names of several pods together make a selector that selects nothing.
  if (others.length > 0) return Effect.succeed(text("\n"))
  const events = eventsOf(job, now)
  if (events.length === 0) return Effect.succeed(text("<none>\n"))
  const rows = events.map(({ type, reason, message, stamp }) => [type, reason, message, stamp, stamp])
  return Effect.succeed(text(`${formatTable([heading, ...rows])}\n`))
}
