/**
 * Whether a page can be opened, as the page of an interactive session that has just begun to run.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { isDowngrade, isRedirect, isWebAddress } from "./internal/publicDocument.ts"
import { traced } from "./internal/tracing.ts"
import { version } from "./internal/version.ts"
import { Transport, type TransportRequest } from "./Transport.ts"

/** More than pages that sign their visitors in by the address have. */
const mostRedirects = 5

const requestOf = (operation: string, url: URL, timeout: number): TransportRequest => ({
  operation,
  method: "GET",
  origin: url.origin,
  path: url.pathname,
  query: url.search,
  headers: { accept: "text/html,*/*", "user-agent": `skaha-typescript/${version}` },
  anonymous: true,
  limits: { connect: timeout, headers: timeout, body: timeout, total: timeout }
})

/**
 * Whether a page can be opened: whether its address gives a success (2xx), after at most 5 redirects, each within
 * `timeout` seconds. Any other answer, and none, is a no. Neither credentials nor cookies go along, and of the address
 * what follows the path, which may be a password, is written nowhere.
 *
 * A browser does not let the status of a page of another origin be seen: there any answer is a yes, also that of a proxy
 * which does not find the page yet.
 *
 * @example
 * ```ts
 * import { PageProbe } from "@skaha/core"
 * import * as Redacted from "effect/Redacted"
 *
 * const isUp = PageProbe.isOpen("isUp", Redacted.make("https://sessions.example/abcd1234/?token=secret"), 10)
 * ```
 */
export const isOpen = Effect.fnUntraced(function* (
  operation: string,
  address: Redacted.Redacted,
  timeout: number
): Effect.fn.Return<boolean, never, Transport> {
  const { send } = yield* Transport
  if (!isWebAddress(Redacted.value(address))) return false
  let url = new URL(Redacted.value(address))
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const reply = yield* Effect.option(traced(requestOf(operation, url, timeout), url, false, send))
    if (reply._tag === "None") return false
    const { headers, status } = reply.value
    // What a browser hides has the status 0.
    if (status === 0 || (status >= 200 && status < 300)) return true
    const location = headers["location"] ?? ""
    if (!isRedirect(status) || !URL.canParse(location, url.href)) return false
    const next = new URL(location, url)
    if (!isWebAddress(next.href) || isDowngrade(url, next)) return false
    url = next
  }
  return false
})
