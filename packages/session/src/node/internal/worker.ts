/**
 * What runs in a worker thread.
 */
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner"
import { Settings, type TransportFailure, type TransportRequest } from "@skaha/core"
import { UndiciTransport, type ShownCertificate } from "@skaha/core/node"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as RpcServer from "effect/rpc/RpcServer"
import { Protocol, type Answer, type Body, type Setup } from "./protocol.ts"

const proxyOf = (proxy: Setup["network"]["proxy"]) => (typeof proxy === "string" ? Redacted.make(proxy) : proxy)

type SendAnswer = (request: TransportRequest, certificate?: ShownCertificate) => Effect.Effect<Answer, TransportFailure>

/** From so many bytes on it costs less to hand them over than to copy their text. */
const large = 64 * 1024

const isWhole = (body: Buffer): body is Buffer<ArrayBuffer> =>
  body.buffer instanceof ArrayBuffer && body.byteLength === body.buffer.byteLength

const bodyOf = (body: Buffer | undefined): Body => {
  if (body === undefined || body.byteLength < large) return UndiciTransport.textOf(body)
  // What is a part of something larger cannot be given away.
  return isWhole(body) ? body : new Uint8Array(body)
}

const handlers = Protocol.toLayer(
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const ready = yield* Deferred.make<SendAnswer>()
    const underWay = new Map<number, Latch.Latch>()
    let certificate: ShownCertificate | undefined
    return Protocol.of({
      start: ({ network, settings }) =>
        UndiciTransport.makeSend(
          { ...network, proxy: proxyOf(network.proxy) },
          // Nobody else waits for this thread.
          { read: bodyOf, mayBlock: true }
        ).pipe(
          Effect.provideService(Settings, Settings.of({ ...settings, registry: undefined })),
          Effect.provideService(Scope.Scope, scope),
          Effect.flatMap((send) => Deferred.succeed(ready, send)),
          Effect.asVoid
        ),
      send: (errand) => {
        if (errand.certificate !== undefined) {
          const { chain, key } = errand.certificate
          certificate = { chain, key: Redacted.make(key) }
        }
        const shown = certificate
        const ended = Latch.makeUnsafe()
        underWay.set(errand.number, ended)
        return Effect.ensuring(
          Effect.flatMap(Deferred.await(ready), (send) => send(errand.request, shown)),
          Effect.sync(() => {
            underWay.delete(errand.number)
            ended.openUnsafe()
          })
        )
      },
      ping: () => Effect.void,
      settle: ({ number }) => underWay.get(number)?.await ?? Effect.void
    })
  })
)

// A worker that cannot go on must end, and its end be seen.
await RpcServer.layer(Protocol, { disableTracing: true, disableFatalDefects: true }).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
  Layer.launch,
  Effect.runPromise
)
