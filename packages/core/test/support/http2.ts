/**
 * A server on this machine that speaks HTTP/2, and HTTP/1.1 to who does not.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions
} from "node:http2"
import { countConnections, listening } from "./loopback.ts"
import { server as identity } from "./pems.ts"

/** A server and what it has seen. */
export interface Http2Loopback {
  readonly origin: string
  /** The version of each request, in order. */
  readonly versions: ReadonlyArray<string>
  readonly connections: { made: number; open: number }
  /** Requests that are open, and the most at the same time. */
  readonly busy: { now: number; most: number }
}

/** An HTTP/2 server, closed with the scope. */
export const serveHttp2 = (
  answer: (response: Http2ServerResponse, request: Http2ServerRequest) => void,
  options: SecureServerOptions = {}
): Effect.Effect<Http2Loopback, never, Scope.Scope> =>
  Effect.gen(function* () {
    const versions: Array<string> = []
    const busy = { now: 0, most: 0 }
    // Node's own server refuses streams while it holds more than 10 MB for a connection.
    const limits = { allowHTTP1: true, maxSessionMemory: 1000 }
    const server = createSecureServer({ ...identity, ...limits, ...options }, (request, response) => {
      versions.push(request.httpVersion)
      busy.now++
      busy.most = Math.max(busy.most, busy.now)
      response.on("close", () => busy.now--)
      response.on("error", () => {})
      answer(response, request)
    })
    server.on("sessionError", () => {})
    const { sockets, connections } = countConnections(server)
    return { origin: yield* listening(server, "https", sockets), versions, connections, busy }
  })
