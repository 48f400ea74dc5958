/**
 * Operations on many sessions, with the requests sent from worker threads.
 */
import type { ConfigurationInvalid, Settings, Transport, WorkersFailed } from "@skaha/core"
import * as Layer from "effect/Layer"
import { BulkExecutor } from "../BulkExecutor.ts"
import { makeWorkersExecutor } from "./internal/workersExecutor.ts"

/** How many. */
export interface Options {
  /** Worker threads: a whole number from 1 to 64, and not more than the `concurrency` of the settings. */
  readonly workers: number
}

/** As it is in the source, and as it is in the package, where one file holds all that a worker needs. */
const entry = import.meta.url.endsWith(".ts")
  ? new URL("./internal/worker.ts", import.meta.url)
  : new URL("./worker.mjs", import.meta.url)

/**
 * Sends the GETs and DELETEs of operations on many sessions from worker threads, which have connections of their own:
 * waiting for replies, TLS, inflating and writing to files is then done beside this thread. All else is done here:
 * credentials, `concurrency` over all workers, errors, decoding, creates and lists. What comes of an operation is the
 * same as in one thread.
 *
 * A worker that crashes, or does not answer for 10 seconds, is replaced, up to 3 times in any minute, and what was on
 * its way there is sent again from another. A DELETE that is sent again, and finds nothing there any more, has done its
 * work. Where all that does not help, the outcome is a `WorkersFailed`: for a request on which 3 workers have crashed,
 * and for all while there is no worker left. One that was not replaced comes back with the next request, once the minute
 * is over. The workers end with the scope; while there is nothing to do they do not keep the process alive.
 *
 * Fails with `ConfigurationInvalid` for a number out of its bounds and for a transport that is not `UndiciTransport`,
 * and with `WorkersFailed` when a worker cannot start, or is not ready within 30 seconds. They run a file beside this
 * one, `worker.mjs`: a bundler has to put it beside the bundle.
 *
 * @example
 * ```ts
 * import { UndiciTransport } from "@skaha/core/node"
 * import { Sessions, Skaha } from "@skaha/session"
 * import { BulkWorkers } from "@skaha/session/node"
 * import * as Effect from "effect/Effect"
 *
 * const platform = Skaha.layer({
 *   token: "…",
 *   transport: UndiciTransport.layer,
 *   executor: BulkWorkers.layer({ workers: 2 })
 * })
 * const program = Sessions.use(({ logs }) => logs(["abcd1234", "bcde2345"])).pipe(Effect.provide(platform))
 * ```
 */
export const layer = ({
  workers
}: Options): Layer.Layer<BulkExecutor, ConfigurationInvalid | WorkersFailed, Settings | Transport> =>
  Layer.effect(BulkExecutor, makeWorkersExecutor(workers, entry))
