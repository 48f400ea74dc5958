import * as Result from "effect/Result"
import type { EmulatorReply } from "../../Exchange.ts"

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

const plainText = { "Content-Type": "text/plain" }

/** 200 without a body or a content type. */
export const empty: EmulatorReply = { status: 200, headers: {}, body: nothing }

/** A JSON document as given, without a newline at its end. */
export const json = (document: string): EmulatorReply => ({
  status: 200,
  headers: { "Content-Type": "application/json" },
  body: utf8(document)
})

/** JSON of the endpoints that flush what they write: always in chunks. */
export const flushedJson = (document: string): EmulatorReply => ({ ...json(document), chunked: true })

export const text = (body: string | Uint8Array): EmulatorReply => ({
  status: 200,
  headers: plainText,
  body: typeof body === "string" ? utf8(body) : body
})

const refusal = (status: number, message: string): EmulatorReply => ({
  status,
  headers: plainText,
  body: utf8(`${message}\n`)
})

export const badRequest = (message: string) => refusal(400, message)
export const forbidden = (message: string) => refusal(403, message)
export const notFound = (message: string) => refusal(404, message)

/** An exception nobody expected: its `toString()`, the one message without a newline. */
export const unexpected = (exception: string): EmulatorReply => ({
  status: 500,
  headers: plainText,
  body: utf8(`unexpected exception: ${exception}`)
})

/** A credential refused before the action begins; `challenge` is the `WWW-Authenticate` header. */
export const unauthorized = (message: string, challenge: string): EmulatorReply => ({
  status: 401,
  headers: { "WWW-Authenticate": challenge, ...plainText },
  body: utf8(message)
})

/** Nobody calls, in the words of servers up to 1.2.1. */
export const unauthorizedAnonymous: EmulatorReply = refusal(401, "Unauthorized")

/** What every action calls itself. */
export const serverName = "OpenCADC/cadc-rest"

/** A client certificate that does not hold. Nobody is known, and nobody is challenged. */
export const certificateRefused = (reason: string): EmulatorReply => ({
  status: 403,
  headers: { server: serverName, ...plainText },
  body: utf8(`permission denied -- reason: invalid proxy certficate\n${reason}`)
})

/** Something that is needed is away for a while. `path` is what follows the endpoint in the request's path. */
export const unavailable = (path: string | undefined): EmulatorReply => ({
  status: 503,
  headers: { "Retry-After": "30", ...plainText },
  body: utf8(`temporarily unavailable: ${path ?? "null"}\n`)
})

/** A method an endpoint has no action for. Flushed, and outside the action: no `server` header. */
export const methodNotAllowed = (method: string, allow: string): EmulatorReply => ({
  status: 405,
  headers: { Allow: allow, "Content-Type": "text/plain;charset=ISO-8859-1" },
  body: utf8(`unsupported: HTTP ${method}\n`),
  chunked: true
})

/** What a check gives: a value, or the reply that refuses the request. */
export type Checked<A> = Result.Result<A, EmulatorReply>

export const refuse = (reply: EmulatorReply): Checked<never> => Result.fail(reply)
