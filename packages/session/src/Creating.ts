/**
 * Creating sessions, each exactly once.
 */
import type { SkahaError } from "@skaha/core"
import type * as Effect from "effect/Effect"
import type { Outcome } from "./Outcome.ts"
import type { SessionSpec } from "./SessionSpec.ts"

/** What became of one replica: the id of its session, or why there is none. Its input is the name. */
export interface Created extends Outcome<string> {
  /** Whether the session was found in the list, because its create had no good answer or it was to be resumed. */
  readonly adopted?: true
  /**
   * Sessions of the same name, kind and image that came to be beside it: a create that seemed to have failed was carried
   * out too late, or somebody else made them. Absent where there are none, as almost always.
   */
  readonly twins?: ReadonlyArray<string>
}

/** Creating sessions. */
export interface Creating {
  /**
   * Creates the replicas of a session, each exactly once. The spec is checked first: `InvalidInput` lists everything
   * that is wrong with it, and nothing is sent. Of several replicas the first goes alone: if the server refuses it (a
   * 4xx), the call fails and nothing was made. A single replica's failure is the call's; otherwise each has its own, and
   * does not stop the others.
   *
   * A create whose answer is lost may have been carried out. Then the caller's sessions are looked through for one that
   * is new, has the replica's name, kind and image, and belongs to no other replica or call of this runtime: it is
   * adopted. If there is none for `settle` seconds (a setting), it is created again, by the `RetryPolicy`. Several, as
   * when another program uses the same name, are `SessionAmbiguous`; if the platform cannot be asked, `CreateUnknown`.
   * All of it rests on one assumption: a request that is under way for longer than `settle` is not carried out any more.
   *
   * Interruption leaves what was made: `onOutcome` hears of each replica as it is done, and of those that are found when
   * it is interrupted.
   */
  readonly create: (
    spec: SessionSpec,
    onOutcome?: (outcome: Created) => void
  ) => Effect.Effect<ReadonlyArray<Created>, SkahaError>
}
