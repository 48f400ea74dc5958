/**
 * Everything that can go wrong, as values.
 *
 * Every error is tagged (`Effect.catchTag("SessionNotFound", …)`), is a real `Error`, and carries where it happened
 * (`operation`, `method`, `path`), a stable `code` for programs, whether the same call may succeed later
 * (`isRetryable`), and a message a person can act on. None of them ever holds a secret: `path` has no query, and
 * `serverText` is the server's own line about the failure.
 */
import * as Schema from "effect/Schema"
import { ForceRequired, LoginRequired, ProviderUnknown } from "./AccountError.ts"
import {
  CertificateUnusable,
  ConfigurationFileBusy,
  ConfigurationFileInvalid,
  ConfigurationFileUnusable,
  FileUnwritable
} from "./FileError.ts"
import { place } from "./internal/errorPlace.ts"
import { ConnectionFailed, RequestTimeout } from "./NetworkError.ts"
import { LoginDenied, LoginExpired, ProviderRefused, ProviderUnavailable, ProviderUnsuitable } from "./ProviderError.ts"
import { ServerSelectionRequired, ServerUnknown, ServersNotFound } from "./ServerError.ts"
import { CreateUnknown, SessionAmbiguous, SessionEnded, WaitTimedOut } from "./SessionError.ts"

/** A failure that the server reported: its status and, where there was one, its text. */
const reply = {
  ...place,
  /** The HTTP status. */
  status: Schema.Int,
  /** The server's own words, trimmed; absent when it sent none, or a page instead of a line. */
  serverText: Schema.optionalKey(Schema.String)
}

const withServerText = (message: string, error: { readonly serverText?: string }): string =>
  error.serverText === undefined ? message : `${message}: ${error.serverText}`

/** One thing that is wrong with an input: the field, and what to do about it. */
export const Problem = Schema.Struct({ field: Schema.String, message: Schema.String })

/** One thing that is wrong with an input: the field, and what to do about it. */
export type Problem = typeof Problem.Type

const listed = (problems: ReadonlyArray<Problem>): string =>
  problems.map(({ field, message }) => `${field}: ${message}`).join("; ")

/** The input cannot be right, so nothing was sent. All its problems are listed, not only the first. */
export class InvalidInput extends Schema.TaggedError<InvalidInput>()("InvalidInput", {
  ...place,
  problems: Schema.Array(Problem)
}) {
  readonly code = "input.invalid"
  readonly isRetryable = false
  override get message(): string {
    return `${this.operation}: ${listed(this.problems)}`
  }
}

/** The settings contradict each other or are out of their bounds. */
export class ConfigurationInvalid extends Schema.TaggedError<ConfigurationInvalid>()("ConfigurationInvalid", {
  operation: Schema.String,
  problems: Schema.Array(Problem)
}) {
  readonly code = "configuration.invalid"
  readonly isRetryable = false
  override get message(): string {
    return `configuration: ${listed(this.problems)}`
  }
}

/** The server wants to know who is asking, and the call carried no credentials. */
export class CredentialsMissing extends Schema.TaggedError<CredentialsMissing>()("CredentialsMissing", reply) {
  readonly code = "credentials.missing"
  readonly isRetryable = false
  override get message(): string {
    return withServerText("not signed in: give a token or a certificate, or sign in first", this)
  }
}

/** The credentials were good once and are no longer. */
export class CredentialsExpired extends Schema.TaggedError<CredentialsExpired>()("CredentialsExpired", {
  ...reply,
  /** The HTTP status; absent where the server was not asked. */
  status: Schema.optionalKey(Schema.Int),
  /** Why they cannot be renewed, where the server was not asked. */
  reason: Schema.optionalKey(Schema.String)
}) {
  readonly code = "credentials.expired"
  readonly isRetryable = false
  override get message(): string {
    const why = this.reason === undefined ? "" : ` (${this.reason})`
    return withServerText(`the credentials have expired${why}: sign in again`, this)
  }
}

/** The server does not accept the credentials. */
export class CredentialsRefused extends Schema.TaggedError<CredentialsRefused>()("CredentialsRefused", reply) {
  readonly code = "credentials.refused"
  readonly isRetryable = false
  override get message(): string {
    return withServerText("the server refused the credentials", this)
  }
}

/** The credentials belong elsewhere: to another identity provider, or to other addresses. Nothing was sent. */
export class CredentialsMisdirected extends Schema.TaggedError<CredentialsMisdirected>()("CredentialsMisdirected", {
  ...place,
  /** The identity provider whose credentials they are. */
  idp: Schema.String,
  /** Where they do not belong, such as `https://ws-uv.canfar.net`. */
  origin: Schema.String
}) {
  readonly code = "credentials.misdirected"
  readonly isRetryable = false
  override get message(): string {
    return `credentials of ${this.idp} are not for ${this.origin}: nothing was sent there`
  }
}

/** The user is known, but may not do this. */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", reply) {
  readonly code = "forbidden"
  readonly isRetryable = false
  override get message(): string {
    return withServerText("not allowed", this)
  }
}

/** There is no session of that id among the caller's own, or no such app in it. */
export class SessionNotFound extends Schema.TaggedError<SessionNotFound>()("SessionNotFound", {
  ...reply,
  id: Schema.String
}) {
  readonly code = "session.not_found"
  readonly isRetryable = false
  override get message(): string {
    return withServerText(`no session ${this.id}`, this)
  }
}

/** The session exists, but is not in the state that the operation needs. */
export class SessionNotReady extends Schema.TaggedError<SessionNotReady>()("SessionNotReady", {
  ...place,
  id: Schema.String,
  /** The status the session has, such as `Pending`. */
  sessionStatus: Schema.String,
  reason: Schema.String
}) {
  readonly code = "session.not_ready"
  readonly isRetryable = true
  override get message(): string {
    return `session ${this.id} is ${this.sessionStatus}: ${this.reason}`
  }
}

/** The user already has as many interactive sessions as the platform allows. */
export class QuotaReached extends Schema.TaggedError<QuotaReached>()("QuotaReached", {
  ...reply,
  /** How many sessions are allowed, where the server said so. */
  limit: Schema.optionalKey(Schema.Int)
}) {
  readonly code = "quota.reached"
  readonly isRetryable = false
  override get message(): string {
    return withServerText("too many interactive sessions: destroy one first", this)
  }
}

/** The platform does not offer that number of cores, GB of RAM or GPUs. `Context.resources` lists what it offers. */
export class ResourceUnavailable extends Schema.TaggedError<ResourceUnavailable>()("ResourceUnavailable", {
  ...reply,
  option: Schema.Literals(["cores", "ram", "gpus"]),
  value: Schema.String
}) {
  readonly code = "resource.unavailable"
  readonly isRetryable = false
  override get message(): string {
    return withServerText(`the platform does not offer ${this.option} = ${this.value}`, this)
  }
}

/** The image comes from a registry that the platform does not trust. */
export class ImageNotTrusted extends Schema.TaggedError<ImageNotTrusted>()("ImageNotTrusted", {
  ...reply,
  image: Schema.optionalKey(Schema.String)
}) {
  readonly code = "image.not_trusted"
  readonly isRetryable = false
  override get message(): string {
    return withServerText("the image's registry is not trusted by the platform", this)
  }
}

/** The image is unknown or private, and usable registry credentials did not come with the call. */
export class ImageNotPublic extends Schema.TaggedError<ImageNotPublic>()("ImageNotPublic", {
  ...reply,
  image: Schema.optionalKey(Schema.String)
}) {
  readonly code = "image.not_public"
  readonly isRetryable = false
  override get message(): string {
    return withServerText("the image is unknown or private: check its name or give registry credentials", this)
  }
}

/** The server asks to come back later (503 or 429). */
export class ServerBusy extends Schema.TaggedError<ServerBusy>()("ServerBusy", {
  ...reply,
  /** Seconds to wait, where the server said so. */
  retryAfter: Schema.optionalKey(Schema.Finite),
  /**
   * Whether it is certain that nothing was done: the platform itself said so (503 `temporarily unavailable…`, 429).
   * Absent where it was a proxy in front of it, which may have passed the request on.
   */
  refused: Schema.optionalKey(Schema.Literal(true))
}) {
  readonly code = "server.busy"
  readonly isRetryable = true
  override get message(): string {
    const when = this.retryAfter === undefined ? "later" : `in ${this.retryAfter} s`
    return withServerText(`the server is busy: try again ${when}`, this)
  }
}

/** The server failed (any other 5xx). For a create this does not mean that nothing was made. */
export class ServerFailure extends Schema.TaggedError<ServerFailure>()("ServerFailure", reply) {
  readonly code = "server.failure"
  readonly isRetryable = true
  override get message(): string {
    return withServerText(`the server failed with ${this.status}`, this)
  }
}

/** The server refused the request for a reason that no other error names (any other 3xx or 4xx). */
export class RequestRefused extends Schema.TaggedError<RequestRefused>()("RequestRefused", {
  ...reply,
  /** Where a redirect pointed, without its query. Redirects are never followed. */
  location: Schema.optionalKey(Schema.String)
}) {
  readonly code = "request.refused"
  readonly isRetryable = false
  override get message(): string {
    return this.location === undefined
      ? withServerText(`the server refused the request with ${this.status}`, this)
      : `the server redirects to ${this.location}, which is not followed: check the server's address`
  }
}

/** The reply is not what the platform's contract says: a page instead of JSON, cut or foreign JSON. */
export class ReplyUndecodable extends Schema.TaggedError<ReplyUndecodable>()("ReplyUndecodable", {
  ...place,
  /** What was expected and what came, without the reply's content, which may hold secrets. */
  reason: Schema.String,
  contentType: Schema.optionalKey(Schema.String)
}) {
  readonly code = "reply.undecodable"
  readonly isRetryable = false
  override get message(): string {
    return `the server's reply makes no sense: ${this.reason}`
  }
}

/** The worker threads could not do it: they cannot start, or crash again and again. */
export class WorkersFailed extends Schema.TaggedError<WorkersFailed>()("WorkersFailed", {
  ...place,
  reason: Schema.String
}) {
  readonly code = "workers.failed"
  readonly isRetryable = false
  override get message(): string {
    return `the worker threads cannot go on: ${this.reason}`
  }
}

/** The first few of many. */
const someOf = (names: ReadonlyArray<string>): string => {
  const more = names.length - 5
  return `${names.slice(0, 5).join(", ")}${more > 0 ? `, and ${more} more` : ""}`
}

/** The caller gave the call up. */
export class Cancelled extends Schema.TaggedError<Cancelled>()("Cancelled", {
  ...place,
  /** The ids of the sessions that a create had made by then. */
  created: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The names whose create was under way: these sessions may exist, too, or still come to be. */
  unresolved: Schema.optionalKey(Schema.Array(Schema.String)),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly code = "cancelled"
  readonly isRetryable = false
  override get message(): string {
    const { created = [], unresolved = [] } = this
    const made = created.length === 0 ? "" : `; it had made ${someOf(created)}`
    const open = unresolved.length === 0 ? "" : `; there may be, or come to be, ${someOf(unresolved)}`
    return `${this.operation} was cancelled${made}${open}`
  }
}

/** Any failure of any operation, as a schema, for sending one to another thread or process. */
export const SkahaError = Schema.Union([
  InvalidInput,
  ConfigurationInvalid,
  ConfigurationFileInvalid,
  ConfigurationFileUnusable,
  ConfigurationFileBusy,
  CredentialsMissing,
  CredentialsExpired,
  CredentialsRefused,
  CredentialsMisdirected,
  CertificateUnusable,
  Forbidden,
  SessionNotFound,
  SessionNotReady,
  SessionEnded,
  SessionAmbiguous,
  CreateUnknown,
  WaitTimedOut,
  QuotaReached,
  ResourceUnavailable,
  ImageNotTrusted,
  ImageNotPublic,
  ServerBusy,
  ServerFailure,
  RequestRefused,
  RequestTimeout,
  ConnectionFailed,
  ReplyUndecodable,
  FileUnwritable,
  WorkersFailed,
  ServerSelectionRequired,
  ServerUnknown,
  ServersNotFound,
  ProviderUnavailable,
  ProviderUnsuitable,
  ProviderRefused,
  LoginDenied,
  LoginExpired,
  ProviderUnknown,
  LoginRequired,
  ForceRequired,
  Cancelled
])

/** Any failure of any operation. */
export type SkahaError = typeof SkahaError.Type

/**
 * Whether an error is about the credentials, whoever found fault with them: every other call with the same ones fails
 * as well. Its `code` begins with `credentials.`.
 *
 * @example
 * ```ts
 * import { isAboutCredentials, type SkahaError } from "@skaha/core"
 *
 * const advice = (error: SkahaError) => (isAboutCredentials(error) ? "sign in again" : error.message)
 * ```
 */
export const isAboutCredentials = ({ code }: SkahaError): boolean => code.startsWith("credentials.")
