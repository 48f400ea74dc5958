/**
 * What can go wrong on the way to a server: members of `SkahaError`, by its rules.
 */
import * as Schema from "effect/Schema"
import { place } from "./internal/errorPlace.ts"

/** The parts of a call that have a limit: connecting, waiting for the headers, silence in the body, all of it. */
export const TimeoutPhase = Schema.Literals(["connect", "headers", "body", "total"])

/** The parts of a call that have a limit: connecting, waiting for the headers, silence in the body, all of it. */
export type TimeoutPhase = typeof TimeoutPhase.Type

const waited: Record<TimeoutPhase, string> = {
  connect: "no connection",
  headers: "no answer",
  body: "silence in the middle of the answer",
  total: "no complete answer"
}

/** A limit ran out. Whether the server carried the request out is unknown. */
export class RequestTimeout extends Schema.TaggedError<RequestTimeout>()("RequestTimeout", {
  ...place,
  phase: TimeoutPhase,
  /** The limit that ran out, in seconds. */
  limit: Schema.Finite
}) {
  readonly code = "request.timeout"
  readonly isRetryable = true
  override get message(): string {
    return `${waited[this.phase]} for ${this.limit} s: ${this.method ?? ""} ${this.path ?? ""}`
  }
}

/**
 * The connection could not be made or broke: an unknown host, a refusal, a reset, a TLS failure, a reply that is cut or
 * cannot be inflated.
 */
export class ConnectionFailed extends Schema.TaggedError<ConnectionFailed>()("ConnectionFailed", {
  ...place,
  /** The origin that was asked, such as `https://ws-uv.canfar.net`. */
  origin: Schema.String,
  reason: Schema.String,
  /**
   * Whether asking again would fail in the same way, as with a certificate that is not trusted or a reply that cannot
   * be inflated. Absent where it may pass.
   */
  lasting: Schema.optionalKey(Schema.Literal(true)),
  /** Whether it is certain that not a byte of the request was sent. Absent where that is not known. */
  unsent: Schema.optionalKey(Schema.Literal(true)),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly code = "connection.failed"
  readonly isRetryable = this.lasting !== true
  override get message(): string {
    return `cannot talk to ${this.origin}: ${this.reason}`
  }
}
