/**
 * The life of sessions: waiting for what becomes of them, watching it, and seeing to it.
 */
import type { SkahaError, WireSession } from "@skaha/core"
import { Sessions, type BatchReplica, type Outcome, type WaitOptions as Waits, type Waiting } from "@skaha/session"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { batchDetails, createOptions, followDetails, waitDetails, watchDetails } from "./internal/accepted.ts"
import { flags, rows, settle, values, type Gather } from "./internal/bulk.ts"
import type { CallOptions } from "./internal/callOptions.ts"
import { orFailed, specOf } from "./internal/creating.ts"
import { checkFunction, checkId, checkSeconds, idsProblem } from "./internal/input.ts"
import { changeOf, diagnosisOf, eventOf, isRaised } from "./internal/life.ts"
import { SessionClient } from "./internal/SessionClient.ts"
import type {
  BatchOptions,
  Diagnosis,
  FollowLogsOptions,
  KeptAlive,
  LogEvent,
  ScopedSessions,
  SessionChange,
  WaitOptions,
  WatchOptions
} from "./LifeOptions.ts"
import type { CreateOptions, Ids } from "./SessionOptions.ts"
import type { SkahaPromise } from "./SkahaPromise.ts"

/** Seconds that an attempt of a batch can take: the platform ends headless sessions then. */
const longestBatch = 1_209_600

/** A wait for all of a list. */
type WaitForAll<A> = (
  sessions: Waiting,
  ids: ReadonlyArray<string>,
  options: Waits
) => Effect.Effect<ReadonlyArray<Outcome.Outcome<A>>, SkahaError>

/** What `AsyncSession` can do beside what Python's can. */
export abstract class SessionLife extends SessionClient {
  /**
   * Waits until a condition holds of sessions; gives them as they are then, in order. It is asked of a session as `info`
   * gives it, whenever it is looked, and answers at once. It is looked at once, and then now and then: one list of the
   * caller's sessions each time, however many of the client's calls wait for whatever. Looks that fail are made again.
   *
   * What has not come is a failure, by `errors`: `WaitTimedOut` says what was seen last and why, as far as the session's
   * events and its log tell; `SessionNotFound` stands for one that is unknown or gone.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * const placed = await sessions.waitUntil("abcd1234", ({ status }) => status !== "Pending", { limit: 600 })
   * ```
   */
  waitUntil(
    ids: Ids,
    condition: (session: WireSession) => boolean,
    options?: WaitOptions
  ): SkahaPromise<Array<WireSession>> {
    const method = "waitUntil"
    return this.#wait(
      method,
      (sessions, list, how) =>
        Effect.andThen(
          checkFunction(method, "condition", condition),
          sessions.waitUntil(list, ({ wire }) => condition(wire), how)
        ),
      ids,
      options,
      rows
    )
  }

  /** Waits until sessions run, or have run to their end. One that fails is `SessionEnded`. The rest is as in `waitUntil`. */
  waitRunning(ids: Ids, options?: WaitOptions): SkahaPromise<Array<WireSession>> {
    return this.#wait("waitRunning", (sessions, list, how) => sessions.waitRunning(list, how), ids, options, rows)
  }

  /**
   * Waits until sessions have run to their end. One that fails is `SessionEnded`, which says why as far as its events
   * and its log tell. The rest is as in `waitUntil`.
   *
   * @example
   * ```ts
   * import { AsyncSession, SessionEnded, SessionRequestError } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * const ids = await sessions.create({ name: "fit", image: "skaha/astroml", cmd: "fit.py", replicas: 10 })
   * try {
   *   await sessions.waitCompleted(ids, { limit: 24 * 3600, errors: "raise", signal: AbortSignal.timeout(3_600_000) })
   * } catch (error) {
   *   if (!(error instanceof SessionRequestError)) throw error
   *   for (const [id, why] of error.errors) console.error(id, why instanceof SessionEnded ? why.reason : why.message)
   * }
   * ```
   */
  waitCompleted(ids: Ids, options?: WaitOptions): SkahaPromise<Array<WireSession>> {
    return this.#wait("waitCompleted", (sessions, list, how) => sessions.waitCompleted(list, how), ids, options, rows)
  }

  /**
   * Waits until interactive sessions can be opened in a browser: running ones may still refuse. Their pages are asked
   * for, without the credentials. One that has ended is `SessionEnded`, and one without a page `SessionNotReady`. The
   * rest is as in `waitUntil`.
   */
  waitReady(ids: Ids, options?: WaitOptions): SkahaPromise<Array<WireSession>> {
    return this.#wait("waitReady", (sessions, list, how) => sessions.waitReady(list, how), ids, options, rows)
  }

  /** Waits until there are no sessions of these ids any more; whether it has come to that, by id. */
  waitGone(ids: Ids, options?: WaitOptions): SkahaPromise<Record<string, boolean>> {
    return this.#wait("waitGone", (sessions, list, how) => sessions.waitGone(list, how), ids, options, flags)
  }

  #wait<A, Results>(
    method: string,
    wait: WaitForAll<A>,
    ids: Ids,
    options: WaitOptions | undefined,
    gather: Gather<A, Results>
  ): SkahaPromise<Results> {
    const { limit, interval } = options ?? {}
    return this.several(
      method,
      (sessions, list) =>
        Effect.andThen(
          checkSeconds(method, { limit: [limit, 0], interval: [interval, 1] }),
          wait(sessions, list, {
            timeout: limit,
            schedule: interval === undefined ? undefined : Schedule.spaced(Duration.seconds(interval))
          })
        ),
      ids,
      options,
      (outcomes) => {
        const raised = outcomes.some(({ result }) => Result.isFailure(result) && isRaised(result.failure))
        return settle(method, raised ? { errors: "raise" } : options, outcomes, gather)
      },
      waitDetails
    )
  }

  /**
   * What happens to the caller's sessions, from now on, for `for await`; `break` ends it, as does the `signal`. All of
   * the client's calls that watch and wait share their looks. Who takes the changes slowly gets what has come of several
   * in one. Looks that fail are told, and it goes on; it is rejected when the credentials are no longer good, or when it
   * is forbidden. It can be gone through once.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * for await (const change of sessions.watch({ kind: "headless", existing: true })) {
   *   if (change.type === "statusChanged") console.log(change.session.name, change.from, "→", change.to)
   *   else if (change.error) console.error(change.error.message)
   * }
   * ```
   */
  watch(options: WatchOptions = {}): AsyncIterable<SessionChange> {
    const method = "watch"
    const { ids, kind, prefix, existing, expiringWithin, interval } = options
    const problem = ids === undefined ? undefined : idsProblem(method, ids)
    return this.iterate(
      method,
      Sessions,
      (sessions, give: (change: SessionChange) => Effect.Effect<void>): Effect.Effect<void, SkahaError> =>
        problem === undefined
          ? Stream.runForEach(
              sessions.watch(
                { ids: typeof ids === "string" ? [ids] : ids, kind, prefix },
                { existing, expiringWithin, interval }
              ),
              (change) => give(changeOf(change))
            )
          : Effect.fail(problem),
      options,
      watchDetails
    )
  }

  /**
   * What sessions write, line by line as it comes, from their beginning to their end, for `for await`; it ends with the
   * last of them, and before that with `break` or the `signal`. Put together, the lines of a session are its log. Each
   * session has its own failure, and goes on after those that may pass; failed credentials are raised. It can be gone
   * through once.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * for await (const event of sessions.followLogs(["abcd1234", "bcde2345"])) {
   *   if (event.type === "line") console.log(event.id, event.text)
   *   else if (event.type === "failed") console.error(event.id, event.error.message)
   * }
   * ```
   */
  followLogs(ids: Ids, options: FollowLogsOptions = {}): AsyncIterable<LogEvent> {
    const method = "followLogs"
    const problem = idsProblem(method, ids)
    return this.iterate(
      method,
      Sessions,
      (sessions, give: (event: LogEvent) => Effect.Effect<void>): Effect.Effect<void, SkahaError> =>
        problem === undefined
          ? Stream.runForEach(
              sessions.followLogs(ids, { interval: options.interval }),
              (event): Effect.Effect<void, SkahaError> =>
                event._tag === "Failed" && isRaised(event.error) ? Effect.fail(event.error) : give(eventOf(event))
            )
          : Effect.fail(problem),
      options,
      followDetails
    )
  }

  /**
   * Renews a session at once, and again whenever half of its time is over, until it is stopped, the session has ended or
   * the client is closed; the `signal` is for the first renewal. It rejects when that fails; what goes wrong later is
   * logged and tried again. A headless session has two weeks from its start, and gets more only when it has less left than
   * renewing gives.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * {
   *   await using _ = await sessions.keepAlive("abcd1234")
   *   await sessions.waitGone("abcd1234", { limit: 30 * 24 * 3600 })
   * }
   * ```
   */
  keepAlive(id: string, options?: CallOptions): SkahaPromise<KeptAlive> {
    const method = "keepAlive"
    return this.hold(
      method,
      Sessions,
      (sessions) => Effect.andThen(checkId(method, id), sessions.keepAlive(id)),
      (_, stop): KeptAlive => ({ id, stop, [Symbol.asyncDispose]: stop }),
      options
    )
  }

  /** Seconds until the platform ends a session, from 0; `undefined` where it does not say. */
  timeLeft(id: string, options?: CallOptions): SkahaPromise<number | undefined> {
    const method = "timeLeft"
    return this.run(
      method,
      Sessions,
      (sessions) =>
        checkId(method, id).pipe(
          Effect.andThen(sessions.timeLeft(id)),
          Effect.map((left) => (left === undefined ? undefined : Duration.toSeconds(left)))
        ),
      options
    )
  }

  /**
   * What is known of a session: its status, events, the end of its log, what it asked for beside what there is, and what
   * is probably the matter. What cannot be had is left out; it rejects only when the session itself cannot be read.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * const { session, cause } = await sessions.diagnose("abcd1234")
   * console.log(session.status, cause.code, cause.message)
   * ```
   */
  diagnose(id: string, options?: CallOptions): SkahaPromise<Diagnosis> {
    const method = "diagnose"
    return this.run(
      method,
      Sessions,
      (sessions) => checkId(method, id).pipe(Effect.andThen(sessions.diagnose(id)), Effect.map(diagnosisOf)),
      options
    )
  }

  /**
   * Creates the replicas of a session for as long as they are needed: they are destroyed at the end of the block, or at
   * the latest when the client is closed. The rest is as in `create`; when it rejects, or is aborted, whatever was made
   * is destroyed before, and `Cancelled` says in `unresolved` of which names one may still come to be.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * {
   *   await using notebook = await sessions.scoped({ name: "look", image: "skaha/astroml", kind: "notebook" })
   *   await sessions.waitReady(notebook.ids)
   *   console.log(await sessions.connect(notebook.ids))
   * } // It is gone.
   * ```
   */
  scoped(options: CreateOptions): SkahaPromise<ScopedSessions> {
    const method = "scoped"
    const unresolved: Array<string> = []
    return this.hold(
      method,
      Sessions,
      (sessions) =>
        specOf(method, options).pipe(
          Effect.flatMap((spec) => sessions.scoped(spec, (name) => unresolved.push(name))),
          orFailed(options.name),
          Effect.flatMap((outcomes) => settle(method, options, outcomes, values))
        ),
      (ids, destroy): ScopedSessions => ({ ids, destroy, [Symbol.asyncDispose]: destroy }),
      options,
      { accepts: createOptions, left: { created: [], unresolved } }
    )
  }

  /**
   * Creates the replicas of a headless session, waits for their end, collects what they wrote, runs failed ones again,
   * and, when all are done, destroys them. Gives every replica, in order, whether it has completed or not; `onReplica`
   * hears of each as it is done, and `onProgress` counts it. It rejects with why nothing could be created; then nothing is
   * left, unless the error says that this is not known (`CreateUnknown`, `SessionAmbiguous`). It rejects with what
   * `onReplica` throws, too, and then what there is is left.
   *
   * With `resume` the name stands for the batch: what is listed of it already is taken up, whether it has ended or not,
   * and only what is missing is created. The platform forgets ended headless sessions after an hour. When it is aborted,
   * what there is is left, to be resumed.
   *
   * @example
   * ```ts
   * import { AsyncSession } from "skaha"
   *
   * await using sessions = new AsyncSession({ token: "…" })
   * const replicas = await sessions.runBatch({
   *   name: "fit",
   *   image: "skaha/astroml",
   *   cmd: "fit.py",
   *   replicas: 100,
   *   retries: 2,
   *   resume: true
   * })
   * for (const { name, log, error } of replicas) console.log(name, error?.message ?? log)
   * ```
   */
  runBatch(options: BatchOptions): SkahaPromise<Array<BatchReplica>> {
    const method = "runBatch"
    return this.run(
      method,
      Sessions,
      (sessions) => {
        const { keep, limit, onReplica, retries } = options
        return checkSeconds(method, { limit: [limit, 1, longestBatch] }).pipe(
          Effect.andThen(onReplica === undefined ? Effect.void : checkFunction(method, "onReplica", onReplica)),
          Effect.andThen(specOf(method, options)),
          Effect.flatMap((spec) => sessions.runBatch({ ...spec, retries, keep, timeout: limit }, onReplica)),
          Effect.map((replicas) => [...replicas])
        )
      },
      options,
      batchDetails
    )
  }
}
