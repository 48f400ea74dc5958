import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { TLSSocket } from "node:tls"
import { assert, describe, it } from "@effect/vitest"
import { Settings } from "@skaha/core"
import { Certificate, UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha } from "@skaha/session"
import * as Credentials from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { workersLayer } from "../support/workers.ts"

const fixture = (name: string) => join(import.meta.dirname, "../../../emulator/test/fixtures/tls", `${name}.pem`)

/** A server that answers with the serial number of the certificate that it was shown. */
const telling = Effect.map(
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const identity = readFileSync(fixture("server"))
      const tls = { key: identity, cert: identity, ca: readFileSync(fixture("ca")) }
      const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, ({ socket }, response) => {
        response.end(socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : "")
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  ),
  (server) => {
    const address = server.address()
    return `https://127.0.0.1:${address === null || typeof address === "string" ? 0 : address.port}/skaha`
  }
)

describe("Workers over TLS", () => {
  it.live("show the certificate, and the next one when its file has changed", () =>
    Effect.gen(function* () {
      const url = yield* telling
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "skaha-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const file = join(folder, "cert.pem")
      copyFileSync(fixture("alice"), file)
      const certificate = yield* Certificate.make({ file })
      const platform = Skaha.servicesWith(workersLayer(2)).pipe(
        Layer.provide(UndiciTransport.layerWith({ certificate, ca: fixture("ca"), env: {} })),
        Layer.provide([
          Settings.layer({ url, concurrency: 4 }),
          Layer.succeed(Credentials.Credentials, Certificate.credentials(certificate))
        ])
      )
      const shown = yield* Effect.gen(function* () {
        const { logs } = yield* Sessions
        const ids = Array.from({ length: 20 }, (_, index) => `a${index}`)
        const first = Outcome.values(yield* logs(ids))
        copyFileSync(fixture("bob"), file)
        yield* certificate.reread
        const second = Outcome.values(yield* logs(ids))
        return [first, second].map((serials) => [serials.length, new Set(serials).size, serials[0]])
      }).pipe(Effect.provide(platform))
      assert.deepStrictEqual(
        shown.map(([count, different]) => [count, different]),
        [
          [20, 1],
          [20, 1]
        ]
      )
      assert.notStrictEqual(shown[0]?.[2], shown[1]?.[2])
      assert.isNotEmpty(shown[0]?.[2])
    })
  )
})
