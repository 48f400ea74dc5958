/**
 * Every reply of the platform that is no success: what it says, and what it means.
 */
import type { SkahaError, TransportReply } from "@skaha/core"

/** A reply, who asked for what, and the error it stands for, with the data it carries. */
export interface Row {
  readonly status: number
  readonly body: string
  readonly headers?: TransportReply["headers"]
  /** The session that the call is about. */
  readonly id?: string
  readonly anonymous?: boolean
  readonly means: SkahaError["_tag"]
  readonly data?: Readonly<Record<string, unknown>>
}

const refused = (status: number, body: string, more: Partial<Row> = {}): Row => ({
  status,
  body,
  means: "RequestRefused",
  ...more
})
const failed = (body: string, status = 500): Row => ({ status, body, means: "ServerFailure" })

const unauthorized: ReadonlyArray<Row> = [
  { status: 400, body: "cannot get group memberships for anonymous", anonymous: true, means: "CredentialsMissing" },
  { status: 401, body: "Unauthorized", anonymous: true, means: "CredentialsMissing" },
  { status: 401, body: "", anonymous: true, means: "CredentialsMissing" },
  { status: 401, body: "Token has expired", means: "CredentialsExpired" },
  ...[
    "Unauthorized",
    "Invalid JWT token",
    "Cannot validate token using user info endpoint",
    "Token from untrusted issuer: https://iam.example/ ignored",
    "Multiple authorization tokens not supported",
    "BUG: invalid authorization a b c",
    "unhandled auth: Authorization Digest x",
    "invalid cookie: CADC_SSO"
  ].map((body): Row => ({ status: 401, body, means: "CredentialsRefused" }))
]

const forbidden: ReadonlyArray<Row> = [
  ...[
    "Not authorized to use the skaha system",
    "Subject is not authorized to access Skaha according to permissions API plugin authorisation.",
    "No POSIX Principal",
    "POSIX Principal is incomplete (no username).",
    // From servers of 0.29 and 0.30.
    "Not authorized to create a headless session",
    "forbidden"
  ].map((body): Row => ({ status: 403, body, means: "Forbidden" })),
  ...[
    "delegated credentials not found",
    "invalid delegated credentials: expired",
    "Invalid auth token",
    "permission denied -- reason: invalid proxy certficate\n"
  ].map((body): Row => ({ status: 403, body, means: "CredentialsRefused" }))
]

const sessions: ReadonlyArray<Row> = [
  ...["session X not found", "session X not found.", "desktop app with session X and app ID Y was not found", "X"].map(
    (body): Row => ({ status: 404, body, id: "X", means: "SessionNotFound", data: { id: "X" } })
  ),
  refused(404, "session X not found"),
  {
    status: 400,
    body: "No active job for user PosixPrincipal [uidNumber=1001,1001,alice] with session X",
    id: "X",
    means: "SessionNotReady",
    data: { id: "X" }
  },
  ...[
    "canfar.net/id label value must match Kubernetes label value syntax",
    "canfar.net/id label value exceeds 63 characters",
    "canfar.net/id label value cannot be blank",
    "Invalid request: a/b/c/d",
    "Cannot modify an existing session",
    "unrecognized action",
    "Cannot modify an existing app.",
    "Cannot kill all sessions.",
    "Missing app ID"
  ].map((body) => refused(400, body, { id: "X" }))
]

const creates: ReadonlyArray<Row> = [
  ...[
    "Missing parameter 'image'",
    "image is required",
    "Invalid session type: X",
    "Missing parameter 'name'",
    "name can only contain alpha-numeric chars and '-'",
    "canfar.net/name label value cannot be blank",
    "unknown type: X",
    "unknown type: ",
    "Illegal group reference",
    "Illegal group reference: group index is missing",
    "No group with name {x}",
    "image/type mismatch: images.canfar.net/skaha/desktop:1/headless",
    "null"
  ].map((body) => refused(400, body)),
  {
    status: 400,
    body: "session image 'evil.example/a/b:1' must come from one of [images.canfar.net, harbor.example]",
    means: "ImageNotTrusted",
    data: { image: "evil.example/a/b:1" }
  },
  { status: 400, body: "image not in a trusted repository", means: "ImageNotTrusted" },
  ...(["cores", "ram", "gpus"] as const).flatMap((option) =>
    ["0", "3.5", "", "a 'b'"].map((value): Row => ({
      status: 400,
      body: `Invalid value for '${option}': ${value}`,
      means: "ResourceUnavailable",
      // The end of a text is trimmed.
      data: { option, value }
    }))
  ),
  {
    status: 400,
    body: "User alice has reached the maximum of 5 active sessions.",
    means: "QuotaReached",
    data: { limit: 5 }
  },
  ...[
    "No authentication provided for unknown or private image.  Use x-skaha-registry-auth request header with " +
      "base64Encode(username:secret).",
    "Length of Base64 encoded input string is not a multiple of 4.",
    "Illegal character in Base64 encoded data.",
    "Invalid input.  Must be in form of username:secret",
    "username is required.",
    "secret value cannot be empty."
  ].map((body): Row => ({ status: 400, body, means: "ImageNotPublic" })),
  failed(
    "unexpected exception: java.lang.RuntimeException: io.kubernetes.client.openapi.ApiException: jobs.batch not found"
  ),
  failed("unexpected exception: java.lang.IndexOutOfBoundsException: No group 1"),
  failed("unexpected exception: java.nio.file.NoSuchFileException: launch-desktop_app.yaml"),
  failed("unexpected exception: redis.clients.jedis.exceptions.JedisConnectionException: x")
]

const server: ReadonlyArray<Row> = [
  {
    status: 503,
    body: "temporarily unavailable: null",
    headers: { "retry-after": "30" },
    means: "ServerBusy",
    data: { retryAfter: 30 }
  },
  { status: 503, body: "temporarily unavailable: abcdefgh", means: "ServerBusy" },
  { status: 429, body: "slow down", headers: { "retry-after": "0" }, means: "ServerBusy", data: { retryAfter: 0 } },
  ...[
    "POSIX Mapper did not return a group mapping for ivo://x",
    "failed to gather resource statistics",
    "Failed reading Resources as JSON"
  ].map((text) => failed(`unexpected exception: java.lang.IllegalStateException: ${text}`)),
  failed("unexpected exception: java.lang.RuntimeException: Unable to retrieve information for callback flow"),
  failed("unexpected exception: java.lang.RuntimeException: FAIL: PosixMapperClient.augment(Subject): x"),
  failed("unexpected exception: java.security.AccessControlException: Failed to read certificate: x"),
  failed("no such method", 501),
  failed("bad gateway", 502),
  failed("no answer", 504),
  refused(405, "unsupported: HTTP PUT"),
  ...[402, 406, 409, 410, 412, 413, 416, 417, 418, 423].map((status) => refused(status, "no"))
]

/** The catalogue of the contract, complete. */
export const catalogue: ReadonlyArray<Row> = [...unauthorized, ...forbidden, ...sessions, ...creates, ...server]
