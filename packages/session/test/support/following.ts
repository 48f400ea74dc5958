/**
 * Following logs, in a test's time.
 */
import { Sessions, type FollowOptions, type LogEvent } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { settled } from "./held.ts"
import type { Row, Story } from "./story.ts"

/** An event in short: a line as it was written, with its line feed. */
export const short = (event: LogEvent): string =>
  event._tag === "Line"
    ? `${event.text}${event.ended ? "\n" : ""}`
    : event._tag === "Ended"
      ? `<${event.status}>`
      : event._tag === "Failed"
        ? `<${event.error._tag}>`
        : `<${event._tag}>`

/** Follows logs from now on; gives what comes, and who follows. */
export const following = Effect.fnUntraced(function* (ids: string | ReadonlyArray<string>, options?: FollowOptions) {
  const events: Array<LogEvent> = []
  const { followLogs } = yield* Sessions
  const fiber = yield* Effect.forkChild(
    Stream.runForEach(followLogs(ids, options), (event) => Effect.sync(() => events.push(event)))
  )
  yield* settled
  return { events, fiber, of: (id: string) => events.filter((event) => event.id === id).map(short) }
})

/** Lets so many seconds go by, one after the other. */
export const seconds = (number: number) =>
  Effect.repeat(Effect.andThen(TestClock.adjust("1 second"), settled), { times: number - 1 })

/** The statuses of one session, each from its second on. */
export const statuses =
  (...changes: ReadonlyArray<readonly [from: number, status: string | undefined]>): Story["sessions"] =>
  (second): Readonly<Record<string, Row>> => {
    const [, status] = changes.findLast(([from]) => second >= from) ?? []
    return status === undefined ? {} : { job: status }
  }

/** So many lines of a log that grows by one in each second. */
export const linesUntil = (second: number) =>
  Array.from({ length: Math.max(0, Math.floor(second)) }, (_, index) => `line ${index + 1}\n`).join("")
