/**
 * Logs as they grow, of a server that only gives whole ones.
 */
import { InvalidInput, RetryPolicy, type PlatformClient, type SkahaError } from "@skaha/core"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import type { FollowOptions, LogEvent, LogFollowing } from "../../LogFollowing.ts"
import type { SessionStatus } from "../../Session.ts"
import { idProblem } from "../../SessionId.ts"
import { beginning, compare, linesOf, restart, type Addition } from "./logPosition.ts"
import type { Lookout } from "../looking/lookout.ts"
import { readText } from "../lists/reading.ts"
import { secondsProblem } from "../secondsProblem.ts"
import { confirmedAtOnce, endsLooking, hasEnded, type Confirm } from "../looking/unlisted.ts"

const operation = "Sessions.followLogs"

/** Milliseconds between two readings of a log that grows. */
const defaultInterval = 2000

/** Milliseconds between two readings, at most, of a log that does not grow; longer for one that takes long. */
const slowest = 30_000

/** By so much the readings become rarer while nothing new comes. */
const slowing = 1.5

/** After a reading, so many times what it took goes by before the next: large logs are read a fifth of the time. */
const resting = 4

/** How many logs are read, and held in memory until they are taken, at once. */
const readAtOnce = 16

/** How many events wait to be taken, and are handed over at once. */
const batch = 1024

/** How often the last reading is made when it lacks what came before, or fails in a way that does not pass. */
const lastReadings = 3

/** What is known of a session: how it is, or why it can be followed no longer. */
type Sight =
  | { readonly _tag: "Status"; readonly status: SessionStatus }
  | { readonly _tag: "Lost"; readonly error: SkahaError }

/** A session that is followed. */
interface Follower {
  readonly id: string
  readonly index: number
  sight?: Sight
  /** Is done when the sight is another. */
  changed: Deferred.Deferred<void>
}

type Emit = (events: ReadonlyArray<LogEvent>) => Effect.Effect<unknown>

/** Whether a session cannot be followed any more after such a failure. */
const isLost = (error: SkahaError): boolean => endsLooking(error) || error._tag === "SessionNotFound"

const see = (follower: Follower, sight: Sight): void => {
  follower.sight = sight
  Deferred.doneUnsafe(follower.changed, Exit.void)
}

/** Following logs, by looks that all share. */
export const makeLogFollowing = ({
  client,
  confirm,
  lookout
}: {
  readonly client: PlatformClient["Service"]
  readonly confirm: Confirm
  readonly lookout: Lookout
}): LogFollowing => {
  /** Looks, until all have ended or are lost, at how sessions are. */
  const lookAfter = Effect.fnUntraced(function* (followers: ReadonlyArray<Follower>) {
    const open = new Set(followers)

    const found = (follower: Follower, status: SessionStatus): void => {
      if (hasEnded(status)) open.delete(follower)
      if (follower.sight?._tag !== "Status" || follower.sight.status !== status)
        see(follower, { _tag: "Status", status })
    }
    const lose = (follower: Follower, error: SkahaError): void => {
      open.delete(follower)
      see(follower, { _tag: "Lost", error })
    }
    const ask = Effect.fnUntraced(function* (follower: Follower) {
      const answer = yield* Effect.result(confirm(operation, follower.id))
      if (Result.isSuccess(answer)) found(follower, answer.success.status)
      else if (isLost(answer.failure)) lose(follower, answer.failure)
    })

    for (let after: number | undefined = 0; open.size > 0; after = undefined) {
      const look = yield* Effect.result(Effect.flatten(lookout.look(operation, after)))
      if (Result.isFailure(look)) {
        if (endsLooking(look.failure)) for (const follower of open) lose(follower, look.failure)
        continue
      }
      const missing: Array<Follower> = []
      for (const follower of open) {
        const session = look.success.find(follower.id)
        if (session === undefined) missing.push(follower)
        else found(follower, session.status)
      }
      yield* Effect.forEach(missing, ask, { concurrency: confirmedAtOnce, discard: true })
    }
  })

  /** Gives what a session writes, from its beginning to its end. */
  const followOne = Effect.fnUntraced(function* (
    follower: Follower,
    { emit, interval, turns }: { readonly emit: Emit; readonly interval: number; readonly turns: Semaphore.Semaphore }
  ) {
    const { id, index } = follower
    let position = beginning

    const line = (text: string, ended: boolean): LogEvent => ({ _tag: "Line", id, index, text, ended })
    const emitRest = Effect.suspend(() => (position.rest === "" ? Effect.void : emit([line(position.rest, false)])))

    const add = Effect.fnUntraced(function* ({ _tag, fresh, position: next }: Addition) {
      if (_tag === "Restarted") {
        yield* emitRest
        yield* emit([{ _tag: "Restarted", id, index }])
      }
      position = next
      let events: Array<LogEvent> = []
      for (const text of linesOf(fresh)) {
        if (events.push(line(text, true)) < batch) continue
        yield* emit(events)
        events = []
      }
      yield* emit(events)
    })

    /** Reads the log and gives what is new, which has to be taken before another one is read in its place. */
    const read = Effect.fnUntraced(function* (isBehindAccepted: boolean) {
      const [took, text] = yield* Effect.timed(Effect.result(readText(client, operation, id, "logs")))
      const reading = { wait: Duration.toMillis(took) * resting, isNew: false, isBehind: false, isEmpty: false }
      if (Result.isFailure(text)) return { ...reading, error: text.failure }
      const isEmpty = text.success === ""
      let addition = compare(position, text.success)
      if (addition === undefined) {
        if (!isBehindAccepted) return { ...reading, isBehind: true, isEmpty }
        if (isEmpty) return { ...reading, isEmpty }
        addition = restart(text.success)
      }
      const isNew = addition.fresh !== "" || addition.position.rest !== position.rest
      yield* add(addition)
      return { ...reading, isNew, isEmpty }
    })

    /** Whether what has no log is there at all: the server gives an empty one for what is unknown. */
    const isThere = Effect.map(Effect.result(confirm(operation, id)), (answer) => {
      if (Result.isFailure(answer) && isLost(answer.failure)) see(follower, { _tag: "Lost", error: answer.failure })
      return Result.isSuccess(answer)
    })

    let pause = interval
    let lastReading = 1
    for (;;) {
      // In one breath: what is seen from now on is not missed.
      follower.changed = Deferred.makeUnsafe()
      const { sight } = follower
      if (sight?._tag === "Lost") {
        yield* emitRest
        return yield* emit([{ _tag: "Failed", id, index, error: sight.error }])
      }
      if (sight === undefined || sight.status === "Pending") {
        yield* Deferred.await(follower.changed)
        continue
      }
      const isLast = hasEnded(sight.status)
      const reading = yield* turns.withPermit(read(isLast && lastReading === lastReadings))
      if ("error" in reading) {
        const { error } = reading
        const isInVain = isLast && !error.isRetryable
        if (endsLooking(error) || (isInVain && (isLost(error) || lastReading === lastReadings))) {
          see(follower, { _tag: "Lost", error })
        } else if (isInVain) lastReading++
      } else if (isLast && reading.isBehind) {
        lastReading++
      } else if (isLast && (!reading.isEmpty || (yield* isThere))) {
        yield* emitRest
        return yield* emit([{ _tag: "Ended", id, index, status: sight.status }])
      }
      const isSoon = reading.isNew || (isLast && reading.isBehind)
      pause = isSoon ? interval : Math.min(pause * slowing, Math.max(slowest, interval))
      yield* Effect.timeoutOption(Deferred.await(follower.changed), Math.max(pause, reading.wait))
    }
  })

  const followAll = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, { interval }: FollowOptions, emit: Emit) {
    const badInterval = secondsProblem("interval", interval, 1)
    const followers = ids.map((id, index): Follower => {
      const message = idProblem(id)
      const problems = message === undefined ? badInterval : [{ field: "id", message }, ...badInterval]
      const follower = { id, index, changed: Deferred.makeUnsafe<void>() }
      return problems.length === 0
        ? follower
        : { ...follower, sight: { _tag: "Lost", error: new InvalidInput({ operation, problems }) } }
    })
    const how = {
      emit,
      interval: interval === undefined ? defaultInterval : interval * 1000,
      turns: Semaphore.makeUnsafe(readAtOnce)
    }
    yield* Effect.raceFirst(
      Effect.forEach(followers, (follower) => followOne(follower, how), { concurrency: "unbounded", discard: true }),
      Effect.andThen(lookAfter(followers.filter(({ sight }) => sight === undefined)), Effect.never)
    )
  })

  return {
    followLogs: (ids, options = {}) =>
      Stream.callback<LogEvent>(
        (queue) =>
          followAll(typeof ids === "string" ? [ids] : ids, options, (events) => Queue.offerAll(queue, events)).pipe(
            // Another reading is the repeat.
            Effect.provideService(RetryPolicy, RetryPolicy.none),
            Effect.andThen(Queue.end(queue))
          ),
        { bufferSize: batch }
      ).pipe(Stream.withSpan(operation))
  }
}
