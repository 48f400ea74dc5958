/**
 * What can go wrong with the files of a login, its configuration and its certificate: members of `SkahaError`, by its
 * rules.
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { place } from "./internal/errorPlace.ts"

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

/** A file or folder cannot be written: what it was to hold is not there. */
export class FileUnwritable extends Schema.TaggedError<FileUnwritable>()("FileUnwritable", {
  ...place,
  /** The file's or folder's path. */
  file: Schema.String,
  reason: Schema.String,
  /** The system's own code, such as `ENOSPC`. */
  systemCode: Schema.optionalKey(Schema.String)
}) {
  readonly code = "file.unwritable"
  readonly isRetryable = false
  override get message(): string {
    return `${this.file}: ${this.reason}`
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
