/**
 * Whether it is certain that nothing of a request was sent, by what a network layer throws.
 */
import * as Predicate from "effect/Predicate"

/** Calls to the system without which there is no connection. With others, the same codes can come from one that broke. */
const before = new Set(["connect", "getaddrinfo"])

/** Failures of the client itself before there is a connection, or of a server that has not shown yet who it is. */
const codes = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "ERR_TLS_CERT_ALTNAME_INVALID"
])

const isIn = (set: ReadonlySet<string>, value: unknown): boolean => Predicate.isString(value) && set.has(value)

/** Whether it is certain that the request was never begun, for what was thrown or one of its causes says so. */
export const isUnsent = (thrown: unknown): boolean => {
  let error = thrown
  for (let depth = 0; depth < 5 && Predicate.isObject(error); depth++) {
    if (Predicate.hasProperty(error, "syscall") && isIn(before, error.syscall)) return true
    if (Predicate.hasProperty(error, "code") && isIn(codes, error.code)) return true
    // A host with several addresses fails once for each.
    if (Predicate.hasProperty(error, "errors") && Array.isArray(error.errors) && error.errors.length > 0) {
      return error.errors.every(isUnsent)
    }
    error = Predicate.hasProperty(error, "cause") ? error.cause : undefined
  }
  return false
}
