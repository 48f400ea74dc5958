import type { EmulatorReply } from "../../Exchange.ts"

/** The platform sends what is longer than its buffer in chunks. */
const bufferBytes = 8192

/** The header that tells where the body of a reply ends: a length that is promised, unless it comes in chunks. */
export const framing = ({
  body,
  chunked = false,
  status,
  truncateAt
}: EmulatorReply): Readonly<Record<string, string>> => {
  if (status === 204) return {}
  return chunked || (truncateAt === undefined && body.length > bufferBytes)
    ? { "Transfer-Encoding": "chunked" }
    : { "Content-Length": String(body.length) }
}
