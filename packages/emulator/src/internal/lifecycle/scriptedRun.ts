import * as Effect from "effect/Effect"
import type { JobRun, JobState, Script } from "../../Runner.ts"
import { utf8 } from "../http/replies.ts"

const waiting: JobState = { _tag: "Waiting" }
const nothing = new Uint8Array(0)

/** A run of which the whole story is known beforehand: its state needs no timer, only the time. */
export const makeScriptedRun = (startsAt: number, script: Script): JobRun => {
  const endsAt = startsAt + script.seconds * 1000
  const running: JobState = { _tag: "Running", since: startsAt }
  const exited: JobState = { _tag: "Exited", since: startsAt, at: endsAt, exitCode: script.exitCode }
  return {
    state: (now) => (now < startsAt ? waiting : now < endsAt ? running : exited),
    log: (now) => Effect.sync(() => (now < startsAt ? nothing : utf8(script.log))),
    destroy: Effect.void
  }
}
