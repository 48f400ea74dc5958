/**
 * What this process does in other threads, and what in this one.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Worker } from "node:worker_threads"

/** Since when, and what. */
export interface Threads extends Disposable {
  /** The worker threads that have been started. */
  readonly started: number
  /** Those of them that have not ended. */
  readonly running: number
  /** The requests that this thread has made by itself. */
  readonly requests: number
}

/** Watches the threads until it is disposed of. */
export const watchThreads = (): Threads => {
  let started = 0
  let ended = 0
  let requests = 0
  const onWorker = (message: unknown) => {
    const { worker } = message as { readonly worker: Worker }
    started++
    worker.once("exit", () => ended++)
  }
  const onRequest = () => requests++
  subscribe("worker_threads", onWorker)
  subscribe("undici:request:create", onRequest)
  return {
    get started() {
      return started
    },
    get running() {
      return started - ended
    },
    get requests() {
      return requests
    },
    [Symbol.dispose]: () => {
      unsubscribe("worker_threads", onWorker)
      unsubscribe("undici:request:create", onRequest)
    }
  }
}
