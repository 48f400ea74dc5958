import { assert, describe, it } from "@effect/vitest"
import { Credentials, PlatformClient, Settings, Transport, type CredentialsDescription } from "@skaha/core"
import { networkOf, SignIn } from "@skaha/core/node"
import { Emulator, type EmulatorOptions, type EmulatorRequest } from "@skaha/emulator"
import { EmulatorServer, type ServerOptions } from "@skaha/emulator/node"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { folder, pem } from "../support/pems.ts"
import { assertHides } from "../support/secrets.ts"

const subject = "CN=alice,OU=people,O=Example"
const farAway = DateTime.makeUnsafe("2100-01-01").epochMilliseconds / 1000

/** A platform that keeps what it was asked. */
const platform = (options: EmulatorOptions & ServerOptions = {}) => {
  const asked: Array<EmulatorRequest> = []
  const kept = Layer.effect(
    Emulator,
    Effect.map(Emulator, (emulator) =>
      Emulator.of({
        ...emulator,
        handle: (request) =>
          Effect.suspend(() => {
            asked.push(request)
            return emulator.handle(request)
          })
      })
    )
  ).pipe(Layer.provide(Emulator.layer({ token: "token-of-alice", ...options })))
  return { asked, layer: Layer.provideMerge(EmulatorServer.layer(options), kept) }
}

/** A home with a configuration file, and what else is written there. */
const home = Effect.fnUntraced(function* (configuration?: string, files: Readonly<Record<string, string>> = {}) {
  const root = yield* folder
  const all = configuration === undefined ? files : { ...files, ".canfar/config.yaml": configuration }
  for (const [name, text] of Object.entries(all)) {
    const file = join(root, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return root
})

const login = `  srcnet:
    idp: srcnet
    mode: oidc
    endpoints: { discovery: "https://iam.example/d", device: "https://iam.example/c", token: "https://iam.example/t" }
    client: { identity: "client", secret: "secret-of-client" }
    token: { access: "token-of-alice", refresh: "refresh-token", token_type: Bearer }
    expiry: { access: ${farAway}, refresh: ${farAway} }`

const withLogin = (url: string) => `version: 1
active: { authentication: srcnet, server: here, servers: { srcnet: here } }
authentication:
${login}
servers:
  here: { name: here, idp: srcnet, uri: "ivo://here.example/skaha", url: "${url}", version: v1, auths: [oidc] }
registry: { username: robot, secret: secret-of-robot, url: "https://images.example" }
`

const withCertificate = (url: string, path: string) => `version: 1
active: { authentication: cadc, server: here, servers: {} }
authentication:
  cadc: { idp: cadc, mode: x509, path: "${path}", expiry: 1.0 }
servers:
  here: { name: here, idp: cadc, url: "${url}", version: v1, auths: [x509] }
`

/** Who is asking, and the status of the platform's answer. */
const asking = (options: SignIn.SignInOptions) =>
  Effect.gen(function* () {
    const { describe } = yield* Credentials
    const client = yield* PlatformClient
    const description = yield* describe
    const reply = yield* Effect.result(client.call({ operation: "test", method: "GET", path: "session" }))
    return { description, reply }
  }).pipe(Effect.provide(PlatformClient.layer.pipe(Layer.provideMerge(SignIn.layer({ env: {}, ...options })))))

const described = (options: SignIn.SignInOptions) =>
  Credentials.use(({ describe }) => describe).pipe(Effect.provide(SignIn.layer({ env: {}, ...options })))

const failure = (options: SignIn.SignInOptions) => Effect.flip(described(options))

const is = (actual: CredentialsDescription, mode: CredentialsDescription["mode"], source: string) =>
  assert.deepStrictEqual([actual.mode, actual.source], [mode, source])

describe("what says who is asking", () => {
  it.live("is the options, then the environment, then the file, then nobody", () =>
    Effect.gen(function* () {
      const root = yield* home(withLogin("https://here.example/skaha"))
      const env = { SKAHA_TOKEN: "", CANFAR_TOKEN: "from-environment" }
      is(yield* described({ home: root, env, token: "given" }), "token", "options")
      is(yield* described({ home: root, env: { ...env, SKAHA_TOKEN: "x" } }), "token", "SKAHA_TOKEN")
      is(yield* described({ home: root, env }), "token", "CANFAR_TOKEN")
      const saved = yield* described({ home: root })
      is(saved, "oidc", join(root, ".canfar/config.yaml"))
      assert.strictEqual(saved.expires && DateTime.toEpochMillis(saved.expires), farAway * 1000)
      is(yield* described({ home: root, configuration: false }), "anonymous", "default")
      is(yield* described({ home: yield* home() }), "anonymous", "default")
    })
  )

  it.live("is the saved login that the program names, whatever is in the environment", () =>
    Effect.gen(function* () {
      const root = yield* home(withLogin("https://here.example/skaha"))
      const env = { SKAHA_TOKEN: "from-environment", SKAHA_CERTIFICATE: "~/cert.pem" }
      is(yield* described({ home: root, env, idp: "srcnet" }), "oidc", join(root, ".canfar/config.yaml"))
      is(yield* described({ home: root, env: { SKAHA_TOKEN: "x" }, idp: "" }), "token", "SKAHA_TOKEN")
    })
  )

  it.live("is a token or a certificate, and not both, but for the stronger one", () =>
    Effect.gen(function* () {
      const root = yield* home(undefined, { "cert.pem": pem("alice") })
      const certificate = join(root, "cert.pem")
      const both = yield* failure({ home: root, token: "x", certificate })
      assert.strictEqual(both._tag, "ConfigurationInvalid")
      assert.include(both.message, "not both (options, options)")
      is(yield* described({ home: root, token: "x", env: { SKAHA_CERTIFICATE: certificate } }), "token", "options")
      is(yield* described({ home: root, certificate: "~/cert.pem", env: { SKAHA_TOKEN: "x" } }), "x509", "options")
      is(yield* described({ home: root, env: { CANFAR_CERTIFICATE: certificate } }), "x509", "CANFAR_CERTIFICATE")
    })
  )

  it.live("is CADC's certificate, if it is there, without a file", () =>
    Effect.gen(function* () {
      const root = yield* home(undefined, { ".ssl/cadcproxy.pem": pem("alice") })
      is(yield* described({ home: root }), "x509", join(root, ".canfar/config.yaml"))
    })
  )

  it.live.each([
    ["no such login", { idp: "nobody" }, "ConfigurationInvalid", "idp: not signed in with nobody"],
    [
      "no such login in the environment",
      { env: { CANFAR_AUTHENTICATION_IDP: "x" } },
      "ConfigurationInvalid",
      "CANFAR_AUTH"
    ],
    ["a login of no name of its own", { idp: "constructor" }, "ConfigurationInvalid", "not signed in with constructor"],
    ["a token beside a login", { idp: "srcnet", token: "x" }, "ConfigurationInvalid", "idp: a saved login"],
    ["a login of no file", { idp: "srcnet", configuration: false }, "ConfigurationInvalid", "idp: a saved login"],
    ["a token with blanks", { token: "hunter 2" }, "ConfigurationInvalid", "token"],
    ["an address that is none", { url: "nonsense" }, "ConfigurationInvalid", "url"],
    ["a certificate that is not there", { certificate: "/no/such.pem" }, "CertificateUnusable", "/no/such.pem"]
  ] as const)("can be wrong: %s", ([, options, tag, words]) =>
    Effect.gen(function* () {
      const error = yield* failure({ home: yield* home(withLogin("https://here.example/skaha")), ...options })
      assert.strictEqual(error._tag, tag)
      assert.include(error.message, words)
      assertHides(error, "hunter", "token-of-alice", "refresh-token", "secret-of")
    })
  )

  it.live("is not looked for in a file that is broken, but told", () =>
    Effect.gen(function* () {
      const root = yield* home("version: 1\nactive: [")
      const error = yield* failure({ home: root })
      assert.strictEqual(error._tag, "ConfigurationFileInvalid")
      is(yield* described({ home: root, configuration: false }), "anonymous", "default")
      is(yield* described({ home: root, token: "x" }), "token", "options")
    })
  )
})

describe("a saved login", () => {
  it.live("with OpenID goes to the server in use, with its registry", () => {
    const { asked, layer } = platform()
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const root = yield* home(withLogin(url))
      const { reply } = yield* asking({ home: root })
      assert.strictEqual(reply._tag, "Success")
      assert.strictEqual(asked[0]?.target, "/skaha/v1/session")
      assert.strictEqual(asked[0]?.headers["authorization"], "Bearer token-of-alice")
      assert.strictEqual(asked[0]?.headers["x-skaha-authentication-type"], "OIDC")
      const settings = yield* Effect.provide(Settings, SignIn.layer({ home: root, env: {} }))
      assert.strictEqual(settings.imageRegistry, "images.example")
      assert.strictEqual(settings.registry && Redacted.value(settings.registry.secret), "secret-of-robot")
    }).pipe(Effect.provide(layer))
  })

  it.live("with a certificate goes to the server in use, whatever the file says of its end", () => {
    const tls = { key: pem("server"), cert: pem("server"), clientCa: pem("ca") }
    const { asked, layer } = platform({ tls, identityManager: "ac", subject })
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const files = { "cert.pem": pem("rfc-proxy"), "ca.pem": pem("ca") }
      const root = yield* home(undefined, files)
      mkdirSync(join(root, ".canfar"))
      writeFileSync(join(root, ".canfar/config.yaml"), withCertificate(url, join(root, "cert.pem")))
      const { description, reply } = yield* asking({ home: root, ca: "~/ca.pem" })
      assert.strictEqual(reply._tag, "Success")
      assert.strictEqual(reply._tag === "Success" && reply.success.headers["x-vo-authenticated"], "alice")
      assert.strictEqual(asked[0]?.headers["x-skaha-authentication-type"], "X509")
      is(description, "x509", join(root, ".canfar/config.yaml"))
    }).pipe(Effect.provide(layer))
  })

  it.live("goes to no other server: nobody asks there, or nothing is sent", () => {
    const { asked, layer } = platform()
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const root = yield* home(withLogin("https://elsewhere.example/skaha"))
      for (const given of [{ url }, { env: { SKAHA_URL: url } }, { env: { CANFAR_URL: `${url}/v1` } }]) {
        const { description, reply } = yield* asking({ home: root, ...given })
        is(description, "anonymous", "default")
        assert.propertyVal(reply._tag === "Failure" ? reply.failure : undefined, "_tag", "CredentialsMissing")
      }
      assert.lengthOf(asked, 3)
      assert.isTrue(asked.every(({ headers }) => headers["authorization"] === undefined))
      const error = yield* failure({ home: root, url, idp: "srcnet" })
      assert.propertyVal(error, "_tag", "CredentialsMisdirected")
      assert.lengthOf(asked, 3)
    }).pipe(Effect.provide(Layer.merge(layer, Logger.layer([]))))
  })

  it.live("does not send the file's registry to another server, nor to another registry", () => {
    const { asked, layer } = platform()
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const root = yield* home(withLogin("https://elsewhere.example/skaha"))
      const { imageRegistry, registry } = yield* Effect.provide(Settings, SignIn.layer({ home: root, env: {}, url }))
      assert.deepStrictEqual([imageRegistry, registry], ["images.canfar.net", undefined])
      yield* PlatformClient.use(({ call }) =>
        Effect.flip(call({ operation: "test", method: "POST", path: "session", creates: true }))
      ).pipe(Effect.provide(PlatformClient.layer.pipe(Layer.provide(SignIn.layer({ home: root, env: {}, url })))))
      assert.lengthOf(asked, 1)
      assert.notProperty(asked[0]?.headers, "x-skaha-registry-auth")

      const own = { username: "robert", secret: "own" }
      const given = SignIn.layer({ home: yield* home(withLogin(url)), env: {}, registry: own })
      const settings = yield* Effect.provide(Settings, given)
      assert.deepStrictEqual([settings.imageRegistry, settings.registry?.username], ["images.canfar.net", "robert"])
    }).pipe(Effect.provide(layer))
  })

  it.live("says that it is not for a server, where there is one", () =>
    Effect.gen(function* () {
      const told = Effect.fnUntraced(function* (configuration?: string) {
        const lines: Array<unknown> = []
        const logger = Logger.make(({ message }) => void lines.push(message))
        yield* described({ home: yield* home(configuration), url: "https://here.example/skaha" }).pipe(
          Effect.provide(Logger.layer([logger]))
        )
        return lines.flat()
      })
      assert.deepStrictEqual(yield* told(withLogin("https://elsewhere.example/skaha")), [
        "SignIn: the login with srcnet is not for https://here.example: nobody asks there"
      ])
      assert.deepStrictEqual(yield* told(), [])
    })
  )

  it.live("is what the environment makes of it", () => {
    const { asked, layer } = platform()
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const root = yield* home(withLogin("https://elsewhere.example/skaha"))
      const { reply } = yield* asking({ home: root, env: { CANFAR_SERVERS__HERE__URL: url } })
      assert.strictEqual(reply._tag, "Success")
      assert.lengthOf(asked, 1)
    }).pipe(Effect.provide(layer))
  })
})

describe("how connections are made", () => {
  it.live("is as the options say, with a saved login, too", () =>
    Effect.gen(function* () {
      const root = yield* home(withLogin("https://here.example/skaha"))
      for (const who of [{ home: root }, { token: "x" }]) {
        const http2 = (options: SignIn.SignInOptions) =>
          Transport.useSync((transport) => networkOf(transport)?.http2).pipe(
            Effect.provide(SignIn.layer({ env: {}, ...who, ...options }))
          )
        assert.deepStrictEqual([yield* http2({ http2: true }), yield* http2({})], [true, undefined])
      }
    }).pipe(Effect.scoped)
  )
})
