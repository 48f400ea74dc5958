/**
 * What sessions may ask for, with async/await.
 */
import { Context as ContextService } from "@skaha/session"
import * as Effect from "effect/Effect"
import type { CallOptions } from "./internal/callOptions.ts"
import { Client } from "./internal/Client.ts"
import type { SkahaPromise } from "./SkahaPromise.ts"

/**
 * What a session on this platform may ask for.
 *
 * @example
 * ```ts
 * import { Context } from "skaha"
 *
 * await using context = new Context({ token: "…" })
 * const resources = await context.resources()
 * ```
 */
export class Context extends Client {
  /** The options for cores, RAM and GPUs, keys and values as the server sends them. */
  resources(options?: CallOptions): SkahaPromise<Readonly<Record<string, unknown>>> {
    return this.run(
      "Context.resources",
      ContextService,
      (context) => Effect.map(context.resources, ({ wire }) => wire),
      options
    )
  }
}
