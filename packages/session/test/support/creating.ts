/**
 * Creates that go wrong, and what the platform holds after them.
 */
import { RetryPolicy, Transport } from "@skaha/core"
import { Emulator, type Fault, type FaultAction } from "@skaha/emulator"
import { Sessions, Skaha, type Created, type SessionSpec } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { token, type PlatformOptions } from "./platforms.ts"
import { api, server } from "./server.ts"
import { headless } from "./sessions.ts"

/** A cluster with room for all, and a client that tries again and again. */
export const roomy: PlatformOptions = {
  capacity: { cores: 10_000, ram: 100_000 },
  retry: RetryPolicy.make({ times: 30 })
}

/** The same, with a client that does not. */
export const roomyOnce: PlatformOptions = { ...roomy, retry: RetryPolicy.none }

/** A session that is there for long: some servers do not list those that have ended. */
export const lasting = (spec: Partial<SessionSpec> = {}): SessionSpec =>
  headless({ cmd: "sleep", args: "900000", ...spec })

/** What happens to creates. */
export const onCreate = (action: FaultAction, match: Partial<Fault["match"]> = {}): Fault => ({
  match: { method: "POST", path: `${api}/session`, ...match },
  action
})

/** What happens to lists. */
export const onList = (action: FaultAction, match: Partial<Fault["match"]> = {}): Fault => ({
  match: { method: "GET", path: `${api}/session`, ...match },
  action
})

export const setFaults = (...faults: ReadonlyArray<Fault>) => Emulator.use((emulator) => emulator.setFaults(faults))

/** The client of another program of the same user. */
export const elsewhere = <A, E, R>(effect: Effect.Effect<A, E, R | Sessions>) =>
  Effect.gen(function* () {
    const { url } = yield* Emulator
    const transport = Layer.provide(Transport.layerHttpClient, Emulator.layerHttpClient)
    // Of its own: layers are shared otherwise.
    const client = Skaha.layer({ url, token, version: server.version, transport })
    return yield* Effect.provide(effect, client, { local: true })
  })

/** What the platform holds: names by id. */
export const holds = Effect.map(
  elsewhere(Sessions.use(({ fetch }) => fetch())),
  (sessions) => new Map(sessions.map(({ id, name = "" }) => [id, name]))
)

/** The names that the platform holds, in order. */
export const names = Effect.map(holds, (sessions) => [...sessions.values()].toSorted())

/** The number of requests of a method that have reached the platform. */
export const count = (method: string) =>
  Effect.map(
    Emulator.use(({ requests }) => requests),
    (requests) => requests.filter((request) => request.method === method).length
  )

/** What goes into a list of outcomes, and from whom it was heard. */
export const hearing = () => {
  const heard: Array<Created> = []
  const unresolved: Array<string> = []
  return {
    heard,
    unresolved,
    onOutcome: (created: Created) => void heard.push(created),
    onUnresolved: (name: string) => void unresolved.push(name)
  }
}
