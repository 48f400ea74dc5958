/**
 * What can go wrong with an identity provider: members of `SkahaError`, by its rules. What a provider says in its own
 * words is not among them, since some repeat the token that they were sent.
 */
import * as Schema from "effect/Schema"

/** Where a failure happened: the operation, the request, if one was made, and whom it asked. */
const place = {
  operation: Schema.String,
  method: Schema.optionalKey(Schema.String),
  /** The path of the request, without its query. */
  path: Schema.optionalKey(Schema.String),
  /** The origin of the identity provider, such as `https://ska-iam.stfc.ac.uk`. */
  origin: Schema.String
}

/** The identity provider cannot be asked now: no connection, no answer in time, or a failure of its own (5xx, 429). */
export class ProviderUnavailable extends Schema.TaggedError<ProviderUnavailable>()("ProviderUnavailable", {
  ...place,
  reason: Schema.String,
  /** The HTTP status, where there was an answer. */
  status: Schema.optionalKey(Schema.Int),
  /** Seconds to wait, where the provider said so. */
  retryAfter: Schema.optionalKey(Schema.Finite)
}) {
  readonly code = "provider.unavailable"
  readonly isRetryable = true
  override get message(): string {
    return `the identity provider ${this.origin} cannot be asked now: ${this.reason}`
  }
}

/** The identity provider is not the one that was meant, or not one with which a program can sign in. */
export class ProviderUnsuitable extends Schema.TaggedError<ProviderUnsuitable>()("ProviderUnsuitable", {
  ...place,
  /** Its address is not https; it says that it is another issuer; it lacks an endpoint, or has a bad one. */
  problem: Schema.Literals(["address", "issuer", "endpoint"]),
  reason: Schema.String
}) {
  readonly code = "provider.unsuitable"
  readonly isRetryable = false
  override get message(): string {
    return `the identity provider ${this.origin} cannot be used: ${this.reason}`
  }
}

/** What an identity provider is asked for. */
export const ProviderRequest = Schema.Literals(["discovery", "registration", "device", "token", "userinfo"])

/** What an identity provider is asked for. */
export type ProviderRequest = typeof ProviderRequest.Type

const wanted: Record<ProviderRequest, string> = {
  discovery: "to say what it offers",
  registration: "to register this program",
  device: "to begin a login",
  token: "a token",
  userinfo: "to say who the user is"
}

/** The identity provider refused a request (any 3xx or 4xx). */
export class ProviderRefused extends Schema.TaggedError<ProviderRefused>()("ProviderRefused", {
  ...place,
  request: ProviderRequest,
  /** The HTTP status. */
  status: Schema.Int,
  /** OAuth's word for the reason, such as `invalid_client`, where the provider gave one. */
  error: Schema.optionalKey(Schema.String)
}) {
  readonly code = "provider.refused"
  readonly isRetryable = false
  override get message(): string {
    const why = this.error ?? (this.status < 400 ? "it redirects, which is not followed" : `status ${this.status}`)
    return `the identity provider ${this.origin} refused ${wanted[this.request]}: ${why}`
  }
}

/** The user, or the identity provider's rules, said no to the login. */
export class LoginDenied extends Schema.TaggedError<LoginDenied>()("LoginDenied", place) {
  readonly code = "login.denied"
  readonly isRetryable = false
  override get message(): string {
    return `the login at ${this.origin} was denied`
  }
}

/** Nobody confirmed the login in time. */
export class LoginExpired extends Schema.TaggedError<LoginExpired>()("LoginExpired", {
  ...place,
  /** The time there was, in seconds. */
  limit: Schema.Finite
}) {
  readonly code = "login.expired"
  readonly isRetryable = true
  override get message(): string {
    return `nobody confirmed the login at ${this.origin} within ${this.limit} s: sign in again`
  }
}
