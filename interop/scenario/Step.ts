/**
 * What a scenario is made of. It is data: each client carries it out in its own way.
 */
import type { Fault, ScriptedOptions } from "@skaha/emulator"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** The Python libraries, by the names under which they are installed. */
export type Library = "skaha" | "canfar"

export type SessionMethod =
  | "fetch"
  | "stats"
  | "info"
  | "logs"
  | "events"
  | "create"
  | "destroy"
  | "destroy_with"
  | "renew"
  | "connect"

/** A service and its method, as Python calls them. */
export type Call =
  | `sessions.${SessionMethod}`
  | "images.fetch"
  | "images.details"
  | "context.resources"
  | "overview.availability"

/** One call, and what the platform is like when it is made. */
export interface Step {
  /** Unique among all steps. */
  readonly name: string
  readonly call: Call
  /** The arguments by their Python names. `@alpha` stands for the id of the session `alpha`. */
  readonly with?: { readonly [name: string]: Json }
  /** The only library that has this method or argument. */
  readonly only?: Library
  /** What the client is made with, beside the address; its token is the right one unless it is said here. */
  readonly client?: { readonly [option: string]: Json }
  /** Seconds that pass before the call. */
  readonly after?: number
  /** What goes wrong during the call; the ids of a match may be names, as in `with`. */
  readonly faults?: ReadonlyArray<Fault>
  /** Whether each client uses its own defaults for names, cores and ram. Otherwise ours does as the Python client. */
  readonly ownDefaults?: boolean
  /** Where requests go out at the same time: the order of what came of them, or which of them failed, is by chance. */
  readonly byChance?: "order" | "which"
}

/** A session that is there before the first step. */
export interface Given {
  readonly name: string
  /** Default `headless`. */
  readonly kind?: string
  /** Of a headless session: `stay` or `fail`. By default it completes at once. */
  readonly cmd?: "stay" | "fail"
}

/** Steps on one platform, which is new at the first of them. */
export interface Chapter {
  readonly title: string
  readonly platform?: ScriptedOptions
  readonly given?: ReadonlyArray<Given>
  readonly steps: ReadonlyArray<Step>
}

/** The token that every platform of a scenario accepts. */
export const token = "token-of-alice"

/** How long a new session is pending, in seconds of the platform's clock, which only steps move. */
export const pending = 60
