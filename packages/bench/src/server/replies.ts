/**
 * The replies of the platform, as bytes that are ready to be written: with the headers of the real one, and in chunks
 * where it would send chunks.
 */
import { gzipSync } from "node:zlib"

/** Larger bodies go in chunks of this size. */
const chunkSize = 8192

const headOf = (type: string, size: string, more: string) =>
  `HTTP/1.1 200 \r\nContent-Type: ${type}\r\n${size}\r\nDate: Fri, 10 Apr 2026 15:45:30 GMT\r\n` +
  `server: OpenCADC/cadc-rest\r\nx-vo-authenticated: bench\r\n${more}\r\n`

const chunked = (body: Buffer): Array<Buffer> => {
  const parts: Array<Buffer> = []
  for (let at = 0; at < body.length; at += chunkSize) {
    const chunk = body.subarray(at, at + chunkSize)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"))
  }
  return [...parts, Buffer.from("0\r\n\r\n")]
}

/** A whole reply, head and body. */
export const reply = (type: string, body: Buffer, more = ""): Buffer =>
  body.length <= chunkSize
    ? Buffer.concat([Buffer.from(headOf(type, `Content-Length: ${body.length}`, more)), body])
    : Buffer.concat([Buffer.from(headOf(type, "Transfer-Encoding: chunked", more)), ...chunked(body)])

/** Where the id stands in a row, to be overwritten. All ids have its length. */
const placeholder = "zzzzzzzz"

/** The id of a session by its number. */
export const idOf = (index: number): string => `s${String(index).padStart(placeholder.length - 1, "0")}`

const row = (id: string) => ({
  id,
  userid: "bench",
  runAsUID: "10000",
  runAsGID: "10000",
  supplementalGroups: [34241, 34337, 35124],
  appid: "<none>",
  image: "images.canfar.net/skaha/astroml:24.07",
  type: "headless",
  status: "Running",
  name: `fit-${id}`,
  startTime: "2026-04-10T15:45:30Z",
  expiryTime: "2026-04-24T15:45:30Z",
  connectURL: "not-applicable",
  requestedRAM: "8",
  requestedCPUCores: "2",
  requestedGPUCores: "0",
  ramInUse: "0.27",
  gpuRAMInUse: "<none>",
  cpuCoresInUse: "0.013",
  gpuUtilization: "<none>",
  isFixedResources: true
})

const json = (value: unknown) => Buffer.from(JSON.stringify(value, null, 2))

/** One session, whatever its id. */
const session = reply("application/json", json(row(placeholder)))

const places = (bytes: Buffer, text: string): Array<number> => {
  const found: Array<number> = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) found.push(at)
  return found
}

const placesOfId = places(session, placeholder)

/** The session with an id of the length of {@link idOf}'s. */
export const sessionReply = (id: string): Buffer => {
  const bytes = Buffer.from(session)
  for (const at of placesOfId) bytes.write(id, at, placeholder.length, "latin1")
  return bytes
}

/** A list of so many sessions. */
export const listReply = (rows: number): Buffer =>
  reply("application/json", json(Array.from({ length: rows }, (_, index) => row(idOf(index)))))

const event = (reason: string, message: string) =>
  ["Normal", reason.padEnd(12), message.padEnd(72), "2026-04-10T15:45:30Z", "2026-04-10T15:45:30Z"].join("   ")

/** What the cluster did with a session. */
export const eventsReply = reply(
  "text/plain",
  Buffer.from(
    [
      ["TYPE  ", "REASON".padEnd(12), "MESSAGE".padEnd(72), "FIRST-TIME".padEnd(20), "LAST-TIME"].join("   "),
      event("Scheduled", "Successfully assigned skaha-workload/skaha-headless-bench to node-1"),
      event("Pulling", 'Pulling image "images.canfar.net/skaha/astroml:24.07"'),
      event("Pulled", "Successfully pulled image in 1.2s. Image size: 3221225472 bytes."),
      event("Created", "Created container: skaha-headless-bench"),
      event("Started", "Started container skaha-headless-bench"),
      ""
    ].join("\n")
  )
)

export const destroyReply = reply("text/plain", Buffer.alloc(0))

/** Numbers that look like chance, and are the same in every run. */
const numbers = () => {
  let state = 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** What a program of astronomers may have written: about a fifth of it remains when it is compressed. */
export const logText = (size: number): Buffer => {
  const next = numbers()
  const lines: Array<string> = []
  for (let length = 0; length < size; length += lines.at(-1)?.length ?? 0) {
    const flux = (next() / 2 ** 32).toFixed(6)
    lines.push(
      `2026-04-10 15:${next() % 60}:${next() % 60} INFO fit: source ${next() % 100_000} flux=${flux} chi2=${(next() % 1000) / 100} converged\n`
    )
  }
  return Buffer.from(lines.join("")).subarray(0, size)
}

/** A log of so many bytes of text. */
export const logReply = (size: number, gzip: boolean): Buffer =>
  gzip
    ? reply("text/plain", gzipSync(logText(size)), "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n")
    : reply("text/plain", logText(size))
