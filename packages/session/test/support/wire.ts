/**
 * What goes over the wire, seen at the one door to the network.
 */
import { RetryPolicy, Transport, type TransportReply, type TransportRequest } from "@skaha/core"
import { Skaha } from "@skaha/session"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Every request that a program has sent, in order. */
export class Wire extends Context.Service<Wire, { readonly requests: Array<TransportRequest> }>()("test/Wire") {
  static readonly layer = Layer.sync(Wire, () => ({ requests: [] }))
}

/** The same transport, with every request written down. */
export const recorded = <R>(transport: Layer.Layer<Transport, never, R>): Layer.Layer<Transport, never, R | Wire> =>
  Layer.effect(
    Transport,
    Effect.gen(function* () {
      const transport = yield* Transport
      const { requests } = yield* Wire
      return Transport.of({
        ...transport,
        send: (request) =>
          Effect.suspend(() => {
            requests.push(request)
            return transport.send(request)
          })
      })
    })
  ).pipe(Layer.provide(transport))

/** The requests as `METHOD /path?query`, below the server's prefix. */
export const sent = Effect.map(Wire, ({ requests }) =>
  requests.map(({ method, path, query }) => `${method} ${path.replace("/skaha", "")}${query}`)
)

/** The bodies of the POSTs. */
export const sentForms = Effect.map(Wire, ({ requests }) =>
  requests.flatMap(({ method, body }) => (method === "POST" ? [body ?? ""] : []))
)

const reply = (partial: Partial<TransportReply>): TransportReply => ({ status: 200, headers: {}, body: "", ...partial })

/** Nothing is repeated: a test sees each request that it makes. */
export const once = Layer.succeed(RetryPolicy, RetryPolicy.none)

/** A platform whose every reply is written here: for what no server in its right mind sends. */
export const answering = (
  answer: Partial<TransportReply> | ((request: TransportRequest) => Partial<TransportReply>),
  options: Omit<Skaha.Options, "transport"> = {}
) =>
  Skaha.layer({
    token: "a-token",
    url: "http://platform.invalid/skaha",
    ...options,
    transport: recorded(
      Layer.succeed(Transport, {
        send: (request) => Effect.sync(() => reply(typeof answer === "function" ? answer(request) : answer))
      })
    )
  }).pipe(Layer.provideMerge([Wire.layer, once]))
