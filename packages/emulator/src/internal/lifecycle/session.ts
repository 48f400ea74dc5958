import type { JobRun } from "../../Runner.ts"
import type { User } from "../callers/users.ts"
import type { Resources } from "../resources/resources.ts"

export const sessionTypes = [
  "carta",
  "contributed",
  "desktop",
  "notebook",
  "headless",
  "desktop-app",
  "firefly"
] as const
export type SessionType = (typeof sessionTypes)[number]

/** How long a job may run, in seconds: 14 days and 4 days. */
const headlessDeadline = 1_209_600
const interactiveDeadline = 345_600

/** How long a job stays listed after its end, in seconds. */
const headlessTimeToLive = 3600
const interactiveTimeToLive = 86_400

/** What the container of a headless session is to run. */
export interface Command {
  readonly cmd: string | undefined
  readonly args: ReadonlyArray<string>
  readonly env: ReadonlyArray<readonly [name: string, value: string]>
}

/** What a session is from its creation on. */
export interface SessionSpec {
  /** Of a desktop-app: its desktop's id. */
  readonly id: string
  readonly appId: string | undefined
  readonly owner: User
  readonly type: SessionType
  readonly name: string
  readonly image: string
  /** Lists are in the order of this. */
  readonly jobName: string
  readonly resources: Resources
}

/** A session or a desktop-app: one Kubernetes job. */
export interface Session extends SessionSpec {
  /** The job's start, in milliseconds since the epoch, without fractions of a second. */
  readonly startedAt: number
  /** How many were created before it. */
  readonly number: number
  /** Seconds from the start after which the job is ended. Renewing moves it. */
  deadline: number
  /** Of a headless session, until its container has started: nothing needs it after that, and it may hold secrets. */
  command: Command | undefined
  /** What the cluster had too little of when the session came, in the scheduler's words; empty if it had enough. */
  shortage: ReadonlyArray<string>
  /** When there was room for it in the cluster, in milliseconds since the epoch; `undefined` while it waits. */
  placedAt: number | undefined
  run: JobRun
}

export const wholeSeconds = (millis: number): number => Math.floor(millis / 1000) * 1000

export const initialDeadline = (type: SessionType): number =>
  type === "headless" ? headlessDeadline : interactiveDeadline

export const expiresAt = (session: Session): number => session.startedAt + session.deadline * 1000

/** What the platform calls the state of a job, and when a finished one finished. */
export type Phase =
  | { readonly status: "Pending" }
  | { readonly status: "Running"; readonly since: number }
  | { readonly status: "Completed" | "Failed"; readonly since: number; readonly finishedAt: number }

const pending: Phase = { status: "Pending" }

/** A function of time and, where the job is a real process, of the process. */
export const phaseOf = (session: Session, now: number): Phase => {
  const state = session.run.state(now)
  const deadline = expiresAt(session)
  if (state._tag === "Exited" && state.at <= deadline) {
    return { status: state.exitCode === 0 ? "Completed" : "Failed", since: state.since, finishedAt: state.at }
  }
  if (now >= deadline) {
    return { status: "Failed", since: state._tag === "Waiting" ? deadline : state.since, finishedAt: deadline }
  }
  return state._tag === "Running" ? { status: "Running", since: state.since } : pending
}

export const isActive = (phase: Phase): boolean => phase.status === "Pending" || phase.status === "Running"

/** When a finished job is removed for its age; `Infinity` while it is not finished. */
const goneAt = (session: Session, phase: Phase): number => {
  if (phase.status !== "Completed" && phase.status !== "Failed") return Number.POSITIVE_INFINITY
  const timeToLive = session.type === "headless" ? headlessTimeToLive : interactiveTimeToLive
  return phase.finishedAt + timeToLive * 1000
}

/** Whether the finished job has been removed for its age. */
export const isGone = (session: Session, phase: Phase, now: number): boolean => now >= goneAt(session, phase)

/** When time alone will next end or remove the session, as far as is known at `now`. */
export const nextChange = (session: Session, now: number): number => {
  const phase = phaseOf(session, now)
  return isActive(phase)
    ? Math.min(session.run.endsAt ?? Number.POSITIVE_INFINITY, expiresAt(session))
    : goneAt(session, phase)
}

/** The deadline becomes now + 4 days, unless it is later already (as it is for a young headless session). */
export const renew = (session: Session, now: number): void => {
  const elapsed = Math.floor((now - session.startedAt) / 1000)
  if (interactiveDeadline > session.deadline - elapsed) session.deadline = elapsed + interactiveDeadline
}
