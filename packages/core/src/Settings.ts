/**
 * Where the platform is and how to talk to it.
 */
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid, type Problem } from "./SkahaError.ts"

/** Credentials for a private container registry. They go out with session creates only. */
export interface RegistryCredentials {
  /** The user's name in the registry; no `:`. */
  readonly username: string
  /** The CLI secret of the registry; no `:`. */
  readonly secret: string | Redacted.Redacted
}

/** What can be set. All of it has a default. */
export interface SettingsOptions {
  /**
   * The server's address with its whole prefix, without a version. Default `https://ws-uv.canfar.net/skaha`.
   * Trailing slashes are dropped. Not together with `url`.
   */
  readonly server?: string | undefined
  /** The API version, the last segment of the address. Default `v1`. */
  readonly version?: string | undefined
  /**
   * The address in one piece, in place of `server`: a last segment `v<N>` is the version, otherwise `version` is
   * appended.
   */
  readonly url?: string | undefined
  /** Seconds a request may take, and its silences: more than 0. Default 30. Logs may take longer while they flow. */
  readonly timeout?: number | undefined
  /** Seconds a create may take: more than 0. Default 120, since real creates take 60 to 90 s under load. */
  readonly createTimeout?: number | undefined
  /** Seconds to wait for a connection: more than 0. Default 10. */
  readonly connectTimeout?: number | undefined
  /**
   * Seconds for which a create whose answer was lost may still be carried out: more than 0. For so long it is looked for
   * its session before it is made again. Default 120, since real creates take 60 to 90 s under load.
   */
  readonly settle?: number | undefined
  /**
   * Requests in flight at once, and connections kept: a whole number from 1 to 256. Default 32. While the server has
   * too much to do, there are fewer.
   */
  readonly concurrency?: number | undefined
  /**
   * Creates in flight at once, among those: a whole number from 1 to `concurrency`. Default 8, or `concurrency` where
   * that is less: servers answer bursts of creates with failures.
   */
  readonly createConcurrency?: number | undefined
  /** Credentials for private images. */
  readonly registry?: RegistryCredentials | undefined
  /** The registry that completes an image given without one. Default `images.canfar.net`. */
  readonly imageRegistry?: string | undefined
  /** Whether to send `traceparent` headers to the platform. Default `false`. */
  readonly propagateTrace?: boolean | undefined
}

const versionPattern = /^v\d+(\.\d+)*$/

interface Address {
  readonly origin: string
  readonly prefix: string
  readonly version: string
}

const parseAddress = (options: SettingsOptions, problems: Array<Problem>): Address => {
  const field = options.url === undefined ? "server" : "url"
  if (options.url !== undefined && options.server !== undefined) {
    problems.push({ field: "url", message: "give url or server, not both" })
  }
  const version = options.version ?? "v1"
  if (!versionPattern.test(version)) {
    problems.push({ field: "version", message: `"${version}" is not a version such as v1` })
  }
  const given: unknown = options.url === undefined ? options.server : options.url
  const text = given === undefined ? "https://ws-uv.canfar.net/skaha" : Predicate.isString(given) ? given : ""
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    problems.push({ field, message: "not an http or https address" })
    return { origin: "", prefix: "", version }
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    problems.push({ field, message: "an address has no user, password, query or fragment" })
  }
  const segments = url.pathname.split("/").filter((segment) => segment !== "")
  const last = segments.at(-1)
  const endsInVersion = last !== undefined && versionPattern.test(last)
  const versioned = options.url !== undefined && endsInVersion
  if (endsInVersion && !versioned)
    problems.push({ field, message: `${last} goes into version, or give all of it as url` })
  const prefix = (versioned ? segments.slice(0, -1) : segments).map((segment) => `/${segment}`).join("")
  return { origin: url.origin, prefix, version: versioned ? last : version }
}

const seconds = (field: string, value: number | undefined, initial: number, problems: Array<Problem>): number => {
  const limit = value ?? initial
  if (!(limit > 0 && Number.isFinite(limit))) {
    problems.push({ field, message: "seconds, more than 0" })
  }
  return limit
}

const isCount = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

const registryCredentials = (
  registry: RegistryCredentials | undefined,
  problems: Array<Problem>
): { readonly username: string; readonly secret: Redacted.Redacted } | undefined => {
  if (registry === undefined) return undefined
  const secret = Redacted.isRedacted(registry.secret) ? registry.secret : Redacted.make(registry.secret)
  const parts: ReadonlyArray<readonly [field: string, text: unknown]> = [
    ["registry.username", registry.username],
    ["registry.secret", Redacted.value(secret)]
  ]
  for (const [field, text] of parts) {
    if (!Predicate.isString(text) || text.trim() === "") problems.push({ field, message: "is empty" })
    else if (text.includes(":")) problems.push({ field, message: "the platform cannot take a ':' here" })
  }
  return { username: registry.username, secret }
}

const make = Effect.fnUntraced(function* (options: SettingsOptions = {}) {
  const problems: Array<Problem> = []
  const address = parseAddress(options, problems)
  const timeout = seconds("timeout", options.timeout, 30, problems)
  const createTimeout = seconds("createTimeout", options.createTimeout, 120, problems)
  const connectTimeout = seconds("connectTimeout", options.connectTimeout, 10, problems)
  const settle = seconds("settle", options.settle, 120, problems)
  const concurrency = options.concurrency ?? 32
  if (!isCount(concurrency, 256)) problems.push({ field: "concurrency", message: "a whole number from 1 to 256" })
  const createConcurrency = options.createConcurrency ?? Math.min(8, concurrency)
  if (options.createConcurrency !== undefined && !isCount(createConcurrency, concurrency)) {
    problems.push({ field: "createConcurrency", message: "a whole number from 1 to the concurrency" })
  }
  const registry = registryCredentials(options.registry, problems)
  const imageRegistry = (options.imageRegistry || "images.canfar.net").replace(/^https?:\/\//, "").replace(/\/+$/, "")
  if (!/^[A-Za-z0-9.-]+(:\d+)?$/.test(imageRegistry)) {
    problems.push({ field: "imageRegistry", message: "not a host such as images.canfar.net" })
  }
  if (problems.length > 0) {
    return yield* new ConfigurationInvalid({ operation: "Settings.make", problems })
  }
  return Settings.of({
    ...address,
    timeout,
    createTimeout,
    connectTimeout,
    settle,
    concurrency,
    createConcurrency,
    registry,
    imageRegistry,
    propagateTrace: options.propagateTrace ?? false
  })
})

const fromEnvironment = Config.all({
  server: Config.option(Config.String("SERVER")),
  version: Config.option(Config.String("VERSION")),
  url: Config.option(Config.String("URL")),
  timeout: Config.option(Config.Number("TIMEOUT")),
  createTimeout: Config.option(Config.Number("CREATE_TIMEOUT")),
  connectTimeout: Config.option(Config.Number("CONNECT_TIMEOUT")),
  settle: Config.option(Config.Number("SETTLE")),
  concurrency: Config.option(Config.Number("CONCURRENCY")),
  createConcurrency: Config.option(Config.Number("CREATE_CONCURRENCY")),
  imageRegistry: Config.option(Config.String("IMAGE_REGISTRY")),
  username: Config.option(Config.String("REGISTRY_USERNAME")),
  secret: Config.option(Config.Redacted("REGISTRY_SECRET"))
}).pipe(Config.nested("SKAHA"))

/** The variable that a field comes from: `createTimeout` from `SKAHA_CREATE_TIMEOUT`. */
const variableOf = (field: string): string =>
  `SKAHA_${field
    .replaceAll(".", "_")
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`

/** What `Config` could not read: it says where as a path such as `["SKAHA"]["TIMEOUT"]`. */
const unreadable = ({ message }: Config.ConfigError): Problem => {
  const path = /(?:\["[A-Z_]+"\])+/.exec(message)?.[0] ?? ""
  return { field: path.match(/[A-Z_]+/g)?.join("_") ?? "environment", message: "is not what this variable may hold" }
}

const environmentInvalid = (problems: ReadonlyArray<Problem>): ConfigurationInvalid =>
  new ConfigurationInvalid({ operation: "Settings.layerConfig", problems })

/**
 * Where the platform is and how to talk to it, checked and complete.
 *
 * @example
 * ```ts
 * import { Settings } from "@skaha/core"
 *
 * const fromOptions = Settings.layer({ url: "https://ws-uv.canfar.net/skaha/v1", timeout: 60 })
 * const fromEnvironment = Settings.layerConfig // SKAHA_URL, SKAHA_TIMEOUT, …
 * ```
 */
export class Settings extends Context.Service<
  Settings,
  {
    /** Scheme, host and port. */
    readonly origin: string
    /** The path before the version, such as `/skaha`; may be empty. */
    readonly prefix: string
    /** The API version, such as `v1`. */
    readonly version: string
    /** Seconds a request may take. */
    readonly timeout: number
    /** Seconds a create may take. */
    readonly createTimeout: number
    /** Seconds to wait for a connection. */
    readonly connectTimeout: number
    /** Seconds for which a create whose answer was lost may still be carried out. */
    readonly settle: number
    /** Requests in flight at once, at most. */
    readonly concurrency: number
    /** Creates in flight at once, at most. */
    readonly createConcurrency: number
    /** Credentials for private images. */
    readonly registry: { readonly username: string; readonly secret: Redacted.Redacted } | undefined
    /** The registry that completes an image given without one. */
    readonly imageRegistry: string
    /** Whether `traceparent` goes to the platform. */
    readonly propagateTrace: boolean
  }
>()("@skaha/core/Settings") {
  /** Checks the options and fills in the defaults; fails with every problem at once. */
  static readonly make = make

  /** Settings from options. */
  static readonly layer = (options: SettingsOptions = {}): Layer.Layer<Settings, ConfigurationInvalid> =>
    Layer.effect(Settings, make(options))

  /**
   * Settings from the environment: `SKAHA_URL`, or `SKAHA_SERVER` and `SKAHA_VERSION`, `SKAHA_TIMEOUT`,
   * `SKAHA_CREATE_TIMEOUT`, `SKAHA_CONNECT_TIMEOUT`, `SKAHA_SETTLE`, `SKAHA_CONCURRENCY`,
   * `SKAHA_CREATE_CONCURRENCY`, `SKAHA_IMAGE_REGISTRY`, `SKAHA_REGISTRY_USERNAME` and `SKAHA_REGISTRY_SECRET`.
   */
  static readonly layerConfig: Layer.Layer<Settings, ConfigurationInvalid> = Layer.effect(
    Settings,
    fromEnvironment.pipe(
      Effect.flatMap(({ username, secret, ...rest }) =>
        make({
          server: Option.getOrUndefined(rest.server),
          version: Option.getOrUndefined(rest.version),
          url: Option.getOrUndefined(rest.url),
          timeout: Option.getOrUndefined(rest.timeout),
          createTimeout: Option.getOrUndefined(rest.createTimeout),
          connectTimeout: Option.getOrUndefined(rest.connectTimeout),
          settle: Option.getOrUndefined(rest.settle),
          concurrency: Option.getOrUndefined(rest.concurrency),
          createConcurrency: Option.getOrUndefined(rest.createConcurrency),
          imageRegistry: Option.getOrUndefined(rest.imageRegistry),
          registry:
            Option.isSome(username) || Option.isSome(secret)
              ? {
                  username: Option.getOrElse(username, () => ""),
                  secret: Option.getOrElse(secret, () => Redacted.make(""))
                }
              : undefined
        })
      ),
      Effect.mapError((error) =>
        error._tag === "ConfigError"
          ? environmentInvalid([unreadable(error)])
          : environmentInvalid(error.problems.map(({ field, message }) => ({ field: variableOf(field), message })))
      )
    )
  )
}
