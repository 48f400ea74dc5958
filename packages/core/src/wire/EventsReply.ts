/**
 * `GET session/{id}?view=events`: a table of what the cluster did with a session.
 */
import type * as DateTime from "effect/DateTime"
import { readText, readTime } from "./Tolerant.ts"

/** One event in a session's life. */
export interface SessionEvent {
  /** `Normal` or `Warning`. */
  readonly type: string
  /** A word such as `Scheduled`, `Pulled`, `BackOff`. */
  readonly reason: string
  readonly message: string
  /** When it was first seen; the scheduler's events have no times. */
  readonly firstTime?: DateTime.Utc
  /** When it was last seen. */
  readonly lastTime?: DateTime.Utc
}

const header = /^TYPE\s+REASON\s+MESSAGE\s+FIRST-TIME\s+LAST-TIME\s*$/
/** The first line of an event: its first two columns hold no blanks. */
const opening = /^(\S+)\s{3,}(\S*)\s{3,}(.*)$/
/** The last line of an event: its times, which no message ends with. */
const closing = /^(.*?)\s{3,}(<[a-z]+>|\d{4}-\d{2}-\d{2}T\S+)\s{3,}(<[a-z]+>|\d{4}-\d{2}-\d{2}T\S+)\s*$/

/**
 * Reads the table. Columns are at least three blanks apart; where they stand differs from row to row once a message
 * has a line break, and a message may itself hold runs of blanks. So an event is everything from a line that opens
 * one to the line that ends in two times. `<none>`, an empty text, and anything that is no such table have no events.
 */
export const parseEvents = (text: string): ReadonlyArray<SessionEvent> => {
  const [first = "", ...lines] = text.split("\n")
  if (!header.test(first)) return []
  const rows: Array<{ type: string; reason: string; message: string; first?: string; last?: string }> = []
  let isOpen = false
  for (const line of lines) {
    const times = closing.exec(line)
    const content = times?.[1] ?? line
    const row = rows.at(-1)
    if (isOpen && row !== undefined) {
      row.message += `\n${content.trimEnd()}`
    } else {
      // A message may be empty: only blanks are left of it before the times.
      const start = opening.exec(`${content}   `)
      if (start === null) continue
      rows.push({ type: start[1] ?? "", reason: start[2] ?? "", message: start[3]?.trim() ?? "" })
    }
    isOpen = times === null
    if (times !== null) Object.assign(rows.at(-1) ?? {}, { first: times[2], last: times[3] })
  }
  return rows.map(({ type, reason, message, first, last }) => {
    const firstTime = readTime(first)
    const lastTime = readTime(last)
    return {
      type,
      reason,
      message: readText(message) ?? "",
      ...(firstTime === undefined ? {} : { firstTime }),
      ...(lastTime === undefined ? {} : { lastTime })
    }
  })
}
