/**
 * A proxy certificate of the Canadian Astronomy Data Centre, for a user name and a password: what `cadc-get-cert` gets.
 */
import { dirname } from "node:path"
import * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { readPublicDocument } from "../internal/publicDocument.ts"
import { replyError } from "../internal/replyError.ts"
import { traced } from "../internal/tracing.ts"
import { version } from "../internal/version.ts"
import { CertificateUnusable } from "../FileError.ts"
import { InvalidInput, ReplyUndecodable, type Problem } from "../SkahaError.ts"
import { Transport, type TransportRequest } from "../Transport.ts"
import { parseRegistry } from "../wire/Registry.ts"
import { parseCapabilities } from "../wire/Vosi.ts"
import { defaultFile } from "./Certificate.ts"
import { attempt, makeFolder, replaceFile, targetOf } from "./internal/files.ts"
import { homePath } from "./internal/homePath.ts"
import { parsePem } from "./internal/pemCertificate.ts"

/** The registry that knows where CADC's services are. */
export const defaultRegistry = "https://ws.cadc-ccda.hia-iha.nrc-cnrc.gc.ca/reg/resource-caps"

/** Who asks, and where the certificate goes. */
export interface DownloadOptions {
  /** The user's name at CADC; no `:`. */
  readonly username: string
  /** The user's password. It is sent to the service that the registry names, over TLS, and kept nowhere. */
  readonly password: string | Redacted.Redacted
  /** For how many days the certificate shall be valid: a whole number, at least 1. Default 30. */
  readonly daysValid?: number | undefined
  /** Where it is kept. `~` is the user's home. Default `~/.ssl/cadcproxy.pem`. */
  readonly file?: string | undefined
  /** The user's home. Default the system's. */
  readonly home?: string | undefined
  /** The address of the registry, over https. Default that of CADC. */
  readonly registry?: string | undefined
  /** Seconds that each request may take: more than 0. Default 60. */
  readonly timeout?: number | undefined
}

/** A certificate that was got and stored. */
export interface DownloadedCertificate {
  /** The file's absolute path. */
  readonly file: string
  /** Whom it names, as `CN=…,OU=…,O=…`. */
  readonly subject: string
  /** When it expires. */
  readonly expires: DateTime.Utc
}

const operation = "CadcCertificate.download"

const service = "ivo://cadc.nrc.ca/cred"
const capability = "ivo://ivoa.net/std/CDP#proxy-1.0"
const byPassword = "ivo://ivoa.net/sso#BasicAA"

const undecodable = (reason: string, path?: string) =>
  new ReplyUndecodable({ operation, method: "GET", reason, ...(path === undefined ? {} : { path }) })

/** An address over TLS without a user in it; nothing of this goes anywhere else. */
const secureAddress = (text: string): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === "https:" && url.username === "" && url.password === "" ? url : undefined
}

const checked = (options: DownloadOptions): Result.Result<URL, ReadonlyArray<Problem>> => {
  const { daysValid = 30, password, registry = defaultRegistry, timeout = 60, username } = options
  const problems: Array<Problem> = []
  const secret: unknown = Redacted.isRedacted(password) ? Redacted.value(password) : password
  if (!Predicate.isString(username) || !/^[^:\p{Cc}]+$/u.test(username.trim())) {
    problems.push({ field: "username", message: "a name without ':' is wanted" })
  }
  if (!Predicate.isString(secret) || secret === "") problems.push({ field: "password", message: "is empty" })
  if (!Number.isInteger(daysValid) || daysValid < 1) {
    problems.push({ field: "daysValid", message: "a whole number, at least 1" })
  }
  if (!(timeout > 0 && Number.isFinite(timeout))) problems.push({ field: "timeout", message: "seconds, more than 0" })
  const url = secureAddress(registry)
  if (url === undefined) problems.push({ field: "registry", message: "not an https address" })
  return url !== undefined && problems.length === 0 ? Result.succeed(url) : Result.fail(problems)
}

/** Where a certificate can be had for a password. */
const findService = Effect.fnUntraced(function* (registry: URL, timeout: number) {
  const common = { operation, timeout, follows: (to: URL) => secureAddress(to.href) !== undefined }
  const entries = yield* readPublicDocument({
    ...common,
    url: registry,
    accept: "text/plain",
    read: parseRegistry,
    expected: "a registry's text"
  })
  const entry = entries.find(({ uri }) => uri === service)
  if (entry === undefined) return yield* undecodable(`the registry does not know ${service}`, registry.pathname)
  const url = secureAddress(entry.url)
  if (url === undefined) return yield* undecodable(`the registry knows no https address of ${service}`)
  const capabilities = yield* readPublicDocument({
    ...common,
    url,
    accept: "application/xml",
    read: parseCapabilities,
    expected: "a document of capabilities"
  })
  const ways = capabilities
    .filter(({ standardId }) => standardId === capability)
    .flatMap(({ interfaces }) => interfaces)
    .filter(({ securityMethods }) => securityMethods.includes(byPassword))
  if (ways.length === 0) return yield* undecodable("the service gives no certificates for a password", url.pathname)
  const [secure] = ways.flatMap(({ accessUrl }) => secureAddress(accessUrl) ?? [])
  return secure ?? (yield* undecodable("the service takes a password without TLS only: it was not sent", url.pathname))
})

/** Asks for a certificate, as text. */
const ask = Effect.fnUntraced(function* (url: URL, username: string, password: string, timeout: number) {
  const { send } = yield* Transport
  const basic = Buffer.from(`${username}:${password}`).toString("base64")
  const request: TransportRequest = {
    operation,
    method: "GET",
    origin: url.origin,
    path: url.pathname,
    query: url.search,
    headers: {
      accept: "application/x-pem-file, text/plain, */*",
      authorization: `Basic ${basic}`,
      "user-agent": `skaha-typescript/${version}`
    },
    limits: { connect: timeout, headers: timeout, body: timeout, total: timeout }
  }
  const reply = yield* traced(request, url, false, send)
  if (reply.status >= 200 && reply.status < 300) return reply.body
  const now = yield* Clock.currentTimeMillis
  // The password itself is in no header, but a server could repeat it.
  const body = reply.body.replaceAll(password, "<redacted>")
  return yield* replyError(request, { ...reply, body }, { anonymous: false, now })
})

/**
 * Gets a new proxy certificate and stores it, with its key, for its owner's eyes only: at every moment mode 0600, in a
 * folder that is made with mode 0700 if it is not there, and all at once in place of an older one, which stays as it
 * was when something fails.
 *
 * Fails with `InvalidInput` before anything is sent, such as for an empty password; with `CredentialsRefused` for a
 * wrong one; with `ReplyUndecodable` when there is no such service, none over TLS, or what it sends is no certificate;
 * with `CertificateUnusable` (`unwritable`) when it cannot be stored; and as any request can.
 *
 * @example
 * ```ts
 * import { CadcCertificate } from "@skaha/core/node"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 *
 * const renewed = Effect.gen(function* () {
 *   const password = yield* Config.Redacted("CADC_PASSWORD")
 *   const { expires } = yield* CadcCertificate.download({ username: "alice", password, daysValid: 10 })
 *   return expires
 * })
 * ```
 */
export const download = Effect.fn("CadcCertificate.download")(function* (options: DownloadOptions) {
  const registry = checked(options)
  if (Result.isFailure(registry)) return yield* new InvalidInput({ operation, problems: registry.failure })
  const { daysValid = 30, home, password, timeout = 60, username } = options
  const file = homePath(options.file ?? defaultFile, home)
  const onFile = <A>(use: () => A) =>
    Effect.mapError(
      attempt(use),
      ({ reason }) => new CertificateUnusable({ operation, file, reason: "unwritable", detail: reason })
    )
  // Before the password is sent: a certificate that has no place is lost.
  const target = yield* onFile(() => {
    const target = targetOf(file)
    makeFolder(dirname(target))
    return target
  })

  const url = new URL(yield* findService(registry.success, timeout))
  url.searchParams.set("daysValid", String(daysValid))
  const secret = Redacted.isRedacted(password) ? Redacted.value(password) : password
  const text = yield* ask(url, username.trim(), secret, timeout)
  const parsed = parsePem(text)
  if (Result.isFailure(parsed)) {
    return yield* undecodable(`a certificate with its key was expected: ${parsed.failure.reason}`, url.pathname)
  }
  const { expires, subject } = parsed.success
  if (expires.epochMilliseconds <= (yield* Clock.currentTimeMillis)) {
    return yield* undecodable("the certificate that came has expired", url.pathname)
  }
  yield* onFile(() => replaceFile(target, text, () => true))
  const downloaded: DownloadedCertificate = { file, subject, expires }
  return downloaded
})
