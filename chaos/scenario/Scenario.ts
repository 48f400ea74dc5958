/**
 * One thing to do while much goes wrong.
 */
import type { SkahaError } from "@skaha/core"
import type { Runner } from "@skaha/emulator"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Findings } from "../Findings.ts"
import type { World } from "../world/World.ts"

export interface Scenario {
  readonly name: string
  /**
   * How many lists may be asked for in one tick. One, where all lists are looks that all share; more where calls also
   * list for themselves when they begin, and again when that fails.
   */
  readonly mostLists: number
  /** What the sessions run. Default: they last as long as their first argument says, or for ever. */
  readonly runner?: Layer.Layer<Runner>
  /** Does it, and notes what has come of it. Clients live as long as the scope. */
  readonly run: (world: World, findings: Findings) => Effect.Effect<void, SkahaError, Scope.Scope>
}
