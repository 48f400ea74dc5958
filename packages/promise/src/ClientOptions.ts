/**
 * How a client is set up.
 */
import { ways } from "#platform"
import { ConfigurationInvalid, Credentials, RetryPolicy, Settings, type Problem, type RetryOptions } from "@skaha/core"
import { workersProblems } from "@skaha/session"
import * as Effect from "effect/Effect"
import type { LogLevel } from "effect/LogLevel"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { PlatformOptions } from "./internal/PlatformOptions.ts"

/** The names of log levels, from the most to the least talkative. */
export type LogLevelName = "debug" | "info" | "warning" | "error" | "critical"

/** Credentials for private images; they go out with creates only. */
export interface ContainerRegistry {
  /** The registry that completes images given without one. Default `images.canfar.net`. */
  readonly url?: string | undefined
  /** The user's name in the registry; no `:`. */
  readonly username: string
  /** The CLI secret of the registry; no `:`. */
  readonly secret: string | Redacted.Redacted
}

/** How a client is set up. All of it has a default; an option that does not exist is an error. */
export interface ClientOptions {
  /**
   * The server's address with its whole prefix. Not together with `url`. Default, on Node: `SKAHA_URL`, `CANFAR_URL` or
   * `SKAHA_SERVER`, or the server in use with the saved login; else, and elsewhere, `https://ws-uv.canfar.net/skaha`.
   */
  readonly server?: string | undefined
  /** The API version. Default, on Node: `SKAHA_VERSION`, or what is known of the server in use; else `v1`. */
  readonly version?: string | undefined
  /** The address in one piece: a last segment `v<N>` is the version, otherwise `version` is appended. */
  readonly url?: string | undefined
  /**
   * A bearer token. Default, on Node: `SKAHA_TOKEN`, or who has signed in by the configuration file, at the servers that
   * the login is for; elsewhere anonymous.
   */
  readonly token?: string | Redacted.Redacted | undefined
  /** The PEM file of a client certificate with its chain and key. Not beside a token. On Node only. */
  readonly certificate?: string | undefined
  /** The identity provider whose saved login is used, and not beside a token. Default the active one. On Node only. */
  readonly idp?: string | undefined
  /** The configuration file, or `false` to look at none. Default `~/.canfar/config.yaml`. On Node only. */
  readonly configuration?: string | false | undefined
  /**
   * Files in PEM with authorities to trust, beside those that Node knows and the file that `SSL_CERT_FILE` names. On
   * Node only.
   */
  readonly ca?: string | ReadonlyArray<string> | undefined
  /**
   * Whether to speak HTTP/2 to servers that speak it over https: requests share connections then. Default `false`. On
   * Node only.
   */
  readonly http2?: boolean | undefined
  /** Whether the browser's own cookies say who is asking. Default `false`. In browsers only. */
  readonly cookies?: boolean | undefined
  /** Seconds each request may take. Default 30, and 120 for creates. Given, it holds for both. */
  readonly timeout?: number | undefined
  /**
   * How requests are repeated that fail in a way that may pass, or `false` for never. Default up to 5 times, after half
   * a second, a second, and so on, and as late as the server asks for. What creates is repeated by itself only when it is
   * certain that nothing was created.
   */
  readonly retry?: false | RetryOptions | undefined
  /**
   * Seconds for which a create whose answer was lost may still be carried out: more than 0. For so long it is looked for
   * its session before it is made again. Default 120.
   */
  readonly settle?: number | undefined
  /** Requests in flight at once: 1 to 256. Default 32. */
  readonly concurrency?: number | undefined
  /** Creates in flight at once, among those: 1 to `concurrency`. Default 8, or `concurrency` where that is less. */
  readonly createConcurrency?: number | undefined
  /** What is logged, to stderr: 10 (`debug`), 20 (`info`), 30 (`warning`), 40 (`error`), 50 (`critical`). Default 20. */
  readonly loglevel?: number | LogLevelName | undefined
  /** Credentials for private images. Default, with a saved login: those in the configuration file. */
  readonly registry?: ContainerRegistry | undefined
  /** Accepted for compatibility and ignored, with a warning: certificates are always verified. */
  readonly verify?: boolean | undefined
}

/** How an `AsyncSession` is set up. */
export interface AsyncSessionOptions extends ClientOptions {
  /**
   * Worker threads that the requests of calls about several sessions are sent from: 1 to 64, and not more than
   * `concurrency`. They start with the first call, and end with the client; while there is nothing to do they do not
   * keep the process alive. Default none: everything is done in this thread. On Node only.
   */
  readonly workers?: number | undefined
}

const known: ReadonlySet<string> = new Set([
  "server",
  "version",
  "url",
  "token",
  "certificate",
  "idp",
  "configuration",
  "ca",
  "http2",
  "cookies",
  "timeout",
  "retry",
  "settle",
  "concurrency",
  "createConcurrency",
  "loglevel",
  "registry",
  "verify"
] satisfies ReadonlyArray<keyof ClientOptions>)

const levels: ReadonlyMap<number | string, LogLevel> = new Map<number | string, LogLevel>([
  [10, "Debug"],
  [20, "Info"],
  [30, "Warn"],
  [40, "Error"],
  [50, "Fatal"],
  ["debug", "Debug"],
  ["info", "Info"],
  ["warning", "Warn"],
  ["error", "Error"],
  ["critical", "Fatal"]
])

/** A level by name in any letter case, or by number: 10 to 50, where one in between counts as the next higher. */
const readLevel = (level: number | string): LogLevel | undefined =>
  typeof level === "string"
    ? levels.get(level.toLowerCase())
    : level >= 10 && level <= 50
      ? levels.get(Math.ceil(level / 10) * 10)
      : undefined

/** What is said of options that do not count here. */
const elsewhere: { readonly [field: string]: string } = {
  ca: "needs Node",
  http2: "needs Node",
  workers: "needs Node",
  cookies: "only a browser has any"
}

/** Whether a call can be given so many seconds. */
export const isTime = (seconds: number | undefined): boolean =>
  seconds !== undefined && seconds > 0 && Number.isFinite(seconds)

const knownOfRetry: ReadonlySet<string> = new Set([
  "times",
  "delay",
  "longestDelay",
  "longestRetryAfter",
  "budget",
  "retryable"
] satisfies ReadonlyArray<keyof RetryOptions>)

/** How requests are repeated, and what is wrong with it. */
const readRetry = (retry: unknown): { readonly policy: RetryPolicy; readonly problems: ReadonlyArray<Problem> } => {
  if (retry === false) return { policy: RetryPolicy.none, problems: [] }
  if (retry !== undefined && !Predicate.isObject(retry)) {
    return { policy: RetryPolicy.none, problems: [{ field: "retry", message: "false, or an object" }] }
  }
  const policy = RetryPolicy.make(retry)
  const strangers = Object.keys(retry ?? {}).filter((name) => !knownOfRetry.has(name))
  return {
    policy,
    problems: [
      ...strangers.map((name) => ({ field: `retry.${name}`, message: "is no option" })),
      ...RetryPolicy.problemsOf(policy)
    ]
  }
}

/** What an effect that needs nothing finds wrong. */
const problemsOf = (effect: Effect.Effect<unknown, ConfigurationInvalid>): ReadonlyArray<Problem> => {
  const result = Effect.runSync(Effect.result(effect))
  return Result.isFailure(result) ? result.failure.problems : []
}

/**
 * The options in the terms of the layers below, or `ConfigurationInvalid`, thrown, with all that is wrong.
 *
 * @param own the options that only this kind of client has
 */
export const readOptions = (
  options: AsyncSessionOptions,
  own: ReadonlyArray<keyof AsyncSessionOptions>
): {
  readonly settings: PlatformOptions
  readonly level: LogLevel
  readonly retry: RetryPolicy
  readonly warnings: ReadonlyArray<string>
  readonly workers: number | undefined
} => {
  const problems: Array<Problem> = Object.keys(options)
    .filter((name) => !known.has(name) && !own.some((one) => one === name))
    .map((field) => ({ field, message: "is no option" }))
  for (const field of ["certificate", "idp", "configuration", "ca", "http2", "cookies", "workers"] as const) {
    if (options[field] === undefined || ways.includes(field)) continue
    problems.push({ field, message: elsewhere[field] ?? "needs Node: give a token" })
  }
  for (const field of ["certificate", "idp", "configuration"] as const) {
    const given: unknown = options[field]
    const mayBe = given === undefined || typeof given === "string" || (field === "configuration" && given === false)
    if (!mayBe) problems.push({ field, message: "is no text" })
  }
  if (options.certificate !== undefined && options.token !== undefined) {
    problems.push({ field: "certificate", message: "give it or a token, not both" })
  }
  if (options.idp !== undefined && (options.token !== undefined || options.certificate !== undefined)) {
    problems.push({ field: "idp", message: "give it or a token or certificate, not both" })
  }
  const level = readLevel(options.loglevel ?? 20)
  if (level === undefined) {
    problems.push({ field: "loglevel", message: "10 to 50, or debug, info, warning, error or critical" })
  }
  if (options.workers !== undefined && ways.includes("workers")) {
    problems.push(...workersProblems(options.workers, options.concurrency ?? 32))
  }
  const retry = readRetry(options.retry)
  problems.push(...retry.problems)
  const { ca, certificate, concurrency, configuration, cookies, createConcurrency, http2, idp } = options
  const { registry, server, settle, timeout, token, url, version, workers } = options
  const settings = {
    server,
    version,
    url,
    token,
    certificate,
    idp,
    configuration,
    ca,
    http2,
    cookies,
    timeout,
    // One that is no time is reported as the timeout, once.
    createTimeout: isTime(timeout) ? timeout : undefined,
    settle,
    concurrency,
    createConcurrency,
    imageRegistry: registry?.url,
    registry: registry && { username: registry.username, secret: registry.secret }
  }
  // Here, and not with the first call, is the place to say what the layers below will find wrong.
  for (const part of [Settings.make(settings), Credentials.make(settings)]) problems.push(...problemsOf(part))
  if (problems.length > 0) throw new ConfigurationInvalid({ operation: "new client", problems })
  return {
    settings,
    level: level ?? "Info",
    retry: retry.policy,
    warnings: options.verify === undefined ? [] : ["verify is ignored: certificates are always verified"],
    workers
  }
}
