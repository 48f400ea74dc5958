/**
 * A client certificate with what belongs to it, out of one text in PEM.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto"
import { createSecureContext } from "node:tls"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { CertificateFlaw } from "../../FileError.ts"

/** A certificate that can be shown to a server, whatever the time. */
export interface PemCertificate {
  /** Whom it names, as `CN=…,OU=…,O=…`. */
  readonly subject: string
  /** Who has signed it. */
  readonly issuer: string
  /** Whether it is a proxy (RFC 3820, or the older kinds): signed by its user, not by an authority. */
  readonly isProxy: boolean
  /** From when on it and all that it stands for are valid. */
  readonly validFrom: DateTime.Utc
  /** When the first of them expires. */
  readonly expires: DateTime.Utc
  /** The certificate, then those that lead from it to an authority, in PEM. */
  readonly chain: string
  /** Its private key, in PEM. */
  readonly key: Redacted.Redacted
}

/** Why a text is of no use. */
export interface PemFlaw {
  readonly reason: CertificateFlaw
  readonly detail?: string
}

const flawed = (reason: CertificateFlaw, detail?: string): Result.Result<never, PemFlaw> =>
  Result.fail({ reason, ...(detail === undefined ? {} : { detail }) })

/** More than any certificate comes with; looking for the ends of very many would take very long. */
const mostBlocks = 100

/** The blocks of a text in PEM. */
const blocks = (text: string): ReadonlyArray<{ readonly label: string; readonly pem: string }> =>
  [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----/gs)].map(([pem, label = ""]) => ({ label, pem }))

const attempt = <A>(read: () => A): A | undefined =>
  Result.getOrUndefined(Result.try({ try: read, catch: () => undefined }))

/** Object identifiers that mark a proxy: of RFC 3820, and of the drafts before it; in DER, with tag and length. */
const proxyMarks = ["06082b0601050507010e", "060a2b060104019b5001815e"].map((hex) => Buffer.from(hex, "hex"))

const isProxy = (certificate: X509Certificate): boolean =>
  proxyMarks.some((mark) => certificate.raw.includes(mark)) ||
  // The oldest kind has nothing but its name.
  ["proxy", "limited proxy"].some((name) => certificate.subject === `${certificate.issuer}\nCN=${name}`)

/** Names from the particular to the general, as they are usually written. */
const nameOf = (lines: string): string => lines.split("\n").toReversed().join(",")

/**
 * Who signed it, among the others. Not `checkIssued`, for which only an authority may have signed anything: an older
 * proxy says nothing of being one.
 */
const signerOf = (certificate: X509Certificate, others: ReadonlyArray<X509Certificate>): X509Certificate | undefined =>
  others.find(
    (other) => other.subject === certificate.issuer && attempt(() => certificate.verify(other.publicKey)) === true
  )

/** The certificate and those that lead from it to an authority, each followed by its signer. */
const pathOf = (
  certificate: X509Certificate,
  others: ReadonlyArray<X509Certificate>
): ReadonlyArray<X509Certificate> => {
  const signer = signerOf(certificate, others)
  if (signer === undefined) return [certificate]
  const remaining = others.filter((other) => other !== signer)
  return [certificate, ...pathOf(signer, remaining)]
}

/** A certificate and, if it is a proxy, those that its own validity depends on: its user's, and proxies between. */
const dependingOn = (path: ReadonlyArray<X509Certificate>): ReadonlyArray<X509Certificate> => {
  const user = path.findIndex((certificate) => !isProxy(certificate))
  return user < 0 ? path : path.slice(0, user + 1)
}

const readKeys = (pems: ReadonlyArray<string>): Result.Result<ReadonlyArray<KeyObject>, PemFlaw> => {
  const keys: Array<KeyObject> = []
  for (const pem of pems) {
    if (pem.includes("ENCRYPTED")) return flawed("key-encrypted")
    const key = attempt(() => createPrivateKey(pem))
    if (key === undefined) return flawed("undecodable", "its key")
    keys.push(key)
  }
  return Result.succeed(keys)
}

/** Reads a certificate, those that it depends on and its key, in whatever order they stand. */
export const parsePem = (text: string): Result.Result<PemCertificate, PemFlaw> => {
  const begun = text.split("-----BEGIN ").length - 1
  if (begun > mostBlocks) return flawed("undecodable", "it has too many parts")
  const found = blocks(text)
  // Somebody may be writing it just now.
  if (begun > found.length) return flawed("undecodable", "it is cut")
  const certificatePems = found.filter(({ label }) => /^(X509 |TRUSTED )?CERTIFICATE$/.test(label))
  const keyPems = found.flatMap(({ label, pem }) => (label.endsWith("PRIVATE KEY") ? pem : []))
  if (certificatePems.length === 0) return flawed("no-certificate")
  if (keyPems.length === 0) return flawed("no-key")
  const certificates = certificatePems
    .map(({ pem }) => attempt(() => new X509Certificate(pem)))
    .filter(Predicate.isNotUndefined)
  if (certificates.length < certificatePems.length) return flawed("undecodable", "one of its certificates")
  const keys = readKeys(keyPems)
  if (Result.isFailure(keys)) return Result.fail(keys.failure)

  const [pair] = keys.success.flatMap((key) =>
    certificates
      .filter((certificate) => attempt(() => certificate.checkPrivateKey(key)) === true)
      .map((certificate) => ({ certificate, key }))
  )
  if (pair === undefined) return flawed("key-mismatch")
  const { certificate } = pair
  const path = pathOf(
    certificate,
    certificates.filter((other) => other !== certificate)
  )
  const needed = dependingOn(path)
  const validFrom = DateTime.make(Math.max(...needed.map(({ validFromDate }) => validFromDate.getTime())))
  const expires = DateTime.make(Math.min(...needed.map(({ validToDate }) => validToDate.getTime())))
  if (Option.isNone(validFrom) || Option.isNone(expires)) return flawed("undecodable", "its dates")

  // What is not on the way to an authority goes last: the file is sent whole.
  const whole = [...path, ...certificates.filter((other) => !path.includes(other))]
  const chain = whole.map((one) => one.toString()).join("")
  const key = pair.key.export({ type: "pkcs8", format: "pem" }).toString()
  const context = Result.try({
    try: () => createSecureContext({ cert: chain, key }),
    // OpenSSL's own words, such as "ee key too small", have nothing of the content.
    catch: (error) =>
      Predicate.hasProperty(error, "reason") && Predicate.isString(error.reason) ? error.reason : undefined
  })
  if (Result.isFailure(context)) return flawed("unsuitable", context.failure)
  return Result.succeed({
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    isProxy: isProxy(certificate),
    validFrom: validFrom.value,
    expires: expires.value,
    chain,
    key: Redacted.make(key)
  })
}
