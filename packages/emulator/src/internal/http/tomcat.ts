import * as Result from "effect/Result"
import type { EmulatorReply, EmulatorRequest } from "../../Exchange.ts"
import { escapeMarkup } from "./markup.ts"
import { type Checked, refuse, utf8 } from "./replies.ts"

// What the servlet container decides before, or instead of, the platform's own code.

const pages = {
  400: [
    "Bad Request",
    "The server cannot or will not process the request due to something that is perceived to be a client error " +
      "(e.g., malformed request syntax, invalid request message framing, or deceptive request routing)."
  ],
  404: [
    "Not Found",
    "The origin server did not find a current representation for the target resource or is not willing to disclose " +
      "that one exists."
  ],
  405: [
    "Method Not Allowed",
    "The method received in the request-line is known by the origin server but not supported by the target resource."
  ],
  500: [
    "Internal Server Error",
    "The server encountered an unexpected condition that prevented it from fulfilling the request."
  ],
  501: ["Not Implemented", "The server does not support the functionality required to fulfill the request."],
  503: [
    "Service Unavailable",
    "The server is currently unable to handle the request due to a temporary overload or scheduled maintenance, " +
      "which will likely be alleviated after some delay."
  ]
} as const

const style =
  "body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b {color:white;background-color:#525D76;} " +
  "h1 {font-size:22px;} h2 {font-size:16px;} h3 {font-size:14px;} p {font-size:12px;} a {color:black;} " +
  ".line {height:1px;background-color:#525D76;border:none;}"

/** The container's own error page. */
export const errorPage = (status: keyof typeof pages, message: string): EmulatorReply => {
  const [reason, description] = pages[status]
  const title = `HTTP Status ${status} – ${reason}`
  return {
    status,
    headers: { "Content-Type": "text/html;charset=utf-8", "Content-Language": "en" },
    body: utf8(
      `<!doctype html><html lang="en"><head><title>${title}</title><style type="text/css">${style}</style></head>` +
        `<body><h1>${title}</h1><hr class="line" /><p><b>Type</b> Status Report</p>` +
        `<p><b>Message</b> ${escapeMarkup(message)}</p><p><b>Description</b> ${description}</p>` +
        `<hr class="line" /><h3>Apache Tomcat/9.0.70</h3></body></html>`
    )
  }
}

export const notFoundPage = (path: string) => errorPage(404, `The requested resource [${path}] is not available`)

/** Where a request goes: the decoded, normalised path, and the raw query. */
export interface Target {
  readonly path: string
  readonly query: string
}

const maxHeadBytes = 8192
// Control characters, blanks and these may not stand raw in a request target.
const illegalInTarget = /[^!$-;=?-Z_a-z~]/
const encodedSeparator = /%(?:2f|5c|00)/i

const headBytes = (request: EmulatorRequest): number => {
  // "METHOD target HTTP/1.1", then "name: value" lines, each with CRLF, and the empty line
  let bytes = request.method.length + request.target.length + 12 + 2
  for (const [name, value] of Object.entries(request.headers)) bytes += name.length + value.length + 4
  return bytes
}

const decodeSegment = (segment: string): string | undefined => {
  if (!segment.includes("%")) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

/** Path parameters (`;…`) are cut, `//` is one, `.` and `..` are resolved, escapes are decoded: in this order. */
const normalise = (rawPath: string): string | undefined => {
  const segments: Array<string> = []
  const raw = rawPath.split("/").slice(1)
  for (const [index, rawSegment] of raw.entries()) {
    const segment = decodeSegment(rawSegment.replace(/;.*$/, ""))
    if (segment === undefined) return undefined
    const last = index === raw.length - 1
    if (segment === "..") {
      if (segments.length === 0) return undefined
      segments.pop()
    }
    if (segment === "" || segment === "." || segment === "..") {
      if (last) segments.push("")
    } else {
      segments.push(segment)
    }
  }
  return `/${segments.join("/")}`
}

export const parseTarget = (request: EmulatorRequest): Checked<Target> => {
  const { target } = request
  if (headBytes(request) > maxHeadBytes) return refuse(errorPage(400, "Request header is too large"))
  if (illegalInTarget.test(target)) return refuse(errorPage(400, "Invalid character found in the request target"))
  const mark = target.indexOf("?")
  const rawPath = mark < 0 ? target : target.slice(0, mark)
  const path = rawPath.startsWith("/") && !encodedSeparator.test(rawPath) ? normalise(rawPath) : undefined
  return path === undefined
    ? refuse(errorPage(400, "Invalid URI"))
    : Result.succeed({ path, query: mark < 0 ? "" : target.slice(mark + 1) })
}
