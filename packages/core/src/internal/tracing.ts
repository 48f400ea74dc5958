/**
 * Spans of requests, by the semantic conventions of OpenTelemetry for HTTP clients.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import type { SkahaError } from "../SkahaError.ts"
import type { TransportReply, TransportRequest } from "../Transport.ts"

/** Whether the application has installed a tracer: without one a span would be made and thrown away. */
const isTraced = (fiber: Fiber.Fiber<unknown, unknown>): boolean => fiber.getRef(Tracer.Tracer) !== Tracer.nativeTracer

/** A request that is to be sent again. */
export interface Retry {
  readonly operation: string
  /** Which repeat of it that is, from 1. */
  readonly attempt: number
  /** The seconds that are waited before. */
  readonly delay: number
  /** The code of the error that it failed with. */
  readonly code: string
}

/** Wraps the wait before a request is sent again in a span, when the application has installed a tracer. */
export const retrySpan =
  ({ attempt, code, delay, operation }: Retry) =>
  (wait: Effect.Effect<void>): Effect.Effect<void> =>
    Effect.withFiber((fiber) =>
      isTraced(fiber)
        ? Effect.useSpan(
            "retry",
            {
              attributes: {
                "skaha.operation": operation,
                "http.request.resend_count": attempt,
                "skaha.retry.delay": delay,
                "error.type": code
              }
            },
            () => wait
          )
        : wait
    )

/**
 * Wraps the sending of a request in a span, when the application has installed a tracer. Attributes hold no query, no body and no header.
 */
export const traced = <E extends SkahaError>(
  request: TransportRequest,
  origin: URL,
  propagate: boolean,
  send: (request: TransportRequest) => Effect.Effect<TransportReply, E>
): Effect.Effect<TransportReply, E> =>
  Effect.withFiber((fiber) => {
    if (!isTraced(fiber)) return send(request)
    // A span ends with a result, which must not be the reply: its body is nobody's business.
    let reply: TransportReply = { status: 0, headers: {}, body: "" }
    const spanned = Effect.useSpan(
      request.method,
      {
        kind: "client",
        attributes: {
          "http.request.method": request.method,
          "server.address": origin.hostname,
          "server.port": Number(origin.port) || (origin.protocol === "https:" ? 443 : 80),
          "url.full": origin.origin + request.path,
          "url.path": request.path,
          "url.scheme": origin.protocol.slice(0, -1)
        }
      },
      (span) =>
        send(
          propagate ? { ...request, headers: { ...request.headers, ...HttpTraceContext.toHeaders(span) } } : request
        ).pipe(
          Effect.tapError((error) => Effect.sync(() => span.attribute("error.type", error._tag))),
          Effect.map((received) => {
            reply = received
            span.attribute("http.response.status_code", reply.status)
            if (reply.status >= 400) span.attribute("error.type", String(reply.status))
          })
        )
    )
    return Effect.map(spanned, () => reply)
  })
