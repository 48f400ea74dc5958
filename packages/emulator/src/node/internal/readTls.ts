import * as Effect from "effect/Effect"
import { constants, X509Certificate } from "node:crypto"
import { createSecureContext, type TlsOptions } from "node:tls"
import { ServerOptionsError, type ServerTls } from "../ServerOptions.ts"
import { ClientCertificates } from "./ClientCertificates.ts"

/** What Node needs, and who judges the certificates that clients show. */
export interface Tls {
  readonly options: TlsOptions
  readonly certificates: ClientCertificates | undefined
}

const attempt = <A>(what: string, read: () => A): Effect.Effect<A, ServerOptionsError> =>
  Effect.try({
    try: read,
    catch: (cause) =>
      new ServerOptionsError({
        option: "tls",
        reason: `${what} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })
  })

const readCertificates = (pem: string): ReadonlyArray<X509Certificate> => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (blocks === null) throw new Error("it holds no certificate")
  return blocks.map((block) => new X509Certificate(block))
}

export const readTls = Effect.fnUntraced(function* ({ cert, clientCa, key }: ServerTls) {
  yield* attempt("the key or the certificate", () => createSecureContext({ key, cert }))
  const base: TlsOptions = { key, cert, minVersion: "TLSv1.2" }
  if (clientCa === undefined) return { options: base, certificates: undefined } satisfies Tls
  const authorities = yield* attempt("the authority of clients", () => readCertificates(clientCa))
  const options: TlsOptions = {
    ...base,
    requestCert: true,
    rejectUnauthorized: false,
    // OpenSSL shall trust nobody: of a chain that it trusts it keeps the first certificate only.
    ca: [],
    // A resumed session has lost its chain as well.
    secureOptions: constants.SSL_OP_NO_TICKET
  }
  return { options, certificates: new ClientCertificates(authorities) } satisfies Tls
})
