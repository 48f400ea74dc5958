/**
 * The SDK's Effect API over undici.
 */
import type { SkahaError } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { operationAt, type OpenSender, type Operation } from "./Sender.ts"

const one = (sessions: Sessions["Service"], operation: Operation, id: string): Effect.Effect<unknown, SkahaError> => {
  switch (operation) {
    case "info":
      return sessions.info(id)
    case "events":
      return sessions.events(id)
    case "eventsText":
      return sessions.eventsText(id)
    case "logs":
      return sessions.logs(id)
    case "destroy":
      return sessions.destroy(id)
  }
}

const all = (
  sessions: Sessions["Service"],
  operation: Operation,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Outcome.Outcome<unknown>>> => {
  switch (operation) {
    case "info":
      return sessions.info(ids)
    case "events":
      return sessions.events(ids)
    case "eventsText":
      return sessions.eventsText(ids)
    case "logs":
      return sessions.logs(ids)
    case "destroy":
      return sessions.destroy(ids)
  }
}

export const openEffect: OpenSender = async (target) => {
  const runtime = ManagedRuntime.make(Skaha.layer({ ...target, transport: UndiciTransport.layer }))
  const sessions = await runtime.runPromise(Sessions)
  return {
    single: (operation, id) => runtime.runPromise(one(sessions, operation, id)),
    many: (mix, ids, concurrency) =>
      runtime.runPromise(
        Effect.forEach(ids, (id, index) => one(sessions, operationAt(mix, index), id), {
          concurrency,
          discard: true
        })
      ),
    bulk: async (operation, ids) => {
      return Outcome.values(await runtime.runPromise(all(sessions, operation, ids))).length
    },
    close: () => runtime.dispose()
  }
}
