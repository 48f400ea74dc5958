/**
 * The authorities whose word for a server's name counts.
 */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { getCACertificates } from "node:tls"
import * as Effect from "effect/Effect"
import { ConfigurationInvalid } from "../../SkahaError.ts"
import { homePath } from "./homePath.ts"

const certificates = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs

/** The certificates of a file; fails with what is wrong with it. */
const readAuthorities = Effect.fnUntraced(function* (file: string) {
  // At once, so that a transport can be made at once: without a fiber that waits.
  const text = yield* Effect.try({ try: () => readFileSync(file, "utf8"), catch: () => "cannot be read" })
  const found = text.match(certificates)
  return found ?? (yield* Effect.fail("holds no certificate in PEM"))
})

/** The same; of a damaged one it would not be said later, when it does not help. */
const readNamed = (file: string) =>
  Effect.tap(readAuthorities(file), (found) =>
    Effect.try({
      try: () => found.forEach((pem) => new X509Certificate(pem)),
      catch: () => "holds a damaged certificate"
    })
  )

/** Whom to trust. */
export interface AuthoritiesOptions {
  /** Files in PEM. */
  readonly files: ReadonlyArray<string>
  /** The value of `SSL_CERT_FILE`. */
  readonly environmentFile: string | undefined
  /** Whether the system's own store counts, too. */
  readonly system: boolean
}

const invalid = (file: string) => (message: string) =>
  new ConfigurationInvalid({
    operation: "UndiciTransport.layerWith",
    problems: [{ field: "ca", message: `${file} ${message}` }]
  })

/** The authorities to trust, beside those of Node and `NODE_EXTRA_CA_CERTS`; `undefined` when there are no others. */
export const authoritiesOf = Effect.fnUntraced(function* ({ environmentFile, files, system }: AuthoritiesOptions) {
  const named = yield* Effect.forEach(files, (path) => {
    const file = homePath(path)
    return Effect.mapError(readNamed(file), invalid(file))
  })
  // Node itself passes over a file that NODE_EXTRA_CA_CERTS names and that is of no use.
  const environment =
    environmentFile === undefined || environmentFile === ""
      ? []
      : yield* Effect.catch(readAuthorities(homePath(environmentFile)), (message) =>
          Effect.as(Effect.logWarning(`SSL_CERT_FILE: ${environmentFile} ${message}`), [])
        )
  const others = [...named.flat(), ...environment, ...(system ? getCACertificates("system") : [])]
  return others.length === 0 ? undefined : [...getCACertificates("default"), ...others]
})
