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
   * that is wrong with it, and nothing is sent. Then the caller's sessions are listed, to know what was there before; if
   * that cannot be had, the call fails and nothing was made. Of several replicas the first goes alone: if the server
   * refuses it (a 4xx), the call fails and nothing was made; with `resume`, when others are there, the missing ones fail.
   * A single replica's failure is the call's; otherwise each has its own, and does not stop the others.
   *
   * A create whose answer is lost may have been carried out. Then the caller's sessions are looked through for one that
   * is new, has the replica's name, kind and image, and belongs to no other replica or call of this runtime: it is
   * adopted. If there is none for `settle` seconds (a setting), it is created again, by the `RetryPolicy`; after a
   * failure that the platform itself reported, for 15 seconds at most. Several, as when another program uses the same
   * name, are `SessionAmbiguous`; if the platform cannot be asked, `CreateUnknown`. As long as the call lasts, it is
   * looked for the session of a create that seemed to have failed: see `twins`.
   *
   * All of it rests on one assumption: a request that is under way for longer than `settle` is not carried out any more.
   * And it rests on the list. A session that was created and is gone from the list before it could be found is created
   * again: one that somebody destroys at once; and on servers 1.0.0–1.0.3, which only list active sessions, one that
   * ends at once, and with `resume` each that has ended. Another program that makes a session of the same name, kind and image, while an answer is lost,
   * and whose session alone is found, cannot be told from this one: use names of your own.
   *
   * Calls of one runtime that create the same name, kind and image wait for each other. With `resume` a call also waits
   * for creates that were interrupted, as long as they may be carried out.
   *
   * Interruption leaves what was made: `onOutcome` hears of each replica as it is done, and of those that are found when
   * it is interrupted. For that there is one more request, of at most 5 seconds, if a create was under way, and none
   * otherwise. `onUnresolved` hears the names of those that were not found, or not for certain: they may exist, too, or
   * still come to be.
   */
  readonly create: (
    spec: SessionSpec,
    onOutcome?: (outcome: Created) => void,
    onUnresolved?: (name: string) => void
  ) => Effect.Effect<ReadonlyArray<Created>, SkahaError>
}
