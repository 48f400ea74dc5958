/**
 * The platform as a whole, with async/await.
 */
import { Overview as OverviewService, type Capability } from "@skaha/session"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./internal/callOptions.ts"
import { Client } from "./internal/Client.ts"
import type { SkahaPromise } from "./SkahaPromise.ts"

/**
 * The platform as a whole. It needs no credentials.
 *
 * @example
 * ```ts
 * import { Overview } from "skaha"
 *
 * await using overview = new Overview()
 * const up = await overview.availability()
 * ```
 */
export class Overview extends Client {
  /** Whether the platform can be used. What its operators say goes to the log. */
  availability(options?: CallOptions): SkahaPromise<boolean> {
    return this.run(
      "Overview.availability",
      OverviewService,
      (overview) =>
        overview.availability.pipe(
          Effect.tap(({ notes }) => Effect.forEach(notes, (note) => Effect.logInfo(note), { discard: true })),
          Effect.map(({ available }) => available)
        ),
      options
    )
  }

  /** What the platform offers, where, and how to sign in there. */
  capabilities(options?: CallOptions): SkahaPromise<Array<Capability>> {
    return this.run(
      "Overview.capabilities",
      OverviewService,
      (overview) => Effect.map(overview.capabilities, (all) => [...all]),
      options
    )
  }
}
