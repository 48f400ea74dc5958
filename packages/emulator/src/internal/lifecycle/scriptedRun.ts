import * as Effect from "effect/Effect"
import type { JobRun, JobState, Script } from "../../Runner.ts"
import { utf8 } from "../http/replies.ts"

const waiting: JobState = { _tag: "Waiting" }
const nothing = new Uint8Array(0)

/** When a container starts, when it exits if nobody ends it (`Infinity`: never), and how. */
export interface Story {
  readonly since: number
  readonly at: number
  readonly exitCode: number
}

/** A run of which the whole story is known beforehand: its state needs no timer, only the time. */
export const makeKnownRun = (story: Story, log: Effect.Effect<Uint8Array>): JobRun => {
  const { at, exitCode, since } = story
  const running: JobState = { _tag: "Running", since }
  const exited: JobState = { _tag: "Exited", since, at, exitCode }
  return {
    endsAt: at,
    state: (now) => (now < since ? waiting : now < at ? running : exited),
    log: (now) => (now < since ? Effect.succeed(nothing) : log),
    destroy: Effect.void
  }
}

export const makeScriptedRun = (startsAt: number, script: Script): JobRun =>
  makeKnownRun(
    { since: startsAt, at: startsAt + Math.max(0, script.seconds) * 1000, exitCode: script.exitCode },
    Effect.sync(() => utf8(script.log))
  )

/** The container of an interactive session or an app: it runs until its job is ended. */
export const makeInteractiveRun = (startsAt: number, log: string): JobRun =>
  makeScriptedRun(startsAt, { seconds: Number.POSITIVE_INFINITY, exitCode: 0, log })

/** Of a session that waits for room: there is no container yet. */
export const waitingRun: JobRun = {
  endsAt: undefined,
  state: () => waiting,
  log: () => Effect.succeed(nothing),
  destroy: Effect.void
}
