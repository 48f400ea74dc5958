/**
 * The SDK in the programs that look at memory, delays and costs.
 */
import { Transport, type ConfigurationInvalid, type WorkersFailed } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { BulkExecutor, Sessions, Skaha } from "@skaha/session"
import { BulkWorkers } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { idOf } from "../server/replies.ts"
import type { Target } from "./senders/Sender.ts"

/** So many ids, made as they are asked for. */
export function* idsTo(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield idOf(index)
}

/** A client that is set up. */
export interface Opened {
  readonly runtime: ManagedRuntime.ManagedRuntime<Skaha.Skaha, ConfigurationInvalid | WorkersFailed>
  readonly sessions: Sessions["Service"]
}

/** The services over undici, with so many worker threads. */
export const openSessions = async (target: Target, workers = 0): Promise<Opened> => {
  const executor = workers === 0 ? BulkExecutor.layer : BulkWorkers.layer({ workers })
  const runtime = ManagedRuntime.make(Skaha.layer({ ...target, transport: UndiciTransport.layer, executor }))
  return { runtime, sessions: await runtime.runPromise(Sessions) }
}

/** A transport that answers everything at once, with the same body. */
const answering = (body: string): Layer.Layer<Transport> =>
  Layer.succeed(Transport, { send: () => Effect.succeed({ status: 200, headers: {}, body }) })

/** The services over no network at all. */
export const openSessionsWithout = async (target: Target, body: string): Promise<Opened> => {
  const runtime = ManagedRuntime.make(Skaha.layer({ ...target, transport: answering(body) }))
  return { runtime, sessions: await runtime.runPromise(Sessions) }
}
