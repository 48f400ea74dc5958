import type { X509Certificate } from "node:crypto"
import type { TLSSocket } from "node:tls"
import type { ClientCertificate } from "../../Exchange.ts"

// What the proxy in front of the platform does with client certificates. OpenSSL's own verdict is of no use, as it
// refuses proxy certificates: certificates that a person, who is no authority, has signed to delegate.

/** The subject's parts in a line each, the most general first, their special characters escaped. */
const distinguishedName = (certificate: X509Certificate): string =>
  certificate.subject.split("\n").toReversed().join(",")

const refused = (reason: string): ClientCertificate => ({ _tag: "Refused", reason })

/** Why a certificate does not hold at this time, or `undefined`. */
const untimely = (certificate: X509Certificate, now: number): string | undefined => {
  if (now < certificate.validFromDate.getTime()) return `${distinguishedName(certificate)} is not valid yet`
  return now > certificate.validToDate.getTime() ? `${distinguishedName(certificate)} has expired` : undefined
}

const issuerOf = (certificate: X509Certificate, candidates: ReadonlyArray<X509Certificate>) =>
  candidates.find((candidate) => candidate.subject === certificate.issuer && certificate.verify(candidate.publicKey))

/** The same among what the client has sent: a certificate does not vouch for itself. */
const signerAmong = (certificate: X509Certificate, sent: ReadonlyArray<X509Certificate>) =>
  certificate.subject === certificate.issuer ? undefined : issuerOf(certificate, sent)

/** RFC 3820, and the software before it: the subject is that of the signer and one more common name. */
const isProxyOf = (certificate: X509Certificate, signer: X509Certificate): boolean =>
  certificate.subject.startsWith(`${signer.subject}\n`) &&
  /^CN=[^\n]*$/.test(certificate.subject.slice(signer.subject.length + 1))

const clientAuthentication = "1.3.6.1.5.5.7.3.2"
const anyUsage = "2.5.29.37.0"

/** A certificate that lists its uses may be only a server's. */
const isForClients = ({ keyUsage }: X509Certificate): boolean =>
  // The types do not know that a certificate need not list them.
  !Array.isArray(keyUsage) || keyUsage.includes(clientAuthentication) || keyUsage.includes(anyUsage)

/** No chain in use is longer. */
const maxChain = 10

/** Judges what a client has sent, its own certificate first, by the authorities that count. */
const judgeChain = (
  sent: ReadonlyArray<X509Certificate>,
  authorities: ReadonlyArray<X509Certificate>,
  now: number
): ClientCertificate => {
  /** From a certificate up to an authority; `person` is the end entity as soon as it is known. */
  const follow = (
    certificate: X509Certificate,
    person: X509Certificate | undefined,
    left: number
  ): ClientCertificate => {
    const name = distinguishedName(certificate)
    if (left === 0) return refused("the chain of certificates is too long")
    const reason = untimely(certificate, now)
    if (reason !== undefined) return refused(reason)
    const authority = issuerOf(certificate, authorities)
    const issuer = authority ?? signerAmong(certificate, sent)
    if (issuer === undefined) return refused(`${name} is signed by nobody who is known`)
    if (!issuer.ca) {
      return person === undefined && isProxyOf(certificate, issuer)
        ? follow(issuer, undefined, left - 1)
        : refused(`${name} is signed by ${distinguishedName(issuer)}, which is no authority`)
    }
    const holder = person ?? certificate
    if (!isForClients(holder)) return refused(`${name} is not for clients`)
    if (authority === undefined) return follow(issuer, holder, left - 1)
    const late = untimely(authority, now)
    return late === undefined ? { _tag: "Trusted", subject: distinguishedName(holder) } : refused(late)
  }
  const [own] = sent
  return own === undefined ? refused("there is no certificate") : follow(own, undefined, maxChain)
}

/** All that the client has sent, in its order. OpenSSL gives it away: a second asking finds the first one only. */
const takeChain = (socket: TLSSocket): ReadonlyArray<X509Certificate> => {
  const chain: Array<X509Certificate> = []
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) chain.push(next)
  return chain
}

const judge = (socket: TLSSocket, authorities: ReadonlyArray<X509Certificate>, now: number) => {
  try {
    const chain = takeChain(socket)
    return chain.length === 0 ? undefined : judgeChain(chain, authorities, now)
  } catch {
    return refused("a certificate cannot be understood")
  }
}

/** What a connection's client has shown; `undefined`: nothing. Judged once for each connection. */
export class ClientCertificates {
  readonly #judged = new WeakMap<object, { readonly certificate: ClientCertificate | undefined }>()
  readonly #authorities: ReadonlyArray<X509Certificate>

  constructor(authorities: ReadonlyArray<X509Certificate>) {
    this.#authorities = authorities
  }

  /** `connection` is what stays the same from request to request. */
  of(connection: object, socket: TLSSocket, now: number): ClientCertificate | undefined {
    let judged = this.#judged.get(connection)
    if (judged === undefined) {
      judged = { certificate: judge(socket, this.#authorities, now) }
      this.#judged.set(connection, judged)
    }
    return judged.certificate
  }
}
