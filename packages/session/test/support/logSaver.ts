/**
 * A process of its own that saves logs, as its disks allow: `directory undici|fetch|workers id …`. A number at the end of an id
 * is the KiB of its log. Prints what came of each, or of the whole.
 */
import { Transport } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { BulkExecutor, Skaha } from "@skaha/session"
import { BulkWorkers, saveLogs } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { createServer } from "node:http"
import { once } from "node:events"

const [directory = "", way, ...ids] = process.argv.slice(2)
let requests = 0

const server = createServer((request, response) => {
  requests++
  const size = Number(/(\d+)\?/.exec(request.url ?? "")?.[1] ?? 0)
  response.end("x".repeat(size * 1024))
}).listen(0, "127.0.0.1")
await once(server, "listening")
const address = server.address()
const port = typeof address === "object" ? address?.port : undefined

const failureOf = (error: { readonly _tag: string; readonly message: string }) => `${error._tag}: ${error.message}`

const program = Effect.match(saveLogs(ids, directory), {
  onFailure: failureOf,
  onSuccess: (outcomes) =>
    outcomes.map(({ result }) => (Result.isSuccess(result) ? result.success.bytes : failureOf(result.failure)))
}).pipe(
  Effect.provide(
    Skaha.layer({
      url: `http://127.0.0.1:${port}/skaha`,
      token: "a-token",
      // One after the other, so that all but the one that is too large find room.
      concurrency: 1,
      transport: way === "fetch" ? Transport.layer : UndiciTransport.layer,
      executor: way === "workers" ? BulkWorkers.layer({ workers: 1 }) : BulkExecutor.layer
    })
  )
)

const outcomes = await Effect.runPromise(program)
process.stdout.write(`${JSON.stringify({ outcomes, requests })}\n`)
server.close()
server.closeAllConnections()
