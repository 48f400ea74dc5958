/**
 * What can go wrong with the life of a session: members of `SkahaError`, by its rules.
 */
import * as Schema from "effect/Schema"
import { place } from "./internal/errorPlace.ts"

/** What is known of a session that is not as it should be. */
const found = {
  ...place,
  id: Schema.String,
  /** The last status seen, such as `Pending`; absent where the session was never seen. */
  sessionStatus: Schema.optionalKey(Schema.String),
  /** What the cluster did with it, as the server's table; absent where that could not be had. */
  events: Schema.optionalKey(Schema.String),
  /** The last lines that it wrote; absent where there are none. */
  logTail: Schema.optionalKey(Schema.String),
  /** Why it is so, as far as its events and its log tell. */
  reason: Schema.optionalKey(Schema.String)
}

const because = ({ reason }: { readonly reason?: string }): string => (reason === undefined ? "" : `: ${reason}`)

/** What was waited for has not come in time. The session goes on as it is. */
export class WaitTimedOut extends Schema.TaggedError<WaitTimedOut>()("WaitTimedOut", {
  ...found,
  /** The limit that ran out, in seconds. */
  limit: Schema.Finite
}) {
  readonly code = "wait.timeout"
  readonly isRetryable = true
  override get message(): string {
    const status = this.sessionStatus === undefined ? "has not been seen" : `is still ${this.sessionStatus}`
    return `session ${this.id} ${status} after ${this.limit} s${because(this)}`
  }
}

/** The session has ended, and not as it was waited for. */
export class SessionEnded extends Schema.TaggedError<SessionEnded>()("SessionEnded", found) {
  readonly code = "session.ended"
  readonly isRetryable = false
  override get message(): string {
    return `session ${this.id} has ended as ${this.sessionStatus ?? "unknown"}${because(this)}`
  }
}

/**
 * Whether a create has made a session cannot be told, since others made sessions of the same name, kind and image at the
 * same time. Each candidate may be the one. Nothing was created again.
 */
export class SessionAmbiguous extends Schema.TaggedError<SessionAmbiguous>()("SessionAmbiguous", {
  ...place,
  /** The name that was to be created. */
  sessionName: Schema.String,
  /** The ids of the sessions that it may be. */
  candidates: Schema.Array(Schema.String)
}) {
  readonly code = "session.ambiguous"
  readonly isRetryable = false
  override get message(): string {
    return `which session of the name ${this.sessionName} is this one's cannot be told: ${this.candidates.join(", ")}`
  }
}

/** Whether a create has made a session is not known, since the platform could not be asked. Look for it by its name. */
export class CreateUnknown extends Schema.TaggedError<CreateUnknown>()("CreateUnknown", {
  ...place,
  /** The name that was to be created. */
  sessionName: Schema.String,
  /** What became of the create, and why the list could not be read. */
  reason: Schema.String
}) {
  readonly code = "create.unknown"
  readonly isRetryable = false
  override get message(): string {
    return `whether ${this.sessionName} was created is not known (${this.reason}): look for it in the list`
  }
}
