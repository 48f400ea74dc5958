import { STATUS_CODES, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { EmulatorReply } from "../../Exchange.ts"
import { notImplemented } from "../../internal/http/methods.ts"
import { errorPage } from "../../internal/http/tomcat.ts"

// What is not HTTP, or not by Node's strict reading, is answered with the container's own page, and then closed.

/** Node's parser says what is wrong in `code` and `reason`, and shows what it was given last. */
interface ParseError extends Error {
  readonly code?: string
  readonly reason?: string
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

/** A request line that is in order, of a method that Node does not know. */
const requestLine = /^([!#$%&'*+\-.^_`|~\w]+) \S+ HTTP\/1\.[01]\r?$/

const foreignMethod = ({ rawPacket, bytesParsed = 0 }: ParseError): string | undefined => {
  if (rawPacket === undefined) return undefined
  const begin = bytesParsed === 0 ? 0 : rawPacket.lastIndexOf("\n", bytesParsed - 1) + 1
  const end = rawPacket.indexOf("\n", begin)
  return end < 0 ? undefined : requestLine.exec(rawPacket.toString("latin1", begin, end))?.[1]
}

/** In the container's words rather than those of Node's parser, where they are known. */
const messages: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "Request header is too large",
  HPE_INVALID_CONSTANT: "Invalid character found in the request target",
  HPE_INVALID_METHOD: "Invalid character found in method name. HTTP method names must be tokens",
  HPE_INVALID_URL: "Invalid character found in the request target"
}

const pageFor = (error: ParseError): EmulatorReply => {
  const method = error.code === "HPE_INVALID_METHOD" ? foreignMethod(error) : undefined
  return method === undefined
    ? errorPage(400, messages[error.code ?? ""] ?? error.reason ?? "Invalid request")
    : notImplemented(method)
}

const write = ({ body, headers, status }: EmulatorReply): Buffer => {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries({
      ...headers,
      "Content-Length": body.length,
      Date: new Date().toUTCString(),
      Connection: "close"
    }).map(([name, value]) => `${name}: ${value}`)
  ]
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), body])
}

/** Milliseconds that the client has to take the page and close, for one that is still sending looks at nothing. */
const lingerMillis = 2000

/** `pending` is the reply that a connection waits for, if any. */
export const makeMalformed = (pending: (socket: Socket) => ServerResponse | undefined) => {
  const closing = new WeakSet<Socket>()
  const close = (socket: Socket, page: EmulatorReply): void => {
    if (!socket.writable) return
    socket.end(write(page))
    const timer = setTimeout(() => socket.destroy(), lingerMillis)
    socket.once("close", () => clearTimeout(timer))
  }
  return (error: ParseError, socket: Socket): void => {
    // Whatever else comes is nothing, too.
    if (closing.has(socket)) return
    closing.add(socket)
    const answerable = error.code?.startsWith("HPE_") === true && error.code !== "HPE_INVALID_EOF_STATE"
    const reply = pending(socket)
    if (answerable && reply === undefined) close(socket, pageFor(error))
    // The request before it still gets its reply.
    else if (answerable && reply?.req.complete === true) reply.once("close", () => close(socket, pageFor(error)))
    // It is the body that is wrong, of a request whose turn it is.
    else if (answerable && reply?.socket === socket && !reply.headersSent) close(socket, pageFor(error))
    else socket.destroy()
  }
}
