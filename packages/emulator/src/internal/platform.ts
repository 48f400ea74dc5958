import type * as Random from "effect/Random"
import type { EmulatorRequest } from "../Exchange.ts"
import type { Runner } from "../Runner.ts"
import type { Account, User } from "./callers/identify.ts"
import type { Image } from "./images/images.ts"
import type { Parameters } from "./http/parameters.ts"
import type { ResourceContext } from "./resources/resources.ts"
import type { SessionStore } from "./lifecycle/store.ts"

/** What an installation of the platform has been configured with. */
export interface Settings {
  readonly accounts: ReadonlyArray<Account>
  /** Trusted image registries. */
  readonly hosts: ReadonlyArray<string>
  /** The cache of public images. */
  readonly images: ReadonlyArray<Image>
  readonly context: ResourceContext
  readonly maxInteractiveSessions: number
  /** What all nodes together have: cores, and memory in GiB. */
  readonly capacity: { readonly cores: number; readonly ram: number }
  /** How long a new session stays `Pending`, in milliseconds. */
  readonly pendingMillis: number
}

/** The platform: what it was configured with and what it knows by now. */
export interface Platform {
  readonly settings: Settings
  readonly store: SessionStore
  readonly random: Random.Random
  readonly runner: Runner["Service"]
}

/** A request of a known user to one of the endpoints under `/v1`. */
export interface Call {
  readonly request: EmulatorRequest
  readonly user: User
  /** The path after the endpoint's own, without its first slash; `undefined` when there is not even a slash. */
  readonly path: string | undefined
  readonly parameters: Parameters
  /** One reading of the clock for the whole request, in milliseconds since the epoch. */
  readonly now: number
  /** Scheme, host and port under which the client reaches the platform. */
  readonly origin: string
}
