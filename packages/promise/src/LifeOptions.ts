/**
 * What can be said of the calls about the life of sessions, and what they give.
 */
import type { SessionEvent, SkahaError, WireSession } from "@skaha/core"
import type {
  BatchReplica,
  BatchSpec,
  FollowOptions,
  ProbableCause,
  Resources,
  SessionStatus,
  WatchFilter,
  WatchOptions as Watching
} from "@skaha/session"
import type { CallOptions } from "./internal/callOptions.ts"
import type { BulkOptions, Ids, SpecOptions, StreamOptions } from "./SessionOptions.ts"

/**
 * How to wait. The `timeout` is, as everywhere, that of a request; how long to wait is the `limit`. A failed condition
 * and failed credentials are always raised.
 */
export interface WaitOptions extends BulkOptions {
  /** Seconds to wait at most, from 0: with 1 or less it is looked once. Default 3600. */
  readonly limit?: number | undefined
  /**
   * Seconds between two looks: from 1. Default every second at first, and every 15 at most while nothing changes. All
   * who wait share their looks, so it may be looked more often.
   */
  readonly interval?: number | undefined
}

/** What to watch, and how. What is missing does not filter. */
export interface WatchOptions extends CallOptions, Omit<WatchFilter, "ids">, Watching {
  /** Only these ids. */
  readonly ids?: Ids | undefined
}

/** What has happened to sessions. `type` tells which it is; `session` is as the server reports it. */
export type SessionChange =
  | { readonly type: "created"; readonly session: WireSession; readonly error?: undefined }
  /** Its status has changed; `from` and `to` are in today's words, such as `Completed` also where it is `Succeeded`. */
  | {
      readonly type: "statusChanged"
      readonly session: WireSession
      readonly from: SessionStatus
      readonly to: SessionStatus
      readonly error?: undefined
    }
  /** It ends in `timeLeft` seconds, unless it is renewed. Told again when it was renewed and is about to expire again. */
  | {
      readonly type: "expiringSoon"
      readonly session: WireSession
      readonly timeLeft: number
      readonly error?: undefined
    }
  /** It is not listed any more: destroyed, or removed some time after its end. The session is as it was seen last. */
  | { readonly type: "gone"; readonly session: WireSession; readonly error?: undefined }
  /** A look has failed; the watching goes on. Told once until a look succeeds. */
  | { readonly type: "lookFailed"; readonly session?: undefined; readonly error: SkahaError }
  /** Looks succeed again. What happened meanwhile follows. */
  | { readonly type: "lookRecovered"; readonly session?: undefined; readonly error?: undefined }

/** How to follow logs. */
export interface FollowLogsOptions extends CallOptions, FollowOptions {}

/** What is followed: the session's id, and its place among the ids, from 0. */
interface Followed {
  readonly id: string
  readonly index: number
}

/** What has come of a log. `type` tells which it is. */
export type LogEvent =
  /** A line, without its line feed; `ended` is `false` for a last one that has none. */
  | (Followed & { readonly type: "line"; readonly text: string; readonly ended: boolean })
  /** The log does not go on where it was: the container was started again, or lines were lost. What is there follows. */
  | (Followed & { readonly type: "restarted" })
  /** The session has ended, and all it has written has come. Nothing more of it follows. */
  | (Followed & { readonly type: "ended"; readonly status: SessionStatus })
  /** It cannot be followed any more, as when it is gone or unknown. Nothing more of it follows. */
  | (Followed & { readonly type: "failed"; readonly error: SkahaError })

/** A session that is kept alive. `await using` stops that at the end of a block. */
export interface KeptAlive extends AsyncDisposable {
  /** The session's id. */
  readonly id: string
  /** Renews it no more; the session goes on until its time is over. */
  readonly stop: () => Promise<void>
}

/** Sessions that are there as long as they are needed. `await using` destroys them at the end of a block. */
export interface ScopedSessions extends AsyncDisposable {
  /** Their ids, in order. */
  readonly ids: ReadonlyArray<string>
  /** Destroys them; resolves when that is done. A destroy that fails is logged with the id. */
  readonly destroy: () => Promise<void>
}

/** What the cluster did with a session: an event, its times as dates. */
export interface DiagnosedEvent extends Omit<SessionEvent, "firstTime" | "lastTime"> {
  /** When it was first seen; the scheduler's events have no times. */
  readonly firstTime?: Date
  /** When it was last seen. */
  readonly lastTime?: Date
}

/** What is known of a session, and why it is as it is. */
export interface Diagnosis {
  /** As the server reports it. */
  readonly session: WireSession
  readonly events: ReadonlyArray<DiagnosedEvent>
  /** The last lines that it wrote, at most 40; empty where there are none. */
  readonly logTail: string
  /** What it asked for. */
  readonly requested: Resources
  /** What the cluster has left, where the platform says so. */
  readonly available: Resources | undefined
  /** What is probably the matter. */
  readonly cause: ProbableCause
}

/** What to run to its end: what `create` takes, but for the kind. */
export interface BatchOptions extends StreamOptions, Omit<SpecOptions, "kind">, Pick<BatchSpec, "retries" | "keep"> {
  /**
   * Seconds that one attempt of a replica may take from its creation on: from 1 to 1209600. Default 14 days, which is the
   * most.
   */
  readonly limit?: number | undefined
  /**
   * Is called with each replica as it is done, and waited for. If it throws, or its promise is rejected, the call rejects
   * with that, and what there is is left.
   */
  readonly onReplica?: ((replica: BatchReplica) => unknown) | undefined
}
