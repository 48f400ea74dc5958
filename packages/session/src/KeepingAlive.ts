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
   * How long a session has until the platform ends it: zero when it has ended already, `undefined` where the platform
   * does not say. `SessionNotFound` for one that is unknown.
   */
  readonly timeLeft: (id: string) => Effect.Effect<Duration.Duration | undefined, SkahaError>
  /**
   * Renews a session at once, and again whenever half of its time is over, as long as the scope is open: after 10 s at
   * least and 12 h at most, and every hour where the platform does not say when it ends. Fails when the first renewal
   * does; later ones are tried again, after 10 s at first and 10 min at most, but before the time is over, and what goes
   * wrong is logged. It ends by itself with the session. One that still waits for its turn counts as renewed.
   *
   * A headless session has more time from the start (two weeks) than renewing gives (four days): it gets more only when
   * it has less left than that.
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
   * Creates the replicas of a session for as long as the scope is open: when it closes, whichever way, all that it has
   * are destroyed, also those that `resume` took up. When the call itself fails or is interrupted, that happens at once,
   * to those that are known by then: see `create`. What may still come to be is named to `onUnresolved`. Twins stay. A
   * destroy that fails is logged with the id.
   *
   * @example
   * ```ts
   * import { Outcome, Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   *
   * const fitted = Effect.gen(function* () {
   *   const { scoped, waitCompleted, logs } = yield* Sessions
   *   const created = yield* scoped({ name: "fit", image: "skaha/astroml", cmd: "fit.py", replicas: 10 })
   *   const ids = Outcome.values(created)
   *   yield* waitCompleted(ids)
   *   return yield* logs(ids)
   * }).pipe(Effect.scoped)
   * ```
   */
  readonly scoped: (
    spec: SessionSpec,
    onUnresolved?: (name: string) => void
  ) => Effect.Effect<ReadonlyArray<Created>, SkahaError, Scope.Scope>
}
