import * as Effect from "effect/Effect"
import type { LoadedSession, StoredSession } from "../../StateStore.ts"
import type { Account, User } from "../callers/users.ts"
import { utf8 } from "../http/replies.ts"
import { makeKnownRun, waitingRun } from "./scriptedRun.ts"
import { expiresAt, type Session } from "./session.ts"

/** Of a run whose end is known its end, of another one how far it is by now. */
const progressOf = ({ command, run }: Session, now: number): StoredSession["progress"] => {
  const state = run.state(run.endsAt ?? now)
  switch (state._tag) {
    case "Waiting":
      return { _tag: "Waiting", command: command === undefined ? null : { ...command, cmd: command.cmd ?? null } }
    case "Running":
      return { _tag: "Running", since: state.since }
    default:
      return {
        _tag: "Known",
        since: state.since,
        at: state.at === Number.POSITIVE_INFINITY ? null : state.at,
        exitCode: state.exitCode
      }
  }
}

export const toStored = (session: Session, now: number): StoredSession => ({
  id: session.id,
  appId: session.appId ?? null,
  owner: { name: session.owner.name, uid: session.owner.uid },
  type: session.type,
  name: session.name,
  image: session.image,
  jobName: session.jobName,
  resources: session.resources,
  startedAt: session.startedAt,
  number: session.number,
  deadline: session.deadline,
  shortage: session.shortage,
  placedAt: session.placedAt ?? null,
  progress: progressOf(session, now)
})

/** Somebody of that name, or else somebody who can only be talked about. */
const ownerOf = ({ owner }: StoredSession, accounts: ReadonlyArray<Account>): User =>
  accounts.find(({ user }) => user.name === owner.name)?.user ?? { ...owner, refusal: undefined }

/** As of a process that was killed. */
const lostExitCode = 137

const lostNote = utf8("\n[the emulator ended, and with it this session's process]\n")

/**
 * The session as it goes on at `now`: what had not started waits anew, and a process is lost with the emulator that ran
 * it. Gives what its log has to say of that.
 */
export const fromStored = ({ log, session: stored }: LoadedSession, accounts: ReadonlyArray<Account>, now: number) => {
  const { progress, ...rest } = stored
  const session: Session = {
    ...rest,
    owner: ownerOf(stored, accounts),
    appId: rest.appId ?? undefined,
    placedAt: rest.placedAt ?? undefined,
    command: undefined,
    run: waitingRun
  }
  switch (progress._tag) {
    case "Waiting": {
      session.placedAt = undefined
      if (progress.command !== null) session.command = { ...progress.command, cmd: progress.command.cmd ?? undefined }
      return { session, note: undefined }
    }
    case "Running": {
      session.run = makeKnownRun({ since: progress.since, at: now, exitCode: lostExitCode }, log)
      return { session, note: now < expiresAt(session) ? lostNote : undefined }
    }
    default: {
      const { at, exitCode, since } = progress
      session.run = makeKnownRun({ since, at: at ?? Number.POSITIVE_INFINITY, exitCode }, log)
      return { session, note: undefined }
    }
  }
}

/** The log that is known beforehand, which is stored at once. */
export const knownLog = (session: Session): Effect.Effect<Uint8Array> =>
  session.run.endsAt === undefined ? Effect.succeed(new Uint8Array(0)) : session.run.log(session.run.endsAt)
