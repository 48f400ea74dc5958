/**
 * The one door to the network: a plain request record in, status, headers and body out.
 *
 * Everything that this SDK asks a platform goes through {@link Transport}; credentials, base address, error mapping
 * and spans are decorations of it (see `PlatformClient`). It has two makers: over any Effect `HttpClient` here, which
 * runs anywhere, and straight on undici in `@skaha/core/node`, which is several times as fast.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import { makeHttpClientTransport } from "./internal/httpClientTransport.ts"
import type { Settings } from "./Settings.ts"
import type { CertificateUnusable, FileUnwritable } from "./FileError.ts"
import type { ConnectionFailed, RequestTimeout } from "./NetworkError.ts"
import type { CredentialsMisdirected, WorkersFailed } from "./SkahaError.ts"

/** The limits of one request, in seconds. */
export interface Limits {
  /** To connect. */
  readonly connect: number
  /** From the request's last byte to the reply's headers. */
  readonly headers: number
  /** Of silence within the body. */
  readonly body: number
  /** From the start of the request to the last byte of the reply; absent for none. */
  readonly total?: number
}

/** A request, ready to be sent. */
export interface TransportRequest {
  /** The public operation it belongs to, such as `Sessions.info`; errors carry it. */
  readonly operation: string
  readonly method: "GET" | "HEAD" | "POST" | "DELETE"
  /**
   * Scheme, host and port to send it to. Default the platform's. An identity provider or a registry is another: no
   * client certificate is shown there, and no cookies go with it.
   */
  readonly origin?: string
  /** The path, without a query; errors and spans carry it. */
  readonly path: string
  /** What follows the path, with its `?`; empty for none. */
  readonly query: string
  /** Header names in lower case. They hold secrets: never log them. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, urlencoded; absent for none. */
  readonly body?: string
  /** Whether the browser's own cookies go with it, where there is a browser. */
  readonly cookies?: boolean
  /**
   * Whether nothing goes with it that says who asks: no client certificate and no cookies, wherever it is sent to. A
   * browser, which does not let the replies of other origins be seen, follows redirects and gives such a reply the
   * status 0 and no body.
   */
  readonly anonymous?: boolean
  readonly limits: Limits
  /**
   * The file that the body of a success (2xx) is written to, straight from the socket and inflated, instead of being
   * given; its folder must be there. Whatever was in the file before is replaced when all has come, and only then. The
   * body of any other status, and a page (`text/html`), is given; a transport without files gives every body.
   */
  readonly saveAs?: string
}

/** A reply, read to its end. */
export interface TransportReply {
  readonly status: number
  /**
   * Header names in lower case; of a header that came more than once, all values, joined by `, `. They stand as they
   * came: where there is a `content-encoding`, `content-length` counts the body as it was on its way.
   */
  readonly headers: Readonly<Record<string, string>>
  /** The body, inflated, as UTF-8 without a byte-order mark; empty when it was saved. */
  readonly body: string
  /** The bytes that were written to the file of `saveAs`; absent where the body is given. */
  readonly saved?: number
}

/** What a transport can fail with by itself. Any reply at all, a 500 too, is a success here. */
export type TransportFailure =
  | RequestTimeout
  | ConnectionFailed
  | CredentialsMisdirected
  | CertificateUnusable
  | FileUnwritable
  | WorkersFailed

/**
 * The one door to the network.
 *
 * @example
 * ```ts
 * import { Transport } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * // A transport that never leaves the process: every session's log is "hello".
 * const hello = Layer.succeed(Transport, {
 *   send: () => Effect.succeed({ status: 200, headers: {}, body: "hello" })
 * })
 * ```
 */
export class Transport extends Context.Service<
  Transport,
  {
    /** Sends one request. Interrupting it aborts it: a request that still waits is never sent. */
    readonly send: (request: TransportRequest) => Effect.Effect<TransportReply, TransportFailure>
  }
>()("@skaha/core/Transport") {
  /** Over whatever `HttpClient` the program brings: fetch, a mock, a recorder. Redirects are its affair. */
  static readonly layerHttpClient: Layer.Layer<Transport, never, Settings | HttpClient.HttpClient> = Layer.effect(
    Transport,
    makeHttpClientTransport
  )

  /** Over `fetch`, which every platform has. Redirects are not followed. */
  static readonly layer: Layer.Layer<Transport, never, Settings> = Transport.layerHttpClient.pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
  )
}
