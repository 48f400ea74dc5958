import {
  CertificateUnusable,
  ConfigurationInvalid,
  Credentials,
  PlatformClient,
  Settings,
  Transport
} from "@skaha/core"
import { Certificate, UndiciTransport } from "@skaha/core/node"
import { Emulator } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { execFile } from "node:child_process"
import { renameSync, writeFileSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { join } from "node:path"
import { TLSSocket, type DetailedPeerCertificate } from "node:tls"
import { promisify } from "node:util"
import { serve, until } from "../support/loopback.ts"
import { asking, chainOf, folder, pem, server as identity, write } from "../support/pems.ts"
import { assertHides } from "../support/secrets.ts"
import { open, request } from "../support/transports.ts"

/** The certificates that a client has shown, the first one first. */
const shown = ({ socket }: IncomingMessage): ReadonlyArray<string> => {
  if (!(socket instanceof TLSSocket)) return []
  const certificates: Array<string> = []
  // An authority is its own issuer.
  const follow = (one: Partial<DetailedPeerCertificate> | undefined): void => {
    const text = one?.raw?.toString("base64")
    if (text === undefined || certificates.includes(text)) return
    certificates.push(text)
    follow(one?.issuerCertificate)
  }
  follow(socket.getPeerCertificate(true))
  return certificates
}

/** The certificates of a fixture, as {@link shown} tells them. */
const certificatesOf = (name: string): ReadonlyArray<string> =>
  chainOf(name).map((text) => text.replace(/-----.*-----|\s/g, ""))

/** A server that says whose certificate it was shown, and holds back what is to hang. */
const telling = Effect.fnUntraced(function* (tls: Parameters<typeof serve>[1] = { tls: asking }) {
  const seen: Array<ReadonlyArray<string>> = []
  const held: Array<ServerResponse> = []
  const sockets = new Set<Socket>()
  const server = yield* serve((response, { target }, message) => {
    seen.push(shown(message))
    sockets.add(message.socket)
    if (target.endsWith("hang")) held.push(response)
    else response.end("{}")
  }, tls)
  return { ...server, seen, held, sockets }
})

/** A folder with the authority, and with a certificate. */
const files = Effect.fnUntraced(function* (name = "nested-proxy") {
  const path = yield* folder
  const ca = write(path, "ca.pem", pem("ca"))
  const certificate = yield* Certificate.make({ file: write(path, "cert.pem", pem(name)) })
  return { path, ca, certificate }
})

const replace = ({ file }: Certificate.Certificate, content: string): void => {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

const execute = promisify(execFile)

const env = {}

describe("UndiciTransport over TLS", () => {
  it.live("trusts the authorities it is told of", () =>
    Effect.gen(function* () {
      const server = yield* telling({ tls: identity })
      const { ca, path } = yield* files()
      const { send } = yield* open(UndiciTransport.layerWith({ ca, env }), server.origin)
      assert.strictEqual((yield* send(request())).status, 200)
      const several = UndiciTransport.layerWith({ ca: [write(path, "doe.pem", pem("doe")), ca], env })
      assert.strictEqual((yield* (yield* open(several, server.origin)).send(request())).status, 200)
      const untold = yield* open(UndiciTransport.layerWith({ env }), server.origin)
      const error = yield* Effect.flip(untold.send(request()))
      assert.include(error, { _tag: "ConnectionFailed", reason: "the server's certificate is not trusted" })
      assert.strictEqual(server.arrived.length, 2)
    })
  )

  it.live("trusts the file that SSL_CERT_FILE names, if it is of any use", () =>
    Effect.gen(function* () {
      const server = yield* telling({ tls: identity })
      const { ca } = yield* files()
      const trusting = yield* open(UndiciTransport.layerWith({ env: { SSL_CERT_FILE: ca } }), server.origin)
      assert.strictEqual((yield* trusting.send(request())).status, 200)
      for (const file of ["", "/no/such/file", "/dev/null"]) {
        const { send } = yield* open(UndiciTransport.layerWith({ env: { SSL_CERT_FILE: file } }), server.origin)
        assert.strictEqual((yield* Effect.flip(send(request())))._tag, "ConnectionFailed")
      }
    })
  )

  it.live.each([
    { variables: { NODE_EXTRA_CA_CERTS: "ca" }, options: "{}", status: 200 },
    { variables: { NODE_EXTRA_CA_CERTS: "ca" }, options: "{ ca: process.argv[3] }", status: 200 },
    { variables: { SSL_CERT_FILE: "ca" }, options: "{ systemCa: true, env: {} }", status: 200 },
    { variables: { SSL_CERT_FILE: "ca" }, options: "{}", status: 200 },
    { variables: {}, options: "{}", status: "ConnectionFailed" }
  ])("in a process with $variables and the options $options", ({ variables, options, status }) =>
    Effect.gen(function* () {
      const server = yield* telling({ tls: identity })
      const { ca, path } = yield* files()
      const other = write(path, "other.pem", pem("doe"))
      const program = `
        import { Settings, Transport } from "@skaha/core"
        import { UndiciTransport } from "@skaha/core/node"
        import * as Effect from "effect/Effect"
        import * as Layer from "effect/Layer"
        const limits = { connect: 5, headers: 5, body: 5 }
        const request = { operation: "o", method: "GET", path: "/", query: "", headers: {}, limits }
        const transport = Layer.provide(UndiciTransport.layerWith(${options}), Settings.layer({ server: process.argv[2] }))
        const reply = Effect.provide(Transport.use(({ send }) => send(request)), transport)
        const told = Effect.match(reply, { onSuccess: ({ status }) => status, onFailure: ({ _tag }) => _tag })
        console.log(JSON.stringify(await Effect.runPromise(told)))`
      const named = Object.fromEntries(Object.keys(variables).map((name) => [name, ca]))
      const { stdout } = yield* Effect.promise(() =>
        execute(process.execPath, ["--input-type=module", "-e", program, "--", "x", server.origin, other], {
          cwd: join(import.meta.dirname, "../.."),
          env: { PATH: process.env["PATH"], ...named }
        })
      )
      assert.strictEqual(JSON.parse(stdout), status)
    })
  )

  it.live.each([
    ["is not there", "/no/such/ca.pem", "cannot be read"],
    ["is a folder", "/tmp", "cannot be read"],
    ["has no certificate", "key", "holds no certificate in PEM"],
    ["is damaged", "damaged", "holds a damaged certificate"]
  ] as const)("cannot be had with an authority that %s", ([, name, message]) =>
    Effect.gen(function* () {
      const path = yield* folder
      write(path, "key", identity.key.slice(0, 100))
      write(path, "damaged", pem("ca").replace("MII", "XII"))
      const ca = name.startsWith("/") ? name : join(path, name)
      const layer = Layer.provide(UndiciTransport.layerWith({ ca, env }), Settings.layer())
      const error = yield* Effect.flip(Layer.build(layer))
      assert.instanceOf(error, ConfigurationInvalid)
      assert.deepStrictEqual(error.problems, [{ field: "ca", message: `${ca} ${message}` }])
    })
  )

  it.live("speaks TLS 1.2 or newer", () =>
    Effect.gen(function* () {
      const { ca } = yield* files()
      const layer = UndiciTransport.layerWith({ ca, env })
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const server = yield* telling({ tls: { ...identity, maxVersion } })
        assert.strictEqual((yield* (yield* open(layer, server.origin)).send(request())).status, 200)
      }
      const old = { ...identity, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const
      const server = yield* telling({ tls: old })
      const error = yield* Effect.flip((yield* open(layer, server.origin)).send(request()))
      assert.include(error, { _tag: "ConnectionFailed", reason: "the server speaks no TLS 1.2 or newer" })
    })
  )
})

describe("UndiciTransport with a client certificate", () => {
  it.live.each(["alice", "rfc-proxy", "nested-proxy"])("shows all of %s", (name) =>
    Effect.gen(function* () {
      const { ca, certificate } = yield* files(name)
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const server = yield* telling({ tls: { ...asking, maxVersion } })
        const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, env }), server.origin)
        assert.strictEqual((yield* send(request())).status, 200)
        const [seen = []] = server.seen
        assert.deepStrictEqual(seen.slice(0, chainOf(name).length), certificatesOf(name))
      }
    })
  )

  it.live.each([
    // Node's own server keeps to itself what it was sent beside bob's, so it is the emulator's to say.
    ["bob", true],
    ["nested-proxy", true],
    ["legacy-proxy", true],
    ["stranger", false],
    ["lone-proxy", false]
  ] as const)("is let in by a platform that knows the user of %s, and only then", ([name, welcome]) => {
    const tls = { ...identity, clientCa: pem("ca") }
    const subjectOf = (user: string) => `CN=${user},OU=people,O=Example`
    const users = [{ name: "bob", subject: subjectOf("bob") }]
    const platform = Layer.provideMerge(
      EmulatorServer.layer({ tls }),
      Emulator.layer({ identityManager: "ac", subject: subjectOf("alice"), users })
    )
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const { ca, certificate } = yield* files(name)
      const client = PlatformClient.layer.pipe(
        Layer.provide(UndiciTransport.layerWith({ ca, certificate, env })),
        Layer.provide(Layer.succeed(Credentials, Certificate.credentials(certificate))),
        Layer.provide(Settings.layer({ server: url }))
      )
      const call = PlatformClient.use(({ json }) => json({ operation: "Test.call", method: "GET", path: "session" }))
      const answer = yield* Effect.provide(
        Effect.match(call, { onSuccess: () => true, onFailure: () => false }),
        client
      )
      assert.strictEqual(answer, welcome)
    }).pipe(Effect.provide(platform))
  })

  it.live("shows it to the platform alone, and to whom else it is told to", () =>
    Effect.gen(function* () {
      const [platform, friend, stranger] = yield* Effect.all([telling(), telling(), telling()])
      const { ca, certificate } = yield* files("alice")
      const [alice] = certificatesOf("alice")
      const layer = UndiciTransport.layerWith({ ca, certificate, certificateOrigins: [friend.origin], env })
      const { send } = yield* open(layer, platform.origin)
      yield* send(request())
      yield* send(request({ origin: platform.origin }))
      yield* send(request({ origin: friend.origin }))
      yield* send(request({ origin: stranger.origin }))
      assert.deepStrictEqual(
        [platform, friend, stranger].map(({ seen }) => seen.map((certificates) => certificates[0])),
        [[alice, alice], [alice], [undefined]]
      )
    })
  )

  it.live("shows it nowhere with an anonymous request, whose connections are others", () =>
    Effect.gen(function* () {
      const platform = yield* telling()
      const { ca, certificate } = yield* files("alice")
      const [alice] = certificatesOf("alice")
      const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, env }), platform.origin)
      for (const anonymous of [false, true, false, true]) yield* send(request({ origin: platform.origin, anonymous }))
      assert.deepStrictEqual(
        platform.seen.map((certificates) => certificates[0]),
        [alice, undefined, alice, undefined]
      )
      assert.strictEqual(platform.connections.made, 2)
    })
  )

  it.live("makes new connections when the file has changed, and lets the old ones finish", () =>
    Effect.gen(function* () {
      const server = yield* telling()
      const { ca, certificate } = yield* files("alice")
      const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, env }), server.origin)
      yield* send(request())
      const slow = yield* Effect.forkChild(send(request({ path: "/hang" })))
      yield* until(() => server.held.length === 1)
      const old = new Set(server.sockets)
      replace(certificate, pem("bob"))
      yield* certificate.reread
      yield* send(request())
      yield* send(request())
      server.held[0]?.end("finished")
      assert.strictEqual((yield* Fiber.join(slow)).body, "finished")
      const [[alice], [bob]] = [certificatesOf("alice"), certificatesOf("bob")]
      assert.deepStrictEqual(
        server.seen.map(([first]) => first),
        [alice, alice, bob, bob]
      )
      yield* until(() => [...old].every(({ destroyed }) => destroyed))
      assert.isAtLeast(server.connections.open, 1)
    })
  )

  it.live("closes what still finishes, too, with its scope", () =>
    Effect.gen(function* () {
      const server = yield* telling()
      const { ca, certificate } = yield* files("alice")
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, env }), server.origin)
          yield* Effect.forkDetach(Effect.exit(send(request({ path: "/hang" }))))
          yield* until(() => server.held.length === 1)
          replace(certificate, pem("bob"))
          yield* certificate.reread
          yield* send(request())
        })
      )
      yield* until(() => server.connections.open === 0)
    })
  )

  it.live("sends nothing when the certificate is of no use", () =>
    Effect.gen(function* () {
      const server = yield* telling()
      const { ca, certificate } = yield* files("expired-proxy")
      const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, env }), server.origin)
      const error = yield* Effect.flip(send(request()))
      assert.instanceOf(error, CertificateUnusable)
      assert.strictEqual(error.reason, "expired")
      assert.strictEqual(server.connections.made, 0)
    })
  )

  it.live.each(["TLSv1.2", "TLSv1.3"] as const)("fails when the server does not want it (%s)", (maxVersion) =>
    Effect.gen(function* () {
      const server = yield* telling({ tls: { ...asking, rejectUnauthorized: true, maxVersion } })
      const { ca, certificate } = yield* files("stranger")
      const { send } = yield* open(UndiciTransport.layerWith({ ca, certificate, env }), server.origin)
      const error = yield* Effect.flip(send(request()))
      assert.strictEqual(error._tag, "ConnectionFailed")
      assertHides(error, ...pem("stranger").split("\n").slice(1, 3))
      assert.deepStrictEqual(server.arrived, [])
    })
  )

  it.live("is not for http, where nobody would see it", () =>
    Effect.gen(function* () {
      const { certificate } = yield* files()
      const http = Settings.layer({ server: "http://127.0.0.1:9" })
      const https = Settings.layer({ server: "https://127.0.0.1:9" })
      for (const layer of [
        Layer.provide(UndiciTransport.layerWith({ certificate, env }), http),
        Layer.provide(UndiciTransport.layerWith({ certificate, env, certificateOrigins: ["http://a.example"] }), https)
      ]) {
        const error = yield* Effect.flip(Layer.build(layer))
        assert.deepStrictEqual(
          error.problems.map(({ field }) => field),
          ["certificate"]
        )
      }
    })
  )

  it.live("is shown anew after a 401, when there is a new one", () =>
    Effect.gen(function* () {
      const seen: Array<string | undefined> = []
      const server = yield* serve(
        (response, _, message) => {
          const [first] = shown(message)
          seen.push(first)
          response.statusCode = first === certificatesOf("bob")[0] ? 200 : 401
          response.end("{}")
        },
        { tls: asking }
      )
      const { ca, certificate } = yield* files("alice")
      const client = PlatformClient.layer.pipe(
        Layer.provide(UndiciTransport.layerWith({ ca, certificate, env })),
        Layer.provide(Layer.succeed(Credentials, Certificate.credentials(certificate))),
        Layer.provide(Settings.layer({ server: server.origin }))
      )
      yield* Effect.gen(function* () {
        const { call } = yield* PlatformClient
        const asked = { operation: "Test.call", method: "GET", path: "session" } as const
        assert.strictEqual((yield* Effect.flip(call(asked)))._tag, "CredentialsRefused")
        replace(certificate, pem("bob"))
        assert.strictEqual((yield* call(asked)).status, 200)
      }).pipe(Effect.provide(client))
      const [alice, bob] = [certificatesOf("alice")[0], certificatesOf("bob")[0]]
      assert.deepStrictEqual(seen, [alice, alice, bob])
      assert.strictEqual(server.arrived[2]?.headers["x-skaha-authentication-type"], "RUNTIME-X509")
    })
  )

  it.live("is a Transport", () =>
    Effect.gen(function* () {
      const { certificate } = yield* files()
      const layer = Layer.provide(UndiciTransport.layerWith({ certificate }), Settings.layer())
      assert.isFunction((yield* Effect.provide(Transport, layer)).send)
    })
  )
})
