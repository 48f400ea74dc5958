/**
 * A program that asks for logs by workers, not by all of them, and ends without closing anything. Nothing but its
 * requests keeps it alive.
 */
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha } from "@skaha/session"
import { BulkWorkers } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"

const runtime = ManagedRuntime.make(
  Skaha.layer({
    url: process.argv[2],
    transport: UndiciTransport.layer,
    executor: BulkWorkers.layer({ workers: 4 })
  })
)

const [first, second] = await runtime.runPromise(
  Sessions.use(({ logs }) => Effect.all([logs(["abcd1234", "bcde2345"]), logs(["cdef3456"])]))
)
process.stdout.write([...Outcome.values(first), ...Outcome.values(second)].join(" "))
