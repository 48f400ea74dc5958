import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import type { EmulatorOptions } from "../EmulatorOptions.ts"
import { Runner } from "../Runner.ts"
import { CallbackTokens } from "./callers/callback.ts"
import { makeAccount } from "./callers/users.ts"
import { publicImages } from "./images/images.ts"
import { SessionStore } from "./lifecycle/store.ts"
import type { Platform } from "./platform.ts"
import { profiles } from "./profiles/profiles.ts"
import { shippedLimitRange } from "./resources/limitRange.ts"
import { shippedContext } from "./resources/resources.ts"

/** A platform as it was configured, without any session. */
export const makePlatform = Effect.fnUntraced(function* (options: EmulatorOptions, token: Redacted.Redacted) {
  const random = yield* options.seed === undefined ? Random.Random : Random.withSeed(Random.Random, options.seed)
  const platform: Platform = {
    settings: {
      profile: profiles[options.profile ?? "1.4"],
      accounts: [{ name: options.user ?? "alice", token, subject: options.subject }, ...(options.users ?? [])].map(
        makeAccount
      ),
      identityManager: options.identityManager ?? "oidc",
      hosts: options.hosts ?? ["images.canfar.net"],
      images: options.images ?? publicImages,
      context: options.context ?? shippedContext,
      limitRange: options.limitRange ?? shippedLimitRange,
      maxInteractiveSessions: options.maxInteractiveSessions ?? 5,
      capacity: options.capacity ?? { cores: 64, ram: 512 },
      pendingMillis: (options.pending ?? 2) * 1000
    },
    store: new SessionStore(),
    random,
    runner: yield* Runner,
    callbackTokens: new CallbackTokens()
  }
  return platform
})
