/**
 * One request on its way.
 */
import type { IncomingHttpHeaders } from "node:http"
import * as Effect from "effect/Effect"
import type { Dispatcher } from "undici"
import { failureOf, harmlessCause } from "../../internal/failureReason.ts"
import { FileUnwritable } from "../../FileError.ts"
import { isPage } from "../../internal/page.ts"
import { ConnectionFailed, RequestTimeout, type TimeoutPhase } from "../../NetworkError.ts"
import type { TransportFailure, TransportReply, TransportRequest } from "../../Transport.ts"
import type { Deadlines, Expiring } from "./Deadlines.ts"
import { fileFailure } from "./files.ts"
import { FileSink } from "./FileSink.ts"
import { BlockingInflatingSink, encodingOf, inflate, InflatingSink, strangelyEncoded } from "./inflating.ts"
import { free, large } from "./large.ts"
import type { Sink, SinkEnd, SinkOwner } from "./Sink.ts"
import { inTurn } from "./turns.ts"

/** A reply whose body is what was made of its bytes. */
export type ReplyWith<Body> = Omit<TransportReply, "body"> & { readonly body: Body }

/** What becomes of bodies. */
export interface Bodies<Body> {
  /** Makes of the bytes what the reply has for a body. */
  readonly read: (body: Buffer | undefined) => Body
  /**
   * Whether this thread may be held up for some milliseconds, by what would cost twice as much beside it. Default
   * `false`.
   */
  readonly mayBlock?: boolean | undefined
}

type Resume<Body> = (effect: Effect.Effect<ReplyWith<Body>, TransportFailure>) => void

const given = new Error("given up")
const overdue = new Error("overdue")

const phases: Readonly<Record<string, TimeoutPhase>> = {
  UND_ERR_CONNECT_TIMEOUT: "connect",
  UND_ERR_HEADERS_TIMEOUT: "headers",
  UND_ERR_BODY_TIMEOUT: "body"
}

const isSingle = (headers: IncomingHttpHeaders): headers is Record<string, string> => {
  for (const name in headers) if (typeof headers[name] !== "string") return false
  return true
}

/** Headers with one value each. */
const joined = (headers: IncomingHttpHeaders): TransportReply["headers"] => {
  if (isSingle(headers)) return headers
  const all: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) all[name] = typeof value === "string" ? value : value.join(", ")
  }
  return all
}

/** The body as text, without a byte order mark, as `fetch` reads it. The bytes of a large one are gone then. */
export const textOf = (body: Buffer | undefined): string => {
  if (body === undefined) return ""
  const text = body.toString()
  // What is a part of something larger may have others that look at it.
  if (body.byteLength === body.buffer.byteLength) free(body)
  return text.startsWith("\ufeff") ? text.slice(1) : text
}

/** Where a body goes that is not kept in memory: that of a success, unless it is a page, which must be seen. */
const sinkOf = (
  file: string | undefined,
  status: number,
  headers: TransportReply["headers"],
  mayBlock: boolean,
  owner: SinkOwner
): Sink | undefined => {
  if (file === undefined || status < 200 || status > 299 || isPage(headers)) return undefined
  switch (encodingOf(headers["content-encoding"])) {
    case "plain":
      return new FileSink(file, owner)
    case "compressed": {
      const Inflating = mayBlock ? BlockingInflatingSink : InflatingSink
      return new Inflating((inner) => new FileSink(file, inner), owner)
    }
    case "unknown":
      return undefined
  }
}

/** One request on its way: undici calls it as the reply comes in. */
export class Exchange<Body> implements Dispatcher.DispatchHandler, Expiring, SinkOwner {
  /** When the whole call is overdue, on the clock of {@link Deadlines}. */
  readonly deadline: number
  place = -1
  readonly #request: TransportRequest
  readonly #origin: string
  readonly #proxy: string | undefined
  readonly #deadlines: Deadlines
  readonly #bodies: Bodies<Body>
  readonly #resume: Resume<Body>
  #controller: Dispatcher.DispatchController | undefined
  #aborted: Error | undefined
  #status = 0
  #headers: TransportReply["headers"] = {}
  #first: Buffer | undefined
  #chunks: Array<Buffer> | undefined
  #bytes = 0
  #sink: Sink | undefined
  /** Why the sink was stopped. */
  #cause: Error | undefined
  #whenClosed: (() => void) | undefined

  constructor(
    request: TransportRequest,
    origin: string,
    proxy: string | undefined,
    deadlines: Deadlines,
    bodies: Bodies<Body>,
    resume: Resume<Body>
  ) {
    this.#request = request
    this.#origin = origin
    this.#proxy = proxy
    this.#deadlines = deadlines
    this.#bodies = bodies
    this.#resume = resume
    // Without a limit for the whole, connecting still has one.
    this.deadline = deadlines.add(this, request.limits.total ?? request.limits.connect)
  }

  /**
   * Gives the request up: in flight, its connection is closed; still queued, it is never sent. Ends when no file of it
   * is open any more.
   */
  giveUp(): Effect.Effect<void> {
    this.#abort(given)
    const sink = this.#sink
    if (sink === undefined) return Effect.void
    return Effect.callback((resume) => {
      this.#whenClosed = () => resume(Effect.void)
      sink.stop()
    })
  }

  /** Ends the request because its time is over. */
  expire(): void {
    this.#abort(overdue)
    // Before a connection is there, undici has nothing to abort and would not call back.
    if (this.#controller === undefined) this.#fail(overdue)
  }

  #abort(reason: Error): void {
    this.#deadlines.remove(this)
    this.#aborted = reason
    this.#controller?.abort(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#request.limits.total === undefined) this.#deadlines.remove(this)
    if (this.#aborted !== undefined) controller.abort(this.#aborted)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = joined(headers)
    this.#sink = sinkOf(this.#request.saveAs, status, this.#headers, this.#bodies.mayBlock === true, this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink !== undefined) {
      if (!this.#sink.write(chunk)) controller.pause()
      return
    }
    this.#bytes += chunk.length
    if (this.#first === undefined) this.#first = chunk
    else (this.#chunks ??= [this.#first]).push(chunk)
  }

  onResponseEnd(): void {
    this.#deadlines.remove(this)
    if (this.#sink !== undefined) {
      this.#sink.end()
      return
    }
    this.#inTurn(this.#bytes, () => this.#receive())
  }

  /** Does at once what takes no time, and the rest when it is its turn, unless nobody waits any more. */
  #inTurn(bytes: number, work: () => void): void {
    if (bytes < large) {
      work()
      return
    }
    inTurn(() => {
      if (this.#aborted !== undefined) return
      try {
        work()
      } catch (cause) {
        this.#fail(cause instanceof Error ? cause : new Error(String(cause)))
      }
    })
  }

  #receive(): void {
    const body = this.#chunks === undefined ? this.#first : Buffer.concat(this.#chunks, this.#bytes)
    this.#chunks = undefined
    const name = this.#headers["content-encoding"]
    const encoding = encodingOf(name)
    if (body === undefined || encoding === "plain") this.#succeed(body)
    else if (encoding === "unknown") this.#fail(strangelyEncoded(name))
    else {
      inflate(body, this.#bodies.mayBlock === true, (inflated) => {
        if (inflated instanceof Error) this.#fail(inflated)
        else this.#inTurn(inflated.length, () => this.#succeed(inflated))
      })
    }
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#deadlines.remove(this)
    // Who has given it up does not wait for it.
    if (error !== given) this.#fail(error)
  }

  sinkReady(): void {
    this.#controller?.resume()
  }

  sinkEnded(end: SinkEnd): void {
    this.#sink = undefined
    if (end._tag === "Done") this.#succeed(undefined, end.bytes)
    else if (end._tag === "Stopped") {
      if (this.#cause !== undefined) this.#fail(this.#cause)
    } else {
      this.#abort(given)
      if (end._tag === "Uninflatable") this.#fail(end.cause)
      else this.#resume(Effect.fail(this.#unwritable(end.cause)))
    }
    this.#whenClosed?.()
  }

  #succeed(body: Buffer | undefined, saved?: number): void {
    const reply = { status: this.#status, headers: this.#headers, body: this.#bodies.read(body) }
    this.#resume(Effect.succeed(saved === undefined ? reply : { ...reply, saved }))
  }

  #fail(error: Error): void {
    if (this.#sink !== undefined) {
      this.#cause = error
      this.#sink.stop()
      return
    }
    const { operation, method, path, limits } = this.#request
    const phase = this.#phaseOf(error)
    const { reason, ...lasting } = failureOf(error)
    this.#resume(
      Effect.fail(
        phase === undefined
          ? new ConnectionFailed({
              operation,
              method,
              path,
              origin: this.#origin,
              reason: this.#proxy === undefined ? reason : `${reason} (by way of the proxy ${this.#proxy})`,
              ...lasting,
              // Undici tells before it writes anything.
              ...(this.#controller === undefined ? { unsent: true } : {}),
              ...harmlessCause(error)
            })
          : new RequestTimeout({ operation, method, path, phase, limit: limits[phase] ?? 0 })
      )
    )
  }

  #unwritable(cause: Error): FileUnwritable {
    const { operation, method, path, saveAs = "" } = this.#request
    const { code, reason } = fileFailure(cause)
    return new FileUnwritable({
      operation,
      method,
      path,
      file: saveAs,
      // Nobody makes folders here.
      reason: code === "ENOENT" ? "its folder is not there" : reason,
      ...(code === undefined ? {} : { systemCode: code })
    })
  }

  #phaseOf(error: Error): TimeoutPhase | undefined {
    if (error === overdue) return this.#request.limits.total === undefined ? "connect" : "total"
    const phase = phases["code" in error ? String(error.code) : ""]
    // A proxy is sent headers, too, before the request is.
    if (this.#controller === undefined) return phase === undefined ? undefined : "connect"
    // Over HTTP/2 it may have been on its way before, on a connection that the server gave up.
    return phase === "connect" ? undefined : phase
  }
}
