// A page in the user's browser must not reach the platform by a name of its own, nor send requests to it.

/** Why a request is refused, or `undefined`. */
export type Guard = (headers: Readonly<Record<string, string>>) => string | undefined

export interface GuardOptions {
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
}

const withoutPort = (authority: string) => authority.replace(/:\d+$/, "")

const authorityOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)

/** `authority` is the server's own host and port. */
export const makeGuard = (options: GuardOptions, authority: string, port: number): Guard => {
  const own = new Set([authority, ...["127.0.0.1", "localhost", "[::1]"].map((host) => `${host}:${port}`)])
  const hosts = new Set((options.allowedHosts ?? []).map((host) => host.toLowerCase()))
  const origins = new Set((options.allowedOrigins ?? []).map((origin) => origin.toLowerCase()))
  const isKnown = (host: string) => own.has(host) || hosts.has(host) || hosts.has(withoutPort(host))
  return (headers) => {
    const host = headers["host"]?.toLowerCase() ?? ""
    if (!isKnown(host)) return `host not allowed: ${host}`
    const origin = headers["origin"]?.toLowerCase()
    if (origin === undefined || origins.has(origin)) return undefined
    const page = authorityOf(origin)
    return page !== undefined && isKnown(page) ? undefined : `origin not allowed: ${origin}`
  }
}
