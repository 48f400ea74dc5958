/**
 * Keeping sessions alive, or only as long as they are needed.
 */
import type { SkahaError } from "@skaha/core"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Created } from "./Creating.ts"
import type { SessionSpec } from "./SessionSpec.ts"

/** Keeping sessions alive, or only as long as they are needed. */
export interface KeepingAlive {
  /**
   * How long a session has until the platform ends it, never below zero; `undefined` where the platform does not say.
   * `SessionNotFound` for one that is unknown.
   */
  readonly timeLeft: (id: string) => Effect.Effect<Duration.Duration | undefined, SkahaError>
  /**
   * Renews a session at once, and again whenever half of its time is over, as long as the scope is open. Fails when the
   * first renewal does; later ones are tried again, and what goes wrong is logged. It ends by itself with the session.
   *
   * Headless sessions have a fixed time that renewing does not change; it does no harm.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   *
   * const watched = Effect.gen(function* () {
   *   const { keepAlive, waitGone } = yield* Sessions
   *   yield* keepAlive("abcd1234")
   *   yield* waitGone("abcd1234", { timeout: 30 * 24 * 3600 })
   * }).pipe(Effect.scoped)
   * ```
   */
  readonly keepAlive: (id: string) => Effect.Effect<void, SkahaError, Scope.Scope>
  /**
   * Creates the replicas of a session for as long as the scope is open: when it closes, whichever way, those that were
   * made are destroyed. Also when it is interrupted while they are made. A destroy that fails is logged with the id.
   */
  readonly scoped: (spec: SessionSpec) => Effect.Effect<ReadonlyArray<Created>, SkahaError, Scope.Scope>
}
