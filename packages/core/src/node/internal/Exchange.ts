/**
 * One request on its way.
 */
import type { IncomingHttpHeaders } from "node:http"
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import { failureReason, harmlessCause } from "../../internal/failureReason.ts"
import { ConnectionFailed, RequestTimeout, type TimeoutPhase } from "../../SkahaError.ts"
import type { TransportFailure, TransportReply, TransportRequest } from "../../Transport.ts"
import type { Deadlines } from "./Deadlines.ts"

/** A reply whose body is what was made of its bytes. */
export type ReplyWith<Body> = Omit<TransportReply, "body"> & { readonly body: Body }

type Resume<Body> = (effect: Effect.Effect<ReplyWith<Body>, TransportFailure>) => void

const given = new Error("given up")
const overdue = new Error("overdue")

const phases: Readonly<Record<string, TimeoutPhase>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect",
  UND_ERR_HEADERS_TIMEOUT: "headers",
  UND_ERR_BODY_TIMEOUT: "body"
}

const joined = (headers: IncomingHttpHeaders): TransportReply["headers"] => {
  const all: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) all[name] = typeof value === "string" ? value : value.join(", ")
  }
  return all
}

/** The body as text, without a byte order mark, as `fetch` reads it. */
export const textOf = (body: Buffer | undefined): string => {
  const text = body?.toString() ?? ""
  return text.startsWith("\ufeff") ? text.slice(1) : text
}

/** One request on its way: undici calls it as the reply comes in. */
export class Exchange<Body> implements Dispatcher.DispatchHandler {
  /** When the whole call is overdue, on the clock of {@link Deadlines}. */
  readonly deadline: number
  readonly #request: TransportRequest
  readonly #origin: string
  readonly #proxy: string | undefined
  readonly #deadlines: Deadlines
  readonly #read: (body: Buffer | undefined) => Body
  readonly #resume: Resume<Body>
  #controller: Dispatcher.DispatchController | undefined
  #aborted: Error | undefined
  #status = 0
  #headers: TransportReply["headers"] = {}
  #first: Buffer | undefined
  #chunks: Array<Buffer> | undefined

  constructor(
    request: TransportRequest,
    origin: string,
    proxy: string | undefined,
    deadlines: Deadlines,
    read: (body: Buffer | undefined) => Body,
    resume: Resume<Body>
  ) {
    this.#request = request
    this.#origin = origin
    this.#proxy = proxy
    this.#deadlines = deadlines
    this.#read = read
    this.#resume = resume
    // Without a limit for the whole, connecting still has one.
    this.deadline = deadlines.add(this, request.limits.total ?? request.limits.connect)
  }

  /** Gives the request up: in flight, its connection is closed; still queued, it is never sent. */
  abort(reason: Error = given): void {
    this.#deadlines.remove(this)
    this.#aborted = reason
    this.#controller?.abort(reason)
  }

  /** Ends the request because its time is over. */
  expire(): void {
    this.abort(overdue)
    // Before a connection is there, undici has nothing to abort and would not call back.
    if (this.#controller === undefined) this.#fail(overdue)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#request.limits.total === undefined) this.#deadlines.remove(this)
    if (this.#aborted !== undefined) controller.abort(this.#aborted)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = joined(headers)
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#first === undefined) this.#first = chunk
    else (this.#chunks ??= [this.#first]).push(chunk)
  }

  onResponseEnd(): void {
    this.#deadlines.remove(this)
    const body = this.#chunks === undefined ? this.#first : Buffer.concat(this.#chunks)
    this.#resume(Effect.succeed({ status: this.#status, headers: this.#headers, body: this.#read(body) }))
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#deadlines.remove(this)
    this.#fail(error)
  }

  #fail(error: Error): void {
    const { operation, method, path, limits } = this.#request
    const phase = this.#phaseOf(error)
    const reason = failureReason(error)
    this.#resume(
      Effect.fail(
        phase === undefined
          ? new ConnectionFailed({
              operation,
              method,
              path,
              origin: this.#origin,
              reason: this.#proxy === undefined ? reason : `${reason} (by way of the proxy ${this.#proxy})`,
              ...harmlessCause(error)
            })
          : new RequestTimeout({ operation, method, path, phase, limit: limits[phase] ?? 0 })
      )
    )
  }

  #phaseOf(error: Error): TimeoutPhase | undefined {
    if (error === overdue) return this.#request.limits.total === undefined ? "connect" : "total"
    const phase = phases["code" in error ? String(error.code) : ""]
    // A proxy is sent headers, too, before the request is.
    return phase === undefined || this.#controller !== undefined ? phase : "connect"
  }
}
