import { assert, describe, it } from "@effect/vitest"
import { AsyncSession, CertificateUnusable, type ClientOptions } from "skaha"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { token, usePlatform } from "./support/platform.ts"
import { rejection } from "./support/rejection.ts"

/** A configuration file that says who has signed in, and with which server. */
const configured = (url: string, access: string) => {
  const folder = mkdtempSync(join(tmpdir(), "skaha-"))
  const configuration = join(folder, "config.yaml")
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    configuration,
    `version: 1
active: { authentication: srcnet, server: here, servers: {} }
authentication:
  srcnet:
    { idp: srcnet, mode: oidc, token: { access: "${access}", token_type: Bearer }, expiry: { access: 4102444800.0 },
      endpoints: { token: "https://iam.example/token" }, client: { identity: "client", secret: "secret" } }
servers:
  here: { name: here, idp: srcnet, url: "${url}", version: v1, auths: [oidc] }
`
  )
  return { configuration, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

describe("who is asking", () => {
  const platform = usePlatform()

  it("is who has signed in by the configuration file, with the server in use there", async () => {
    const file = configured(platform.url, token)
    using _ = file
    const before = readFileSync(file.configuration, "utf8")
    const options: ClientOptions = { configuration: file.configuration, version: platform.address.version }
    const sessions = platform.closing(new AsyncSession(options))
    assert.deepStrictEqual(await sessions.fetch(), [])
    assert.strictEqual(platform.arrived[0]?.headers["x-skaha-authentication-type"], "OIDC")
    const { expires, ...description } = await sessions.describe()
    assert.deepStrictEqual(description, { mode: "oidc", source: file.configuration })
    assert.strictEqual(expires?.epochMilliseconds, 4102444800000)
    assert.strictEqual(readFileSync(file.configuration, "utf8"), before)
  })

  it("is a token that is given, whatever the file says", async () => {
    const file = configured("https://elsewhere.example/skaha", "another")
    using _ = file
    const sessions = platform.sessions({ configuration: file.configuration })
    assert.deepStrictEqual(await sessions.fetch(), [])
    assert.deepStrictEqual(await sessions.describe(), { mode: "token", source: "options" })
  })

  it("is nobody at a server that the login is not for", async () => {
    const file = configured("https://elsewhere.example/skaha", token)
    using _ = file
    const options = { ...platform.address, configuration: file.configuration, loglevel: "critical" } as const
    const sessions = platform.closing(new AsyncSession(options))
    const error = await rejection(sessions.fetch())
    assert.propertyVal(error, "_tag", "CredentialsMissing")
    assert.isUndefined(platform.arrived[0]?.headers["authorization"])
    const wanted = platform.closing(new AsyncSession({ ...options, idp: "srcnet" }))
    assert.propertyVal(await rejection(wanted.fetch()), "_tag", "CredentialsMisdirected")
    assert.lengthOf(platform.arrived, 1)
  })

  it("is told when it cannot be known", async () => {
    const missing = platform.closing(new AsyncSession({ configuration: false, certificate: "/no/such.pem" }))
    const error = await rejection(missing.fetch())
    assert.instanceOf(error, CertificateUnusable)
    assert.strictEqual(error.message, "the certificate /no/such.pem is not there: get one, or name another file")
  })

  it("may name authorities, which are looked for with the first call", async () => {
    const sessions = platform.sessions({ ca: ["/no/such-ca.pem"] })
    const error = await rejection(sessions.fetch())
    assert.propertyVal(error, "_tag", "ConfigurationInvalid")
    assert.include(error.message, "ca: /no/such-ca.pem cannot be read")
  })
})
