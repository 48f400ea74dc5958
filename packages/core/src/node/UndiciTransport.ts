/**
 * The transport for Node: straight on undici's dispatcher, one pool of kept connections to each origin.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Settings } from "../Settings.ts"
import { ConfigurationInvalid } from "../SkahaError.ts"
import { Transport, type Limits, type TransportFailure, type TransportRequest } from "../Transport.ts"
import type { Certificate } from "./Certificate.ts"
import type { Environment } from "./configurationEnvironment.ts"
import { authoritiesOf } from "./internal/authorities.ts"
import { Connections } from "./internal/Connections.ts"
import { Deadlines } from "./internal/Deadlines.ts"
import { Exchange, textOf, type Bodies, type ReplyWith } from "./internal/Exchange.ts"
import { acceptEncoding } from "./internal/inflating.ts"
import { large } from "./internal/large.ts"
import { environmentProxies, parseProxy, type ProxyOf } from "./internal/proxies.ts"
import { inTurn } from "./internal/turns.ts"
import { Relay, relaying, type Network, type Send, type ShownCertificate } from "./Relay.ts"

/** How connections are made. */
export interface ConnectionOptions {
  /**
   * The client certificate, with its chain. It is shown to the platform, which has to be asked over https, and to
   * nobody else; also through a proxy. When its file changes, new connections are made with what it holds then.
   */
  readonly certificate?: Certificate | undefined
  /** Other origins that the certificate is shown to, such as `https://ws.example.org`. Default none. */
  readonly certificateOrigins?: ReadonlyArray<string> | undefined
  /**
   * Files in PEM with authorities to trust, beside those that Node knows and the file that `SSL_CERT_FILE` names;
   * `~` is the user's home. Node's own are to be had with `NODE_EXTRA_CA_CERTS` and `NODE_USE_SYSTEM_CA`.
   */
  readonly ca?: string | ReadonlyArray<string> | undefined
  /** Whether to trust the authorities of the system's own store, too. Default `false`. */
  readonly systemCa?: boolean | undefined
  /**
   * The address of a proxy for everything, such as `http://user:password@proxy.example:3128`, or `false` for none.
   * Default what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say, also in small letters.
   */
  readonly proxy?: string | Redacted.Redacted | false | undefined
  /**
   * Whether to speak HTTP/2 to servers that speak it over https, and HTTP/1.1 to others. Requests share connections
   * then, as many on each as the server takes, and at most 100: another connection is made when these are full. Default
   * `false`: each request has a connection of its own while it lasts.
   */
  readonly http2?: boolean | undefined
  /** The variables that are looked up. Default those of the process. */
  readonly env?: Environment | undefined
}

const invalid = (field: string, message: string) =>
  new ConfigurationInvalid({ operation: "UndiciTransport.layerWith", problems: [{ field, message }] })

const notAProxy = "not the address of an http or https proxy"

const proxyOf = (proxy: ConnectionOptions["proxy"], env: Environment): Result.Result<ProxyOf, ConfigurationInvalid> => {
  if (proxy === false) return Result.succeed(() => undefined)
  if (proxy === undefined) return Result.mapError(environmentProxies(env), (name) => invalid(name, notAProxy))
  const one = parseProxy(Redacted.isRedacted(proxy) ? Redacted.value(proxy) : proxy)
  return one === undefined ? Result.fail(invalid("proxy", notAProxy)) : Result.succeed(() => one)
}

export { textOf, type Bodies } from "./internal/Exchange.ts"

/**
 * The body as text, as {@link textOf} gives it: a large one when it is its turn, so that many that come at once do not
 * hold up this thread.
 *
 * @example
 * ```ts
 * import { UndiciTransport } from "@skaha/core/node"
 *
 * const text = UndiciTransport.textInTurn(Buffer.from("what a worker has sent"))
 * ```
 */
export const textInTurn = (body: Buffer): Effect.Effect<string> =>
  body.length < large
    ? Effect.sync(() => textOf(body))
    : Effect.callback((resume) => inTurn(() => resume(Effect.sync(() => textOf(body)))))

type Headers = TransportRequest["headers"]

/** The headers to send, as undici likes them best: names and values in turn. */
const sentHeaders = (headers: Headers): Array<string> => {
  const sent: Array<string> = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) sent.push(name, value)
  }
  if (headers["accept-encoding"] === undefined) sent.push("accept-encoding", acceptEncoding)
  return sent
}

/** The same, made once for requests in a row that share their headers: most of one second do. */
const makeSentHeaders = (): ((headers: Headers) => Array<string>) => {
  let latest: Headers | undefined
  let sent: Array<string> = []
  return (headers) => {
    if (headers !== latest) {
      latest = headers
      sent = sentHeaders(headers)
    }
    return sent
  }
}

/** A limit in milliseconds for undici to watch; 0, which is none, where the limit of the whole comes first anyway. */
const watched = (seconds: number, { total }: Limits): number =>
  total !== undefined && total <= seconds ? 0 : seconds * 1000

/**
 * Sends requests, each with the certificate that comes with it, over connections of its own, which are closed with the
 * scope: what a transport does once all is decided, and the other end of a `Relay`. `bodies` says what
 * becomes of the bytes of a body; a transport reads them as {@link textOf} does. Fails as {@link layerWith} does.
 *
 * @example
 * ```ts
 * import { networkOf, UndiciTransport } from "@skaha/core/node"
 * import { Transport } from "@skaha/core"
 * import * as Effect from "effect/Effect"
 *
 * // The same connections once more, as another thread makes them.
 * const again = Effect.gen(function* () {
 *   const network = networkOf(yield* Transport)
 *   return network === undefined ? undefined : yield* UndiciTransport.makeSend(network, { read: UndiciTransport.textOf })
 * })
 * ```
 */
export const makeSend = Effect.fnUntraced(function* <Body>(options: Network, bodies: Bodies<Body>) {
  const { origin, concurrency, connectTimeout } = yield* Settings
  const { ca = [], systemCa = false, http2 = false, env = process.env } = options
  const authorities = yield* authoritiesOf({
    files: typeof ca === "string" ? [ca] : ca,
    environmentFile: env["SSL_CERT_FILE"],
    system: systemCa
  })
  const connections = new Connections({
    origin,
    concurrency,
    connectTimeout: connectTimeout * 1000,
    http2,
    proxyOf: yield* Effect.fromResult(proxyOf(options.proxy, env)),
    authorities
  })
  yield* Effect.addFinalizer(() => Effect.promise(() => connections.destroy()))
  const deadlines = yield* Effect.acquireRelease(
    Effect.sync(() => new Deadlines()),
    (deadlines) => Effect.sync(() => deadlines.stop())
  )
  const headersOf = makeSentHeaders()

  return (request: TransportRequest, certificate?: ShownCertificate) =>
    Effect.callback<ReplyWith<Body>, TransportFailure>((resume) => {
      const to = request.origin ?? origin
      const { dispatcher, proxy } = connections.to(to, certificate)
      const exchange = new Exchange(request, to, proxy, deadlines, bodies, resume)
      dispatcher.dispatch(
        {
          origin: to,
          method: request.method,
          path: request.path + request.query,
          headers: headersOf(request.headers),
          body: request.body ?? null,
          headersTimeout: watched(request.limits.headers, request.limits),
          bodyTimeout: watched(request.limits.body, request.limits)
        },
        exchange
      )
      return Effect.suspend(() => exchange.giveUp())
    })
})

/**
 * Only what the platform can be asked twice: a create has to be looked after in one place. And only the platform: what
 * goes to an identity provider is the secret of this thread.
 */
const isRelayed = ({ method, origin }: TransportRequest): boolean =>
  origin === undefined && (method === "GET" || method === "DELETE")

const make = Effect.fnUntraced(function* (options: ConnectionOptions) {
  const { origin } = yield* Settings
  const { certificate, certificateOrigins = [] } = options
  const shownTo = new Set([origin, ...certificateOrigins])
  if (certificate !== undefined && ![...shownTo].every((one) => one.startsWith("https://"))) {
    return yield* invalid("certificate", "a certificate can only be shown to an https address")
  }
  const send: Send = yield* makeSend(options, { read: textOf })

  /** From here, or by way of the relay. */
  const sendOrRelay = (request: TransportRequest, content?: ShownCertificate) =>
    Effect.withFiber((fiber) => {
      const relay = fiber.getRef(Relay)
      return relay !== undefined && isRelayed(request) ? relay(request, content) : send(request, content)
    })

  return relaying(
    {
      send: (request) =>
        certificate !== undefined && request.anonymous !== true && shownTo.has(request.origin ?? origin)
          ? Effect.flatMap(certificate.current, (content) => sendOrRelay(request, content))
          : sendOrRelay(request)
    },
    {
      ca: options.ca,
      systemCa: options.systemCa,
      proxy: options.proxy,
      http2: options.http2,
      env: options.env ?? process.env
    }
  )
})

/**
 * Straight on undici's dispatcher, with a client certificate, authorities or a proxy: one pool of `concurrency`
 * connections to the platform, and a small one to each other origin, all kept alive, closed with the scope. TLS is 1.2
 * or newer. The limits are undici's own, and one shared timer watches the totals. Replies may come with gzip or
 * deflate.
 *
 * The body of a success that is to be saved is written to `<file>.partial` as it comes, no faster than the disk takes
 * it, and becomes `<file>` when all is there. After a failure or an interruption `<file>` is as it was, and what came
 * stays in `<file>.partial`.
 *
 * Fails with `ConfigurationInvalid` for a proxy whose address is none, for authorities that cannot be read, and for a
 * certificate that would have to be shown over http. A request fails with `CertificateUnusable` where its certificate
 * cannot be shown.
 *
 * @example
 * ```ts
 * import { Settings } from "@skaha/core"
 * import { UndiciTransport } from "@skaha/core/node"
 * import * as Layer from "effect/Layer"
 *
 * const transport = UndiciTransport.layerWith({ ca: "~/institute.pem", proxy: "http://proxy.example:3128" }).pipe(
 *   Layer.provide(Settings.layer())
 * )
 * ```
 */
export const layerWith = (options: ConnectionOptions): Layer.Layer<Transport, ConfigurationInvalid, Settings> =>
  Layer.effect(Transport, make(options))

/**
 * Straight on undici's dispatcher, through the proxies that the environment names: {@link layerWith} without options.
 *
 * @example
 * ```ts
 * import { Settings } from "@skaha/core"
 * import { UndiciTransport } from "@skaha/core/node"
 * import * as Layer from "effect/Layer"
 *
 * const transport = UndiciTransport.layer.pipe(Layer.provide(Settings.layer()))
 * ```
 */
export const layer: Layer.Layer<Transport, ConfigurationInvalid, Settings> = layerWith({})
