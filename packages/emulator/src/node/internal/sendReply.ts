import type { ServerResponse } from "node:http"
import { constants, Http2ServerResponse } from "node:http2"
import { TLSSocket } from "node:tls"
import type { EmulatorReply } from "../../Exchange.ts"

export type Response = ServerResponse | Http2ServerResponse

/** The platform sends what is longer than its buffer in chunks. */
const bufferBytes = 8192

/** HTTP/2 frames bodies by itself and has no words for it. */
const framingHeaders = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"])

/** What cannot stand in a header, such as a letter of somebody's name, is sent as Tomcat sends it. */
const unsendable = /[^\t -~\u0080-\u00ff]/g

const writeHead = (response: Response, status: number, headers: Readonly<Record<string, string>>): void => {
  const sendable = Object.entries(headers).map(([name, value]) => [name, value.replaceAll(unsendable, "?")] as const)
  if (response instanceof Http2ServerResponse) {
    response.writeHead(status, Object.fromEntries(sendable.filter(([name]) => !framingHeaders.has(name.toLowerCase()))))
  } else {
    response.writeHead(status, Object.fromEntries(sendable))
  }
}

/** There is no reply, or none any more. With HTTP/2, whose connection others share, only this stream ends. */
export const breakOff = (response: Response): void => {
  if (response instanceof Http2ServerResponse) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else if (response.socket instanceof TLSSocket) response.socket.destroy()
  else response.socket?.resetAndDestroy()
}

const framing = (reply: EmulatorReply): Readonly<Record<string, string>> => {
  if (reply.status === 204) return {}
  return reply.chunked === true || reply.body.length > bufferBytes
    ? { "Transfer-Encoding": "chunked" }
    : { "Content-Length": String(reply.body.length) }
}

/** The whole length is promised. What was sent arrives before the connection ends. */
const truncate = (response: Response, reply: EmulatorReply, bytes: number): void => {
  writeHead(response, reply.status, { ...reply.headers, "Content-Length": String(reply.body.length) })
  const sent = reply.body.subarray(0, bytes)
  if (response instanceof Http2ServerResponse) {
    response.write(sent, () => breakOff(response))
  } else {
    response.flushHeaders()
    response.write(sent)
    response.socket?.destroySoon()
  }
}

export const send = (response: Response, reply: EmulatorReply): void => {
  if (reply.truncateAt !== undefined) return truncate(response, reply, reply.truncateAt)
  writeHead(response, reply.status, { ...reply.headers, ...framing(reply) })
  response.end(reply.body)
}
