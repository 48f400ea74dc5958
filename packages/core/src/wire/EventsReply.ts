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
/** What is between two columns, at least. */
const gap = "   "
/** The first line of an event, without its times: its first two columns hold no blanks. A message may be empty. */
const opening = /^(\S+)\s{3,}(\S*)(?:\s{3,}(.*)|\s*)$/
/** A time as it stands in the last two columns of an event, which no message ends with. */
const moment = /^(?:<[a-z]+>|\d{4}-\d{2}-\d{2}T\S+)$/

/** The last line of an event, taken apart; `undefined` for any other line. Found from its end: messages are long. */
const closing = (
  line: string
): { readonly content: string; readonly first: string; readonly last: string } | undefined => {
  const row = line.trimEnd()
  const beforeLast = row.lastIndexOf(gap)
  const last = row.slice(beforeLast + gap.length)
  if (beforeLast < 0 || !moment.test(last)) return undefined
  const rest = row.slice(0, beforeLast).trimEnd()
  const beforeFirst = rest.lastIndexOf(gap)
  const first = rest.slice(beforeFirst + gap.length)
  if (beforeFirst < 0 || !moment.test(first)) return undefined
  return { content: rest.slice(0, beforeFirst).trimEnd(), first, last }
}

/** The usual words of the first two columns. All events share these texts: many may be kept. */
const usual = new Map(
  ["Normal", "Warning", "Scheduled", "Pulling", "Pulled", "Created", "Started", "Killing", "BackOff", "Failed"].map(
    (text) => [text, text]
  )
)

const word = (text = ""): string => usual.get(text) ?? text

type Open = Pick<SessionEvent, "type" | "reason" | "message">

type ReadTime = (text: string | undefined) => DateTime.Utc | undefined

/** Reads times, of which those that are alike in a row are one: a session's start is the matter of a few seconds. */
const makeReadTime = (): ReadTime => {
  let latest: string | undefined
  let time: DateTime.Utc | undefined
  return (text) => {
    if (text !== latest) {
      latest = text
      time = readTime(text)
    }
    return time
  }
}

const toEvent = (
  { type, reason, message: words }: Open,
  timeOf: ReadTime,
  first: string | undefined,
  last: string | undefined
): SessionEvent => {
  const message = readText(words) ?? ""
  const firstTime = timeOf(first)
  const lastTime = timeOf(last)
  // Made in one piece it takes the least memory: many may be kept.
  if (firstTime !== undefined && lastTime !== undefined) return { type, reason, message, firstTime, lastTime }
  return {
    type,
    reason,
    message,
    ...(firstTime === undefined ? {} : { firstTime }),
    ...(lastTime === undefined ? {} : { lastTime })
  }
}

/**
 * Reads the table. Columns are at least three blanks apart; where they stand differs from row to row once a message
 * has a line break, and a message may itself hold runs of blanks. So an event is everything from a line that opens
 * one to the line that ends in two times. `<none>`, an empty text, and anything that is no such table have no events.
 */
export const parseEvents = (text: string): ReadonlyArray<SessionEvent> => {
  const [first = "", ...lines] = text.split("\n")
  if (!header.test(first)) return []
  const events: Array<SessionEvent> = []
  const timeOf = makeReadTime()
  let open: Open | undefined
  for (const line of lines) {
    const times = closing(line)
    const content = times?.content ?? line
    if (open === undefined) {
      const start = opening.exec(content)
      if (start === null) continue
      open = { type: word(start[1]), reason: word(start[2]), message: start[3]?.trim() ?? "" }
    } else {
      open = { ...open, message: `${open.message}\n${content.trimEnd()}` }
    }
    if (times !== undefined) {
      events.push(toEvent(open, timeOf, times.first, times.last))
      open = undefined
    }
  }
  if (open !== undefined) events.push(toEvent(open, timeOf, undefined, undefined))
  return events
}
