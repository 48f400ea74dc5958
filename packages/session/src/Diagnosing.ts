/**
 * Finding out what is the matter with a session.
 */
import type { SessionEvent, SkahaError } from "@skaha/core"
import type * as Effect from "effect/Effect"
import type { Resources, Session } from "./Session.ts"

/** What is probably the matter. */
export interface ProbableCause {
  /** For programs. */
  readonly code:
    /** Nothing is wrong: it runs, or has run to its end. */
    | "fine"
    /** It waits for its turn, as far as can be seen. */
    | "waiting"
    /** The cluster has too little left of what it asked for. */
    | "too-large"
    /** The image cannot be had: it is unknown, private, or takes long. */
    | "image"
    /** It was ended for using too much memory. */
    | "out-of-memory"
    /** Its time was over. */
    | "expired"
    /** What it ran has failed; its log may say why. */
    | "program"
    /** Its container cannot be started or starts again and again. */
    | "container"
    | "unknown"
  /** For people: one sentence, and what to do about it. */
  readonly message: string
}

/** What is known of a session and why it is as it is. */
export interface Diagnosis {
  readonly session: Session
  readonly events: ReadonlyArray<SessionEvent>
  /** The last lines that it wrote, at most 40 and 16 KiB, without passwords in addresses; empty where there are none. */
  readonly logTail: string
  /** What it asked for. */
  readonly requested: Resources
  /** What the cluster has left of cores and RAM, where the platform says so; it does not of GPUs. */
  readonly available?: Resources | undefined
  readonly cause: ProbableCause
}

/** Finding out what is the matter. */
export interface Diagnosing {
  /**
   * What is known of a session: its status, events, the end of its log, what it asked for beside what there is, and
   * what is probably the matter. What cannot be had within 10 s is left out; it fails only when the session itself
   * cannot be read.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   *
   * const why = (id: string) =>
   *   Effect.map(
   *     Sessions.use(({ diagnose }) => diagnose(id)),
   *     ({ session, cause }) => `${session.status}: ${cause.message}`
   *   )
   * ```
   */
  readonly diagnose: (id: string) => Effect.Effect<Diagnosis, SkahaError>
}
