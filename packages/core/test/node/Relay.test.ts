import { Certificate, networkOf, Relay, UndiciTransport, type RelayedRequest, type Send } from "@skaha/core/node"
import { Transport } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { serve, until } from "../support/loopback.ts"
import { folder, pem, write } from "../support/pems.ts"
import { open, request } from "../support/transports.ts"

const reply = { status: 200, headers: {}, body: "from elsewhere" }

describe("Relay", () => {
  it.live("is given what would be sent from here, and where to", () =>
    Effect.gen(function* () {
      const server = yield* serve((response) => response.end("from here"))
      const { send } = yield* open(UndiciTransport.layer, server.origin)
      const relayed: Array<RelayedRequest> = []
      const relay: Send = (asked) => {
        relayed.push(asked)
        return Effect.succeed(reply)
      }
      const asked = request({ saveAs: "/a/file" })
      assert.strictEqual(yield* Effect.provideService(send(asked), Relay, relay), reply)
      assert.deepStrictEqual(relayed, [{ ...asked, origin: server.origin, certificate: undefined }])
      assert.strictEqual((yield* send(request())).body, "from here")
      assert.strictEqual(server.arrived.length, 1)
    })
  )

  it.live("is given the certificate, for whom it is shown to", () =>
    Effect.gen(function* () {
      const certificate = yield* Certificate.make({ file: write(yield* folder, "cert.pem", pem("alice")) })
      const layer = UndiciTransport.layerWith({ certificate, env: {} })
      const { send } = yield* open(layer, "https://platform.invalid")
      const subjects: Array<boolean> = []
      const relay: Send = (asked) => {
        subjects.push(asked.certificate !== undefined)
        return Effect.succeed(reply)
      }
      yield* Effect.provideService(send(request()), Relay, relay)
      yield* Effect.provideService(send(request({ origin: "https://other.invalid" })), Relay, relay)
      assert.deepStrictEqual(subjects, [true, false])
    })
  )

  it.live("is interrupted with the request", () =>
    Effect.gen(function* () {
      const { send } = yield* open(UndiciTransport.layer, "http://platform.invalid")
      const told = { begun: false, interrupted: false }
      const relay: Send = () =>
        Effect.suspend(() => {
          told.begun = true
          return Effect.onInterrupt(Effect.never, () => Effect.sync(() => (told.interrupted = true)))
        })
      const fiber = yield* Effect.forkChild(Effect.provideService(send(request()), Relay, relay))
      yield* until(() => told.begun)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(told.interrupted)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    })
  )

  it.live("knows how a transport on undici makes its connections, and no other", () =>
    Effect.gen(function* () {
      const env = {}
      const options = { ca: [], proxy: "http://proxy.invalid:3128", http2: true, env }
      const transport = yield* open(UndiciTransport.layerWith(options), "http://platform.invalid")
      assert.deepStrictEqual(networkOf({ ...transport }), { ...options, systemCa: false })
      assert.strictEqual(networkOf(yield* open(Transport.layer, "http://platform.invalid")), undefined)
    })
  )
})
