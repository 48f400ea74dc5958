/**
 * The connections of a transport: a pool for each origin, straight or through a proxy.
 */
import { createSecureContext, type SecureContext } from "node:tls"
import * as Redacted from "effect/Redacted"
import { Pool, ProxyAgent, type Dispatcher } from "undici"
import type { ShownCertificate } from "../Relay.ts"
import type { ProxyOf } from "./proxies.ts"

/** How long an idle connection is kept where the server does not say, in milliseconds. */
const keepAlive = 60_000

/**
 * By so many milliseconds an idle connection is given up before the server does so, where it has said when: a request
 * that meets a connection while it is closed may have been carried out, or not.
 */
const keepAliveMargin = 2000

/** Others than the platform are asked little. */
const fewConnections = 4

/** What all connections of a transport have in common. */
export interface ConnectionsOptions {
  /** The platform's origin. */
  readonly origin: string
  /** The most connections to it. */
  readonly concurrency: number
  /** The most milliseconds that making a connection may take: to a proxy, through it, and for TLS. */
  readonly connectTimeout: number
  /** Whether to speak HTTP/2 to who speaks it, over TLS. */
  readonly http2: boolean
  readonly proxyOf: ProxyOf
  /** Authorities to trust, in PEM; `undefined` for those of Node. */
  readonly authorities: ReadonlyArray<string> | undefined
}

/** The pool of an origin. */
export interface Connection {
  readonly dispatcher: Dispatcher
  /** The origin of the proxy in between. */
  readonly proxy: string | undefined
  /** The certificate that is shown there. */
  readonly certificate: ShownCertificate | undefined
}

/** A pool for each origin, opened when it is first asked for. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #open = new Map<string, Connection>()
  readonly #draining = new Set<Dispatcher>()
  #anonymous: SecureContext | undefined
  #destroyed = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /**
   * The pool of an origin, where `certificate` is shown. With another one than before it is a new pool: requests on
   * their way end on the old one, which is then closed.
   */
  to(origin: string, certificate?: ShownCertificate): Connection {
    // Who shows none, where others do, has connections of its own.
    const key = certificate === undefined ? origin : `${origin} with a certificate`
    const known = this.#open.get(key)
    if (known !== undefined && known.certificate === certificate) return known
    const connection = this.#connect(origin, certificate)
    this.#open.set(key, connection)
    if (known !== undefined) this.#drain(known.dispatcher)
    if (this.#destroyed) void connection.dispatcher.destroy()
    return connection
  }

  /** Closes them all at once; requests on their way fail, and so do later ones. */
  async destroy(): Promise<void> {
    this.#destroyed = true
    const all = [...this.#draining, ...[...this.#open.values()].map(({ dispatcher }) => dispatcher)]
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()))
  }

  #drain(dispatcher: Dispatcher): void {
    this.#draining.add(dispatcher)
    const forget = () => this.#draining.delete(dispatcher)
    // It fails when all is destroyed in the meantime.
    dispatcher.close().then(forget, forget)
  }

  #connect(origin: string, certificate: ShownCertificate | undefined): Connection {
    const { concurrency, connectTimeout, http2, origin: platform, proxyOf } = this.#options
    const pool = {
      // Over HTTP/2 there is another connection only when the server takes no more streams on those that are there.
      connections: origin === platform ? concurrency : fewConnections,
      pipelining: 1,
      allowH2: http2,
      keepAliveTimeout: keepAlive,
      keepAliveTimeoutThreshold: keepAliveMargin
    }
    const proxy = proxyOf(origin)
    const end = this.#connector(origin, certificate)
    if (proxy === undefined) {
      return { dispatcher: new Pool(origin, { ...pool, connect: end }), proxy: undefined, certificate }
    }
    const dispatcher = new ProxyAgent({
      ...pool,
      uri: proxy.origin,
      ...(proxy.authorization === undefined ? {} : { token: Redacted.value(proxy.authorization) }),
      requestTls: end,
      // The certificate is none of the proxy's business.
      proxyTls: this.#connector(proxy.origin, undefined),
      // The way through the proxy is asked for by a request, too; undici would wait for minutes.
      clientFactory: (url, options) => new Pool(url, { ...options, headersTimeout: connectTimeout }),
      // What is forwarded instead has connections to the proxy, as few and as long-lived as any.
      factory: (url, options) => new Pool(url, Object.assign(options, pool))
    })
    return { dispatcher, proxy: proxy.origin, certificate }
  }

  #connector(origin: string, certificate: ShownCertificate | undefined) {
    const { connectTimeout, http2 } = this.#options
    const options = { timeout: connectTimeout, allowH2: http2, preferH2: http2 }
    return origin.startsWith("https:") ? { ...options, secureContext: this.#secureContext(certificate) } : options
  }

  /** Made once, not for each connection: reading the authorities takes longer than a handshake. */
  #secureContext(certificate: ShownCertificate | undefined): SecureContext {
    const { authorities } = this.#options
    const options = {
      minVersion: "TLSv1.2",
      ...(authorities === undefined ? {} : { ca: [...authorities] })
    } as const
    if (certificate === undefined) return (this.#anonymous ??= createSecureContext(options))
    return createSecureContext({ ...options, cert: certificate.chain, key: Redacted.value(certificate.key) })
  }
}
