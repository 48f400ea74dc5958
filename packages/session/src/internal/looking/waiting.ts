/**
 * Waiting for sessions to become something.
 */
import {
  InvalidInput,
  SessionEnded,
  SessionNotReady,
  WaitTimedOut,
  type PlatformClient,
  type Problem,
  type SkahaError,
  type Transport
} from "@skaha/core"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { BulkExecutor } from "../../BulkExecutor.ts"
import type { Outcome } from "../../Outcome.ts"
import type { Session } from "../../Session.ts"
import { idProblem } from "../../SessionId.ts"
import type { Wait, Waiting, WaitOptions } from "../../Waiting.ts"
import { longest, looksOnce, makeLookFor, makePace, type Awaited, type Goal, type Verdict } from "./awaiting.ts"
import { makeExplain } from "../diagnosing/explaining.ts"
import type { Lookout } from "./lookout.ts"
import { monotonicMillis } from "../monotonicMillis.ts"
import { observed } from "../observer.ts"
import { isOpenPage, openedPage } from "./openedPage.ts"
import { secondsProblem } from "../secondsProblem.ts"
import { spanned } from "../spanned.ts"
import { hasEnded, type Confirm } from "./unlisted.ts"

/** Milliseconds that it may take to explain what has failed at the end: one report, which takes up to 10 s, fits in. */
const explaining = 11_000

/** So many failures are explained at once. */
const explainedAtOnce = 20

/** A failure that there is more to be said about. */
type Unmet = WaitTimedOut | SessionEnded

const isUnmet = (error: SkahaError): error is Unmet => error._tag === "WaitTimedOut" || error._tag === "SessionEnded"

/** Waits for all that are `open`, as an operation does it, and takes out of them those that have their verdict. */
type Await<A> = (
  operation: string,
  open: Set<Awaited>,
  options: WaitOptions,
  settle: (awaited: Awaited, verdict: Verdict<A>) => void
) => Effect.Effect<void>

const failedWithout = (missing: SkahaError) => Result.fail(missing)

/** The error of a session that has ended otherwise than it was to. */
const ended = (operation: string, { id, status }: Session) =>
  Result.fail(new SessionEnded({ operation, id, sessionStatus: status }))

/** A session that runs, or has run to its end, or only the latter. */
const reaching = (operation: string, statuses: ReadonlyArray<string>): Goal<Session> => ({
  seen: (session) => {
    if (statuses.includes(session.status)) return Result.succeed(session)
    return session.status === "Failed" ? ended(operation, session) : undefined
  },
  gone: failedWithout
})

const gone: Goal<void> = { seen: () => undefined, gone: () => Result.succeed(undefined) }

/** What a condition answers. A promise would be as good as true, and what it rejects with would be nobody's. */
const answerOf = (answer: unknown): boolean => {
  if (typeof answer === "boolean") return answer
  if (answer instanceof Promise) answer.catch(() => {})
  throw new TypeError(`it must answer true or false, not ${answer instanceof Promise ? "a promise" : String(answer)}`)
}

/** A session for which a condition holds. */
const fulfilling = (operation: string, condition: (session: Session) => boolean): Goal<Session> => ({
  seen: (session) => {
    const holds = Result.try(() => answerOf(condition(session)))
    if (Result.isSuccess(holds)) return holds.success ? Result.succeed(session) : undefined
    const { failure } = holds
    const message = failure instanceof Error ? `throws ${failure.name}: ${failure.message}` : "throws"
    return Result.fail(new InvalidInput({ operation, problems: [{ field: "condition", message }] }))
  },
  gone: failedWithout
})

/** An interactive session that runs. */
const withPage = (operation: string): Goal<Session> => ({
  seen: (session) => {
    const { connectUrl, id, kind, status } = session
    if (hasEnded(session.status)) return ended(operation, session)
    const isRunning = status === "Running"
    if (kind !== "headless" && !(isRunning && connectUrl === undefined)) {
      return isRunning ? Result.succeed(session) : undefined
    }
    return Result.fail(new SessionNotReady({ operation, id, sessionStatus: status, reason: "it has no page to open" }))
  },
  gone: failedWithout
})

/** What is wrong with waiting for that id in that way. */
const problemsOf = (id: string, { timeout }: WaitOptions): ReadonlyArray<Problem> => {
  const message = idProblem(id)
  return [...(message === undefined ? [] : [{ field: "id", message }]), ...secondsProblem("timeout", timeout, 0)]
}

/** Makes the operations that wait. */
export const makeWaiting = ({
  client,
  confirm,
  executor,
  lookout,
  transport
}: {
  readonly client: PlatformClient["Service"]
  readonly confirm: Confirm
  readonly executor: BulkExecutor["Service"]
  readonly lookout: Lookout
  readonly transport: Transport["Service"]
}): Waiting => {
  const lookFor = makeLookFor(confirm, executor, lookout)
  const explain = makeExplain(client)

  /** Waits within the time that there is, and gives all a verdict. */
  const awaitAll = Effect.fnUntraced(function* <A>(
    operation: string,
    ids: ReadonlyArray<string>,
    options: WaitOptions,
    awaitThem: Await<A>,
    settle: (awaited: Awaited, verdict: Verdict<A>) => void
  ) {
    const open = new Set<Awaited>()
    for (const [index, id] of ids.entries()) {
      const awaited: Awaited = { id, index, status: undefined, trouble: undefined }
      const problems = problemsOf(id, options)
      if (problems.length === 0) open.add(awaited)
      else settle(awaited, Result.fail(new InvalidInput({ operation, problems })))
    }
    const { timeout = longest } = options
    const start = yield* monotonicMillis
    const waiting = awaitThem(operation, open, options, settle)
    yield* looksOnce(options) ? waiting : Effect.timeoutOption(waiting, timeout * 1000)
    // A schedule may have ended sooner.
    const limit = Math.min(timeout, Math.round((yield* monotonicMillis) - start) / 1000)
    for (const awaited of open) {
      const { id, status, trouble } = awaited
      const known = {
        ...(status === undefined ? {} : { sessionStatus: status }),
        ...(trouble === undefined ? {} : { reason: trouble })
      }
      settle(awaited, Result.fail(new WaitTimedOut({ operation, id, limit, ...known })))
    }
  })

  /** The same failure with what is known of why. Of what was never seen there is nothing to be known. */
  const explained = (error: Unmet): Effect.Effect<Unmet> => {
    const { id, operation, sessionStatus } = error
    if (sessionStatus === undefined) return Effect.succeed(error)
    return Effect.map(explain(operation, id, sessionStatus), (why) => {
      const known = {
        operation,
        id,
        sessionStatus,
        ...why,
        ...(error.reason === undefined ? {} : { reason: error.reason })
      }
      return error._tag === "SessionEnded"
        ? new SessionEnded(known)
        : new WaitTimedOut({ ...known, limit: error.limit })
    })
  }

  const waitForOne = Effect.fnUntraced(function* <A>(
    operation: string,
    id: string,
    options: WaitOptions,
    awaitThem: Await<A>
  ) {
    const verdicts: Array<Verdict<A>> = []
    yield* awaitAll(operation, [id], options, awaitThem, (_, verdict) => verdicts.push(verdict))
    for (const verdict of verdicts) {
      if (Result.isSuccess(verdict)) return verdict.success
      const { failure } = verdict
      if (!isUnmet(failure)) return yield* failure
      return yield* yield* explained(failure)
    }
    return yield* Effect.die(new Error("a wait has lost its session"))
  })

  const waitForMany = <A>(
    operation: string,
    ids: ReadonlyArray<string>,
    options: WaitOptions,
    awaitThem: Await<A>
  ): Effect.Effect<ReadonlyArray<Outcome<A>>> =>
    observed(
      ids.length,
      Effect.fnUntraced(function* (settled) {
        const outcomes: Array<Outcome<A>> = []
        const tell = ({ id, index }: Awaited, result: Verdict<A>) => {
          const outcome = { input: id, index, result }
          outcomes[index] = outcome
          settled?.(outcome)
        }
        /** Those of whose failure it is not known why. */
        const unexplained = new Map<Awaited, Unmet>()
        const queue = yield* Queue.unbounded<readonly [Awaited, Unmet], Cause.Done>()
        // While the others are waited for: the platform soon forgets what has ended.
        const explanations = yield* Stream.fromQueue(queue).pipe(
          Stream.mapEffect(
            ([awaited, failure]) =>
              Effect.map(explained(failure), (error) => {
                unexplained.delete(awaited)
                tell(awaited, Result.fail(error))
              }),
            { concurrency: explainedAtOnce, unordered: true }
          ),
          Stream.runDrain,
          Effect.forkChild
        )
        yield* awaitAll(operation, ids, options, awaitThem, (awaited, verdict) => {
          if (Result.isSuccess(verdict) || !isUnmet(verdict.failure)) return tell(awaited, verdict)
          unexplained.set(awaited, verdict.failure)
          Queue.offerUnsafe(queue, [awaited, verdict.failure])
        })
        yield* Queue.end(queue)
        yield* Effect.timeoutOption(Fiber.await(explanations), explaining)
        yield* Fiber.interrupt(explanations)
        unexplained.forEach((error, awaited) => tell(awaited, Result.fail(error)))
        return outcomes
      })
    )

  /** Makes an operation for one id or many. */
  const waitWith = <A>(operation: string, awaitThem: Await<A>): Wait<A> => {
    function wait(id: string, options?: WaitOptions): Effect.Effect<A, SkahaError>
    function wait(ids: ReadonlyArray<string>, options?: WaitOptions): Effect.Effect<ReadonlyArray<Outcome<A>>>
    function wait(
      ids: string | ReadonlyArray<string>,
      options: WaitOptions = {}
    ): Effect.Effect<A | ReadonlyArray<Outcome<A>>, SkahaError> {
      return typeof ids === "string"
        ? spanned(operation, (id: string) => waitForOne(operation, id, options, awaitThem))(ids)
        : spanned(operation, (all: ReadonlyArray<string>) => waitForMany(operation, all, options, awaitThem))(ids)
    }
    return wait
  }

  const waitFor = <A>(operation: string, goal: Goal<A>): Wait<A> =>
    waitWith(operation, (operation, open, options, settle) =>
      Effect.flatMap(makePace(options), (pace) => lookFor(operation, open, goal, pace, settle))
    )

  function waitUntil(
    id: string,
    condition: (session: Session) => boolean,
    options?: WaitOptions
  ): Effect.Effect<Session, SkahaError>
  function waitUntil(
    ids: ReadonlyArray<string>,
    condition: (session: Session) => boolean,
    options?: WaitOptions
  ): Effect.Effect<ReadonlyArray<Outcome<Session>>>
  function waitUntil(
    ids: string | ReadonlyArray<string>,
    condition: (session: Session) => boolean,
    options?: WaitOptions
  ): Effect.Effect<Session | ReadonlyArray<Outcome<Session>>, SkahaError> {
    const operation = "Sessions.waitUntil"
    const wait = waitFor(operation, fulfilling(operation, condition))
    return typeof ids === "string" ? wait(ids, options) : wait(ids, options)
  }

  const lookForOne = <A>(operation: string, awaited: Awaited, goal: Goal<A>, pace: Parameters<typeof lookFor>[3]) => {
    const verdicts: Array<Verdict<A>> = []
    const looking = lookFor(operation, new Set([awaited]), goal, pace, (_, verdict) => verdicts.push(verdict))
    return Effect.map(looking, () => verdicts[0])
  }

  /** Waits until a session runs, and then until its page can be opened, while it goes on. */
  const awaitPage = Effect.fnUntraced(function* (
    operation: string,
    awaited: Awaited,
    options: WaitOptions
  ): Effect.fn.Return<Verdict<Session> | undefined> {
    const pace = yield* makePace(options)
    const running = yield* lookForOne(operation, awaited, withPage(operation), pace)
    if (running === undefined || Result.isFailure(running)) return running
    let latest = running.success
    const { connectUrl } = latest
    if (connectUrl === undefined) return running
    const closed = "its page cannot be opened yet"
    awaited.trouble = closed
    const goesOn: Goal<never> = {
      seen: (session) => {
        latest = session
        awaited.trouble = closed
        return hasEnded(session.status) ? ended(operation, session) : undefined
      },
      gone: failedWithout
    }
    const opened = Effect.map(openedPage(transport, operation, connectUrl), () => Result.succeed(latest))
    const verdict = yield* Effect.raceFirst(lookForOne(operation, awaited, goesOn, pace), opened)
    if (verdict !== undefined) return verdict
    // There is no further look, but it is asked for at least once.
    return (yield* isOpenPage(transport, operation, connectUrl)) ? Result.succeed(latest) : undefined
  })

  return {
    waitUntil,
    waitRunning: waitFor("Sessions.waitRunning", reaching("Sessions.waitRunning", ["Running", "Completed"])),
    waitCompleted: waitFor("Sessions.waitCompleted", reaching("Sessions.waitCompleted", ["Completed"])),
    waitGone: waitFor("Sessions.waitGone", gone),
    waitReady: waitWith("Sessions.waitReady", (operation, open, options, settle) =>
      Effect.forEach(
        [...open],
        (awaited) =>
          Effect.map(awaitPage(operation, awaited, options), (verdict) => {
            if (verdict === undefined) return
            open.delete(awaited)
            settle(awaited, verdict)
          }),
        { concurrency: "unbounded", discard: true }
      )
    )
  }
}
