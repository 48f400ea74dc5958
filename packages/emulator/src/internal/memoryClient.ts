import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import type { ConnectionReset, EmulatorReply, EmulatorRequest } from "../Exchange.ts"
import { pacedBody } from "./faults/pacedBody.ts"
import { framing } from "./http/framing.ts"

interface Body {
  readonly bytes: Uint8Array
  readonly contentType?: string | undefined
}

const noBody: Body = { bytes: new Uint8Array(0) }

/** The form of a body which the web platform knows how to write out. */
const writeOut = (body: FormData): Promise<Body> => {
  const written = new Response(body)
  return written.arrayBuffer().then((buffer) => ({
    bytes: new Uint8Array(buffer),
    contentType: written.headers.get("content-type") ?? undefined
  }))
}

const readBody = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<Body, HttpClientError.HttpClientError> => {
  const failed = (cause: unknown) =>
    new HttpClientError.HttpClientError({ reason: new HttpClientError.EncodeError({ request, cause }) })
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(noBody)
    case "Uint8Array":
      return Effect.succeed({ bytes: body.body })
    case "FormData":
      return Effect.tryPromise({ try: () => writeOut(body.formData), catch: failed })
    case "Stream":
      return Stream.mkUint8Array(body.stream).pipe(
        Effect.map((bytes) => ({ bytes })),
        Effect.mapError(failed)
      )
    default:
      return typeof body.body === "string"
        ? Effect.succeed({ bytes: new TextEncoder().encode(body.body) })
        : Effect.fail(failed("only a string is a raw body here"))
  }
}

/** Statuses that have no body, not even an empty one. */
const bodiless = new Set([101, 204, 205, 304])

/**
 * The reply as a response. Reading its body waits for nothing, not even a promise, or for the clock alone: so under a
 * `TestClock`, which does not wait for promises, a reply has been read before time goes on.
 */
const toResponse = (
  request: HttpClientRequest.HttpClientRequest,
  reply: EmulatorReply
): HttpClientResponse.HttpClientResponse => {
  const sent = request.method === "HEAD" ? 0 : reply.truncateAt
  const body = new Uint8Array(sent === undefined ? reply.body : reply.body.subarray(0, sent))
  const { status, pace } = reply
  const headers = { ...reply.headers, ...framing(reply) }
  if (bodiless.has(status)) return HttpClientResponse.fromWeb(request, new Response(null, { status, headers }))
  return Object.defineProperties(HttpClientResponse.fromWeb(request, new Response(body, { status, headers })), {
    stream: { value: pace === undefined ? Stream.make(body) : pacedBody(body, pace) },
    arrayBuffer: {
      value:
        pace === undefined
          ? Effect.sync(() => body.slice().buffer)
          : Effect.map(Stream.mkUint8Array(pacedBody(body, pace)), (bytes) => bytes.slice().buffer)
    }
  })
}

/** An HTTP client that hands its requests to the emulator in the same process. */
export const makeMemoryClient = (
  handle: (request: EmulatorRequest) => Effect.Effect<EmulatorReply, ConnectionReset>
): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.flatMap(readBody(request), ({ bytes, contentType }) =>
      handle({
        method: request.method,
        target: url.pathname + url.search,
        headers: {
          host: url.host,
          ...request.headers,
          ...(contentType === undefined ? undefined : { "content-type": contentType })
        },
        body: bytes,
        scheme: url.protocol === "https:" ? "https" : "http"
      }).pipe(
        Effect.map((reply) => toResponse(request, reply)),
        Effect.mapError(
          (cause) =>
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, cause, description: cause.message })
            })
        )
      )
    )
  )
