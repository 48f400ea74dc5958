import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { IncomingMessage } from "node:http"
import { Http2ServerRequest, Http2ServerResponse } from "node:http2"
import { TLSSocket } from "node:tls"
import type { ClientCertificate, ConnectionReset, EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import { utf8 } from "../../internal/http/replies.ts"
import { errorPage } from "../../internal/http/tomcat.ts"
import type { ClientCertificates } from "./ClientCertificates.ts"
import { preflight, share } from "./cors.ts"
import { type Guard, type Verdict, withoutCookies } from "./guard.ts"
import { readBody, readHeaders } from "./readRequest.ts"
import { breakOff, type Response, send } from "./sendReply.ts"
import type { Turns } from "./Turns.ts"

type Message = IncomingMessage | Http2ServerRequest

export interface ListenerOptions {
  readonly handle: (request: EmulatorRequest) => Effect.Effect<EmulatorReply, ConnectionReset>
  readonly context: Context.Context<never>
  readonly guard: Guard
  readonly scheme: "http" | "https"
  /** `undefined`: clients are not asked for any. */
  readonly certificates: ClientCertificates | undefined
  readonly turns: Turns
  readonly cors: boolean
  /** Milliseconds that a client may take for the next piece of what it sends, or of what it is sent. */
  readonly patience: number
}

const refusal = (reason: string): EmulatorReply => ({
  status: 403,
  headers: { "Content-Type": "text/plain" },
  body: utf8(`${reason}\n`)
})

/** The thin shell around the emulator: an HTTP message becomes a record, and a record an HTTP message. */
export const makeListener = (options: ListenerOptions) => {
  const { certificates, context, cors, guard, handle, patience, scheme, turns } = options
  const run = Effect.runCallbackWith(context)

  const certificateOf = (message: Message, now: number): ClientCertificate | undefined => {
    const connection = message instanceof Http2ServerRequest ? message.stream.session : message.socket
    return connection !== undefined && message.socket instanceof TLSSocket
      ? certificates?.of(connection, message.socket, now)
      : undefined
  }

  /** The reply to what is not the platform's business. */
  const earlyReply = (
    { httpVersion, method }: Message,
    headers: Readonly<Record<string, string>>,
    verdict: Verdict
  ): EmulatorReply | undefined => {
    if (headers["host"] === undefined && httpVersion === "1.1") return errorPage(400, "Missing host header")
    if (verdict._tag === "Refused") return refusal(verdict.reason)
    return cors ? preflight(method, headers) : undefined
  }

  const answer = (message: Message, response: Response): void => {
    const { method = "GET", url: target = "/" } = message
    const sent = readHeaders(message.rawHeaders)
    const verdict = guard(sent)

    const respond = (reply: Effect.Effect<EmulatorReply, ConnectionReset>): void => {
      const interrupt = run(
        reply.pipe(
          Effect.map((reply) => (cors ? share(reply, verdict) : reply)),
          Effect.flatMap((reply) => send(response, reply)),
          Effect.tapDefect((defect) => Effect.logError("a request could not be handled", defect))
        ),
        {
          onExit: (exit) => {
            if (exit._tag === "Success") response.setTimeout(patience, () => response.destroy())
            else breakOff(response)
          }
        }
      )
      // The client may leave before it has its reply; after that there is nothing to interrupt any more.
      response.once("close", () => interrupt())
    }

    const early = earlyReply(message, sent, verdict)
    if (early !== undefined) return respond(Effect.succeed(early))
    const anybody = verdict._tag === "AllowedAsAnybody"
    const headers = anybody ? withoutCookies(sent) : sent
    readBody(message, { patience, onStalled: () => response.destroy() }, (body) =>
      respond(
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const certificate = anybody ? undefined : certificateOf(message, now)
          return handle({ method, target, headers, body, scheme, certificate })
        })
      )
    )
  }

  return (message: Message, response: Response): void => {
    if (response instanceof Http2ServerResponse) answer(message, response)
    else turns.take(message.socket, response, () => answer(message, response))
  }
}
