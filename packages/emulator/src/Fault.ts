import type * as Duration from "effect/Duration"

/**
 * Which requests a fault meets. All given conditions must hold; none given means every request.
 *
 * `path` and `ids` look at the raw path after `/skaha`, without the query: `/v1/session/abc12345`.
 */
export interface FaultMatch {
  /** E.g. `POST`. */
  readonly method?: string | undefined
  /** A string is the whole path; a pattern may match anywhere in it. */
  readonly path?: RegExp | string | undefined
  /** The path is that of one of these sessions (or of an app of it). */
  readonly ids?: ReadonlyArray<string> | undefined
  /** Only every n-th request that meets the conditions above: 3 means the third, the sixth, … Default 1. */
  readonly every?: number | undefined
  /** At most this many requests; after that the fault is spent. Default: no end. */
  readonly times?: number | undefined
}

/** What happens to a request that a fault meets. */
export type FaultAction =
  /** This reply instead of the platform's; the platform does not see the request. */
  | {
      readonly _tag: "Reply"
      readonly status: number
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly body?: string | undefined
    }
  /** The platform sees the request only after this time (a number is milliseconds). */
  | { readonly _tag: "Delay"; readonly duration: Duration.Input }
  /** The connection is closed without a reply; the platform does not see the request. In memory: a transport error. */
  | { readonly _tag: "Reset" }
  /**
   * The platform handles the request, and the connection breaks after this many bytes of the reply's body, of which
   * the whole length was promised. In memory the body is just cut.
   */
  | { readonly _tag: "Truncate"; readonly bytes: number }
  /** No reply, ever; the platform does not see the request. */
  | { readonly _tag: "Never" }

/**
 * Something that goes wrong on purpose, as plain data. Of several faults that match a request the first one counts.
 *
 * @example
 * // every third POST of a session finds a busy server, ten times
 * const busy: Fault = {
 *   match: { method: "POST", path: "/v1/session", every: 3, times: 10 },
 *   action: { _tag: "Reply", status: 503, headers: { "Retry-After": "1" }, body: "temporarily unavailable: null\n" }
 * }
 */
export interface Fault {
  readonly match: FaultMatch
  readonly action: FaultAction
}

/** A part of the platform behind its API that does not answer. */
export type Outage =
  /** The service that knows who is a member of which group: nothing under the API works. */
  | "membership"
  /** The service that knows POSIX identities: nobody with a valid credential gets in. */
  | "posix-mapper"
  /** The same for groups: sessions cannot be created. */
  | "posix-groups"
  /** The users' storage: sessions cannot be created, for their home cannot be looked at. */
  | "home"
  /** The image cache: images cannot be listed, sessions cannot be created. */
  | "redis"
  /** The cluster's own API: sessions cannot be listed, read or created, and what is destroyed stays. */
  | "kubernetes"
  /** The cluster takes no new jobs: a session's is missed when it is looked up, an app's by nobody. */
  | "job-creation"
  /** The service that measures the cluster: no statistics. */
  | "metrics"
  /** The document with the choices of resources: no context, no statistics. */
  | "context"
  /** The cluster's limit range, where a deployment has one: no statistics, no context. */
  | "limit-range"
