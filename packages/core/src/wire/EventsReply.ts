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

/** The columns, wherever the header puts them. */
const header = /^TYPE\s+REASON\s+MESSAGE\s+FIRST-TIME\s+LAST-TIME\s*$/

/**
 * Reads the table. Columns stand where the header has them; a message may itself hold runs of blanks, and may go on
 * over further lines. `<none>`, an empty text, and anything that is no such table have no events.
 */
export const parseEvents = (text: string): ReadonlyArray<SessionEvent> => {
  const [first = "", ...lines] = text.split("\n")
  if (!header.test(first)) return []
  // Widths are counted in characters, not in UTF-16 units.
  const columns = ["TYPE", "REASON", "MESSAGE", "FIRST-TIME", "LAST-TIME"].map((name) => first.indexOf(name))
  const rows: Array<{ type: string; reason: string; message: string; first?: string; last?: string }> = []
  for (const line of lines) {
    const characters = Array.from(line)
    const cell = (index: number): string =>
      characters
        .slice(columns[index], columns[index + 1])
        .join("")
        .trim()
    const starts = columns.slice(1, 3).every((column) => characters[column - 1] === " " && characters[column] !== " ")
    const previous = rows.at(-1)
    if (/^\S/.test(line) && starts && characters.length > (columns[2] ?? 0)) {
      rows.push({ type: cell(0), reason: cell(1), message: cell(2), first: cell(3), last: cell(4) })
    } else if (previous !== undefined && line.trim() !== "") {
      // A message of several lines: its times stand at the end of its last line.
      const times = /^(.*?)\s{3,}(\S+)\s{3,}(\S+)\s*$/.exec(line)
      previous.message += `\n${(times?.[1] ?? line).trim()}`
      if (times !== null) Object.assign(previous, { first: times[2], last: times[3] })
    }
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
