/**
 * What can be done with sessions.
 */
import type { Problem, SessionEvent, SkahaError } from "@skaha/core"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Batches } from "./Batch.ts"
import type { Creating } from "./Creating.ts"
import type { DesktopApps } from "./DesktopApps.ts"
import type { Diagnosing } from "./Diagnosing.ts"
import type { Each } from "./internal/each.ts"
import type { PublicFilter, SessionFilter } from "./internal/lists/listing.ts"
import type { Selector } from "./internal/selector.ts"
import type { KeepingAlive } from "./KeepingAlive.ts"
import type { LogFollowing } from "./LogFollowing.ts"
import type { Outcome } from "./Outcome.ts"
import type { PublicSession, Session } from "./Session.ts"
import type { SessionSpec } from "./SessionSpec.ts"
import type { Stats } from "./Stats.ts"
import type { Waiting } from "./Waiting.ts"
import type { Watching } from "./Watching.ts"

export type { Each } from "./internal/each.ts"
export type { PublicFilter, SessionFilter } from "./internal/lists/listing.ts"
export type { Selector } from "./internal/selector.ts"

/** Which of the selected sessions to destroy. */
export interface DestroyWithOptions {
  /** Default `headless`; empty for any. */
  readonly kind?: string | undefined
  /** Default `Completed`; empty for any. */
  readonly status?: string | undefined
  /** Only select; destroy nothing. Default `false`. */
  readonly dryRun?: boolean | undefined
}

/** What `destroyWith` did. */
export interface DestroyedWith {
  /** The sessions that the selector and the filter fit. */
  readonly selected: ReadonlyArray<Session>
  /** What became of each; empty on a dry run. The input of a desktop app is `<desktop's id>/app/<app's id>`. */
  readonly outcomes: ReadonlyArray<Outcome<void>>
}

/** An operation on one session. */
export type One<A> = (id: string) => Effect.Effect<A, SkahaError>

/** What can be done with sessions. Operations on them take one id or a list: see {@link Each}. */
export interface SessionOperations
  extends Creating, Waiting, Watching, LogFollowing, KeepingAlive, Diagnosing, Batches {
  /**
   * The caller's sessions, or those of all users with what everybody may see of them. On servers before 1.1.5
   * desktop apps are among them; an app has the id of its desktop, and an `appId`.
   */
  readonly fetch: {
    (filter: PublicFilter): Effect.Effect<ReadonlyArray<PublicSession>, SkahaError>
    (filter?: SessionFilter): Effect.Effect<ReadonlyArray<Session>, SkahaError>
  }
  /** How much of the platform is in use. */
  readonly stats: Effect.Effect<Stats, SkahaError>
  /**
   * Sessions by id; `SessionNotFound` for one that is unknown, or another user's. From 8 different ids on the
   * caller's sessions are listed, which is one request, and only what is not among them is asked for by itself; where
   * the list cannot be had, each is. A stream does so for 1,000 ids at a time, or for as many as the last list had
   * rows, and holds these ids and their sessions in memory; an id whose turn comes after something was created,
   * renewed or destroyed through this client is asked for by itself.
   */
  readonly info: Each<Session>
  /**
   * The same for one id; calls made at the same time are answered together, as those of `info` with many ids are.
   * Each has its own answer and can be interrupted without the others, and an id that several ask for is asked for
   * once.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   *
   * const statusOf = (id: string) => Effect.map(Sessions.use((sessions) => sessions.get(id)), ({ status }) => status)
   *
   * // For many ids this is one request, wherever the calls of statusOf stand.
   * const all = (ids: ReadonlyArray<string>) => Effect.forEach(ids, statusOf, { concurrency: "unbounded" })
   * ```
   */
  readonly get: One<Session>
  /** What sessions have written so far. For an unknown or pending one the server gives an empty text. */
  readonly logs: Each<string>
  /** What the cluster did with sessions; `SessionNotFound` for one that is unknown. */
  readonly events: Each<ReadonlyArray<SessionEvent>>
  /** The same as the table that the server sends. */
  readonly eventsText: Each<string>
  /** What is wrong with a spec, by its own rules and by what this platform offers. Creates nothing. */
  readonly check: (spec: SessionSpec) => Effect.Effect<ReadonlyArray<Problem>, SkahaError>
  /** Moves the expiry to a full period from now. Only for pending or running sessions; headless ones stay as is. */
  readonly renew: Each<void>
  /**
   * Destroys sessions. Today's servers report no error for an id that is unknown or another user's; those up to 0.30
   * do: `SessionNotFound` and `Forbidden`.
   */
  readonly destroy: Each<void>
  /** Destroys the sessions of one kind and status whose names fit the selector. */
  readonly destroyWith: (selector: Selector, options?: DestroyWithOptions) => Effect.Effect<DestroyedWith, SkahaError>
  /** Where to open running interactive sessions in a browser; `SessionNotReady` for others. */
  readonly connectUrl: Each<Redacted.Redacted>
  /** The apps of desktop sessions. */
  readonly apps: DesktopApps
}
