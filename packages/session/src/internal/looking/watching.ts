/**
 * What changes from look to look.
 */
import { InvalidInput, type Problem, type SkahaError } from "@skaha/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Session, SessionStatus } from "../../Session.ts"
import { idProblem } from "../../SessionId.ts"
import type { SessionChange, WatchFilter, Watching, WatchOptions } from "../../Watching.ts"
import type { Listed } from "../lists/listing.ts"
import type { Lookout } from "./lookout.ts"
import { secondsProblem } from "../secondsProblem.ts"
import { confirmedAtOnce, endsLooking, hasEnded, type Confirm } from "./unlisted.ts"

const operation = "Sessions.watch"

/** What is known of a session. */
interface Known {
  readonly session: Session
  /** The expiry that has been told to be soon, in milliseconds since the epoch. */
  readonly told: number | undefined
}

/** What one who watches has seen. */
interface Seen {
  /** What the last list had; absent before the first one. */
  known?: ReadonlyMap<string, Known>
  /** Those that have ended and are there, but are not listed any more: they are not asked for again. */
  readonly ended: Map<string, SessionStatus>
  /** Whether the last look failed. */
  failing: boolean
}

/** What a listed session is compared with. */
interface Before {
  /** Its status, where it was known. */
  readonly from: SessionStatus | undefined
  /** Whether it is news that it is there. */
  readonly isNews: boolean
  /** The time on the wall, in milliseconds since the epoch. */
  readonly now: number
  readonly told: Known["told"]
}

/** An app has the id of its desktop. */
const keyOf = ({ appId, id }: Session): string => (appId === undefined ? id : `${id}/app/${appId}`)

/** The test that a filter stands for. */
const testOf = ({ ids, kind = "", prefix = "" }: WatchFilter): ((session: Session) => boolean) => {
  const wanted = ids === undefined ? undefined : new Set(ids)
  const ofKind = kind.toLowerCase()
  const start = prefix.toLowerCase()
  return (session) =>
    (wanted === undefined || wanted.has(session.id)) &&
    (ofKind === "" || session.kind.toLowerCase() === ofKind) &&
    (start === "" || session.name?.toLowerCase().startsWith(start) === true)
}

const problemsOf = ({ ids = [] }: WatchFilter, { expiringWithin, interval }: WatchOptions): ReadonlyArray<Problem> => [
  ...ids.flatMap((id, index) => {
    const message = idProblem(id)
    return message === undefined ? [] : [{ field: `ids[${index}]`, message }]
  }),
  ...secondsProblem("expiringWithin", expiringWithin, 0),
  ...secondsProblem("interval", interval, 1)
]

/** Compares lists with what was seen before, for one who watches. */
const makeComparison = (
  confirm: Confirm,
  isWatched: (session: Session) => boolean,
  { existing = false, expiringWithin = 3600 }: WatchOptions
) => {
  const isExpiring = ({ expiryTime, status }: Session, now: number): boolean =>
    expiryTime !== undefined && expiryTime.epochMilliseconds - now <= expiringWithin * 1000 && !hasEnded(status)

  /** Tells in what a listed session differs from what was known of it. */
  const tell = (session: Session, { from, isNews, now, told }: Before, changes: Array<SessionChange>): void => {
    if (from === undefined) {
      if (isNews) changes.push({ _tag: "Created", session })
    } else if (from !== session.status) changes.push({ _tag: "StatusChanged", session, from })
    const expiry = session.expiryTime?.epochMilliseconds
    if (expiry !== undefined && expiry !== told && isExpiring(session, now)) {
      changes.push({ _tag: "ExpiringSoon", session, timeLeft: Math.max(0, expiry - now) / 1000 })
    }
  }

  /** Tells what has become of a session that is not listed any more; what cannot be told now, after the next look. */
  const miss = Effect.fnUntraced(function* (
    [key, known]: readonly [key: string, known: Known],
    { ended }: Seen,
    next: Map<string, Known>,
    changes: Array<SessionChange>
  ) {
    const answer = yield* Effect.result(confirm(operation, key))
    if (Result.isFailure(answer)) {
      if (endsLooking(answer.failure)) return yield* answer.failure
      if (answer.failure._tag === "SessionNotFound") changes.push({ _tag: "Gone", last: known.session })
      else next.set(key, known)
      return
    }
    const session = answer.success
    const from = known.session.status
    if (session.status !== from) changes.push({ _tag: "StatusChanged", session, from })
    if (hasEnded(session.status)) ended.set(key, session.status)
    else next.set(key, { ...known, session })
  })

  /** What a list differs in from what was seen before. What it shows is what is seen from now on. */
  return Effect.fnUntraced(function* (seen: Seen, { sessions }: Listed) {
    const { ended, known } = seen
    const changes: Array<SessionChange> = seen.failing ? [{ _tag: "LookRecovered" }] : []
    const next = new Map<string, Known>()
    const now = yield* Clock.currentTimeMillis
    const isNews = existing || known !== undefined
    for (const session of sessions) {
      if (!isWatched(session)) continue
      const key = keyOf(session)
      const before = known?.get(key)
      const from = before?.session.status ?? ended.get(key)
      tell(session, { from, isNews, now, told: before?.told }, changes)
      const told = isExpiring(session, now) ? session.expiryTime?.epochMilliseconds : before?.told
      next.set(key, { session, told })
      ended.delete(key)
    }
    const missing = known === undefined ? [] : [...known].filter(([key]) => !next.has(key))
    yield* Effect.forEach(missing, (one) => miss(one, seen, next, changes), {
      concurrency: confirmedAtOnce,
      discard: true
    })
    seen.known = next
    seen.failing = false
    return changes
  })
}

/** Watching, by looks that all share. */
export const makeWatching = ({
  confirm,
  lookout
}: {
  readonly confirm: Confirm
  readonly lookout: Lookout
}): Watching => {
  const changes = (filter: WatchFilter, options: WatchOptions): Stream.Stream<SessionChange, SkahaError> => {
    const problems = problemsOf(filter, options)
    if (problems.length > 0) return Stream.fail(new InvalidInput({ operation, problems }))
    const compare = makeComparison(confirm, testOf(filter), options)
    const after = options.interval === undefined ? undefined : options.interval * 1000
    const seen: Seen = { ended: new Map(), failing: false }

    const next = Effect.fnUntraced(function* (isFirst: boolean) {
      const look = yield* Effect.result(Effect.flatten(lookout.look(operation, isFirst ? 0 : after)))
      if (Result.isSuccess(look)) return yield* compare(seen, look.success)
      const error = look.failure
      if (endsLooking(error)) return yield* error
      const isTold = seen.failing
      seen.failing = true
      return isTold ? [] : [{ _tag: "LookFailed", error } satisfies SessionChange]
    })

    // A page for each look: the next one is looked for when all that came of the last one has been taken.
    return Stream.paginate(true, (isFirst) =>
      Effect.map(next(isFirst), (changes): readonly [ReadonlyArray<SessionChange>, Option.Option<boolean>] => [
        changes,
        Option.some(false)
      ])
    )
  }

  return {
    watch: (filter = {}, options = {}) =>
      Stream.suspend(() => changes(filter, options)).pipe(Stream.withSpan(operation))
  }
}
