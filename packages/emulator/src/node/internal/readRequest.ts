import type { IncomingMessage } from "node:http"
import type { Http2ServerRequest } from "node:http2"

/** The platform ignores a body that is longer than this; one byte more shows it that it was. */
const maxBodyBytes = 2 * 1024 * 1024 + 1

/** Only the proxy in front of the platform may say whose certificate it has seen. */
const stripped = "x-client-certificate"

/**
 * Pairs of name and value as they came; a name that comes again adds to its value. HTTP/2 has fields of its own for what
 * stands on a request line (`:method`), and for the host.
 */
export const readHeaders = (raw: ReadonlyArray<string>): Record<string, string> => {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase()
    const value = raw[at + 1] ?? ""
    const known = headers.get(name)
    const separator = name === "cookie" ? "; " : ", "
    headers.set(name, known === undefined ? value : `${known}${separator}${value}`)
  }
  const authority = headers.get(":authority")
  if (authority !== undefined && !headers.has("host")) headers.set("host", authority)
  return Object.fromEntries([...headers].filter(([name]) => !name.startsWith(":") && name !== stripped))
}

const noBody = new Uint8Array(0)

export interface Patience {
  /** Milliseconds between two pieces of a body. */
  readonly patience: number
  readonly onStalled: () => void
}

/** Reads as much as the platform looks at and drops the rest. A body that stays unfinished is never used. */
export const readBody = (
  message: IncomingMessage | Http2ServerRequest,
  { onStalled, patience }: Patience,
  use: (body: Uint8Array) => void
): void => {
  const { headers, httpVersionMajor } = message
  const framed = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined
  if (!framed && httpVersionMajor < 2) return use(noBody)
  const chunks: Array<Buffer> = []
  let length = 0
  message.setTimeout(patience, onStalled)
  message.on("data", (chunk: Buffer) => {
    if (length < maxBodyBytes) chunks.push(chunk)
    length += chunk.length
  })
  message.on("end", () => {
    message.setTimeout(0)
    use(Buffer.concat(chunks).subarray(0, maxBodyBytes))
  })
}
