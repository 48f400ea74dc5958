import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { ConnectionReset, EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import type { Guard } from "./guard.ts"

/** The platform ignores a body that is longer than this; one byte more shows it that it was. */
const maxBodyBytes = 2 * 1024 * 1024 + 1

/** The platform sends what is longer than its buffer in chunks. */
const bufferBytes = 8192

/** Pairs of name and value as they came; a name that comes again adds to its value. */
const readHeaders = (raw: ReadonlyArray<string>): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase()
    const value = raw[at + 1] ?? ""
    const known = headers[name]
    headers[name] = known === undefined ? value : `${known}, ${value}`
  }
  return headers
}

const noBody = new Uint8Array(0)

const readBody = (message: IncomingMessage, headers: Record<string, string>, use: (body: Uint8Array) => void): void => {
  if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) return use(noBody)
  const chunks: Array<Buffer> = []
  let length = 0
  message.on("data", (chunk: Buffer) => {
    if (length < maxBodyBytes) chunks.push(chunk)
    length += chunk.length
  })
  message.on("end", () => use(Buffer.concat(chunks).subarray(0, maxBodyBytes)))
}

const truncate = (response: ServerResponse, reply: EmulatorReply, bytes: number): void => {
  response.writeHead(reply.status, { ...reply.headers, "Content-Length": reply.body.length })
  response.flushHeaders()
  response.write(reply.body.subarray(0, bytes))
  response.socket?.destroySoon()
}

const send = (response: ServerResponse, reply: EmulatorReply): void => {
  if (reply.truncateAt !== undefined) return truncate(response, reply, reply.truncateAt)
  const framing =
    reply.chunked === true || reply.body.length > bufferBytes
      ? { "Transfer-Encoding": "chunked" }
      : { "Content-Length": reply.body.length }
  response.writeHead(reply.status, { ...reply.headers, ...framing })
  response.end(reply.body)
}

const refuse = (response: ServerResponse, reason: string): void => {
  response.writeHead(403, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(reason) + 1 })
  response.end(`${reason}\n`)
}

/** The thin shell around the emulator: an HTTP message becomes a record, and a record an HTTP message. */
export const makeListener = (
  handle: (request: EmulatorRequest) => Effect.Effect<EmulatorReply, ConnectionReset>,
  context: Context.Context<never>,
  guard: Guard
) => {
  const run = Effect.runCallbackWith(context)
  return (message: IncomingMessage, response: ServerResponse): void => {
    const headers = readHeaders(message.rawHeaders)
    const reason = guard(headers)
    if (reason !== undefined) return refuse(response, reason)
    readBody(message, headers, (body) => {
      const request = { method: message.method ?? "GET", target: message.url ?? "/", headers, body }
      const interrupt = run(
        Effect.tapDefect(handle(request), (defect) => Effect.logError("a request could not be handled", defect)),
        {
          onExit: (exit) => {
            if (exit._tag === "Success") send(response, exit.value)
            else response.socket?.resetAndDestroy()
          }
        }
      )
      // The client may leave before it has its reply; after that there is nothing to interrupt any more.
      response.once("close", () => interrupt())
    })
  }
}
