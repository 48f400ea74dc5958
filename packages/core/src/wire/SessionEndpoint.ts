/**
 * Where a platform's session API is, in which versions, and how to sign in: what its capabilities say of it.
 */
import type { Capability } from "./Vosi.ts"

/** One version of a platform's session API. */
export interface SessionEndpoint {
  /** The address without the version and what follows, such as `https://ws-uv.canfar.net/skaha`. */
  readonly url: string
  /** Such as `v1`. */
  readonly version: string
  /** How to sign in: `x509`, `oidc`, and whatever else the platform knows, but for cookies. */
  readonly auths: ReadonlyArray<string>
}

/** The servers before `v1` have another name for their sessions, whose number is not that of the version. */
const legacy = "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0"

const standard = /^http:\/\/www\.opencadc\.org\/std\/platform#session-(\d+(?:\.\d+)*)$/

const versionOf = (standardId: string): string | undefined => {
  if (standardId === legacy) return "v0"
  const number = standard.exec(standardId)?.[1]
  return number === undefined ? undefined : `v${number}`
}

/** An address, and the version that stands in its path. */
const placeOf = (address: string): { readonly url: string; readonly version?: string } | undefined => {
  if (!URL.canParse(address)) return undefined
  const { protocol, origin, pathname } = new URL(address)
  if (!/^https?:$/.test(protocol)) return undefined
  const match = /\/(v\d+(?:\.\d+)*)(?=\/|$)/.exec(pathname)
  const prefix = (match === null ? pathname : pathname.slice(0, match.index)).replace(/\/+$/, "")
  return { url: origin + prefix, ...(match?.[1] === undefined ? {} : { version: match[1] }) }
}

/** The platform's own names of ways to sign in, where they differ. */
const modes: ReadonlyMap<string, string> = new Map([
  ["token", "oidc"],
  ["tls-with-certificate", "x509"]
])

const modeOf = (securityMethod: string): string => {
  const method = securityMethod.slice(securityMethod.indexOf("#") + 1).trim()
  return modes.get(method) ?? method
}

const rank = (mode: string): number => (mode === "x509" ? 0 : mode === "oidc" ? 1 : 2)

const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const numbersOf = (version: string): ReadonlyArray<number> => version.slice(1).split(".").map(Number)

const newestFirst = (one: SessionEndpoint, other: SessionEndpoint): number => {
  const [left, right] = [numbersOf(one.version), numbersOf(other.version)]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0)
    if (difference !== 0) return difference
  }
  return inOrder(one.url, other.url)
}

/**
 * The versions of the session API in a platform's capabilities, the newest first; those at one address and of one
 * version are one, with all their ways to sign in. The version that stands in the address is right, whatever the
 * standard's number. Interfaces without an address for use as a base are left out.
 *
 * @example
 * ```ts
 * import { parseCapabilities, sessionEndpoints } from "@skaha/core"
 *
 * const newest = (xml: string) => sessionEndpoints(parseCapabilities(xml) ?? []).find(({ auths }) => auths.length > 0)
 * ```
 */
export const sessionEndpoints = (capabilities: ReadonlyArray<Capability>): ReadonlyArray<SessionEndpoint> => {
  const found = new Map<string, { readonly url: string; readonly version: string; readonly auths: Set<string> }>()
  for (const { standardId, interfaces } of capabilities) {
    const stated = versionOf(standardId)
    if (stated === undefined) continue
    for (const { baseUrl, securityMethods } of interfaces) {
      const place = placeOf(baseUrl ?? "")
      if (place === undefined) continue
      const version = standardId === legacy ? stated : (place.version ?? stated)
      const key = `${version} ${place.url}`
      const endpoint = found.get(key) ?? { url: place.url, version, auths: new Set() }
      found.set(key, endpoint)
      for (const mode of securityMethods.map(modeOf)) if (mode !== "" && mode !== "cookie") endpoint.auths.add(mode)
    }
  }
  return [...found.values()]
    .map(({ auths, ...endpoint }) => ({
      ...endpoint,
      auths: [...auths].toSorted((one, other) => rank(one) - rank(other) || inOrder(one, other))
    }))
    .toSorted(newestFirst)
}
