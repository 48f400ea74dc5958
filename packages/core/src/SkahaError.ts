/**
 * Everything that can go wrong, as values.
 *
 * Every error is tagged (`Effect.catchTag("SessionNotFound", …)`), is a real `Error`, and carries where it happened
 * (`operation`, `method`, `path`), a stable `code` for programs, whether the same call may succeed later
 * (`isRetryable`), and a message a person can act on. None of them ever holds a secret: `path` has no query, and
 * `serverText` is the server's own line about the failure.
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { ForceRequired, LoginRequired, ProviderUnknown } from "./AccountError.ts"
import { LoginDenied, LoginExpired, ProviderRefused, ProviderUnavailable, ProviderUnsuitable } from "./ProviderError.ts"

/** Where a failure happened: the operation as the caller knows it, and the request, if one was made. */
const place = {
  /** The public operation, such as `Sessions.info`. */
  operation: Schema.String,
  /** The HTTP method, when a request was made or attempted. */
  method: Schema.optionalKey(Schema.String),
  /** The path of the request, without its query. */
  path: Schema.optionalKey(Schema.String)
}

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

/** One thing that is wrong in a file: where, and what. What stands there is not shown: it may be a secret. */
export const FileProblem = Schema.Struct({
  /** The keys that lead there, such as `servers.canfar.url`; empty for the file as a whole. */
  field: Schema.String,
  message: Schema.String,
  /** The line, from 1, where there is one. */
  line: Schema.optionalKey(Schema.Int)
})

/** One thing that is wrong in a file: where, and what. What stands there is not shown: it may be a secret. */
export type FileProblem = typeof FileProblem.Type

const inFile = ({ field, line, message }: FileProblem): string =>
  `${line === undefined ? "" : `line ${line}: `}${field === "" ? "it" : field} ${message}`

/** The configuration file is not what it must be. It was left as it is. */
export class ConfigurationFileInvalid extends Schema.TaggedError<ConfigurationFileInvalid>()(
  "ConfigurationFileInvalid",
  {
    operation: Schema.String,
    /** The file's path. */
    file: Schema.String,
    problems: Schema.Array(FileProblem)
  }
) {
  readonly code = "configuration.file_invalid"
  readonly isRetryable = false
  override get message(): string {
    return `${this.file}: ${this.problems.map(inFile).join("; ")}`
  }
}

/** The configuration file cannot be read or written. It was left as it is. */
export class ConfigurationFileUnusable extends Schema.TaggedError<ConfigurationFileUnusable>()(
  "ConfigurationFileUnusable",
  {
    operation: Schema.String,
    /** The file's path. */
    file: Schema.String,
    reason: Schema.String,
    /** The system's own code, such as `EACCES`. */
    systemCode: Schema.optionalKey(Schema.String)
  }
) {
  readonly code = "configuration.file_unusable"
  readonly isRetryable = false
  override get message(): string {
    return `${this.file}: ${this.reason}`
  }
}

/** Others were changing the configuration file all the time. It was left as they left it. */
export class ConfigurationFileBusy extends Schema.TaggedError<ConfigurationFileBusy>()("ConfigurationFileBusy", {
  operation: Schema.String,
  /** The file's path. */
  file: Schema.String,
  /** Seconds that were waited. */
  waited: Schema.Finite
}) {
  readonly code = "configuration.file_busy"
  readonly isRetryable = true
  override get message(): string {
    return `${this.file}: others have been changing it for ${this.waited} s: try again`
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

/** What can be wrong with a client certificate's file. */
export const CertificateFlaw = Schema.Literals([
  "missing",
  "unreadable",
  "not-a-file",
  "no-certificate",
  "no-key",
  "key-encrypted",
  "key-mismatch",
  "undecodable",
  "unsuitable",
  "not-yet-valid",
  "expired",
  "unwritable"
])

/** What can be wrong with a client certificate's file. */
export type CertificateFlaw = typeof CertificateFlaw.Type

const flaws: Record<CertificateFlaw, string> = {
  missing: "is not there: get one, or name another file",
  unreadable: "cannot be read: look at its permissions",
  "not-a-file": "is not a file of moderate size",
  "no-certificate": "holds no certificate in PEM",
  "no-key": "holds no private key: certificate and key belong into one file",
  "key-encrypted": "has a key that is protected by a passphrase: store it without",
  "key-mismatch": "has a key that belongs to none of its certificates",
  undecodable: "is damaged: get a new one",
  unsuitable: "is not good enough for TLS",
  "not-yet-valid": "is not valid yet",
  expired: "has expired: get a new one",
  unwritable: "cannot be written: look at the folder and its permissions"
}

/** A client certificate cannot be used, by what stands in its file or by the time. Nothing was sent. */
export class CertificateUnusable extends Schema.TaggedError<CertificateUnusable>()("CertificateUnusable", {
  operation: Schema.String,
  /** The file that holds the certificate. */
  file: Schema.String,
  reason: CertificateFlaw,
  /** What else is known about the reason, such as OpenSSL's word for it. */
  detail: Schema.optionalKey(Schema.String),
  /** When the certificate begins to be valid, where it could be read. */
  validFrom: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** When the certificate expires, where it could be read. */
  expires: Schema.optionalKey(Schema.DateTimeUtcFromString)
}) {
  readonly code = "certificate.unusable"
  readonly isRetryable = false
  override get message(): string {
    const { detail, expires, reason, validFrom } = this
    const date = reason === "expired" ? expires : reason === "not-yet-valid" ? validFrom : undefined
    const known = [detail, date === undefined ? undefined : DateTime.formatIso(date)].filter(Predicate.isNotUndefined)
    return `the certificate ${this.file} ${flaws[reason]}${known.length === 0 ? "" : ` (${known.join(", ")})`}`
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
  retryAfter: Schema.optionalKey(Schema.Finite)
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

/** The connection could not be made or broke: an unknown host, a refusal, a reset, a TLS failure, a cut reply. */
export class ConnectionFailed extends Schema.TaggedError<ConnectionFailed>()("ConnectionFailed", {
  ...place,
  /** The origin that was asked, such as `https://ws-uv.canfar.net`. */
  origin: Schema.String,
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly code = "connection.failed"
  readonly isRetryable = true
  override get message(): string {
    return `cannot talk to ${this.origin}: ${this.reason}`
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

/** A server that could be chosen. */
const Choice = Schema.Struct({ name: Schema.String, uri: Schema.optionalKey(Schema.String) })

const choicesOf = (choices: ReadonlyArray<typeof Choice.Type>): string =>
  choices.map(({ name, uri }) => (uri === undefined ? name : `${name} (${uri})`)).join(", ")

/** There are several servers, and nothing says which. */
export class ServerSelectionRequired extends Schema.TaggedError<ServerSelectionRequired>()("ServerSelectionRequired", {
  ...place,
  /** The identity provider whose servers they are. */
  idp: Schema.String,
  /** The servers to choose from, in the order of their names. */
  choices: Schema.Array(Choice)
}) {
  readonly code = "server.selection_required"
  readonly isRetryable = false
  override get message(): string {
    return `${this.idp} has several servers, choose one: ${choicesOf(this.choices)}`
  }
}

/** The identity provider has no server of that name or URI, as far as is known. */
export class ServerUnknown extends Schema.TaggedError<ServerUnknown>()("ServerUnknown", {
  ...place,
  /** The identity provider among whose servers it was looked for. */
  idp: Schema.String,
  /** What was looked for. */
  selector: Schema.String,
  /** The servers to choose from, in the order of their names. */
  choices: Schema.Array(Choice)
}) {
  readonly code = "server.unknown"
  readonly isRetryable = false
  override get message(): string {
    const hint =
      this.choices.length === 0
        ? "none is known, so discover its servers first"
        : `give the name or the URI of one of ${choicesOf(this.choices)}, or discover its servers again`
    return `${this.idp} has no server ${JSON.stringify(this.selector)}: ${hint}`
  }
}

/** No server of the identity provider is known, and none was found. */
export class ServersNotFound extends Schema.TaggedError<ServersNotFound>()("ServersNotFound", {
  ...place,
  /** The identity provider whose servers were looked for. */
  idp: Schema.String,
  /** The registries and servers that were asked in vain, each with the reason. */
  failures: Schema.Array(Schema.Struct({ name: Schema.String, reason: Schema.String }))
}) {
  readonly code = "server.none_available"
  readonly isRetryable = true
  override get message(): string {
    const reasons = this.failures.map(({ name, reason }) => `; ${name}: ${reason}`).join("")
    return `no server of ${this.idp} is known or can be found${reasons}`
  }
}

/** The caller gave the call up. */
export class Cancelled extends Schema.TaggedError<Cancelled>()("Cancelled", {
  ...place,
  /** The ids of the sessions that a create had made by then; one that was under way may exist, too. */
  created: Schema.optionalKey(Schema.Array(Schema.String)),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  readonly code = "cancelled"
  readonly isRetryable = false
  override get message(): string {
    const left =
      this.created === undefined || this.created.length === 0 ? "" : `; it had made ${this.created.join(", ")}`
    return `${this.operation} was cancelled${left}`
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
