import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import type { EmulatorOptions } from "../EmulatorOptions.ts"
import { CallbackTokens } from "./callers/callback.ts"
import { type EmulatorUser, makeAccounts } from "./callers/users.ts"
import { publicImages } from "./images/images.ts"
import { makeScheduler } from "./lifecycle/scheduler.ts"
import { SessionStore } from "./lifecycle/store.ts"
import type { Platform, Settings } from "./platform.ts"
import { profiles } from "./profiles/profiles.ts"
import { defaultCapacity } from "./resources/capacity.ts"
import { shippedLimitRange } from "./resources/limitRange.ts"
import { shippedContext } from "./resources/resources.ts"

/** After a restart the ids are not those once more that were given before it. */
const continued = (seed: string | number, created: number) => (created === 0 ? seed : `${seed} and ${created}`)

/** The first user, and the others. */
export const usersOf = (
  { subject, user = "alice", users = [] }: EmulatorOptions,
  token: EmulatorUser["token"]
): ReadonlyArray<EmulatorUser> => [{ name: user, token, subject }, ...users]

/** A platform as it was configured, with the sessions that were stored. */
export const makePlatform = Effect.fnUntraced(function* (options: EmulatorOptions, token: Redacted.Redacted) {
  const settings: Settings = {
    profile: profiles[options.profile ?? "1.4"],
    accounts: yield* Effect.orDie(Effect.fromResult(makeAccounts(usersOf(options, token)))),
    identityManager: options.identityManager ?? "oidc",
    hosts: options.hosts ?? ["images.canfar.net"],
    images: options.images ?? publicImages,
    context: options.context ?? shippedContext,
    limitRange: options.limitRange ?? shippedLimitRange,
    maxInteractiveSessions: options.maxInteractiveSessions ?? 5,
    capacity: options.capacity ?? defaultCapacity,
    pendingMillis: (options.pending ?? 2) * 1000
  }
  const store = new SessionStore(settings.profile.destroys.takesApps)
  const scheduler = yield* makeScheduler(settings, store)
  const random = yield* options.seed === undefined
    ? Random.Random
    : Random.withSeed(Random.Random, continued(options.seed, scheduler.created()))
  const platform: Platform = {
    settings,
    store,
    scheduler,
    random,
    callbackTokens: new CallbackTokens()
  }
  return platform
})
