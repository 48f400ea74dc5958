import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ServerResponse } from "node:http"
import { constants, Http2ServerResponse } from "node:http2"
import { TLSSocket } from "node:tls"
import type { EmulatorReply, Pace } from "../../Exchange.ts"
import { pacedBody } from "../../internal/faults/pacedBody.ts"
import { framing } from "../../internal/http/framing.ts"

export type Response = ServerResponse | Http2ServerResponse

/** HTTP/2 frames bodies by itself and has no words for it. */
const framingHeaders = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"])

/** What cannot stand in a header, such as a letter of somebody's name, is sent as Tomcat sends it. */
const unsendable = /[^\t -~\u0080-\u00ff]/g

const writeHead = (response: Response, reply: EmulatorReply): void => {
  const headers = Object.entries({ ...reply.headers, ...framing(reply) }).map(
    ([name, value]) => [name, value.replaceAll(unsendable, "?")] as const
  )
  if (response instanceof Http2ServerResponse) {
    const others = headers.filter(([name]) => !framingHeaders.has(name.toLowerCase()))
    response.writeHead(reply.status, Object.fromEntries(others))
  } else {
    response.writeHead(reply.status, Object.fromEntries(headers))
  }
}

/** There is no reply, or none any more. With HTTP/2, whose connection others share, only this stream ends. */
export const breakOff = (response: Response): void => {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else if (response.socket instanceof TLSSocket) response.socket.destroy()
  else response.socket?.resetAndDestroy()
}

/** What was sent arrives before the connection ends. */
const truncate = (response: Response, sent: Uint8Array): void => {
  if (response instanceof Http2ServerResponse) {
    // Node 22 does not survive writing nothing here.
    if (sent.length === 0) breakOff(response)
    else response.write(sent, () => breakOff(response))
  } else {
    response.flushHeaders()
    response.write(sent)
    response.socket?.destroySoon()
  }
}

/** A slow body's pieces, each at its time. The head comes at once; with HTTP/2 it is already on its way. */
const trickle = (response: Response, body: Uint8Array, pace: Pace): Effect.Effect<void> => {
  const write = (piece: Uint8Array) =>
    Effect.sync(() => (response instanceof Http2ServerResponse ? response.write(piece) : response.write(piece)))
  if (!(response instanceof Http2ServerResponse)) response.flushHeaders()
  return Stream.runForEach(pacedBody(body, pace), write).pipe(Effect.andThen(Effect.sync(() => response.end())))
}

/** Done when all of the reply is handed over, which is before the client has it. */
export const send = (response: Response, reply: EmulatorReply): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { body, pace, truncateAt } = reply
    writeHead(response, reply)
    if (truncateAt === undefined && pace !== undefined) return trickle(response, body, pace)
    if (truncateAt === undefined) response.end(body)
    else truncate(response, body.subarray(0, truncateAt))
    return Effect.void
  })
