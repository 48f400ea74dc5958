/**
 * A forward proxy on this machine: it tunnels (CONNECT) and forwards, for those who may.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createServer, request as ask, type IncomingMessage, type Server } from "node:http"
import { createServer as createTlsServer, type ServerOptions } from "node:https"
import { connect, type Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { countConnections, listening } from "./loopback.ts"

export interface ProxyOptions {
  /** `user:password` of those who may; absent for everybody. */
  readonly user?: string
  /** Where hosts are, which only the proxy knows, as ports of this machine; others are what they say. */
  readonly hosts?: Readonly<Record<string, number>>
  /** What it does instead of tunnelling, once it was asked. */
  readonly instead?: (socket: Socket) => void
  /** Whether it is an https proxy itself. */
  readonly tls?: ServerOptions
}

interface Asked {
  readonly method: string
  readonly target: string
  readonly authorization?: string
  /** Whose certificate it was shown. */
  readonly certificate?: string
}

/** A proxy and what it was asked for. */
export interface ForwardProxy {
  readonly origin: string
  /** What tunnels were asked for to, and what was asked to be forwarded, in order. */
  readonly asked: ReadonlyArray<Asked>
  readonly connections: { made: number; open: number }
}

/** A proxy, closed with the scope. */
export const proxying = ({ hosts = {}, instead, tls, user }: ProxyOptions = {}): Effect.Effect<
  ForwardProxy,
  never,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const asked: Array<Asked> = []
    const server: Server = tls === undefined ? createServer() : createTlsServer(tls)
    const note = ({ method = "", url = "", headers, socket }: IncomingMessage): boolean => {
      const authorization = headers["proxy-authorization"]
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.subject : undefined
      asked.push({
        method,
        target: url,
        ...(authorization === undefined ? {} : { authorization }),
        ...(certificate === undefined ? {} : { certificate })
      })
      return user === undefined || authorization === `Basic ${Buffer.from(user).toString("base64")}`
    }
    const tunnels = new Set<Socket>()
    const portOf = (host: string, port: string) => hosts[host] ?? Number(port || "80")
    server.on("connect", (message: IncomingMessage, socket: Socket, head: Buffer) => {
      socket.on("error", () => {})
      if (!note(message)) {
        socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return
      }
      if (instead !== undefined) {
        instead(socket)
        return
      }
      const [host = "", port = ""] = (message.url ?? "").split(":")
      const tunnel = connect(portOf(host, port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
        if (head.length > 0) tunnel.write(head)
        tunnel.pipe(socket).pipe(tunnel)
      })
      tunnels.add(tunnel)
      tunnel.on("error", () => socket.destroy())
      tunnel.on("close", () => socket.destroy())
      socket.on("close", () => tunnel.destroy())
    })
    server.on("request", (message, response) => {
      if (!note(message)) {
        response.writeHead(407).end("who is asking?")
        return
      }
      const url = new URL(message.url ?? "")
      const { "proxy-authorization": _, ...headers } = message.headers
      const forwarded = ask(
        {
          host: "127.0.0.1",
          port: portOf(url.hostname, url.port),
          path: url.pathname + url.search,
          method: message.method,
          headers
        },
        (reply) => reply.pipe(response.writeHead(reply.statusCode ?? 502, reply.headers))
      )
      forwarded.on("error", () => response.writeHead(502).end())
      message.pipe(forwarded)
    })
    const { sockets, connections } = countConnections(server)
    const origin = yield* listening(server, tls === undefined ? "http" : "https", sockets)
    yield* Effect.addFinalizer(() => Effect.sync(() => tunnels.forEach((tunnel) => tunnel.destroy())))
    return { origin, asked, connections }
  })
