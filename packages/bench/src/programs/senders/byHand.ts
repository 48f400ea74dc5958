/**
 * What one would write by hand: on undici's `request`, on its bare dispatcher, and on the global `fetch`.
 */
import { Pool, request, type Dispatcher } from "undici"
import { inLoops, methodOf, pathOf, read, type OpenSender, type Operation, type Sender, type Target } from "./Sender.ts"

/** Kept as long as the SDK keeps them. */
const poolOf = (server: URL, connections: number) =>
  new Pool(server.origin, { connections, pipelining: 1, keepAliveTimeout: 60_000 })

/** Those that the platform's other clients send, as the SDK does: what is compared sends the same requests. */
const headersOf = ({ token }: Target) => ({
  accept: "application/json",
  "content-type": "application/x-www-form-urlencoded",
  date: new Date().toUTCString(),
  "user-agent": "by-hand/1.0.0",
  "x-skaha-authentication-type": "RUNTIME-TOKEN",
  authorization: `Bearer ${token}`,
  "accept-encoding": "gzip, deflate"
})

/** `undici.request`, and the body as text. */
export const openUndici: OpenSender = async (target) => {
  const server = new URL(target.server)
  const dispatcher = poolOf(server, target.concurrency)
  const headers = headersOf(target)
  const single: Sender["single"] = async (operation, id) => {
    const url = server.origin + pathOf(server.pathname, operation, id)
    const { body, statusCode } = await request(url, { dispatcher, method: methodOf(operation), headers })
    return read(operation, statusCode, await body.text())
  }
  return { single, many: inLoops(single), close: () => dispatcher.close() }
}

/** Collects a reply; no more than undici needs to be told. */
class Buffering implements Dispatcher.DispatchHandler {
  readonly #operation: Operation
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void
  #status = 0
  readonly #chunks: Array<Buffer> = []

  constructor(operation: Operation, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.#operation = operation
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    try {
      this.#resolve(read(this.#operation, this.#status, body?.toString() ?? ""))
    } catch (error) {
      this.#reject(error)
    }
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error)
  }
}

/** `Pool.dispatch` with a handler that collects the body: the least that undici can be asked to do. */
export const openDispatch: OpenSender = async (target) => {
  const { origin, pathname } = new URL(target.server)
  const pool = poolOf(new URL(origin), target.concurrency)
  const headers = headersOf(target)
  const single: Sender["single"] = (operation, id) =>
    new Promise((resolve, reject) => {
      const path = pathOf(pathname, operation, id)
      pool.dispatch({ origin, path, method: methodOf(operation), headers }, new Buffering(operation, resolve, reject))
    })
  return { single, many: inLoops(single), close: () => pool.close() }
}

/** The global `fetch`, with the connections that it makes by itself. */
export const openFetch: OpenSender = async (target) => {
  const headers = headersOf(target)
  const single: Sender["single"] = async (operation, id) => {
    const reply = await fetch(pathOf(target.server, operation, id), { method: methodOf(operation), headers })
    return read(operation, reply.status, await reply.text())
  }
  return { single, many: inLoops(single), close: async () => {} }
}
