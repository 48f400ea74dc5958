import { assert, describe, it } from "@effect/vitest"
import { Transport, type TransportRequest } from "@skaha/core"
import { Certificate, networkOf, Relay, UndiciTransport, type Send, type ShownCertificate } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { inspect } from "node:util"
import { serve, until } from "../support/loopback.ts"
import { asking, folder, pem, write } from "../support/pems.ts"
import { open, request, transports } from "../support/transports.ts"

/** Says that it has sent what it is given. */
const relay = () => {
  const relayed: Array<{ readonly request: TransportRequest; readonly certificate: ShownCertificate | undefined }> = []
  const send: Send = (request, certificate) =>
    Effect.sync(() => {
      relayed.push({ request, certificate })
      return { status: 200, headers: {}, body: "relayed" }
    })
  return { relayed, send }
}

describe("Relay", () => {
  it.live("gets what may be sent twice, and goes to the platform", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("here"))
      const other = yield* serve((response) => response.end("elsewhere"))
      const transport = yield* open(UndiciTransport.layer, server.origin)
      const { relayed, send } = relay()
      const bodies = yield* Effect.forEach(
        [
          request(),
          request({ method: "DELETE" }),
          request({ method: "POST", body: "a=b" }),
          request({ method: "HEAD" }),
          // A login's secrets go to its provider.
          request({ origin: other.origin })
        ],
        (one) => Effect.map(transport.send(one), ({ body }) => body)
      ).pipe(Effect.provideService(Relay, send))
      assert.deepStrictEqual(bodies, ["relayed", "relayed", "here", "", "elsewhere"])
      assert.deepStrictEqual(relayed, [
        { request: request(), certificate: undefined },
        { request: request({ method: "DELETE" }), certificate: undefined }
      ])
      assert.strictEqual((yield* transport.send(request())).body, "here")
    })
  )

  it.live("gets the certificate with it: while its file does not change the same object", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("here"), { tls: asking })
      const path = yield* folder
      const certificate = yield* Certificate.make({ file: write(path, "cert.pem", pem("nested-proxy")) })
      const ca = write(path, "ca.pem", pem("ca"))
      const transport = yield* open(UndiciTransport.layerWith({ certificate, ca, env: {} }), server.origin)
      const { relayed, send } = relay()
      yield* Effect.all([transport.send(request()), transport.send(request())]).pipe(Effect.provideService(Relay, send))
      const content = yield* certificate.current
      assert.strictEqual(relayed[0]?.certificate, content)
      assert.strictEqual(relayed[1]?.certificate, content)
    })
  )

  it.live("is interrupted with the request", () =>
    Effect.gen(function* () {
      const { send } = yield* open(UndiciTransport.layer, "http://platform.invalid")
      const told = { begun: false, interrupted: false }
      const never: Send = () =>
        Effect.suspend(() => {
          told.begun = true
          return Effect.onInterrupt(Effect.never, () => Effect.sync(() => (told.interrupted = true)))
        })
      const fiber = yield* Effect.forkChild(Effect.provideService(send(request()), Relay, never))
      yield* until(() => told.begun)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(told.interrupted)
    })
  )
})

describe("networkOf", () => {
  it.live.each(transports)("knows whether %s stands on undici, also what is built around it", ([name, layer]) =>
    Effect.gen(function* () {
      const transport = yield* open(layer, "http://127.0.0.1:1")
      assert.strictEqual(networkOf(transport) !== undefined, name === "undici")
      assert.strictEqual(networkOf(Transport.of({ ...transport })) !== undefined, name === "undici")
      assert.isUndefined(networkOf(Transport.of({ send: transport.send })))
    })
  )

  it.live("tells how connections are made, and nobody else", () =>
    Effect.gen(function* () {
      const proxy = "http://user:s3cr3t@127.0.0.1:1"
      const options = { ca: [], systemCa: false, proxy, http2: false, env: { SSL_CERT_FILE: "" } }
      const transport = yield* open(UndiciTransport.layerWith(options), "http://127.0.0.1:1")
      assert.deepStrictEqual(networkOf(transport), options)
      assert.notInclude(inspect(transport, { showHidden: true, depth: Infinity }), "s3cr3t")
    })
  )
})
