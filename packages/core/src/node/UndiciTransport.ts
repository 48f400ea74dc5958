/**
 * The transport for Node: straight on undici's dispatcher, one pool of kept connections to one origin.
 */
import type { IncomingHttpHeaders } from "node:http"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Pool, type Dispatcher } from "undici"
import { failureReason, harmlessCause } from "../internal/failureReason.ts"
import { Settings } from "../Settings.ts"
import { ConnectionFailed, RequestTimeout, type TimeoutPhase } from "../SkahaError.ts"
import { Transport, type TransportFailure, type TransportReply, type TransportRequest } from "../Transport.ts"
import { Deadlines } from "./internal/Deadlines.ts"

/** How long an idle connection is kept where the server does not say, in milliseconds. */
const keepAlive = 60_000

type Resume = (effect: Effect.Effect<TransportReply, TransportFailure>) => void

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
const textOf = (body: Buffer | undefined): string => {
  const text = body?.toString() ?? ""
  return text.startsWith("\ufeff") ? text.slice(1) : text
}

/** One request on its way: undici calls it as the reply comes in. */
class Exchange implements Dispatcher.DispatchHandler {
  /** When the whole call is overdue, on the clock of {@link Deadlines}. */
  readonly deadline: number
  readonly #request: TransportRequest
  readonly #origin: string
  readonly #deadlines: Deadlines
  readonly #resume: Resume
  #controller: Dispatcher.DispatchController | undefined
  #aborted: Error | undefined
  #status = 0
  #headers: TransportReply["headers"] = {}
  #first: Buffer | undefined
  #chunks: Array<Buffer> | undefined

  constructor(request: TransportRequest, origin: string, deadlines: Deadlines, resume: Resume) {
    this.#request = request
    this.#origin = origin
    this.#deadlines = deadlines
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
    this.#resume(Effect.succeed({ status: this.#status, headers: this.#headers, body: textOf(body) }))
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#deadlines.remove(this)
    this.#fail(error)
  }

  #fail(error: Error): void {
    const { operation, method, path, limits } = this.#request
    const phase =
      error === overdue
        ? limits.total === undefined
          ? "connect"
          : "total"
        : phases["code" in error ? String(error.code) : ""]
    this.#resume(
      Effect.fail(
        phase === undefined
          ? new ConnectionFailed({
              operation,
              method,
              path,
              origin: this.#origin,
              reason: failureReason(error),
              ...harmlessCause(error)
            })
          : new RequestTimeout({ operation, method, path, phase, limit: limits[phase] ?? 0 })
      )
    )
  }
}

/**
 * Straight on undici's dispatcher: one pool of `concurrency` connections, all kept alive, closed with the scope.
 * The limits are undici's own, and one shared timer watches the totals.
 *
 * @example
 * ```ts
 * import { Settings } from "@skaha/core"
 * import { UndiciTransport } from "@skaha/core/node"
 * import * as Layer from "effect/Layer"
 *
 * const transport = UndiciTransport.layer.pipe(Layer.provide(Settings.layer()))
 * ```
 */
export const layer: Layer.Layer<Transport, never, Settings> = Layer.effect(
  Transport,
  Effect.gen(function* () {
    const { origin, concurrency, connectTimeout } = yield* Settings
    const deadlines = yield* Effect.acquireRelease(
      Effect.sync(() => new Deadlines()),
      (deadlines) => Effect.sync(() => deadlines.stop())
    )
    const openPool = (to: string, connections: number) =>
      new Pool(to, {
        connections,
        pipelining: 1,
        // HTTP/2 would put everything on one connection.
        allowH2: false,
        keepAliveTimeout: keepAlive,
        connect: { timeout: connectTimeout * 1000 }
      })
    const platform = openPool(origin, concurrency)
    const pools = new Map([[origin, platform]])
    yield* Effect.addFinalizer(() =>
      Effect.promise(() => Promise.all([...pools.values()].map((pool) => pool.destroy())))
    )
    /** The pool of an origin. Others than the platform are asked little. */
    const poolOf = (to: string | undefined): Pool => {
      if (to === undefined) return platform
      const known = pools.get(to)
      if (known !== undefined) return known
      const pool = openPool(to, 4)
      pools.set(to, pool)
      return pool
    }
    return Transport.of({
      send: (request) =>
        Effect.callback((resume) => {
          const exchange = new Exchange(request, request.origin ?? origin, deadlines, resume)
          poolOf(request.origin).dispatch(
            {
              method: request.method,
              path: request.path + request.query,
              headers: request.headers,
              body: request.body ?? null,
              headersTimeout: request.limits.headers * 1000,
              bodyTimeout: request.limits.body * 1000
            },
            exchange
          )
          return Effect.sync(() => exchange.abort())
        })
    })
  })
)
