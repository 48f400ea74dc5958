/**
 * Reading a document that is open to everybody, wherever it is: no credentials go with the request.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ReplyUndecodable } from "../SkahaError.ts"
import { Transport, type TransportRequest } from "../Transport.ts"
import { replyError } from "./replyError.ts"
import { traced } from "./tracing.ts"
import { version } from "./version.ts"

interface PublicDocument<A> {
  /** The public operation; errors carry it. */
  readonly operation: string
  readonly url: URL
  readonly accept: string
  /** Seconds that each request may take. */
  readonly timeout: number
  /** Whether to go where a redirect points. */
  readonly follows: (to: URL, from: URL) => boolean
  /** Reads the body; `undefined` where that is not what was expected. */
  readonly read: (body: string) => A | undefined
  /** What was expected, for the error. */
  readonly expected: string
}

const mostRedirects = 3

/** Whether a status sends elsewhere. */
export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

const requestOf = <A>({ operation, accept, timeout }: PublicDocument<A>, url: URL): TransportRequest => ({
  operation,
  method: "GET",
  origin: url.origin,
  path: url.pathname,
  query: url.search,
  headers: { accept, "user-agent": `skaha-typescript/${version}` },
  limits: { connect: timeout, headers: timeout, body: timeout, total: timeout }
})

/** Reads a document that is open to everybody. */
export const readPublicDocument = Effect.fnUntraced(function* <A>(document: PublicDocument<A>) {
  const { send } = yield* Transport
  let url = document.url
  for (let redirects = 0; ; redirects++) {
    const request = requestOf(document, url)
    const reply = yield* traced(request, url, false, send)
    const contentType = reply.headers["content-type"]
    if (reply.status >= 200 && reply.status < 300) {
      const value = document.read(reply.body)
      if (value !== undefined) return value
      return yield* new ReplyUndecodable({
        operation: request.operation,
        method: request.method,
        path: request.path,
        reason: `${document.expected} was expected`,
        ...(contentType === undefined ? {} : { contentType })
      })
    }
    const location = reply.headers["location"] ?? ""
    const next = isRedirect(reply.status) && URL.canParse(location, url.href) ? new URL(location, url) : undefined
    if (next === undefined || redirects === mostRedirects || !document.follows(next, url)) {
      const now = yield* Clock.currentTimeMillis
      return yield* replyError(request, reply, { anonymous: true, now })
    }
    url = next
  }
})

/** Whether it is an address of the web, without a user or a password. */
export const isWebAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === "" && password === ""
}

/** Whether what is said over a protected connection is taken to an unprotected one. */
export const isDowngrade = (from: URL, to: URL): boolean => from.protocol === "https:" && to.protocol !== "https:"
