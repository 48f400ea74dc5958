/**
 * Servers on this machine, for what a mock cannot show: sockets, bytes, silences.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTlsServer, type ServerOptions } from "node:https"
import { createServer as createNetServer, type Server, type Socket } from "node:net"
import { selfSigned } from "./selfSigned.ts"

/** What arrived. */
export interface Arrived {
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** Names and values as they stood on the wire. */
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: string
}

/** How a server answers one request. */
export type Answer = (response: ServerResponse, arrived: Arrived, request: IncomingMessage) => void

/** A server and what it has seen. */
export interface Loopback {
  readonly origin: string
  readonly arrived: ReadonlyArray<Arrived>
  /** Connections ever made, and open now. */
  readonly connections: { made: number; open: number }
  /** The most requests that were open at the same time. */
  readonly busy: { now: number; most: number }
}

const originOf = (server: Server, scheme: string): string => {
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the server does not listen on a port")
  return `${scheme}://127.0.0.1:${address.port}`
}

/** A server on a port of its own, closed with the scope. */
export const listening = (server: Server, scheme: string, sockets: Set<Socket>) =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(originOf(server, scheme))))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of sockets) socket.destroy()
      })
  )

export const countConnections = (server: Server) => {
  const sockets = new Set<Socket>()
  const connections = { made: 0, open: 0 }
  server.on("connection", (socket: Socket) => {
    connections.made++
    connections.open++
    sockets.add(socket)
    socket.on("error", () => {})
    socket.on("close", () => {
      connections.open--
      sockets.delete(socket)
    })
  })
  return { sockets, connections }
}

/** An HTTP server, closed with the scope. */
export const serve = (
  answer: Answer,
  { tls = false }: { readonly tls?: boolean | ServerOptions } = {}
): Effect.Effect<Loopback, never, Scope.Scope> =>
  Effect.gen(function* () {
    const arrived: Array<Arrived> = []
    const busy = { now: 0, most: 0 }
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      busy.now++
      busy.most = Math.max(busy.most, busy.now)
      response.on("close", () => busy.now--)
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const one: Arrived = {
          method: request.method ?? "",
          target: request.url ?? "",
          headers: request.headers,
          rawHeaders: request.rawHeaders,
          body: Buffer.concat(chunks).toString()
        }
        arrived.push(one)
        answer(response, one, request)
      })
    }
    const server = tls === false ? createServer(listener) : createTlsServer(tls === true ? selfSigned : tls, listener)
    const { sockets, connections } = countConnections(server)
    const origin = yield* listening(server, tls === false ? "http" : "https", sockets)
    return { origin, arrived, connections, busy }
  })

/** A server of raw bytes: `onData` is called with what comes in on a connection. */
export const serveRaw = (
  onData: (socket: Socket, data: Buffer) => void
): Effect.Effect<Omit<Loopback, "busy" | "arrived">, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = createNetServer((socket) => socket.on("data", (data) => onData(socket, data)))
    const { sockets, connections } = countConnections(server)
    return { origin: yield* listening(server, "http", sockets), connections }
  })

/** An origin where nobody listens: the port was free a moment ago. */
export const nobody: Effect.Effect<string> = Effect.scoped(
  Effect.map(
    serveRaw(() => {}),
    ({ origin }) => origin
  )
)

/** Waits until something is so; the test's own time limit ends the wait. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.delay(until(condition), 2)))
