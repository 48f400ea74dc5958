/**
 * Waiting for sessions to become something.
 */
import type { SkahaError } from "@skaha/core"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { Outcome } from "./Outcome.ts"
import type { Session } from "./Session.ts"

/** How to wait. */
export interface WaitOptions {
  /** Seconds to wait at most, from 0: with 1 or less it is looked once, whenever that is due. Default 3600, which is an hour. */
  readonly timeout?: number | undefined
  /**
   * When to look again: the delays of this schedule, which are at least a second; when it is done, so is the waiting.
   * Default every second at first, more and more rarely while nothing changes, up to every 15 seconds, and once more a
   * second before the time is over. All who wait share their looks, so it may be looked more often.
   */
  readonly schedule?: Schedule.Schedule<unknown> | undefined
}

/**
 * Waiting for one session or for many. With one id it gives what came, or fails; with a list it never fails: every id,
 * in order, has its outcome.
 */
export interface Wait<A> {
  (id: string, options?: WaitOptions): Effect.Effect<A, SkahaError>
  (ids: ReadonlyArray<string>, options?: WaitOptions): Effect.Effect<ReadonlyArray<Outcome<A>>>
}

/**
 * Waiting. It is looked at once, and then now and then: one list of the caller's sessions each time, however many wait
 * for whatever within the runtime. Looks that fail are made again, and waiting goes on, unless the credentials are no
 * longer good or it is forbidden.
 *
 * All of it fails with `WaitTimedOut` when the time is over, which says what was seen last and why, from the session's
 * events and its log; with `SessionNotFound` when there is no such session, or none any more; and with `InvalidInput`
 * when an option makes no sense.
 */
export interface Waiting {
  /**
   * Waits until a condition holds of a session, and gives it as it is then. A condition that throws, or answers with
   * anything but true or false, such as a promise, fails its own wait with `InvalidInput`.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   *
   * const placed = (id: string) =>
   *   Sessions.use(({ waitUntil }) => waitUntil(id, ({ status }) => status !== "Pending", { timeout: 600 }))
   * ```
   */
  readonly waitUntil: {
    (id: string, condition: (session: Session) => boolean, options?: WaitOptions): Effect.Effect<Session, SkahaError>
    (
      ids: ReadonlyArray<string>,
      condition: (session: Session) => boolean,
      options?: WaitOptions
    ): Effect.Effect<ReadonlyArray<Outcome<Session>>>
  }
  /** Waits until a session runs, or has run to its end. Fails with `SessionEnded` when it failed. */
  readonly waitRunning: Wait<Session>
  /** Waits until a session has run to its end. Fails with `SessionEnded`, which says why, when it failed. */
  readonly waitCompleted: Wait<Session>
  /** Waits until there is no session of that id any more. */
  readonly waitGone: Wait<void>
  /**
   * Waits until an interactive session can be opened in a browser: a running one may still refuse. Its page is asked for
   * without the credentials. Fails with `SessionEnded` when it has ended, and with `SessionNotReady` when it has no
   * page. In a browser, which does not show whether a page of another origin could be opened, any answer will do.
   */
  readonly waitReady: Wait<Session>
}
