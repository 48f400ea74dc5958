import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { sessionTypes } from "./internal/lifecycle/session.ts"

const Amount = Schema.Struct({ request: Schema.Finite, limit: Schema.Finite })

/** How far a stored session has come. Times are milliseconds since the epoch. */
const Progress = Schema.Union([
  /** Its container has not started. `command` is what a headless one is to run. */
  Schema.TaggedStruct("Waiting", {
    command: Schema.NullOr(
      Schema.Struct({
        cmd: Schema.NullOr(Schema.String),
        args: Schema.Array(Schema.String),
        env: Schema.Array(Schema.Tuple([Schema.String, Schema.String]))
      })
    )
  }),
  /** It runs, and how long is not known. */
  Schema.TaggedStruct("Running", { since: Schema.Finite }),
  /** It has exited, or it is known when it will; `at` is `null` if only its deadline ends it. */
  Schema.TaggedStruct("Known", { since: Schema.Finite, at: Schema.NullOr(Schema.Finite), exitCode: Schema.Finite })
])

/** A session or a desktop-app as it is stored: plain data for JSON. */
export const StoredSession = Schema.Struct({
  /** The session's id; of a desktop-app that of its desktop, and its own in `appId`. */
  id: Schema.String,
  appId: Schema.NullOr(Schema.String),
  owner: Schema.Struct({ name: Schema.String, uid: Schema.Finite }),
  type: Schema.Literals(sessionTypes),
  name: Schema.String,
  image: Schema.String,
  jobName: Schema.String,
  resources: Schema.Struct({ cores: Amount, ram: Amount, gpus: Schema.Finite }),
  startedAt: Schema.Finite,
  number: Schema.Finite,
  deadline: Schema.Finite,
  shortage: Schema.Array(Schema.String),
  placedAt: Schema.NullOr(Schema.Finite),
  progress: Progress
})
export type StoredSession = typeof StoredSession.Type

/** The name under which a session is stored: no other has it. */
export const storedKey = ({ appId, id }: { readonly id: string; readonly appId: string | null | undefined }): string =>
  appId === null || appId === undefined ? id : `${id}-${appId}`

/** A stored session and what its container had written. */
export interface Loaded {
  readonly session: StoredSession
  readonly log: Effect.Effect<Uint8Array>
}

/**
 * Where the platform's sessions outlive it. It must deal with its own failures, as a platform whose store has failed
 * goes on without it. Default: nothing is stored.
 */
export interface StateStore {
  /** What was stored before, in any order. */
  readonly load: Effect.Effect<ReadonlyArray<Loaded>>
  /** Stores a session in the place of what was stored of it before. Its log is kept. */
  readonly save: (session: StoredSession) => Effect.Effect<void>
  /** Adds to the log of a session that is stored; of another one it does nothing. */
  readonly append: (key: string, output: Uint8Array) => Effect.Effect<void>
  /** Forgets a session and its log. */
  readonly remove: (key: string) => Effect.Effect<void>
}

export const StateStore: Context.Reference<StateStore> = Context.Reference<StateStore>("@skaha/emulator/StateStore", {
  defaultValue: () => ({
    load: Effect.succeed([]),
    save: () => Effect.void,
    append: () => Effect.void,
    remove: () => Effect.void
  })
})
