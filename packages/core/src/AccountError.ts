/**
 * What can go wrong with the logins that are kept: members of `SkahaError`, by its rules.
 */
import * as Schema from "effect/Schema"

const quoted = (names: ReadonlyArray<string>): string => names.map((name) => JSON.stringify(name)).join(", ")

/** There is no identity provider of that name. */
export class ProviderUnknown extends Schema.TaggedError<ProviderUnknown>()("ProviderUnknown", {
  operation: Schema.String,
  /** What was given for the key of a provider. */
  idp: Schema.String,
  /** The keys of the providers that are known. */
  choices: Schema.Array(Schema.String)
}) {
  readonly code = "provider.unknown"
  readonly isRetryable = false
  override get message(): string {
    return `there is no identity provider ${JSON.stringify(this.idp)}: give one of ${quoted(this.choices)}`
  }
}

/** Nobody is signed in with the identity provider, or what is kept of the login is no use. */
export class LoginRequired extends Schema.TaggedError<LoginRequired>()("LoginRequired", {
  operation: Schema.String,
  /** The key of the provider. */
  idp: Schema.String,
  /** What is wrong with the login that is kept, where there is one. */
  reason: Schema.optionalKey(Schema.String)
}) {
  readonly code = "login.required"
  readonly isRetryable = false
  override get message(): string {
    const why = this.reason === undefined ? "" : ` (${this.reason})`
    return `not signed in with ${this.idp}${why}: sign in first`
  }
}

/** What would be lost is wanted by intent only: give `force`. Nothing was changed. */
export class ForceRequired extends Schema.TaggedError<ForceRequired>()("ForceRequired", {
  operation: Schema.String,
  /** What it would do. */
  reason: Schema.String
}) {
  readonly code = "force.required"
  readonly isRetryable = false
  override get message(): string {
    return `${this.reason}: give force to do it all the same`
  }
}
