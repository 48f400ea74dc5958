import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import { createSecureServer } from "node:http2"
import { createServer as createHttpsServer } from "node:https"
import type { Server, Socket } from "node:net"
import type { TlsOptions } from "node:tls"
import { ListenError } from "../ServerOptions.ts"
import type { makeListener } from "./listener.ts"
import { makeMalformed } from "./malformed.ts"
import type { Turns } from "./Turns.ts"

export interface OpenOptions {
  readonly host: string
  readonly port: number
  readonly tls: TlsOptions | undefined
  readonly http2: boolean
  /** Milliseconds that a client may take for the head of a request. */
  readonly patience: number
  readonly turns: Turns
  /** The listener, as soon as the port is known. */
  readonly answerOn: (port: number) => ReturnType<typeof makeListener>
}

/** A server that listens, and all the connections that it has. */
export interface OpenServer {
  readonly port: number
  readonly server: Server
  readonly sockets: ReadonlySet<Socket>
}

/** Longer than any test, so that no connection is closed while somebody thinks. */
const keepAliveMillis = 600_000

/** As many clients as may call at the same moment, without one having to knock again. */
const backlog = 4096

const createFor = ({ http2, patience, tls }: OpenOptions): Server => {
  const options = {
    keepAliveTimeout: keepAliveMillis,
    requestTimeout: 0,
    headersTimeout: patience,
    connectionsCheckingInterval: Math.ceil(Math.min(1000, patience / 2)),
    // The platform's own limit is lower; it should be the one that is met.
    maxHeaderSize: 65_536,
    // Answered by the platform's page.
    requireHostHeader: false,
    noDelay: true
  }
  if (tls === undefined) return createServer(options)
  const secure = { ...options, ...tls, handshakeTimeout: patience }
  // That of HTTP/2 has to be told a second time what holds for its connections that speak HTTP/1.1.
  return http2 ? Object.assign(createSecureServer({ ...secure, allowHTTP1: true }), options) : createHttpsServer(secure)
}

const portOf = (server: Server): number => {
  const address = server.address()
  return address === null || typeof address === "string" ? 0 : address.port
}

/** Requests are answered from the first moment on. */
const open = (options: OpenOptions) =>
  Effect.callback<OpenServer, ListenError>((resume) => {
    const { answerOn, host, port, turns } = options
    const server = createFor(options)
    const sockets = new Set<Socket>()
    const keep = (socket: Socket) => {
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
    }
    // Later errors are those of single connections that could not be taken.
    server.on("error", (cause) => {
      const code = "code" in cause ? String(cause.code) : cause.message
      resume(Effect.fail(new ListenError({ host, port, code, cause })))
    })
    server.on("connection", keep)
    server.on("secureConnection", keep)
    server.on("clientError", makeMalformed(turns.pending))
    server.listen({ port, host, backlog }, () => {
      server.on("request", answerOn(portOf(server)))
      resume(Effect.succeed({ server, port: portOf(server), sockets }))
    })
  })

const close = ({ server, sockets }: OpenServer) =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    for (const socket of sockets) socket.destroy()
  })

/** Listens until the scope closes; then all connections are closed. */
export const openServer = (options: OpenOptions) => Effect.acquireRelease(open(options), close)
