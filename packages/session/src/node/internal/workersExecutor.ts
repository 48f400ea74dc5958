/**
 * The executor over worker threads, whatever they run.
 */
import { ConfigurationInvalid, Settings, Transport, type Problem } from "@skaha/core"
import { networkOf, Relay, type Network } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { BulkExecutor } from "../../BulkExecutor.ts"
import { workersProblems } from "../../workersProblems.ts"
import type { Setup } from "./protocol.ts"
import { makeWorkerPool } from "./WorkerPool.ts"

/** The variables that are looked up for connections: a message tells nothing that the other side does not need. */
const variables = [
  ...["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]),
  "REQUEST_METHOD",
  "SSL_CERT_FILE"
]

/** The network as another thread can be told of it. */
const plain = ({ proxy, env, ...network }: Network): Setup["network"] => ({
  ...network,
  proxy: Redacted.isRedacted(proxy) ? Redacted.value(proxy) : proxy,
  env: Object.fromEntries(variables.map((name) => [name, env?.[name]]))
})

/** Starts workers that run this module; gives the executor that sends by them. They end with the scope. */
export const makeWorkersExecutor = Effect.fnUntraced(function* (workers: number, entry: URL) {
  const { registry: _, ...settings } = yield* Settings
  const network = networkOf(yield* Transport)
  const { concurrency } = settings
  const problems: Array<Problem> = [...workersProblems(workers, concurrency)]
  if (network === undefined) {
    problems.push({ field: "transport", message: "workers send over undici only: it has to be UndiciTransport" })
  }
  if (network === undefined || problems.length > 0) {
    return yield* new ConfigurationInvalid({ operation: "BulkWorkers.layer", problems })
  }
  const send = yield* makeWorkerPool({ entry, workers, setup: { settings, network: plain(network) } })
  return BulkExecutor.make(concurrency, (effect) => Effect.provideService(effect, Relay, send))
})
