import * as Effect from "effect/Effect"
import type { EmulatorReply } from "../../Exchange.ts"
import { text } from "../http/replies.ts"
import type { Session } from "../lifecycle/session.ts"

/** Unknown and pending sessions have no log, which is not an error. */
export const readLogs = (jobs: ReadonlyArray<Session>, now: number): Effect.Effect<EmulatorReply> =>
  Effect.map(
    Effect.forEach(jobs, (job) => job.run.log(now)),
    (logs) => text(concat(logs))
  )

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
