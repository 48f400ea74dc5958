import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { ConnectionReset, EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import { pacedBody } from "../../internal/faults/pacedBody.ts"
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

const writeHead = (response: ServerResponse, { body, headers, status }: EmulatorReply, chunked: boolean): void => {
  const framing = chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": body.length }
  response.writeHead(status, { ...headers, ...framing })
}

const send = (response: ServerResponse, reply: EmulatorReply): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { body, chunked = false, pace, truncateAt } = reply
    if (truncateAt !== undefined) {
      writeHead(response, reply, chunked)
      response.flushHeaders()
      response.write(body.subarray(0, truncateAt))
      response.socket?.destroySoon()
      return Effect.void
    }
    writeHead(response, reply, chunked || body.length > bufferBytes)
    if (pace === undefined) {
      response.end(body)
      return Effect.void
    }
    response.flushHeaders()
    return Stream.runForEach(pacedBody(body, pace), (piece) => Effect.sync(() => response.write(piece))).pipe(
      Effect.andThen(Effect.sync(() => response.end()))
    )
  })

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
        handle(request).pipe(
          Effect.flatMap((reply) => send(response, reply)),
          Effect.tapDefect((defect) => Effect.logError("a request could not be handled", defect))
        ),
        {
          onExit: (exit) => {
            if (exit._tag === "Failure") response.socket?.resetAndDestroy()
          }
        }
      )
      // The client may leave before it has its reply; after that there is nothing to interrupt any more.
      response.once("close", () => interrupt())
    })
  }
}
