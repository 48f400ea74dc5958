/**
 * One connection to the server: as much of HTTP/1.1 as the clients speak.
 */
import type { Socket } from "node:net"
import { behaviourOf, type Behaviour } from "./Behaviour.ts"
import type { Counts } from "./Counts.ts"
import { destroyReply, eventsReply, reply, sessionReply } from "./replies.ts"

const headEnd = Buffer.from("\r\n\r\n")
const notFound = Buffer.from("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n")

const acceptsGzip = /\r\naccept-encoding:[^\r]*gzip/i
const contentLength = /\r\ncontent-length: *(\d+)/i

const sessionReplyTo = (method: string, path: string, head: string, behaviour: Behaviour): Buffer => {
  if (path === "session") return behaviour.list
  if (!path.startsWith("session/")) return path.startsWith("session?") ? behaviour.list : notFound
  if (method === "DELETE") return destroyReply
  if (path.endsWith("?view=events")) return eventsReply
  if (path.endsWith("?view=logs")) {
    return behaviour.gzip && acceptsGzip.test(head) ? behaviour.compressedLog : behaviour.log
  }
  return sessionReply(path.slice("session/".length))
}

/** Reads requests as they come in, and answers each. */
export class Connection {
  readonly #socket: Socket
  readonly #counts: Counts
  #rest: Buffer | undefined
  #isCounted = false

  constructor(socket: Socket, counts: Counts) {
    this.#socket = socket
    this.#counts = counts
    socket.setNoDelay(true)
    socket.on("data", (chunk) => this.#read(chunk))
    // A client that is killed resets its connections.
    socket.on("error", () => socket.destroy())
  }

  #read(chunk: Buffer): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const end = data.indexOf(headEnd, at)
      if (end < 0) break
      const head = data.toString("latin1", at, end)
      const body = head.startsWith("GET ") ? 0 : Number(contentLength.exec(head)?.[1] ?? 0)
      const next = end + headEnd.length + body
      if (next > data.length) break
      this.#answer(head)
      at = next
    }
    this.#rest = at === data.length ? undefined : data.subarray(at)
  }

  #answer(head: string): void {
    const first = head.indexOf(" ")
    const target = head.slice(first + 1, head.indexOf(" ", first + 1))
    const method = head.slice(0, first)
    if (target.startsWith("/control/")) return this.#control(target)
    this.#count()
    const version = target.indexOf("/v1/")
    const behaviour = behaviourOf(target.slice(0, Math.max(0, version)))
    const bytes = sessionReplyTo(method, target.slice(version + "/v1/".length), head, behaviour)
    if (behaviour.latency === 0) this.#write(bytes)
    else setTimeout(() => this.#write(bytes), behaviour.latency)
  }

  #count(): void {
    if (!this.#isCounted) {
      this.#isCounted = true
      this.#counts.connections++
    }
    this.#counts.requests++
    this.#counts.inFlight++
    if (this.#counts.inFlight > this.#counts.mostInFlight) this.#counts.mostInFlight = this.#counts.inFlight
  }

  #write(bytes: Buffer): void {
    this.#counts.inFlight--
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** The counts, which its own requests are no part of. */
  #control(target: string): void {
    if (target === "/control/reset") this.#counts.reset()
    this.#socket.write(reply("application/json", Buffer.from(JSON.stringify(this.#counts.now()))))
  }
}
