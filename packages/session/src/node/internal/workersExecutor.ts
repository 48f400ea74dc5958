/**
 * The executor over worker threads, whatever they run.
 */
import { ConfigurationInvalid, Settings, Transport, type Problem } from "@skaha/core"
import { networkOf, Relay, type Network } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { BulkExecutor } from "../../BulkExecutor.ts"
import type { Setup } from "./protocol.ts"
import { makeWorkerPool } from "./WorkerPool.ts"

const mostWorkers = 64

/** The network as another thread can be told of it. */
const plain = ({ proxy, env, ...network }: Network): Setup["network"] => ({
  ...network,
  proxy: Redacted.isRedacted(proxy) ? Redacted.value(proxy) : proxy,
  // A process's own is no plain object.
  env: { ...env }
})

/** Starts workers that run this module; gives the executor that sends by them. They end with the scope. */
export const makeWorkersExecutor = Effect.fnUntraced(function* (workers: number, entry: URL) {
  const { registry: _, ...settings } = yield* Settings
  const network = networkOf(yield* Transport)
  const { concurrency } = settings
  const problems: Array<Problem> = []
  if (!Number.isInteger(workers) || workers < 1 || workers > mostWorkers) {
    problems.push({ field: "workers", message: `a whole number from 1 to ${mostWorkers}` })
  } else if (workers > concurrency) {
    problems.push({ field: "workers", message: `more than there may be requests at once, which is ${concurrency}` })
  }
  if (network === undefined) {
    problems.push({ field: "transport", message: "workers send over undici only: it has to be UndiciTransport" })
  }
  if (network === undefined || problems.length > 0) {
    return yield* new ConfigurationInvalid({ operation: "BulkWorkers.layer", problems })
  }
  const send = yield* makeWorkerPool({ entry, workers, setup: { settings, network: plain(network) } })
  return BulkExecutor.make(concurrency, (effect) => Effect.provideService(effect, Relay, send))
})
