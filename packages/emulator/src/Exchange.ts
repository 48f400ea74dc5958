import * as Data from "effect/Data"
import type { FaultAction } from "./Fault.ts"

/**
 * The client certificate of a connection, as the proxy in front of the platform has judged it. Of a proxy certificate
 * it is the certificate at the chain's end: who delegated.
 */
export type ClientCertificate =
  /** `subject` is the distinguished name, the most specific part first: `CN=alice,OU=people,O=Example`. */
  { readonly _tag: "Trusted"; readonly subject: string } | { readonly _tag: "Refused"; readonly reason: string }

/** One HTTP request as the platform sees it: plain data, whoever received it. */
export interface EmulatorRequest {
  /** In upper case, as on the wire. */
  readonly method: string
  /** Path and query exactly as on the request line, e.g. `/skaha/v1/session?view=all`. */
  readonly target: string
  /** Names in lower case; a repeated header is one value joined by `", "`. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The scheme under which the client reaches the platform, for URLs in replies. Default `http`. */
  readonly scheme?: "http" | "https" | undefined
  /** Default: the client has shown none. */
  readonly certificate?: ClientCertificate | undefined
}

/** So many bytes at the end of each such time, in milliseconds. */
export interface Pace {
  readonly bytes: number
  readonly millis: number
}

/** One HTTP reply: plain data, whoever sends it. */
export interface EmulatorReply {
  readonly status: number
  /** Names in the spelling and order in which they are sent. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Whether the platform sends this reply in chunks whatever its size (without, only over 8 KiB). */
  readonly chunked?: boolean | undefined
  /**
   * Set by a `Truncate` fault: the connection breaks after this many bytes of the body, of which the whole length was
   * promised; or of a reply in chunks, which then has no end.
   */
  readonly truncateAt?: number | undefined
  /** Set by a `Slow` fault: how fast the body is sent. Default: at once. */
  readonly pace?: Pace | undefined
}

/** A `Reset` fault: the connection is closed and there is no reply. */
export class ConnectionReset extends Data.TaggedError("ConnectionReset")<{
  readonly method: string
  readonly target: string
}> {
  override get message() {
    return `connection reset on ${this.method} ${this.target}`
  }
}

/** One request the emulator has received. */
export interface JournalEntry {
  readonly method: string
  /** Path and query exactly as received. */
  readonly target: string
  /** `undefined` while there is no reply, and for good if the client left or the connection was reset. */
  readonly status: number | undefined
  /** What the fault did that met the request; not there if none did. */
  readonly fault?: FaultAction["_tag"]
}
