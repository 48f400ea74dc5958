/**
 * A transport over any Effect `HttpClient`.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import { ConnectionFailed, RequestTimeout, type TimeoutPhase } from "../NetworkError.ts"
import { Settings } from "../Settings.ts"
import type { Transport, TransportRequest } from "../Transport.ts"
import { failureOf, harmlessCause } from "./failureReason.ts"
import { isUnsent } from "./unsent.ts"

/** Headers that a browser sets itself, or that would cost a preflight request for nothing. */
const notInBrowser = new Set(["date", "user-agent", "x-skaha-authentication-type"])

/** The headers to give to a client: in a browser, without those that it forbids or preflights for nothing. */
export const portableHeaders = (
  { headers, body }: Pick<TransportRequest, "headers" | "body">,
  browser: boolean
): Readonly<Record<string, string>> =>
  browser
    ? Object.fromEntries(
        Object.entries(headers).filter(
          ([name]) => !notInBrowser.has(name) && (name !== "content-type" || body !== undefined)
        )
      )
    : headers

const inBrowser = "document" in globalThis || "WorkerGlobalScope" in globalThis

/**
 * The bytes that the body of a reply must have at least; 0 where that is not known. A browser counts for itself, and does
 * not show to other origins whether the length is that of an encoded body.
 */
const promisedBytes = (
  { method }: TransportRequest,
  { headers, status }: Pick<HttpClientResponse.HttpClientResponse, "headers" | "status">
): number =>
  inBrowser || method === "HEAD" || status === 304 || headers["content-encoding"] !== undefined
    ? 0
    : Number(headers["content-length"] ?? 0)

const timedOut = (request: TransportRequest, phase: TimeoutPhase, limit: number): RequestTimeout =>
  new RequestTimeout({ operation: request.operation, method: request.method, path: request.path, phase, limit })

/** Sends the browser's cookies with a request to another origin than the page's. Of use to `fetch` alone. */
const withCookies = Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual", credentials: "include" })

/**
 * Sends a request without anything of the user's. Of use to `fetch` alone. In a browser a
 * page of another origin rarely allows that its reply is seen; `no-cors` tells at least that there is one.
 */
const withoutCookies = Effect.provideService(FetchHttpClient.RequestInit, {
  credentials: "omit",
  ...(inBrowser ? { mode: "no-cors", redirect: "follow" } : { redirect: "manual" })
})

/** Makes a transport of the `HttpClient` in the context. */
export const makeHttpClientTransport = Effect.gen(function* () {
  const { origin } = yield* Settings
  // Scoped, so that giving a reply up, half read, closes its connection.
  const client = (yield* HttpClient.HttpClient).pipe(HttpClient.withScope)

  const placeOf = (request: TransportRequest) => ({
    operation: request.operation,
    method: request.method,
    path: request.path,
    origin: request.origin ?? origin
  })

  const connectionFailed = (request: TransportRequest) => (error: HttpClientError.HttpClientError) =>
    new ConnectionFailed({
      ...placeOf(request),
      // Not the error's own message, which holds the query.
      ...failureOf(error.reason.cause ?? error.reason.description),
      ...(isUnsent(error.reason.cause) ? { unsent: true } : {}),
      // Not the error itself: it holds the whole request, with its secrets; and a bad address is quoted in its cause.
      ...(error.reason._tag === "InvalidUrlError" ? {} : harmlessCause(error.reason.cause))
    })

  const send = Effect.fnUntraced(function* (request: TransportRequest) {
    const { limits } = request
    // Connecting cannot be told from waiting here: the two are one phase.
    const response = yield* client
      .execute(
        HttpClientRequest.make(request.method)((request.origin ?? origin) + request.path + request.query).pipe(
          HttpClientRequest.setHeaders(portableHeaders(request, inBrowser)),
          request.body === undefined
            ? (self) => self
            : HttpClientRequest.bodyText(request.body, request.headers["content-type"])
        )
      )
      .pipe(
        Effect.mapError(connectionFailed(request)),
        Effect.timeoutOrElse({
          duration: limits.headers * 1000,
          orElse: () => Effect.fail(timedOut(request, "headers", limits.headers))
        })
      )
    let bytes = 0
    const body = yield* response.stream.pipe(
      // A reply of no body at all, such as a 204 or a redirect that a browser hides, is an empty one.
      Stream.catch((error) =>
        error.reason._tag === "EmptyBodyError" ? Stream.empty : Stream.fail(connectionFailed(request)(error))
      ),
      Stream.timeoutOrElse({
        duration: limits.body * 1000,
        orElse: () => Stream.fail(timedOut(request, "body", limits.body))
      }),
      Stream.map((chunk) => {
        bytes += chunk.length
        return chunk
      }),
      Stream.decodeText(),
      Stream.mkString
    )
    if (bytes < promisedBytes(request, response)) {
      return yield* new ConnectionFailed({ ...placeOf(request), reason: "the reply was cut" })
    }
    return { status: response.status, headers: { ...response.headers }, body }
  }, Effect.scoped)

  const service: Transport["Service"] = {
    send: (request) => {
      const { total } = request.limits
      return send(request).pipe(
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        request.anonymous === true ? withoutCookies : request.cookies === true ? withCookies : (self) => self,
        (effect) =>
          total === undefined
            ? effect
            : Effect.timeoutOrElse(effect, {
                duration: total * 1000,
                orElse: () => Effect.fail(timedOut(request, "total", total))
              })
      )
    }
  }
  return service
})
