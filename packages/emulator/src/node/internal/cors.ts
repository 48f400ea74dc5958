import type { EmulatorReply } from "../../Exchange.ts"
import type { Verdict } from "./guard.ts"

// Cross-origin resource sharing, which the platform lacks: an extension for pages under development.

const exposed = "Retry-After, WWW-Authenticate, x-vo-authenticated"

/** Seconds for which a browser need not ask again. */
const maxAge = 600

/** What tells a browser whether its page may read a reply. */
const corsHeaders = (verdict: Verdict): Record<string, string> => {
  switch (verdict._tag) {
    case "Refused":
      return { Vary: "Origin" }
    case "Allowed":
      return verdict.origin === undefined
        ? { Vary: "Origin" }
        : {
            "Access-Control-Allow-Origin": verdict.origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": exposed,
            Vary: "Origin"
          }
    case "AllowedAsAnybody":
      return { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": exposed, Vary: "Origin" }
  }
}

/** The reply as a page may read it, if its origin is allowed. */
export const share = (reply: EmulatorReply, verdict: Verdict): EmulatorReply => ({
  ...reply,
  headers: { ...reply.headers, ...corsHeaders(verdict) }
})

/** The platform's own headers can only be allowed by name, so those that are asked for are. */
const allowedHeaders = (asked: string): string =>
  [
    "Authorization",
    "Content-Type",
    ...asked
      .split(",")
      .map((name) => name.trim())
      .filter((name) => /^x-skaha-[\w-]+$/i.test(name))
  ].join(", ")

/** Answers a browser that asks whether its page may send a request; `undefined`: that is not what is asked. */
export const preflight = (
  method: string | undefined,
  headers: Readonly<Record<string, string>>
): EmulatorReply | undefined =>
  method === "OPTIONS" && headers["origin"] !== undefined && headers["access-control-request-method"] !== undefined
    ? {
        status: 204,
        headers: {
          "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
          "Access-Control-Allow-Headers": allowedHeaders(headers["access-control-request-headers"] ?? ""),
          "Access-Control-Max-Age": String(maxAge)
        },
        body: new Uint8Array(0)
      }
    : undefined
