import { assert, describe, it } from "@effect/vitest"
import { failureOf } from "../src/internal/failureReason.ts"
import { strangelyEncoded } from "../src/node/internal/inflating.ts"
import { anyJson, seeded } from "./support/properties.ts"

const coded = (code: string, message = "raw words") => Object.assign(new Error(message), { code })
const caused = (cause: unknown) => new TypeError("fetch failed", { cause })

describe("failureOf", () => {
  it.each<readonly [thrown: unknown, reason: string]>([
    [coded("ECONNREFUSED"), "connection refused"],
    [coded("ECONNRESET"), "the connection was reset"],
    [coded("EPIPE"), "the connection was reset"],
    [coded("ENOTFOUND"), "unknown host"],
    [coded("EAI_AGAIN"), "the host name cannot be looked up now"],
    [coded("UND_ERR_SOCKET"), "the connection was closed"],
    [coded("UND_ERR_DESTROYED"), "the client is closed"],
    [coded("UND_ERR_RES_CONTENT_LENGTH_MISMATCH"), "the reply was cut"],
    [coded("ERR_HTTP2_STREAM_ERROR"), "the server broke off the reply"],
    [coded("UND_ERR_INFO"), "the connection was closed"],
    [coded("Z_BUF_ERROR"), "the reply was cut"],
    [coded("Z_DATA_ERROR"), "the reply cannot be inflated"],
    [coded("ERR_STRING_TOO_LONG"), "the reply is too large"],
    [coded("DEPTH_ZERO_SELF_SIGNED_CERT"), "the server's certificate is self-signed"],
    [coded("CERT_HAS_EXPIRED"), "the server's certificate has expired"],
    [coded("ERR_TLS_CERT_ALTNAME_INVALID"), "the server's certificate is for another host"],
    [coded("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), "the server speaks no TLS 1.2 or newer"],
    [coded("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"), "the server does not accept the client certificate"],
    [coded("ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED"), "the server does not accept the client certificate"],
    [coded("ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE"), "the server does not accept the client certificate"],
    [coded("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"), "the server does not accept the client certificate"],
    [coded("ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE"), "the server refused to talk: it may want a client certificate"],
    [coded("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"), "raw words"],
    [
      coded("UND_ERR_ABORTED", "Proxy response (407) !== 200 when HTTP Tunneling"),
      "the proxy wants to know who is asking (407)"
    ],
    [coded("UND_ERR_ABORTED", "Proxy response (503) !== 200 when HTTP Tunneling"), "the proxy refused with 503"],
    [
      coded("UND_ERR_INVALID_ARG", "Proxy Authentication Required (407)"),
      "the proxy wants to know who is asking (407)"
    ],
    [Object.assign(new Error("…"), { name: "HTTPParserError", code: undefined }), "the reply is not HTTP"],
    [caused(coded("ECONNREFUSED")), "connection refused"],
    [caused(caused(coded("ENOTFOUND"))), "unknown host"],
    [new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]), "connection refused"],
    [caused(new AggregateError([coded("EHOSTUNREACH")])), "no way to the host"],
    [coded("E_STRANGE", "something else"), "something else"],
    [caused(new Error("the innermost words")), "the innermost words"],
    [new Error("outer", { cause: new Error("") }), "the connection failed"],
    [new AggregateError([], ""), "the connection failed"],
    ["only words", "only words"],
    [undefined, "the connection failed"],
    [null, "the connection failed"],
    [{}, "the connection failed"],
    [{ message: 7 }, "the connection failed"]
  ])("of %s is %s", (thrown, reason) => {
    assert.strictEqual(failureOf(thrown).reason, reason)
  })

  it.each<readonly [thrown: unknown, isLasting: boolean]>([
    [coded("ECONNREFUSED"), false],
    [coded("Z_BUF_ERROR"), false],
    [coded("E_STRANGE"), false],
    [coded("UND_ERR_ABORTED", "Proxy response (503) !== 200 when HTTP Tunneling"), false],
    [coded("UND_ERR_ABORTED", "Proxy response (407) !== 200 when HTTP Tunneling"), true],
    [coded("Z_DATA_ERROR"), true],
    [strangelyEncoded("br"), true],
    [caused(coded("DEPTH_ZERO_SELF_SIGNED_CERT")), true],
    [caused(coded("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")), true],
    [coded("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"), true]
  ])("of %s lasts: %s", (thrown, isLasting) => {
    assert.strictEqual(failureOf(thrown).lasting === true, isLasting)
  })

  it("ends where causes go round in a circle", () => {
    const error = new Error("round and round")
    error.cause = error
    assert.strictEqual(failureOf(error).reason, "round and round")
  })

  it.prop(
    "has words for whatever is thrown",
    [anyJson(["code", "cause", "errors", "message", "name"])],
    ([thrown]) => {
      assert.isString(failureOf(thrown).reason)
    },
    seeded(200)
  )
})
