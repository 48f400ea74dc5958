/**
 * One error of every class.
 */
import * as Core from "@skaha/core"
import * as DateTime from "effect/DateTime"

const place = { operation: "Sessions.info", method: "GET", path: "/skaha/v1/session/abcdefgh" }
const reply = { ...place, status: 400, serverText: "the server's words" }
const provider = { operation: "OpenId.refresh", method: "POST", path: "/token", origin: "https://a.example" }
const life = { ...place, events: "e", logTail: "l", reason: "r" }
const account = { operation: "Accounts.use", idp: "cadc" }

/** One of every class, with all that it can carry, and its code. */
export const everyError: ReadonlyArray<
  readonly [tag: string, code: string, isRetryable: boolean, error: Core.SkahaError]
> = [
  [
    "InvalidInput",
    "input.invalid",
    false,
    new Core.InvalidInput({ ...place, problems: [{ field: "a", message: "b" }] })
  ],
  [
    "ConfigurationInvalid",
    "configuration.invalid",
    false,
    new Core.ConfigurationInvalid({ operation: "Settings.make", problems: [{ field: "a", message: "b" }] })
  ],
  [
    "ConfigurationFileInvalid",
    "configuration.file_invalid",
    false,
    new Core.ConfigurationFileInvalid({
      operation: "ConfigurationFile.read",
      file: "/f",
      problems: [{ field: "a.b", message: "is missing", line: 2 }]
    })
  ],
  [
    "ConfigurationFileUnusable",
    "configuration.file_unusable",
    false,
    new Core.ConfigurationFileUnusable({ operation: "o", file: "/f", reason: "it is a folder", systemCode: "EISDIR" })
  ],
  [
    "ConfigurationFileBusy",
    "configuration.file_busy",
    true,
    new Core.ConfigurationFileBusy({ operation: "o", file: "/f", waited: 30 })
  ],
  ["ProviderUnknown", "provider.unknown", false, new Core.ProviderUnknown({ ...account, choices: ["cadc", "srcnet"] })],
  ["LoginRequired", "login.required", false, new Core.LoginRequired({ ...account, reason: "r" })],
  ["ForceRequired", "force.required", false, new Core.ForceRequired({ operation: "Accounts.purge", reason: "r" })],
  ["CredentialsMissing", "credentials.missing", false, new Core.CredentialsMissing(reply)],
  ["CredentialsExpired", "credentials.expired", false, new Core.CredentialsExpired({ ...reply, reason: "r" })],
  ["CredentialsRefused", "credentials.refused", false, new Core.CredentialsRefused(reply)],
  [
    "CertificateUnusable",
    "certificate.unusable",
    false,
    new Core.CertificateUnusable({
      operation: "Certificate.check",
      file: "/home/alice/.ssl/cadcproxy.pem",
      reason: "expired",
      detail: "d",
      validFrom: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
      expires: DateTime.makeUnsafe("2026-01-31T00:00:00Z")
    })
  ],
  ["Forbidden", "forbidden", false, new Core.Forbidden(reply)],
  ["SessionNotFound", "session.not_found", false, new Core.SessionNotFound({ ...reply, id: "abcdefgh" })],
  [
    "SessionNotReady",
    "session.not_ready",
    true,
    new Core.SessionNotReady({ ...place, id: "abcdefgh", sessionStatus: "Pending", reason: "r" })
  ],
  ["SessionEnded", "session.ended", false, new Core.SessionEnded({ ...life, id: "abcdefgh", sessionStatus: "Failed" })],
  ["WaitTimedOut", "wait.timeout", true, new Core.WaitTimedOut({ ...life, id: "abcdefgh", limit: 600 })],
  [
    "SessionAmbiguous",
    "session.ambiguous",
    false,
    new Core.SessionAmbiguous({ ...place, sessionName: "fit", candidates: ["abcdefgh", "bcdefghi"] })
  ],
  [
    "CreateUnknown",
    "create.unknown",
    false,
    new Core.CreateUnknown({ ...place, sessionName: "fit", reason: "no answer, and no list" })
  ],
  ["QuotaReached", "quota.reached", false, new Core.QuotaReached({ ...reply, limit: 5 })],
  [
    "ResourceUnavailable",
    "resource.unavailable",
    false,
    new Core.ResourceUnavailable({ ...reply, option: "gpus", value: "99" })
  ],
  ["ImageNotTrusted", "image.not_trusted", false, new Core.ImageNotTrusted({ ...reply, image: "a/b" })],
  ["ImageNotPublic", "image.not_public", false, new Core.ImageNotPublic({ ...reply, image: "a/b" })],
  ["ServerBusy", "server.busy", true, new Core.ServerBusy({ ...reply, retryAfter: 1.5, refused: true })],
  ["ServerFailure", "server.failure", true, new Core.ServerFailure(reply)],
  ["RequestRefused", "request.refused", false, new Core.RequestRefused({ ...reply, location: "/x" })],
  ["RequestTimeout", "request.timeout", true, new Core.RequestTimeout({ ...place, phase: "body", limit: 30 })],
  [
    "ConnectionFailed",
    "connection.failed",
    true,
    new Core.ConnectionFailed({
      ...place,
      origin: "https://a.example",
      reason: "r",
      unsent: true,
      cause: new Error("c")
    })
  ],
  [
    "ReplyUndecodable",
    "reply.undecodable",
    false,
    new Core.ReplyUndecodable({ ...place, reason: "r", contentType: "text/html" })
  ],
  [
    "CredentialsMisdirected",
    "credentials.misdirected",
    false,
    new Core.CredentialsMisdirected({ ...place, idp: "cadc", origin: "https://a.example" })
  ],
  [
    "ServerSelectionRequired",
    "server.selection_required",
    false,
    new Core.ServerSelectionRequired({
      operation: "ServerActivation.activate",
      idp: "cadc",
      choices: [{ name: "a", uri: "ivo://a/skaha" }, { name: "b" }]
    })
  ],
  [
    "ServerUnknown",
    "server.unknown",
    false,
    new Core.ServerUnknown({
      operation: "ServerActivation.activate",
      idp: "cadc",
      selector: "c",
      choices: [{ name: "a" }]
    })
  ],
  [
    "ServersNotFound",
    "server.none_available",
    true,
    new Core.ServersNotFound({
      operation: "ServerDiscovery.discover",
      idp: "cadc",
      failures: [{ name: "CADC", reason: "r" }]
    })
  ],
  [
    "ProviderUnavailable",
    "provider.unavailable",
    true,
    new Core.ProviderUnavailable({ ...provider, reason: "r", status: 503, retryAfter: 1.5 })
  ],
  [
    "ProviderUnsuitable",
    "provider.unsuitable",
    false,
    new Core.ProviderUnsuitable({ ...provider, problem: "issuer", reason: "r" })
  ],
  [
    "ProviderRefused",
    "provider.refused",
    false,
    new Core.ProviderRefused({ ...provider, request: "token", status: 400, error: "invalid_grant" })
  ],
  ["LoginDenied", "login.denied", false, new Core.LoginDenied(provider)],
  ["LoginExpired", "login.expired", true, new Core.LoginExpired({ ...provider, limit: 600 })],
  [
    "FileUnwritable",
    "file.unwritable",
    false,
    new Core.FileUnwritable({ ...place, file: "/f", reason: "the disk is full", systemCode: "ENOSPC" })
  ],
  ["WorkersFailed", "workers.failed", false, new Core.WorkersFailed({ ...place, reason: "r" })],
  [
    "Cancelled",
    "cancelled",
    false,
    new Core.Cancelled({ ...place, created: ["a"], unresolved: ["fit-2"], cause: new Error("c") })
  ]
]
