/**
 * Sending requests from another thread than the one that makes them.
 *
 * A transport on undici gives the requests of an effect to the {@link Relay} of that effect, where there is one, once
 * everything is decided that is decided in this thread: the address, the headers with their credentials, the
 * certificate. Whatever stands around the transport stays in force. The other side makes the same transport of what
 * {@link networkOf} tells.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Transport, TransportFailure, TransportReply, TransportRequest } from "../Transport.ts"
import type { PemCertificate } from "./internal/pemCertificate.ts"
import type { ConnectionOptions } from "./UndiciTransport.ts"

/** A request as it leaves its thread. */
export interface RelayedRequest extends TransportRequest {
  /** Scheme, host and port to send it to. */
  readonly origin: string
  /** The certificate to show there. */
  readonly certificate?: Pick<PemCertificate, "chain" | "key"> | undefined
}

/** Sends a request from elsewhere. Interrupting it aborts it there. */
export type Send = (request: RelayedRequest) => Effect.Effect<TransportReply, TransportFailure>

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
