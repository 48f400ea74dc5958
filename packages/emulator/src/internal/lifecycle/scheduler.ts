import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type JobReport, type JobRun, Runner } from "../../Runner.ts"
import { StateStore, storedKey } from "../../StateStore.ts"
import type { Settings } from "../platform.ts"
import { Agenda } from "./agenda.ts"
import { requestOf, Room } from "./room.ts"
import { makeInteractiveRun, makeKnownRun, waitingRun } from "./scriptedRun.ts"
import {
  type Command,
  initialDeadline,
  isActive,
  isGone,
  nextChange,
  phaseOf,
  renew,
  type Session,
  type SessionSpec,
  wholeSeconds
} from "./session.ts"
import type { SessionStore } from "./store.ts"
import { fromStored, knownLog, toStored } from "./stored.ts"
import { WaitingLine } from "./waitingLine.ts"

/**
 * Gives sessions their places in the cluster, and ends and removes them when their time is over.
 *
 * It has no timers: what has happened by a time is made up for when that time is asked about, in the order in which it
 * happened, so it makes no difference how often and when is asked. Only what a process does comes of itself.
 */
export interface Scheduler {
  /** How many sessions there have been, also before the last start if any of them is still known. */
  readonly created: () => number
  /** Lets everything happen that happens until `now`. To be run before anything is read or changed at `now`. */
  readonly advance: (now: number) => Effect.Effect<void>
  /** A new session: it has its place when this is done, or waits for one. `command` is of a headless one. */
  readonly submit: (spec: SessionSpec, command: Command | undefined, now: number) => Effect.Effect<void>
  /** Passes over those that are gone already. */
  readonly renew: (sessions: ReadonlyArray<Session>, now: number) => Effect.Effect<void>
  /** Removes a session with its apps, or one app, and ends what runs. Does nothing for one that is gone already. */
  readonly destroy: (session: Session, now: number) => Effect.Effect<void>
}

const noCommand: Command = { cmd: undefined, args: [], env: [] }

const interactiveLog = ({ appId, id, type }: Session) =>
  appId === undefined ? `${type} session ${id} is running\n` : `${type} ${appId} is running\n`

/** The only one who adds to the store or takes from it. It begins with the sessions that were stored before. */
export const makeScheduler = Effect.fnUntraced(function* (settings: Settings, store: SessionStore) {
  const runner = yield* Runner
  const state = yield* StateStore
  const room = new Room<Session>(settings.capacity)
  const line = new WaitingLine<Session>()
  /** When time alone changes something about a session. */
  const agenda = new Agenda<Session>()
  let created = 0

  // Starting a job may take its time, and what has happened must be complete before the next thing happens.
  const lock = Semaphore.makeUnsafe(1)
  const exclusively = <A>(effect: Effect.Effect<A>) => Effect.uninterruptible(lock.withPermit(effect))

  const save = (session: Session, now: number) =>
    store.holds(session) ? state.save(toStored(session, now)) : Effect.void

  /** What a session held is free, and nobody waits for it any more. */
  const leave = (session: Session) => {
    line.remove(session)
    // A process holds its place until it is gone, which is reported.
    if (session.placedAt === undefined || session.run.endsAt !== undefined) room.release(session)
  }

  /** Sessions are remembered long after their end: of what has run, the story and the log are enough. */
  const settle = Effect.fnUntraced(function* (session: Session, now: number) {
    const story = session.run.state(now)
    if (story._tag !== "Exited") return
    const log = yield* session.run.log(now)
    session.run = makeKnownRun(story, Effect.succeed(log))
  })

  const reportOf = (session: Session): JobReport => ({
    started: exclusively(
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        session.command = undefined
        return save(session, now)
      })
    ),
    ended: exclusively(
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        yield* pass(now)
        room.release(session)
        session.command = undefined
        if (store.holds(session)) {
          yield* settle(session, now)
          agenda.set(session, nextChange(session, now))
          yield* save(session, now)
        }
        yield* place(now)
      })
    )
  })

  const run = (session: Session, startsAt: number): Effect.Effect<JobRun> => {
    const { id, image, name, owner, resources, type } = session
    if (type !== "headless") return Effect.succeed(makeInteractiveRun(startsAt, interactiveLog(session)))
    return runner.start(
      {
        id,
        user: owner.name,
        name,
        image,
        ...(session.command ?? noCommand),
        cores: resources.cores.limit,
        ram: resources.ram.limit,
        gpus: resources.gpus,
        startsAt
      },
      reportOf(session)
    )
  }

  /** Gives what is free to those who wait, one after another to the first whom it is enough for. */
  const place = Effect.fnUntraced(function* (now: number) {
    for (;;) {
      const session = line.take((request) => room.shortage(request).length === 0)
      if (session === undefined) return
      room.take(session, requestOf(session.resources))
      session.placedAt = now
      session.run = yield* run(session, now + settings.pendingMillis)
      const isKnown = session.run.endsAt !== undefined
      if (isKnown) session.command = undefined
      agenda.set(session, nextChange(session, now))
      yield* save(session, now)
      if (isKnown) yield* state.append(storedKey(session), yield* knownLog(session))
    }
  })

  const forget = Effect.fnUntraced(function* (session: Session) {
    for (const removed of store.remove(session.id, session.appId)) {
      agenda.delete(removed)
      yield* state.remove(storedKey(removed))
      yield* removed.run.destroy
      leave(removed)
    }
  })

  /** Its own end, its deadline or its removal has come. */
  const change = Effect.fnUntraced(function* (session: Session, now: number) {
    const phase = phaseOf(session, now)
    if (isGone(session, phase, now)) return yield* forget(session)
    // A runner that had promised an end for now, and breaks its word, is not asked for ever.
    if (isActive(phase)) return
    agenda.set(session, nextChange(session, now))
    yield* session.run.destroy
    leave(session)
    if (session.command === undefined) return
    session.command = undefined
    yield* save(session, now)
  })

  /** Everything until `now`, moment by moment. */
  const pass = Effect.fnUntraced(function* (now: number) {
    for (let at = agenda.nextAt; at <= now; at = agenda.nextAt) {
      for (const session of agenda.take(at)) yield* change(session, at)
      yield* place(at)
    }
  })

  const queue = Effect.fnUntraced(function* (session: Session, now: number) {
    const request = requestOf(session.resources)
    session.shortage = room.shortage(request)
    agenda.set(session, nextChange(session, now))
    line.add(session, request)
    yield* place(now)
    if (session.placedAt === undefined) yield* save(session, now)
  })

  const restore = Effect.fnUntraced(function* (now: number) {
    const waiting: Array<Session> = []
    const loaded = yield* state.load
    for (const stored of loaded.toSorted((a, b) => a.session.number - b.session.number)) {
      const { note, session } = fromStored(stored, settings.accounts, now)
      created = session.number + 1
      store.add(session)
      if (!store.holds(session)) continue
      if (note !== undefined) yield* state.append(storedKey(session), note)
      if (session.placedAt !== undefined) {
        // It holds its place from then on, and loses it below if it has ended meanwhile.
        room.take(session, requestOf(session.resources))
        agenda.set(session, nextChange(session, session.placedAt))
        if (stored.session.progress._tag === "Running") yield* save(session, now)
      } else if (isActive(phaseOf(session, now))) {
        waiting.push(session)
      } else {
        session.command = undefined
        agenda.set(session, nextChange(session, now))
      }
    }
    // Places that have become free in the meantime were free for nobody.
    yield* pass(now)
    for (const session of waiting) yield* queue(session, now)
  })

  yield* Effect.flatMap(Clock.currentTimeMillis, restore)

  const scheduler: Scheduler = {
    created: () => created,
    advance: (now) => (agenda.nextAt > now ? Effect.void : exclusively(pass(now))),
    submit: (spec, command, now) =>
      exclusively(
        Effect.suspend(() => {
          const session: Session = {
            ...spec,
            startedAt: wholeSeconds(now),
            number: created++,
            deadline: initialDeadline(spec.type),
            command,
            shortage: [],
            placedAt: undefined,
            run: waitingRun
          }
          store.add(session)
          return queue(session, now)
        })
      ),
    renew: (sessions, now) =>
      exclusively(
        Effect.forEach(
          sessions,
          (session) => {
            if (!store.holds(session)) return Effect.void
            renew(session, now)
            agenda.set(session, nextChange(session, now))
            return save(session, now)
          },
          { discard: true }
        )
      ),
    destroy: (session, now) =>
      exclusively(
        Effect.suspend(() => (store.holds(session) ? Effect.andThen(forget(session), place(now)) : Effect.void))
      )
  }
  return scheduler
})
