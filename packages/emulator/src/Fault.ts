import type * as Duration from "effect/Duration"

/** A time, never negative: a number is milliseconds, text is like `"2 seconds"`. */
export type FaultDuration = Duration.Duration | number | `${number} ${Duration.Unit}`

/** A time that is drawn for each request. Nothing is below zero, and nothing above `cap` (default: no limit). */
export type Distribution =
  /** Evenly between the two. */
  | { readonly _tag: "Uniform"; readonly from: FaultDuration; readonly to: FaultDuration }
  | {
      readonly _tag: "Normal"
      readonly mean: FaultDuration
      /** The standard deviation. */
      readonly deviation: FaultDuration
      readonly cap?: FaultDuration | undefined
    }
  | { readonly _tag: "Exponential"; readonly mean: FaultDuration; readonly cap?: FaultDuration | undefined }
  /** As servers answer: half of all times are below `median`, one of a hundred is above `p99`. */
  | {
      readonly _tag: "LogNormal"
      readonly median: FaultDuration
      readonly p99: FaultDuration
      readonly cap?: FaultDuration | undefined
    }

/** The same time for each request, or one from a distribution. */
export type Latency = FaultDuration | Distribution

/**
 * Which requests a fault meets. All given conditions must hold; none given means every request.
 *
 * `path` and `ids` look at the raw path after `/skaha`, without the query: `/v1/session/abc12345`. The conditions from
 * `after` on choose among the requests that the others let through: first `after`, then `every`, then `probability`.
 * Every fault counts for itself, also the requests that another fault meets first.
 */
export interface FaultMatch {
  /** E.g. `POST`; letter case does not matter. */
  readonly method?: string | undefined
  /** A string is the whole path; a pattern may match anywhere in it. */
  readonly path?: RegExp | string | undefined
  /** The query's `view`, e.g. `logs`; `null` means that there is none. */
  readonly view?: string | null | undefined
  /** The path is that of one of these sessions (or of an app of it). */
  readonly ids?: ReadonlyArray<string> | undefined
  /** Not the first so many. Default 0. */
  readonly after?: number | undefined
  /** Only every n-th: 3 means the third, the sixth, … Default 1. */
  readonly every?: number | undefined
  /** How likely it is, between 0 and 1. With the emulator's `seed` the same requests are met in every run. Default 1. */
  readonly probability?: number | undefined
  /** At most so many; after that the fault is spent. Default: no end. */
  readonly times?: number | undefined
}

/**
 * What the platform does with a request whose client does not get its reply. `false`, the default: it never sees the
 * request. `true`: it handles it first. `{ after }`: it handles it so long after the fault began, although its client
 * was refused, cut off or has left; only the end of the emulator prevents it. No client can tell which it was.
 */
export type Handled = boolean | { readonly after: Latency }

/**
 * A page of HTML that is not the platform's: of the proxy in front of it (502, 503, 504), or of the servlet container
 * (500, 503).
 */
export type Page = "proxy-502" | "proxy-503" | "proxy-504" | "tomcat-500" | "tomcat-503"

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
  /** The cluster's own API: sessions cannot be listed, read, created or renewed, and what is destroyed stays. */
  | "kubernetes"
  /** The cluster takes no new jobs: a session's is missed when it is looked up, an app's by nobody. */
  | "job-creation"
  /** The service that measures the cluster: no statistics. */
  | "metrics"
  /** The document with the choices of resources: no context, no statistics. */
  | "context"
  /** The cluster's limit range, where a deployment has one: no statistics, no context. */
  | "limit-range"

/** What a client gets instead of the platform's reply, or how it gets that. */
type Misfortune =
  /** This reply. The body is sent as UTF-8. */
  | {
      readonly _tag: "Reply"
      /** 200 to 599. */
      readonly status: number
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly body?: string | undefined
      readonly handled?: Handled | undefined
    }
  /** A page of HTML. */
  | { readonly _tag: "Page"; readonly page: Page; readonly handled?: Handled | undefined }
  /** The connection is closed without a reply. In memory: a transport error. */
  | { readonly _tag: "Reset"; readonly handled?: Handled | undefined }
  /** No reply, ever. */
  | { readonly _tag: "Never"; readonly handled?: Handled | undefined }
  /**
   * The platform creates the session, and then says that there is no such job: 500 with
   * `unexpected exception: … jobs.batch "<the session's job>" not found`. Replies that create no session stay.
   */
  | { readonly _tag: "JobNotFound" }
  /** The platform handles the request while one of its backends is down. */
  | { readonly _tag: "Outage"; readonly of: Outage }
  /** The platform handles the request at once; its reply takes time. */
  | {
      readonly _tag: "Slow"
      /** How long the head of the reply takes. Default 0. */
      readonly head?: Latency | undefined
      /** So many bytes of the body at the end of each such time. Default: all of it with the head. */
      readonly body?: { readonly bytes: number; readonly every: FaultDuration } | undefined
    }
  /**
   * The platform handles the request, and the connection breaks after this many bytes of the reply's body, of which
   * the whole length was promised. With `chunked` no length was, and the last chunk is missing. In memory the body is
   * just cut: it is shorter than its `Content-Length`, where there is one.
   */
  | { readonly _tag: "Truncate"; readonly bytes: number; readonly chunked?: boolean | undefined }
  /**
   * The platform handles the request, and so many bytes of the reply's body (default 1, at most all) are others on the
   * way: any others, or such that the body is no UTF-8.
   */
  | {
      readonly _tag: "Garble"
      readonly bytes?: number | undefined
      readonly with?: "anything" | "invalid-utf8" | undefined
    }

/** What happens to a request that a fault meets. */
export type FaultAction =
  | Misfortune
  /** The request takes this time. Then the platform handles it, or something else happens. */
  | { readonly _tag: "Delay"; readonly duration: Latency; readonly next?: Misfortune | undefined }

/**
 * Something that goes wrong on purpose, as plain data. Of several faults that meet a request the first one acts.
 *
 * All that is random depends on the emulator's `seed` and on the fault alone: another fault in the list changes nothing.
 *
 * @example
 * // every third POST of a session finds a busy server, ten times
 * const busy: Fault = {
 *   match: { method: "POST", path: "/v1/session", every: 3, times: 10 },
 *   action: { _tag: "Reply", status: 503, headers: { "Retry-After": "1" }, body: "temporarily unavailable: null\n" }
 * }
 *
 * @example
 * // one create of five gets the proxy's page, and is carried out within the next two minutes all the same
 * const late: Fault = {
 *   match: { method: "POST", path: "/v1/session", probability: 0.2 },
 *   action: { _tag: "Page", page: "proxy-504", handled: { after: { _tag: "Uniform", from: 0, to: "2 minutes" } } }
 * }
 */
export interface Fault {
  readonly match: FaultMatch
  readonly action: FaultAction
}
