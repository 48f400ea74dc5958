/**
 * The replicas of one call, each made exactly once.
 *
 * Why no session is lost, and none made twice:
 *
 * - A request is only sent for a replica while no earlier one of it can still be carried out: the first; one after an
 *   error that says that nothing was done; and one after a list that was asked for when the settling time was over and
 *   that did not have the session.
 * - A session is only taken for a replica's when it is the only one with its name, kind and image that was not listed
 *   before the replica's first request, and that nobody in this runtime has: see `claims`. Of all replicas with the same
 *   key one at a time is between its first request and its certain end (see {@link Keys}), so that what a peer's
 *   request has made cannot be seen without being claimed. Who comes after a peer lists anew: what the peer could not
 *   tell whose it was, was there before.
 * - A list counts by when it was asked for, not by when it came: one that was under way may miss what is new.
 * - What a create has made is either told to the caller or open, at every moment at which it can be interrupted: both
 *   change in one step.
 */
import {
  CreateUnknown,
  InvalidInput,
  isUndone,
  RetryPolicy,
  SessionAmbiguous,
  waitToRepeat,
  type PlatformClient,
  type Settings,
  type SkahaError
} from "@skaha/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Created } from "../../Creating.ts"
import type { CheckedSpec } from "../../SessionSpec.ts"
import { isRefusal, isRepeatable, readSessionId, windowOf } from "./answers.ts"
import { keyOf, type Keys, type Place } from "./keys.ts"
import { Listed, listedSince, type SharedLists } from "../lists/listing.ts"
import type { Lookout } from "../looking/lookout.ts"
import { monotonicMillis } from "../monotonicMillis.ts"
import type { Offer } from "./offer.ts"
import { findingOf, lookUntil, type Attempt } from "./reconciling.ts"
import { sessionForm } from "./sessionForm.ts"
import { makeTwins } from "./twins.ts"

/** What all calls of a runtime have in common. */
export interface CreationParts {
  readonly client: PlatformClient["Service"]
  readonly settings: Settings["Service"]
  readonly offer: Offer
  readonly lists: SharedLists
  readonly lookout: Lookout
  readonly keys: Keys
  /**
   * The ids that nobody may take for new: what replicas of this runtime have, or could not tell whose it is. They are
   * kept as long as the runtime: a few bytes for each session that it makes.
   */
  readonly claims: Set<string>
}

/** Who is told what becomes of replicas. */
export interface Listeners {
  /** A replica is done, or was found when the call was given up. */
  readonly created: (created: Created) => void
  /** The call was given up, and whether this name was created, or still will be, is not known. */
  readonly unresolved: (name: string) => void
}

/** The replicas of one call. */
export interface Creation {
  readonly spec: CheckedSpec
  /**
   * Makes every replica, and goes on with each as soon as it is made, found, or has failed. The first that is to be made
   * goes alone, until the platform has not refused it.
   */
  readonly run: <B>(
    listeners: Listeners,
    next: (created: Created) => Effect.Effect<B>
  ) => Effect.Effect<ReadonlyArray<B>, SkahaError>
  /** Makes a replica once more, whose session is not wanted any more; only within `run`. Nobody else is told of it. */
  readonly again: (index: number) => Effect.Effect<Created>
  /** The same replica, with the twins that have been found by now. */
  readonly withTwins: (created: Created) => Created
}

/** A replica whose create may have been carried out, or will be, or whose session nobody has been told of yet. */
interface Open {
  readonly attempt: Attempt
  /** Until when it may be carried out; `undefined` while a request is under way. */
  until: number | undefined
  /** What became of it, once that is known. */
  made: Created | undefined
}

/** Milliseconds that the look at the end of an interrupted call may take. */
const lastLook = 5000

/** Makes the replicas of one call. */
export const makeCreation = (parts: CreationParts, operation: string, spec: CheckedSpec): Creation => {
  const { claims, client, keys, lists, lookout, offer, settings } = parts
  const { kind, image, names, resume = false } = spec
  const settle = settings.settle * 1000
  const keyAt = (index: number): string => keyOf(names[index] ?? "", kind, image)

  let places: ReadonlyArray<Place> = []
  const open = new Map<number, Open>()
  const twins = makeTwins(client, operation, spec, claims)

  const outcome = (index: number, result: Created["result"], adopted = false): Created =>
    twins.beside({ input: names[index] ?? "", index, result, ...(adopted ? { adopted: true } : {}) })

  /** Claims a session for a replica. */
  const take = (index: number, id: string, adopted: boolean): Created => {
    claims.add(id)
    return outcome(index, Result.succeed(id), adopted)
  }

  /** What is listed of a replica already: the oldest is taken up, the others are its twins. */
  const resumed = (listed: Listed, index: number): Created | undefined => {
    const [oldest, ...others] = listed
      .withKey(keyAt(index))
      .filter(({ status }) => status !== "Terminating")
      .map(({ id, startTime }) => ({ id, start: startTime?.epochMilliseconds ?? Number.POSITIVE_INFINITY }))
      .toSorted((one, other) => (one.start === other.start ? 0 : one.start - other.start))
    if (oldest === undefined) return undefined
    for (const { id } of others) twins.add(index, id)
    return take(index, oldest.id, true)
  }

  /** Creates one replica, again and again as far as that is safe. `sent` is what goes on once it was not refused. */
  const attemptAll = Effect.fnUntraced(function* (
    attempt: Attempt,
    place: Place,
    sent: Effect.Effect<unknown>
  ): Effect.fn.Return<Created> {
    const { index, key } = attempt
    const name = names[index] ?? ""
    const pending: Open = { attempt, until: undefined, made: undefined }
    let repeats = 0
    const end = (created: Created): Created => {
      const hasSession = Result.isSuccess(created.result)
      if (hasSession) pending.made = created
      else open.delete(index)
      if (repeats > 0) twins.expect({ attempt, place, hasSession })
      return created
    }
    const fail = (error: SkahaError) => end(outcome(index, Result.fail(error)))

    const post = client.text(
      {
        operation,
        method: "POST",
        path: "session",
        form: sessionForm(spec, index),
        creates: true,
        // Not before: what waits for its turn is certain not to be carried out.
        onSend: () => {
          pending.until = undefined
          open.set(index, pending)
        }
      },
      readSessionId,
      "the id of a session"
    )

    for (; ; repeats++) {
      const reply = yield* Effect.result(post)
      if (Result.isSuccess(reply)) return end(take(index, reply.success, false))
      const error = reply.failure
      // Where nothing was sent, it was the credentials that could not be had.
      if (isUndone(error) || !open.has(index)) return fail(error)
      const since = yield* monotonicMillis
      const until = since + windowOf(error, settle)
      pending.until = until
      yield* sent
      const finding = yield* Effect.result(
        lookUntil(lookout, operation, { since, until, patience: settle }, (listed) =>
          Effect.as(twins.spot(listed), findingOf(listed, attempt, claims, until))
        )
      )
      const now = yield* monotonicMillis
      if (Result.isFailure(finding)) {
        keys.leaveOpen(key, until, now)
        return fail(
          new CreateUnknown({ operation, sessionName: name, reason: `${error.message}; ${finding.failure.message}` })
        )
      }
      const found = finding.success
      if (found._tag === "Found") return end(take(index, found.id, true))
      if (found._tag === "Several") {
        // Its own may be still to come, and nobody is to take one of these for new.
        keys.leaveOpen(key, until, now)
        found.ids.forEach((id) => claims.add(id))
        return fail(new SessionAmbiguous({ operation, sessionName: name, candidates: found.ids }))
      }
      open.delete(index)
      const mayRepeat = isRepeatable(error, yield* RetryPolicy)
      if (!mayRepeat || !(yield* waitToRepeat(operation, error, repeats + 1))) return fail(error)
    }
  })

  /**
   * A list that was asked for since now, for a replica whose key others have had meanwhile; or the session that is there
   * already, where that is wanted. A create that was given up is waited for then.
   */
  const lookAnew = Effect.fnUntraced(function* (index: number, mayResume: boolean) {
    const since = yield* monotonicMillis
    const until = mayResume ? Math.max(since, keys.openUntil(keyAt(index))) : since
    return yield* lookUntil(lookout, operation, { since, until, patience: settle }, (listed) =>
      Effect.sync(
        () => (mayResume ? resumed(listed, index) : undefined) ?? (listed.asked >= until ? listed : undefined)
      )
    )
  })

  /**
   * Makes one replica, as the only one with its key. `known` is the list of the call, where that may still tell what is
   * there; where others had the key since, it does not.
   */
  const make = Effect.fnUntraced(function* (
    index: number,
    place: Place,
    known: Listed | undefined,
    mayResume: boolean,
    sent: Effect.Effect<unknown>
  ): Effect.fn.Return<Created> {
    let listed = place.wasAlone() ? known : undefined
    if (listed === undefined) {
      const anew = yield* Effect.result(lookAnew(index, mayResume))
      if (Result.isFailure(anew)) return outcome(index, Result.fail(anew.failure))
      if (!(anew.success instanceof Listed)) return anew.success
      listed = anew.success
    }
    const before = new Set(listed.withKey(place.key).map(({ id }) => id))
    const isDisputed = keys.openUntil(place.key) > listed.asked
    return yield* attemptAll({ index, key: place.key, before, isDisputed }, place, sent)
  })

  /** What there is at the end of a call that was given up. What is not known by then stays open. */
  const giveUp = Effect.fnUntraced(function* ({ created, unresolved }: Listeners) {
    const now = yield* monotonicMillis
    const all = [...open.values()]
    // In a fiber of its own, which is not interrupted; and no more than one request.
    const look = listedSince(lists, operation, now).pipe(
      Effect.provideService(RetryPolicy, RetryPolicy.none),
      Effect.timeoutOption(lastLook),
      Effect.catchCause(() => Effect.succeedNone),
      Effect.forkDetach,
      Effect.flatMap(Fiber.join)
    )
    const listed = all.every(({ made }) => made !== undefined) ? Option.none() : yield* look
    const left: Array<string> = []
    for (const { attempt, made, until = now + settle } of all) {
      const finding = Option.isSome(listed) ? findingOf(listed.value, attempt, claims, until) : undefined
      const { index, key } = attempt
      open.delete(index)
      if (made !== undefined) created(made)
      else if (finding?._tag === "Found") created(take(index, finding.id, true))
      else if (finding?._tag !== "Nothing") {
        keys.leaveOpen(key, until, now)
        left.push(names[index] ?? "")
      }
    }
    if (left.length > 0) {
      yield* Effect.logWarning(`${operation}: it is not known whether these were created, or will be`, left)
      left.forEach(unresolved)
    }
  })

  /** Fails where the platform is known not to offer what is wanted. One replica finds that out by itself. */
  const checkOffer = Effect.gen(function* () {
    const problems = names.length > 1 ? yield* offer.problemsIfKnown(spec) : []
    if (problems.length > 0) return yield* new InvalidInput({ operation, problems })
  })

  const makeAll = Effect.fnUntraced(function* <B>(
    { created: tell }: Listeners,
    next: (created: Created) => Effect.Effect<B>
  ): Effect.fn.Return<ReadonlyArray<B>, SkahaError> {
    const list = listedSince(lists, operation, yield* monotonicMillis)
    const listed = resume ? yield* list : (yield* Effect.all([list, checkOffer], { concurrency: 2 }))[0]
    // Not what another call may just be looking for: its turn is waited for.
    const there = places.map((place, index) => (resume && place.wasAlone() ? resumed(listed, index) : undefined))
    const leader = there.indexOf(undefined)
    if (resume && leader >= 0) yield* checkOffer
    const nothingThere = there.every((created) => created === undefined)
    // Not later: what was given up, and was still to come when it was listed, may have come by the turn of a replica.
    const known = places.map(({ key }) => (keys.openUntil(key) > listed.asked ? undefined : listed))

    /** Opens when the first has not been refused; fails where the others have nothing to hope for. */
    const gate = yield* Deferred.make<void, SkahaError>()

    const makeFirst = Effect.fnUntraced(function* (place: Place, index: number) {
      let isSent = false
      const sent = Effect.suspend(() => {
        isSent = true
        return Deferred.succeed(gate, undefined)
      })
      const created = yield* place.hold(make(index, place, known[index], resume, sent))
      if (Result.isFailure(created.result)) {
        const error = created.result.failure
        const isRefused = !isSent && isRefusal(error)
        if (names.length === 1 || (isRefused && nothingThere)) {
          tell(created)
          return yield* error
        }
        if (isRefused) yield* Deferred.fail(gate, error)
      }
      yield* sent
      return created
    })

    const makeOther = Effect.fnUntraced(function* (place: Place, index: number) {
      const refused = yield* Effect.result(Deferred.await(gate))
      if (Result.isFailure(refused)) return outcome(index, Result.fail(refused.failure))
      return yield* place.hold(make(index, place, known[index], resume, Effect.void))
    })

    const one = Effect.fnUntraced(function* (place: Place, index: number) {
      const created = there[index] ?? (yield* index === leader ? makeFirst(place, index) : makeOther(place, index))
      // In one step: it is either open or told.
      yield* Effect.sync(() => {
        open.delete(index)
        tell(created)
      })
      return yield* next(created)
    })

    // Unbounded: the client's limits hold requests back, and who waits for a create to settle is not to hold up others.
    const all = yield* Effect.result(Effect.forEach(places, one, { concurrency: "unbounded" }))
    if (twins.areExpected()) {
      const look = yield* lookout.look(operation, 0)
      if (Exit.isSuccess(look)) yield* twins.spot(look.value)
    }
    return yield* Effect.fromResult(all)
  })

  const takePlaces = Effect.sync(() => {
    places = names.map((_, index) => keys.join(keyAt(index)))
  })

  const leavePlaces = Effect.suspend(() => Effect.forEach(places, ({ leave }) => leave, { discard: true }))

  return {
    spec,
    run: (listeners, next) =>
      Effect.acquireUseRelease(
        takePlaces,
        () =>
          Effect.onExit(makeAll(listeners, next), (exit) =>
            Exit.isFailure(exit) && open.size > 0 ? giveUp(listeners) : Effect.void
          ),
        () => leavePlaces
      ),
    again: (index) =>
      Effect.suspend(() => {
        const place = places[index]
        if (place === undefined) return Effect.die(new Error("there is no such replica, or none is made just now"))
        twins.expectNone(index)
        return Effect.map(place.hold(make(index, place, undefined, false, Effect.void)), (created) => {
          open.delete(index)
          return created
        })
      }),
    withTwins: twins.beside
  }
}
