/**
 * The SDK's Effect API over undici.
 */
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha, type Each } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { operationAt, type OpenSender, type Operation } from "./Sender.ts"

/** The operation, whatever it gives. */
const each = (sessions: Sessions["Service"], operation: Operation): Each<unknown> => sessions[operation]

export const openEffect: OpenSender = async (target) => {
  const runtime = ManagedRuntime.make(Skaha.layer({ ...target, transport: UndiciTransport.layer }))
  const sessions = await runtime.runPromise(Sessions)
  return {
    single: (operation, id) => runtime.runPromise(each(sessions, operation)(id)),
    many: (mix, ids, concurrency) =>
      runtime.runPromise(
        Effect.forEach(ids, (id, index) => each(sessions, operationAt(mix, index))(id), {
          concurrency,
          discard: true
        })
      ),
    bulk: async (operation, ids) => {
      return Outcome.values(await runtime.runPromise(each(sessions, operation)(ids))).length
    },
    close: () => runtime.dispose()
  }
}
