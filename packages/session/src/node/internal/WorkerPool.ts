/**
 * Worker threads that send requests, and are replaced when they crash.
 */
import { WorkersFailed, type TransportFailure, type TransportReply, type TransportRequest } from "@skaha/core"
import type { Send, ShownCertificate } from "@skaha/core/node"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import type { RpcClientError } from "effect/rpc/RpcClientError"
import type { Setup } from "./protocol.ts"
import { Seat } from "./Seat.ts"
import { startFailed, startThread } from "./thread.ts"

type Sending = Effect.Effect<TransportReply, TransportFailure | RpcClientError>

/** The most workers that a request may have been on when they crashed. On the last one it is alone. */
const mostCrashes = 3

/** What is to be deleted, and is not there, may have been deleted by a worker that could not tell any more. */
const ofRepeatedDelete = (reply: TransportReply): TransportReply =>
  reply.status === 404 ? { status: 200, headers: {}, body: "" } : reply

const startFailure = (cause: Cause.Cause<WorkersFailed>): WorkersFailed => {
  const error = Cause.squash(cause)
  return error instanceof WorkersFailed ? error : startFailed(String(error))
}

/** What the threads run, and how many there are. */
export interface WorkerPoolOptions {
  /** The module that runs in each. */
  readonly entry: URL
  readonly workers: number
  readonly setup: Setup
}

/**
 * Starts workers; gives what sends a request from the one that has the least to do. What was on its way in a worker
 * that crashes is sent again from another.
 */
export const makeWorkerPool = Effect.fnUntraced(function* ({ entry, setup, workers }: WorkerPoolOptions) {
  const { concurrency } = setup.settings
  /** Open while a request need not wait: there is a thread for it, or there will be none. */
  const settled = yield* Latch.make(false)
  const isOver = () => seats.every(({ isDown }) => isDown)
  const seats: ReadonlyArray<Seat> = Array.from(
    { length: workers },
    (_, index) =>
      new Seat(Math.floor((concurrency + index) / workers), () =>
        seats.some(({ isOpen }) => isOpen) || isOver() ? settled.openUnsafe() : settled.closeUnsafe()
      )
  )
  let lastWords = ""

  /** One thread, from its start to its end. */
  const live = Effect.fnUntraced(function* (seat: Seat, started: Deferred.Deferred<void, WorkersFailed>) {
    const onEnd = Effect.sync(() => seat.setThread(undefined))
    const thread = yield* startThread({ entry, setup, onEnd })
    seat.setThread(thread)
    yield* Deferred.succeed(started, undefined)
    return yield* thread.ended
  }, Effect.scoped)

  /** One thread after another. Of the first it is told whether it could be started. */
  const keep = Effect.fnUntraced(function* (seat: Seat, started: Deferred.Deferred<void, WorkersFailed>) {
    for (;;) {
      lastWords = yield* live(seat, started).pipe(
        Effect.catchCause((cause) => {
          const error = startFailure(cause)
          return Effect.as(Deferred.fail(started, error), error.reason)
        })
      )
      seat.crash(yield* Clock.currentTimeMillis)
      yield* seat.up.await
    }
  })

  const keepUntilTheEnd = (seat: Seat, started: Deferred.Deferred<void, WorkersFailed>) =>
    Effect.ensuring(
      keep(seat, started),
      Effect.suspend(() => {
        lastWords = "they have ended"
        seat.close()
        return Deferred.fail(started, startFailed(lastWords))
      })
    )

  const failed = ({ method, operation, path }: TransportRequest, reason: string) =>
    new WorkersFailed({ operation, method, path, reason })

  /** Whoever has the most room, as soon as there is somebody. */
  const choose = (request: TransportRequest): Effect.Effect<Seat, WorkersFailed> =>
    Effect.clockWith((clock) => {
      for (const seat of seats) if (seat.isDown) seat.rise(clock.currentTimeMillisUnsafe())
      let best: Seat | undefined
      for (const seat of seats) if (seat.isOpen && (best === undefined || seat.room > best.room)) best = seat
      if (best !== undefined) return Effect.succeed(best)
      return isOver()
        ? Effect.fail(failed(request, `they crash again and again: ${lastWords}`))
        : Effect.andThen(settled.await, choose(request))
    })

  /** From anywhere. */
  const sendFreely = (request: TransportRequest, certificate: ShownCertificate | undefined): Sending =>
    Effect.flatMap(choose(request), (seat) => seat.send(request, certificate)).pipe(
      Effect.catchTag("SeatEmpty", () => sendFreely(request, certificate))
    )

  const alone = yield* Semaphore.make(1)

  /** From a worker that does nothing else: when that crashes no other request has to suffer, and it is clear why. */
  const sendAlone = (request: TransportRequest, certificate: ShownCertificate | undefined): Sending =>
    Effect.flatMap(choose(request), (seat) =>
      Effect.acquireUseRelease(
        Effect.sync(() => seat.setReserved(true)),
        () => Effect.andThen(seat.idle.await, seat.send(request, certificate)),
        () => Effect.sync(() => seat.setReserved(false))
      )
    ).pipe(Effect.catchTag("SeatEmpty", () => sendAlone(request, certificate)))

  const attempt = (
    request: TransportRequest,
    certificate: ShownCertificate | undefined,
    crashes: number
  ): ReturnType<Send> => {
    const isLast = crashes + 1 === mostCrashes
    const sending = isLast ? alone.withPermit(sendAlone(request, certificate)) : sendFreely(request, certificate)
    return Effect.catchTag(
      crashes > 0 && request.method === "DELETE" ? Effect.map(sending, ofRepeatedDelete) : sending,
      "RpcClientError",
      ({ reason }) =>
        isLast
          ? Effect.fail(failed(request, `${mostCrashes} of them crashed with this request: ${reason.message}`))
          : attempt(request, certificate, crashes + 1)
    )
  }

  const starts = yield* Effect.forEach(seats, (seat) =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void, WorkersFailed>()
      yield* Effect.forkScoped(keepUntilTheEnd(seat, started))
      return Deferred.await(started)
    })
  )
  yield* Effect.all(starts, { discard: true })

  const send: Send = (request, certificate) =>
    Effect.catchCauseIf(
      attempt(request, certificate, 0),
      (cause) => !Cause.hasFails(cause),
      (cause) =>
        Effect.fail(failed(request, Cause.hasInterrupts(cause) ? "they have ended" : String(Cause.squash(cause))))
    )
  return send
})
