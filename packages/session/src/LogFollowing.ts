/**
 * Following what sessions write.
 */
import type { SkahaError } from "@skaha/core"
import type * as Stream from "effect/Stream"
import type { SessionStatus } from "./Session.ts"

/** How to follow logs. */
export interface FollowOptions {
  /** Seconds between two readings of one log while it grows: from 1. Default 2, and more for logs that take long. */
  readonly interval?: number | undefined
}

/** What is followed: the session's id, and its place among the ids, from 0. */
interface Followed {
  readonly id: string
  readonly index: number
}

/** What has come of a log. */
export type LogEvent =
  /** A line, without its line feed; `ended` is `false` for a last one that has none. */
  | (Followed & { readonly _tag: "Line"; readonly text: string; readonly ended: boolean })
  /**
   * The log does not go on where it was: the container was started again, or lines were lost. What is there follows. Of
   * a desktop, whose log is joined with those of its apps, it is also told when the first of them has grown.
   */
  | (Followed & { readonly _tag: "Restarted" })
  /** The session has ended, and all it has written has come. Nothing more of it follows. */
  | (Followed & { readonly _tag: "Ended"; readonly status: SessionStatus })
  /** It cannot be followed any more, as when it is gone or unknown. Nothing more of it follows. */
  | (Followed & { readonly _tag: "Failed"; readonly error: SkahaError })

/** Following logs. */
export interface LogFollowing {
  /**
   * What sessions write, line by line as it comes, from their beginning to their end; the stream ends with the last of
   * them. Put together, the lines of a session are its log, character for character.
   *
   * The server only gives whole logs. So a log is read only while its session runs and once at its end, more seldom the
   * longer that takes and while nothing new comes. Readings that fail are made again; the last one 3 times, where it fails
   * in a way that does not pass. No failure ends the stream: each session has its own.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   * import * as Stream from "effect/Stream"
   *
   * const show = (ids: ReadonlyArray<string>) =>
   *   Sessions.use(({ followLogs }) =>
   *     Stream.runForEach(followLogs(ids), (event) =>
   *       event._tag === "Line" ? Effect.log(event.id, event.text) : Effect.void
   *     )
   *   )
   * ```
   */
  readonly followLogs: (ids: string | ReadonlyArray<string>, options?: FollowOptions) => Stream.Stream<LogEvent>
}
