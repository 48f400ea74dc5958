/**
 * A client certificate in a file, with its key and the certificates it depends on: what `cadc-get-cert` or
 * `CadcCertificate.download` leaves in `~/.ssl/cadcproxy.pem`.
 */
import type { BigIntStats } from "node:fs"
import { open, stat } from "node:fs/promises"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { Credentials, type Authorization } from "../Credentials.ts"
import { CertificateUnusable, type CertificateFlaw } from "../FileError.ts"
import { fileVersion } from "./internal/fileVersion.ts"
import { homePath } from "./internal/homePath.ts"
import { parsePem, type PemCertificate, type PemFlaw } from "./internal/pemCertificate.ts"

/** Where certificates of CADC are kept, by its own tools too. */
export const defaultFile = "~/.ssl/cadcproxy.pem"

/** A certificate with its chain and its key is a few kilobytes. */
const mostBytes = 1024 * 1024

/** For how long, in milliseconds, a file is taken to be as it was when it was last looked at. */
const restful = 1000

export type { PemCertificate } from "./internal/pemCertificate.ts"

/** Which file. */
export interface CertificateOptions {
  /** The file, in PEM, with the parts in any order. `~` is the user's home. Default `~/.ssl/cadcproxy.pem`. */
  readonly file?: string | undefined
  /** The user's home. Default the system's. */
  readonly home?: string | undefined
}

/** A client certificate in a file. It is read when it is first needed, and again when the file has changed. */
export interface Certificate {
  /** The file's absolute path. */
  readonly file: string
  /**
   * The certificate, now: of a file that has not changed the same object. Whether it has changed is looked up once a
   * second at most. Fails with `CertificateUnusable` when the file is not there, cannot be read, or holds no
   * certificate with its key that is valid at this time.
   */
  readonly current: Effect.Effect<PemCertificate, CertificateUnusable>
  /** The same, after a look at the file. */
  readonly reread: Effect.Effect<PemCertificate, CertificateUnusable>
}

const flawOf = (error: unknown): CertificateFlaw =>
  Predicate.hasProperty(error, "code") && (error.code === "ENOENT" || error.code === "ENOTDIR")
    ? "missing"
    : "unreadable"

const unusable = (file: string, reason: CertificateFlaw, more: Omit<PemFlaw, "reason"> = {}) =>
  new CertificateUnusable({ operation: "Certificate.check", file, reason, ...more })

const onFile = <A>(file: string, use: () => Promise<A>): Effect.Effect<A, CertificateUnusable> =>
  Effect.tryPromise({ try: use, catch: (error) => unusable(file, flawOf(error)) })

const ofModerateSize = (file: string) => (stats: BigIntStats) =>
  stats.isFile() && stats.size <= mostBytes
    ? Effect.succeed(fileVersion(stats))
    : Effect.fail(unusable(file, "not-a-file"))

/** Looks at the file without opening it, which could wait forever on what is no file. */
const versionOf = (file: string) =>
  Effect.flatMap(
    onFile(file, () => stat(file, { bigint: true })),
    ofModerateSize(file)
  )

/** Reads the file, with the version of what was read. */
const read = (file: string) =>
  Effect.acquireUseRelease(
    onFile(file, () => open(file)),
    (handle) =>
      Effect.gen(function* () {
        const version = yield* Effect.flatMap(
          onFile(file, () => handle.stat({ bigint: true })),
          ofModerateSize(file)
        )
        const text = yield* onFile(file, () => handle.readFile("utf8"))
        const parsed = parsePem(text)
        if (Result.isSuccess(parsed)) return { version, content: parsed.success }
        const { reason, ...more } = parsed.failure
        return yield* unusable(file, reason, more)
      }),
    (handle) => Effect.promise(() => handle.close())
  )

/** What is wrong with the certificate at this time. */
const untimely = ({ validFrom, expires }: PemCertificate, now: number): CertificateFlaw | undefined =>
  now < validFrom.epochMilliseconds ? "not-yet-valid" : now >= expires.epochMilliseconds ? "expired" : undefined

/**
 * A client certificate in a file. Nothing is read yet.
 *
 * @example
 * ```ts
 * import { Certificate } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 *
 * const expires = Effect.gen(function* () {
 *   const certificate = yield* Certificate.make({ file: "~/.ssl/cadcproxy.pem" })
 *   return (yield* certificate.current).expires
 * })
 * ```
 */
export const make = Effect.fnUntraced(function* (options: CertificateOptions = {}) {
  const file = homePath(options.file ?? defaultFile, options.home)
  const reading = yield* Semaphore.make(1)
  let held: { readonly version: string; readonly content: PemCertificate } | undefined
  let lookedAt = -Infinity

  /** What the file held when it was last looked at, if that is good enough for now. */
  const remembered = (now: number): PemCertificate | undefined =>
    held !== undefined && now >= lookedAt && now - lookedAt < restful && untimely(held.content, now) === undefined
      ? held.content
      : undefined

  const checked = (content: PemCertificate, now: number) => {
    const reason = untimely(content, now)
    const { validFrom, expires } = content
    return reason === undefined
      ? Effect.succeed(content)
      : Effect.fail(new CertificateUnusable({ operation: "Certificate.check", file, reason, validFrom, expires }))
  }

  const lookAgain = Effect.fnUntraced(function* (always: boolean) {
    const now = yield* Clock.currentTimeMillis
    // Somebody else may have looked while this one waited.
    const known = always ? undefined : remembered(now)
    if (known !== undefined) return known
    lookedAt = -Infinity
    const version = yield* versionOf(file)
    if (held?.version !== version) {
      held = undefined
      held = yield* read(file)
    }
    lookedAt = now
    return yield* checked(held.content, now)
  }, reading.withPermits(1))

  const certificate: Certificate = {
    file,
    current: Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = remembered(now)
      return known === undefined ? lookAgain(false) : Effect.succeed(known)
    }),
    reread: lookAgain(true)
  }
  return certificate
})

/** How the credentials that a certificate is are told to the server, and to people. */
export interface CertificateCredentialsOptions {
  /** `RUNTIME-X509` where the program names the certificate (the default), `X509` where a saved sign-in does. */
  readonly type?: "RUNTIME-X509" | "X509" | undefined
  /** Where the certificate's name comes from. Default `options`. */
  readonly source?: string | undefined
}

/**
 * Credentials that are this certificate. It is checked before each request; after a 401 the file is looked at once
 * more, and if it has changed the request is sent again with the new one. The certificate itself is shown by the
 * transport, which has to be told of it, too.
 *
 * @example
 * ```ts
 * import { Credentials } from "@skaha/core"
 * import { Certificate, UndiciTransport } from "@skaha/core/node"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const byCertificate = Layer.unwrap(
 *   Effect.map(Certificate.make(), (certificate) =>
 *     Layer.merge(
 *       Layer.succeed(Credentials, Certificate.credentials(certificate)),
 *       UndiciTransport.layerWith({ certificate })
 *     )
 *   )
 * )
 * ```
 */
export const credentials = (
  certificate: Certificate,
  { type = "RUNTIME-X509", source = "options" }: CertificateCredentialsOptions = {}
): Credentials["Service"] => {
  // One for each content of the file, so that it can be told which one was refused.
  const authorizations = new WeakMap<PemCertificate, Authorization>()
  const authorizationOf = (content: PemCertificate): Authorization => {
    const known = authorizations.get(content)
    if (known !== undefined) return known
    const authorization: Authorization = { mode: "x509", type }
    authorizations.set(content, authorization)
    return authorization
  }
  return Credentials.of({
    authorize: Effect.map(certificate.current, authorizationOf),
    renew: (refused) =>
      Effect.map(certificate.reread, (content) => {
        const authorization = authorizationOf(content)
        return authorization === refused ? undefined : authorization
      }),
    describe: Effect.map(certificate.current, ({ expires }) => ({ mode: "x509", source, expires }))
  })
}
