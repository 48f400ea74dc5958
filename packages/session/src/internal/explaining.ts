/**
 * Why a session is as it is, for errors.
 */
import type { PlatformClient } from "@skaha/core"
import * as Effect from "effect/Effect"

/** What is known of why a session is as it is. What cannot be had is absent. */
export interface Explanation {
  /** What the cluster did with it, as the server's table. */
  readonly events?: string
  /** The last lines that it wrote. */
  readonly logTail?: string
  /** Why it is so, as far as these tell. */
  readonly reason?: string
}

/** So many lines of a log are its tail. */
const tail = 40

/** Makes what explains; it never fails. */
export const makeExplain =
  (client: PlatformClient["Service"]) =>
  (operation: string, id: string, _status?: string): Effect.Effect<Explanation> => {
    const text = (view: "logs" | "events") =>
      client
        .call({ operation, method: "GET", path: `session/${id}`, query: [["view", view]], id, unbounded: true })
        .pipe(
          Effect.map(({ body }) => body.trim()),
          Effect.orElseSucceed(() => "")
        )
    return Effect.map(
      Effect.all([text("events"), text("logs")], { concurrency: "unbounded" }),
      ([events, log]): Explanation => ({
        ...(events === "" ? {} : { events }),
        ...(log === "" ? {} : { logTail: log.split("\n").slice(-tail).join("\n") })
      })
    )
  }
