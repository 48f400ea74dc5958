/**
 * Watching sessions come, change and go.
 */
import type { SkahaError } from "@skaha/core"
import type * as Stream from "effect/Stream"
import type { Session, SessionStatus } from "./Session.ts"

/**
 * What to watch. What is missing does not filter, nor is an empty kind or prefix one. Desktop apps are told of only by
 * servers before 1.1.5: later ones do not list them among the sessions.
 */
export interface WatchFilter {
  /** Only these ids. */
  readonly ids?: ReadonlyArray<string> | undefined
  /** Only this kind, such as `headless`; in any letter case. */
  readonly kind?: string | undefined
  /** Only names that start with this; in any letter case. */
  readonly prefix?: string | undefined
}

/** How to watch. */
export interface WatchOptions {
  /** Whether what is there when the watching begins is told as `Created`, too. Default `false`. */
  readonly existing?: boolean | undefined
  /** Seconds before its expiry from which on a session is told to be `ExpiringSoon`, once; from 0. Default 3600. */
  readonly expiringWithin?: number | undefined
  /** Seconds between two looks, at most: from 1. Default as in `WaitOptions`. */
  readonly interval?: number | undefined
}

/** What has happened. */
export type SessionChange =
  | { readonly _tag: "Created"; readonly session: Session }
  | { readonly _tag: "StatusChanged"; readonly session: Session; readonly from: SessionStatus }
  /** It ends soon, unless it is renewed. Told again when it was renewed and is about to expire again. */
  | { readonly _tag: "ExpiringSoon"; readonly session: Session; /** In seconds. */ readonly timeLeft: number }
  /** It is not listed any more: destroyed, or removed some time after its end. */
  | { readonly _tag: "Gone"; readonly last: Session }
  /** A look has failed; the watching goes on. Told once until a look succeeds. */
  | { readonly _tag: "LookFailed"; readonly error: SkahaError }
  /** Looks succeed again. What happened meanwhile follows. */
  | { readonly _tag: "LookRecovered" }

/** Watching. */
export interface Watching {
  /**
   * What happens to the caller's sessions, from now on, as a stream. All who watch and wait within the runtime share
   * their looks. Who takes the changes slowly gets what has come of several in one: no change of status is kept for
   * later, only the last look. Looks that fail are told, and the stream goes on; it fails when the credentials are no
   * longer good, when it is forbidden, or with `InvalidInput` when an option makes no sense.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   * import * as Stream from "effect/Stream"
   *
   * const tell = Sessions.use(({ watch }) =>
   *   Stream.runForEach(watch({ kind: "headless" }), (change) => Effect.log(change._tag))
   * )
   * ```
   */
  readonly watch: (filter?: WatchFilter, options?: WatchOptions) => Stream.Stream<SessionChange, SkahaError>
}
