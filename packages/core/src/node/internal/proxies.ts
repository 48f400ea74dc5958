/**
 * Which proxy leads to an origin, if any.
 */
import { BlockList, isIP } from "node:net"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Environment } from "../configurationEnvironment.ts"

/** A proxy, and how to sign in there. */
export interface Proxy {
  /** Scheme, host and port. */
  readonly origin: string
  /** The value of `Proxy-Authorization`. */
  readonly authorization?: Redacted.Redacted
}

/** Which proxy leads to an origin; none means that the way is open. */
export type ProxyOf = (origin: string) => Proxy | undefined

const decoded = (text: string): string =>
  Result.getOrElse(Result.try({ try: () => decodeURIComponent(text), catch: () => undefined }), () => text)

/** A proxy by its address, such as `http://user:password@proxy.example:3128`; without a scheme it is http. */
export const parseProxy = (address: string): Proxy | undefined => {
  const text = address.trim()
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "") {
    return undefined
  }
  const { origin, username, password } = url
  if (username === "" && password === "") return { origin }
  const base64 = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64")
  return { origin, authorization: Redacted.make(`Basic ${base64}`) }
}

/** A host as `NO_PROXY` names it: without brackets, without the dot at its end. */
const bareHost = (host: string): string =>
  host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/(.)\.$/, "$1")
    .toLowerCase()

const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4")

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

/** Whether a host is this machine, which no proxy knows. */
const isHere = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && loopback.check(host, family(host)))

type Exception = (host: string, port: string) => boolean

/** One entry of `NO_PROXY`: `*`, a domain with all below it, `*.domain`, an address, a subnet; the former with a port. */
const exceptionOf = (entry: string): Exception => {
  const [, network = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  if (isIP(network) !== 0 && Number(bits) <= (isIP(network) === 6 ? 128 : 32)) {
    const subnet = new BlockList()
    subnet.addSubnet(network, Number(bits), family(network))
    return (host) => isIP(host) !== 0 && subnet.check(host, family(host))
  }
  // An IPv6 address is full of colons: with a port it stands in brackets.
  const [, named = entry, only] = isIP(entry) === 6 ? [] : (/^(.+):(\d+)$/.exec(entry) ?? [])
  const name = bareHost(named)
  const parent = name.replace(/^\*?\./, "")
  return (host, port) =>
    (only === undefined || only === port) &&
    (name === "*" || (host === parent && !name.startsWith("*")) || host.endsWith(`.${parent}`))
}

const portOf = ({ port, protocol }: URL): string => port || (protocol === "https:" ? "443" : "80")

/**
 * The proxies that the variables name: `https_proxy` and `http_proxy` by the scheme of what is asked for, but not for
 * what `no_proxy` lists; each also in capitals, where the small ones count first. This machine is never asked by way of
 * a proxy. Fails with the name of a variable that holds no address.
 */
export const environmentProxies = (env: Environment): Result.Result<ProxyOf, string> => {
  // A web server hands a header `Proxy` of its visitors to a program as HTTP_PROXY.
  const httpNames = env["REQUEST_METHOD"] === undefined ? ["http_proxy", "HTTP_PROXY"] : ["http_proxy"]
  const named = (names: ReadonlyArray<string>): Result.Result<Proxy | undefined, string> => {
    const name = names.find((name) => env[name] !== undefined)
    const address = name === undefined ? undefined : env[name]?.trim()
    if (name === undefined || address === undefined || address === "") return Result.succeed(undefined)
    const proxy = parseProxy(address)
    return proxy === undefined ? Result.fail(name) : Result.succeed(proxy)
  }
  const https = named(["https_proxy", "HTTPS_PROXY"])
  const http = named(httpNames)
  if (Result.isFailure(https)) return Result.fail(https.failure)
  if (Result.isFailure(http)) return Result.fail(http.failure)
  const proxies = { "https:": https.success, "http:": http.success }
  const exceptions = (env["no_proxy"] ?? env["NO_PROXY"] ?? "")
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .map(exceptionOf)
  return Result.succeed((origin) => {
    const url = new URL(origin)
    const proxy = url.protocol === "https:" ? proxies["https:"] : proxies["http:"]
    if (proxy === undefined) return undefined
    const host = bareHost(url.hostname)
    return isHere(host) || exceptions.some((excepts) => excepts(host, portOf(url))) ? undefined : proxy
  })
}
