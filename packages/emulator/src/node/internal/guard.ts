// A page in the user's browser must not reach the platform by a name of its own, nor send requests to it.

/** What becomes of a request. */
export type Verdict =
  | { readonly _tag: "Refused"; readonly reason: string }
  /** From no page, or from one of an origin that is named; then `origin` is set. */
  | { readonly _tag: "Allowed"; readonly origin: string | undefined }
  /**
   * From a page of any origin, because `*` is allowed. What a browser sends without the page's doing, its cookies and
   * its certificate, must then count for nothing: otherwise any page could act as the user.
   */
  | { readonly _tag: "AllowedAsAnybody" }

export type Guard = (headers: Readonly<Record<string, string>>) => Verdict

export interface GuardOptions {
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
}

/** The headers that a page itself has chosen. */
export const withoutCookies = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "cookie"))

const withoutPort = (authority: string) => authority.replace(/:\d+$/, "")

const authorityOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)

/** A client leaves out the port of its scheme. */
const defaultPorts = { http: 80, https: 443 }

/** The server's own address; `host` as it stands in a URL. */
export interface Address {
  readonly scheme: "http" | "https"
  readonly host: string
  readonly port: number
}

export const makeGuard = (options: GuardOptions, { host, port, scheme }: Address): Guard => {
  const names = [host.toLowerCase(), "127.0.0.1", "localhost", "[::1]"]
  const own = new Set([...names.map((name) => `${name}:${port}`), ...(port === defaultPorts[scheme] ? names : [])])
  const hosts = new Set((options.allowedHosts ?? []).map((host) => host.toLowerCase()))
  const origins = new Set((options.allowedOrigins ?? []).map((origin) => origin.toLowerCase()))
  const isKnown = (host: string) => own.has(host) || hosts.has(host) || hosts.has(withoutPort(host))
  return (headers) => {
    const host = headers["host"]?.toLowerCase() ?? ""
    if (!isKnown(host)) return { _tag: "Refused", reason: `host not allowed: ${host}` }
    const origin = headers["origin"]?.toLowerCase()
    if (origin === undefined || origins.has(origin)) return { _tag: "Allowed", origin }
    const page = authorityOf(origin)
    if (page !== undefined && isKnown(page)) return { _tag: "Allowed", origin }
    return origins.has("*")
      ? { _tag: "AllowedAsAnybody" }
      : { _tag: "Refused", reason: `origin not allowed: ${origin}` }
  }
}
