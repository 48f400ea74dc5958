import type * as Random from "effect/Random"
import type { CallbackTokens } from "./callers/callback.ts"
import type { IdentityManager } from "./callers/identify.ts"
import type { Account, User } from "./callers/users.ts"
import type { Arrival } from "./http/arrival.ts"
import type { Parameters } from "./http/parameters.ts"
import type { Image } from "./images/images.ts"
import type { Scheduler } from "./lifecycle/scheduler.ts"
import type { SessionStore } from "./lifecycle/store.ts"
import type { Profile } from "./profiles/Profile.ts"
import type { ResourceSettings } from "./resources/settings.ts"

/** What an installation of the platform has been configured with. */
export interface Settings extends ResourceSettings {
  /** Which server this is. */
  readonly profile: Profile
  readonly accounts: ReadonlyArray<Account>
  readonly identityManager: IdentityManager
  /** Trusted image registries. */
  readonly hosts: ReadonlyArray<string>
  /** The cache of public images. */
  readonly images: ReadonlyArray<Image>
  /** How long a session stays `Pending` that has its place in the cluster, in milliseconds. */
  readonly pendingMillis: number
}

/** The platform: what it was configured with and what it knows by now. */
export interface Platform {
  readonly settings: Settings
  /** To be looked at; what changes in it is the scheduler's business. */
  readonly store: SessionStore
  readonly scheduler: Scheduler
  readonly random: Random.Random
  readonly callbackTokens: CallbackTokens
}

/** A request of a known user to one of the endpoints. */
export interface Call extends Arrival {
  readonly user: User
  /** The path after the endpoint's own, without its first slash; `undefined` when there is not even a slash. */
  readonly path: string | undefined
  readonly parameters: Parameters
  /** Scheme, host and port under which the client reaches the platform. */
  readonly origin: string
}
