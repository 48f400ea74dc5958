/**
 * How the OpenID library talks to a provider: through {@link Transport}, and with errors as values. The library's own
 * errors hold replies and bodies, tokens among them: what they mean is told here, and they go no further.
 */
import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ResponseBodyError, type CustomFetch } from "openid-client"
import { retryAfter } from "../../internal/replyError.ts"
import { traced } from "../../internal/tracing.ts"
import { version } from "../../internal/version.ts"
import { ProviderRefused, ProviderUnavailable, ProviderUnsuitable, type ProviderRequest } from "../../ProviderError.ts"
import { ReplyUndecodable } from "../../SkahaError.ts"
import { Transport, type TransportFailure, type TransportReply, type TransportRequest } from "../../Transport.ts"

/** How to talk to identity providers. */
export interface ProviderOptions {
  /** Seconds that each request may take: more than 0. Default 30. */
  readonly timeout?: number | undefined
  /**
   * Whether a provider on this machine (`localhost`, `127.0.0.1`, `::1`) may be asked without TLS. Default `false`. For
   * tests: others never are.
   */
  readonly allowInsecureRequests?: boolean | undefined
}

/** What any request to an identity provider can fail with. */
export type ProviderFailure = ProviderUnavailable | ProviderUnsuitable | ProviderRefused | ReplyUndecodable

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Whether an address may be sent to: https, or http on this machine where that is allowed. */
export const isSafeAddress = ({ protocol, hostname }: URL, { allowInsecureRequests }: ProviderOptions): boolean =>
  protocol === "https:" || (protocol === "http:" && allowInsecureRequests === true && loopback.test(hostname))

/** A fetched body is text, or a form that is about to be. */
type Body = Parameters<CustomFetch>[1]["body"]

const textOf = (body: Body): string | undefined =>
  typeof body === "string" ? body : body instanceof URLSearchParams ? body.toString() : undefined

const requestOf = (
  operation: string,
  url: URL,
  { method, headers, body: given }: Parameters<CustomFetch>[1],
  seconds: number
): TransportRequest => {
  const body = textOf(given)
  return {
    operation,
    method: method === "POST" ? "POST" : "GET",
    origin: url.origin,
    path: url.pathname,
    query: url.search,
    headers: { ...headers, "user-agent": `skaha-typescript/${version}` },
    limits: { connect: Math.min(10, seconds), headers: seconds, body: seconds, total: seconds },
    ...(body === undefined ? {} : { body })
  }
}

/** Statuses that have no body. */
const bodiless = new Set([204, 205, 304])

/**
 * A reply, as the library wants it. Of the headers it gets the content's type alone: a challenge, which providers send
 * beside an error, would hide the error from it.
 */
const responseOf = ({ status, headers, body }: TransportReply): Response =>
  new Response(bodiless.has(status) ? null : body, {
    status,
    headers: { "content-type": headers["content-type"] ?? "" }
  })

/** OAuth's words are short and plain; what is not could be anything. */
const wordOf = (error: string): { readonly error?: string } => (/^[a-z_]{1,40}$/.test(error) ? { error } : {})

/** How far an exchange got. */
interface Progress {
  request?: TransportRequest
  reply?: TransportReply
  /** Why the last request had no reply. */
  failed?: Cause.Cause<TransportFailure>
  /** The address that is not safe to be sent to. */
  unsafe?: URL
}

const wordsOf = (failure: TransportFailure): string =>
  failure._tag === "ConnectionFailed" ? failure.reason : failure.message

/** What an exchange is for. */
interface Purpose {
  /** The public operation; errors carry it. */
  readonly operation: string
  readonly request: ProviderRequest
  /** Where the first request goes. */
  readonly address: string
}

/** What went wrong, by how far it got and what the library threw. */
const meaning = (
  { operation, request: wanted, address }: Purpose,
  { request, reply, unsafe }: Progress,
  thrown: unknown,
  now: number
): ProviderFailure => {
  const origin = unsafe?.origin ?? request?.origin ?? URL.parse(address)?.origin ?? address
  const place = { operation, ...(request === undefined ? {} : { method: request.method, path: request.path }) }
  if (unsafe !== undefined) {
    return new ProviderUnsuitable({ ...place, origin, problem: "address", reason: "its address is not https" })
  }
  if (reply === undefined) {
    const reason = "an address that is needed is missing or none, or the client has no id"
    return new ProviderUnsuitable({ ...place, origin, problem: "endpoint", reason })
  }
  const { status, headers } = reply
  if (status === 429 || status >= 500) {
    const seconds = retryAfter(headers["retry-after"], now)
    return new ProviderUnavailable({
      ...place,
      origin,
      status,
      reason: `it answered with ${status}`,
      ...(seconds === undefined ? {} : { retryAfter: seconds })
    })
  }
  if (status < 200 || status >= 300) {
    const word = thrown instanceof ResponseBodyError ? wordOf(thrown.error) : {}
    return new ProviderRefused({ ...place, origin, request: wanted, status, ...word })
  }
  return undecodable(place, origin, headers["content-type"])
}

/** A reply that is not what OpenID says. */
const undecodable = (
  place: { readonly operation: string; readonly method?: string; readonly path?: string },
  origin: string,
  contentType?: string
): ReplyUndecodable =>
  new ReplyUndecodable({
    ...place,
    reason: `what the identity provider ${origin} sent is not what OpenID says`,
    ...(contentType === undefined ? {} : { contentType })
  })

/**
 * Runs what the library does, one request after the other, on a `fetch` that goes through the {@link Transport}.
 * Interrupting it aborts the request that is under way. What it gives is `undefined` where the reply, though the
 * library took it, cannot be used.
 */
export const exchange = Effect.fnUntraced(function* <A>(
  purpose: Purpose,
  options: ProviderOptions,
  use: (fetch: CustomFetch) => Promise<A | undefined>
) {
  const transport = yield* Transport
  const context = yield* Effect.context<never>()
  const now = yield* Clock.currentTimeMillis
  const progress: Progress = {}

  const fetchWith =
    (signal: AbortSignal): CustomFetch =>
    async (address, init) => {
      const url = new URL(address)
      if (!isSafeAddress(url, options)) {
        progress.unsafe = url
        throw new Error("not safe")
      }
      const request = requestOf(purpose.operation, url, init, options.timeout ?? 30)
      progress.request = request
      delete progress.reply
      const sent = traced(request, url, false, transport.send)
      const exit = await Effect.runPromiseExitWith(context)(sent, { signal })
      if (Exit.isFailure(exit)) {
        progress.failed = exit.cause
        throw new Error("no reply")
      }
      progress.reply = exit.value
      return responseOf(exit.value)
    }

  const used = Effect.tryPromise({
    try: (signal) => use(fetchWith(signal)),
    catch: (thrown) => meaning(purpose, progress, thrown, now)
  })
  const result = yield* Effect.catch(used, (failure): Effect.Effect<undefined, ProviderFailure> => {
    const { failed, request } = progress
    if (failed === undefined || request === undefined) return Effect.fail(failure)
    const { operation, method, path, origin = "" } = request
    return Effect.mapError(
      Effect.failCause(failed),
      (lost) => new ProviderUnavailable({ operation, method, path, origin, reason: wordsOf(lost) })
    )
  })
  return result ?? (yield* meaning(purpose, progress, undefined, now))
})
