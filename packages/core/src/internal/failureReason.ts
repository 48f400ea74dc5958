/**
 * Words for what a network layer throws.
 */
import * as Predicate from "effect/Predicate"

/** A failure in words, and whether the same request would fail in the same way again. */
export interface Failure {
  readonly reason: string
  readonly lasting?: true
}

/** What may be over the next time. */
const passing: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was reset",
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "the host name cannot be looked up now",
  EHOSTUNREACH: "no way to the host",
  ENETUNREACH: "no way to the network",
  UND_ERR_SOCKET: "the connection was closed",
  UND_ERR_INFO: "the connection was closed",
  ERR_HTTP2_GOAWAY_SESSION: "the connection was closed",
  ERR_HTTP2_INVALID_SESSION: "the connection was closed",
  ERR_HTTP2_SESSION_ERROR: "the connection was closed",
  ERR_HTTP2_STREAM_ERROR: "the server broke off the reply",
  UND_ERR_CLOSED: "the client is closed",
  UND_ERR_DESTROYED: "the client is closed",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the reply was cut",
  Z_BUF_ERROR: "the reply was cut"
}

/** What stays as it is: it says nothing about how much the server has to do, either. */
const lasting: Readonly<Record<string, string>> = {
  Z_DATA_ERROR: "the reply cannot be inflated",
  Z_NEED_DICT: "the reply cannot be inflated",
  ERR_BUFFER_TOO_LARGE: "the reply is too large",
  ERR_STRING_TOO_LONG: "the reply is too large",
  UND_ERR_HEADERS_OVERFLOW: "the reply's headers are too large",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "the server's certificate is not trusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is not trusted",
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS: is it http, not https?",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another host",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the server speaks no TLS 1.2 or newer",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the server speaks no TLS 1.2 or newer"
}

/** The code of a reply that comes in an encoding that nobody asked for; its message says which. */
export const unknownEncoding = "ERR_UNKNOWN_ENCODING"

/** What a server says in TLS before it hangs up; the beginning depends on the version. */
const alert = /^ERR_SSL_.*_ALERT_(.+)$/

const alertReason = (code: string): string | undefined => {
  const name = alert.exec(code)?.[1]
  if (name === "HANDSHAKE_FAILURE") return "the server refused to talk: it may want a client certificate"
  return name === "UNKNOWN_CA" || name?.includes("CERTIFICATE") === true
    ? "the server does not accept the client certificate"
    : undefined
}

/** Undici says in words alone how a proxy refused to let a request through. */
const refusedByProxy = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/

const proxyFailure = (message: string): Failure | undefined => {
  const match = refusedByProxy.exec(message)
  const status = match?.[1] ?? match?.[2]
  if (status === undefined) return undefined
  return status === "407"
    ? { reason: "the proxy wants to know who is asking (407)", lasting: true }
    : { reason: `the proxy refused with ${status}` }
}

const ownFailure = (error: unknown): Failure | undefined => {
  // Undici's parser gives its error a name, and not always a code.
  if (Predicate.hasProperty(error, "name") && error.name === "HTTPParserError") {
    return { reason: "the reply is not HTTP" }
  }
  const code = Predicate.hasProperty(error, "code") && Predicate.isString(error.code) ? error.code : undefined
  if (code === undefined) return undefined
  const message = Predicate.hasProperty(error, "message") && Predicate.isString(error.message) ? error.message : ""
  const passes = passing[code]
  if (passes !== undefined) return { reason: passes }
  const lasts = code === unknownEncoding ? message : (lasting[code] ?? alertReason(code))
  return lasts === undefined ? proxyFailure(message) : { reason: lasts, lasting: true }
}

/** What happened: the first known code along the chain of causes, or the innermost message. */
export const failureOf = (thrown: unknown): Failure => {
  let error = thrown
  for (let depth = 0; depth < 5; depth++) {
    const failure = ownFailure(error)
    if (failure !== undefined) return failure
    // A host with several addresses fails once for each; the first stands for all.
    const inner: unknown =
      Predicate.hasProperty(error, "errors") && Array.isArray(error.errors) ? error.errors[0] : undefined
    const cause = inner ?? (Predicate.hasProperty(error, "cause") ? error.cause : undefined)
    if (cause === undefined || cause === null) break
    error = cause
  }
  if (Predicate.isString(error)) return { reason: error }
  return Predicate.hasProperty(error, "message") && Predicate.isString(error.message) && error.message !== ""
    ? { reason: error.message }
    : { reason: "the connection failed" }
}

/** What was thrown, for an error's `cause`; nothing when a parser threw it, which keeps what it could not parse. */
export const harmlessCause = (thrown: unknown): { readonly cause?: unknown } => {
  let error = thrown
  for (let depth = 0; depth < 5 && Predicate.hasProperty(error, "name"); depth++) {
    if (error.name === "HTTPParserError") return {}
    error = Predicate.hasProperty(error, "cause") ? error.cause : undefined
  }
  return thrown === undefined ? {} : { cause: thrown }
}
