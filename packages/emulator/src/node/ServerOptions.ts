import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"

/** What HTTPS needs: texts in PEM. */
export interface ServerTls {
  readonly key: string
  /** The server's certificate, and those of the authorities between it and the one that clients know. */
  readonly cert: string
  /**
   * The authorities whose client certificates count, and their proxy certificates (RFC 3820 and before). Clients are
   * asked for a certificate and may have none. Default: nobody is asked.
   */
  readonly clientCa?: string | undefined
}

/** Where the platform is reached, and how. */
export interface ServerOptions {
  /** From 0 to 65535. Default 0: any free port. */
  readonly port?: number | undefined
  /** The address to listen on. Default `127.0.0.1`: reached from this machine only. */
  readonly host?: string | undefined
  /**
   * Further names under which clients may reach the server, as in their `Host` header; with a port, or for any port.
   * `127.0.0.1`, `localhost`, `[::1]` and `host` itself, with the server's port, are always among them.
   */
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  /**
   * Further origins whose pages may call, e.g. `http://localhost:3000`. The server's own is always among them. `*` is
   * any origin; cookies and client certificates, which a browser sends for any page, then do not count for its pages.
   */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** Makes it HTTPS (TLS 1.2 or newer). Default: plain HTTP. */
  readonly tls?: ServerTls | undefined
  /**
   * How long a connection may stay silent within a request or a reply before it is closed. Default 20 seconds, as on
   * the platform; it must be above zero. Between requests a connection may be silent for ten minutes.
   */
  readonly timeout?: Duration.Input | undefined
  /**
   * An extension, which the platform lacks: pages of the allowed origins may read replies (CORS). Default false.
   */
  readonly cors?: boolean | undefined
  /** An extension, which the platform lacks: HTTP/2 beside HTTP/1.1. Needs `tls`. Default false. */
  readonly http2?: boolean | undefined
}

/** The server could not listen: `code` is the system's word for why, such as `EADDRINUSE`. */
export class ListenError extends Data.TaggedError("ListenError")<{
  readonly host: string
  readonly port: number
  readonly code: string
  readonly cause: unknown
}> {
  override get message() {
    const why: Record<string, string> = {
      EADDRINUSE: "it is in use",
      EACCES: "permission denied",
      EADDRNOTAVAIL: "this machine has no such address",
      ENOTFOUND: "no such host"
    }
    return `cannot listen on ${this.host} port ${this.port}: ${why[this.code] ?? this.code}`
  }
}

/** The options make no server. */
export class ServerOptionsError extends Data.TaggedError("ServerOptionsError")<{
  readonly option: "host" | "port" | "tls" | "http2"
  readonly reason: string
  readonly cause?: unknown
}> {
  override get message() {
    return `${this.option}: ${this.reason}`
  }
}
