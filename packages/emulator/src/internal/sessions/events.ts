import * as Effect from "effect/Effect"
import type { EmulatorReply } from "../../Exchange.ts"
import { instant } from "../http/json.ts"
import { notFound, text } from "../http/replies.ts"
import { phaseOf, type Session, wholeSeconds } from "../lifecycle/session.ts"

interface Event {
  readonly reason: string
  readonly message: string
  /** The scheduler's events have none. */
  readonly stamp: string
  readonly at: number
}

/** Kubernetes forgets events after an hour. */
const keptMillis = 3_600_000

const event = (reason: string, message: string, at: number): Event => ({
  reason,
  message,
  stamp: instant(wholeSeconds(at)),
  at
})

const eventsOf = (job: Session, now: number): ReadonlyArray<Event> => {
  const scheduled: Event = {
    reason: "Scheduled",
    message: `Successfully assigned skaha-workload/${job.jobName} to node-1`,
    stamp: "<none>",
    at: job.startedAt
  }
  const phase = phaseOf(job, now)
  const started =
    phase.status === "Pending"
      ? [event("Pulling", `Pulling image "${job.image}"`, job.startedAt)]
      : [
          event("Pulled", `Container image "${job.image}" already present on machine`, phase.since),
          event("Created", `Created container: ${job.jobName}`, phase.since),
          event("Started", `Started container ${job.jobName}`, phase.since)
        ]
  return [scheduled, ...started].filter(({ at }) => now < at + keptMillis)
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
  id: string,
  jobs: ReadonlyArray<Session>,
  now: number
): Effect.Effect<EmulatorReply, EmulatorReply> => {
  const [job, ...others] = jobs
  if (job === undefined) return Effect.fail(notFound(`session ${id} not found.`))
  // The names of several pods together make a selector that selects nothing.
  if (others.length > 0) return Effect.succeed(text("\n"))
  const events = eventsOf(job, now)
  if (events.length === 0) return Effect.succeed(text("<none>\n"))
  const rows = events.map(({ reason, message, stamp }) => ["Normal", reason, message, stamp, stamp])
  return Effect.succeed(text(`${formatTable([heading, ...rows])}\n`))
}
