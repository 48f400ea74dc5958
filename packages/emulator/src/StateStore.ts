import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { sessionTypes } from "./internal/lifecycle/session.ts"

const Amount = Schema.Struct({ request: Schema.Finite, limit: Schema.Finite })

/** How far a stored session has come. All times are milliseconds since the epoch. */
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

/**
 * A session or a desktop-app as it is stored: plain data for JSON. The variables of a command that still waits may be
 * secrets.
 */
export const StoredSession = Schema.Struct({
  /** The session's id; of a desktop-app that of its desktop, and its own in `appId`. */
  id: Schema.String,
  appId: Schema.NullOr(Schema.String),
  owner: Schema.Struct({ name: Schema.String, uid: Schema.Finite }),
  type: Schema.Literals(sessionTypes),
  name: Schema.String,
  image: Schema.String,
  jobName: Schema.String,
  /** `ram` is in GiB. */
  resources: Schema.Struct({ cores: Amount, ram: Amount, gpus: Schema.Finite }),
  /** The start of its job, which it may still be waiting for, in milliseconds since the epoch. */
  startedAt: Schema.Finite,
  /** How many were created before it: sessions come back in this order. */
  number: Schema.Finite,
  /** Seconds from its start after which it is ended. */
  deadline: Schema.Finite,
  /** What the cluster had too little of when it came; empty if it had enough. */
  shortage: Schema.Array(Schema.String),
  /** When there was room for it, in milliseconds since the epoch; `null` while it waits. */
  placedAt: Schema.NullOr(Schema.Finite),
  progress: Progress
})
export type StoredSession = typeof StoredSession.Type

/**
 * The name under which a session is stored, of letters, digits and a hyphen: no other has it. `append` and `remove` of
 * a {@link StateStore} are given it, and of what is saved it is to be asked for.
 */
export const storedKey = ({ appId, id }: { readonly id: string; readonly appId: string | null | undefined }): string =>
  appId === null || appId === undefined ? id : `${id}-${appId}`

/** A stored session, and what its container had written. */
export interface LoadedSession {
  readonly session: StoredSession
  /** Read whenever somebody asks for it. */
  readonly log: Effect.Effect<Uint8Array>
}

/**
 * Where the platform's sessions outlive it. It must deal with its own failures, as a platform whose store has failed
 * goes on without it. Default: nothing is stored.
 */
export interface StateStore {
  /** What was stored before, in any order. */
  readonly load: Effect.Effect<ReadonlyArray<LoadedSession>>
  /** Stores a session in the place of what was stored of it before. Its log is kept. */
  readonly save: (session: StoredSession) => Effect.Effect<void>
  /**
   * Adds to the log of a session that is stored; of another one it does nothing. What a process writes is not waited
   * for: the next piece may come before this one is done, and belongs behind it.
   */
  readonly append: (key: string, output: Uint8Array) => Effect.Effect<void>
  /** Forgets a session and its log. */
  readonly remove: (key: string) => Effect.Effect<void>
}

/** The store in use, for whoever provides another one beneath `Emulator.layer`. */
export const StateStore: Context.Reference<StateStore> = Context.Reference<StateStore>("@skaha/emulator/StateStore", {
  defaultValue: () => ({
    load: Effect.succeed([]),
    save: () => Effect.void,
    append: () => Effect.void,
    remove: () => Effect.void
  })
})
