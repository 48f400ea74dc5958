/**
 * What can be said of the calls of `AsyncSession`, and what its streams give.
 */
import type { SkahaError } from "@skaha/core"
import type { Progress as Progresses, SessionSpec } from "@skaha/session"
import type { ErrorsMode } from "./internal/bulk.ts"
import type { CallOptions } from "./internal/callOptions.ts"

/** How far a call has got: `{ done, failed, total, bytes, seconds, rate, remaining }`. */
export type Progress = Progresses.Progress

/** What can be said of a call that goes through sessions. */
export interface StreamOptions extends CallOptions {
  /**
   * Is called with the progress of the call every 100 milliseconds while it goes on, and once when it has ended, however
   * it ends. It is not waited for. When it throws, that is logged and it is not called again; the call goes on.
   */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** What can be said of a call about several sessions. */
export interface BulkOptions extends StreamOptions {
  /**
   * `ignore` (default): what failed is left out of the result and logged. `raise`: the promise rejects with a
   * `SessionRequestError`, which holds the result and every failure. Failed credentials are always raised.
   */
  readonly errors?: ErrorsMode | undefined
}

/** What can be said of a call that reads texts. */
export interface TextOptions extends BulkOptions {
  /** Prints everything to stdout, and gives `undefined`. Default `false`. */
  readonly verbose?: boolean | undefined
}

/** How to save logs. */
export interface SaveLogsOptions extends BulkOptions {
  /**
   * Whether to leave out what is there already: a log whose file is there is not asked for again. It may have grown
   * since, or be empty because its session had not started. Default `false`: it is replaced.
   */
  readonly resume?: boolean | undefined
}

/** What to create: a session's spec, with Python's defaults. */
export interface SpecOptions extends Omit<SessionSpec, "cores" | "ram"> {
  /** CPU cores: 1 to 256. Default 2; `null` for flexible. */
  readonly cores?: number | null | undefined
  /** RAM in GB: 1 to 512. Default 4; `null` for flexible. */
  readonly ram?: number | null | undefined
  /** The same as `gpus`, as Python calls it; not together with it. */
  readonly gpu?: number | undefined
  /** Whether names get the replica's number (`name-1`): `always` (default), or only if there are `several`. */
  readonly numbered?: SessionSpec["numbered"]
}

/** What to create, and how to go about it. */
export interface CreateOptions extends BulkOptions, SpecOptions {}

/** Which sessions to destroy. */
export interface DestroyWithOptions extends BulkOptions {
  /** Default `headless`; empty for any. */
  readonly kind?: string | undefined
  /** Default `Succeeded`, which is the same as `Completed`; empty for any. */
  readonly status?: string | undefined
}

/** One id or several. */
export type Ids = string | ReadonlyArray<string>

/** One session of a stream. */
interface Streamed {
  /** The session's id. */
  readonly id: string
  /** Its place among the ids, from 0. */
  readonly index: number
}

/** Why something is not known of a session. */
export interface StreamedFailure extends Streamed {
  readonly log?: undefined
  readonly events?: undefined
  readonly error: SkahaError
}

/** What a session has written, or why that is not known. */
export type StreamedLog = (Streamed & { readonly log: string; readonly error?: undefined }) | StreamedFailure

/** The table of what the cluster did with a session, or why that is not known. */
export type StreamedEvents = (Streamed & { readonly events: string; readonly error?: undefined }) | StreamedFailure
