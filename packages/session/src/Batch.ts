/**
 * Running a batch of headless sessions to its end.
 */
import type { SkahaError } from "@skaha/core"
import type * as Effect from "effect/Effect"
import type { SessionSpec } from "./SessionSpec.ts"
import type { SessionStatus } from "./Session.ts"

/** What to run. */
export interface BatchSpec extends Omit<SessionSpec, "kind"> {
  /** How often a replica that failed is run again: a whole number from 0 to 100. Default 0. */
  readonly retries?: number | undefined
  /** Which sessions to leave on the platform at the end. Default `none`. */
  readonly keep?: "none" | "failed" | "all" | undefined
  /** Seconds that one attempt of a replica may take from its creation on: more than 0. Default 14 days, as the platform's. */
  readonly timeout?: number | undefined
}

/** What became of one replica of a batch. */
export interface BatchReplica {
  readonly name: string
  /** Its place among the replicas, from 0. */
  readonly index: number
  /** How often it was run: 0 where no session could be created. */
  readonly attempts: number
  /** The id of the last session it ran as; absent if there is none. It may be destroyed by now. */
  readonly id?: string
  /** How that ended; absent where it did not. */
  readonly status?: SessionStatus
  /** What that session wrote; absent where it could not be had. */
  readonly log?: string
  /**
   * Whether its session is still on the platform: because it was to be kept, because it is not known how it is or what it
   * wrote, or because it could not be destroyed, which is logged.
   */
  readonly left?: boolean
  /** Sessions that came to be beside it, as in `Created`: they stay, unless `twins` of the spec says otherwise. */
  readonly twins?: ReadonlyArray<string>
  /** Why it has not completed; absent when it has. */
  readonly error?: SkahaError
}

/** Running batches. */
export interface Batches {
  /**
   * Creates the replicas of a headless session, waits for their end, collects what they wrote, runs failed ones again,
   * and, when all are done, destroys them. Gives every replica, in order, whether it has completed or not; `onReplica`
   * hears of each as it is done; a promise that it gives is waited for. Fails like `create`: then nothing was made, unless the error says that this is not known.
   *
   * With `resume` the name stands for the batch: what is listed of it already is taken up, whether it has ended or not,
   * and only what is missing is created. The platform forgets ended headless sessions after an hour. Interruption leaves
   * what there is, to be resumed.
   *
   * `Progress` tells how far it is: each replica counts once.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   *
   * const batch = Sessions.use(({ runBatch }) =>
   *   runBatch({ name: "fit", image: "skaha/astroml", cmd: "fit.py", replicas: 100, retries: 2, resume: true })
   * )
   * ```
   */
  readonly runBatch: (
    spec: BatchSpec,
    onReplica?: (replica: BatchReplica) => unknown
  ) => Effect.Effect<ReadonlyArray<BatchReplica>, SkahaError>
}
