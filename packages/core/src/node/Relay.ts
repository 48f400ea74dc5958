/**
 * Sending requests from another thread than the one that makes them.
 *
 * A transport on undici gives the requests of an effect to the {@link Relay} of that effect, where there is one, once
 * everything is decided that is decided in this thread: the address, the headers with their credentials, the
 * certificate. Whatever stands around the transport stays in force. It gives away only GETs and DELETEs to the platform
 * itself: these can be sent again by somebody else. The other side is `UndiciTransport.makeSend`, made of what
 * {@link networkOf} tells.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Transport, TransportFailure, TransportReply, TransportRequest } from "../Transport.ts"
import type { PemCertificate } from "./internal/pemCertificate.ts"
import type { ConnectionOptions } from "./UndiciTransport.ts"

/**
 * What of a certificate is needed to show it: its chain and its key. While it has not changed it is the same object.
 */
export type ShownCertificate = Pick<PemCertificate, "chain" | "key">

/** Sends a request, and shows the server the certificate. Interrupting it aborts it wherever it is. */
export type Send = (
  request: TransportRequest,
  certificate?: ShownCertificate
) => Effect.Effect<TransportReply, TransportFailure>

/** Who sends the requests of an effect. Default this thread. */
export const Relay = Context.Reference<Send | undefined>("@skaha/core/node/Relay", { defaultValue: () => undefined })

/** How a transport makes its connections, but for certificates: these come with the requests. */
export type Network = Pick<ConnectionOptions, "ca" | "systemCa" | "proxy" | "http2" | "env">

/** The key under which a transport on undici, and what is built around it by spreading it, carries its network. */
const network: unique symbol = Symbol.for("@skaha/core/node/Relay/network")

/** Marks a transport as one that relays. The address of a proxy may hold a password. */
export const relaying = (transport: Transport["Service"], given: Network): Transport["Service"] =>
  Object.assign(transport, { [network]: Redacted.make(given) })

/** How a transport makes its connections; `undefined` for one that does not stand on undici, and relays nothing. */
export const networkOf = (
  transport: Transport["Service"] & { readonly [network]?: Redacted.Redacted<Network> }
): Network | undefined => {
  const known = transport[network]
  return known === undefined ? undefined : Redacted.value(known)
}
