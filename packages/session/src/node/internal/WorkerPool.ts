/**
 * Worker threads that send requests, and are replaced when they crash.
 */
import { WorkersFailed, type TransportRequest } from "@skaha/core"
import type { Send, ShownCertificate } from "@skaha/core/node"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Redacted from "effect/Redacted"
import type { Errand, Setup } from "./protocol.ts"
import { startThread, type Thread } from "./thread.ts"

/** The most restarts of a worker in {@link minute}: one that crashes more often is not started again. */
const mostRestarts = 3

const minute = 60_000

/** The most workers that a request may have been on when they crashed: it may be the reason. */
const mostCrashes = 3

/** What the threads run, and how many there are. */
export interface WorkerPoolOptions {
  /** The module that runs in each. */
  readonly entry: URL
  readonly workers: number
  readonly setup: Setup
}

/** The place of a worker: one thread after another. */
interface Seat {
  /** How many requests it is to have when all are on their way. */
  readonly share: number
  /** Finished when the first thread is ready, or could not start. */
  readonly started: Deferred.Deferred<void, WorkersFailed>
  /** The thread, while there is one that is ready. */
  thread: Thread | undefined
  /** Whether there will be none any more. */
  down: boolean
  inFlight: number
  /** The certificate that the thread has. */
  certificate: ShownCertificate | undefined
  /** When threads have crashed here, in the last minute. */
  crashes: ReadonlyArray<number>
}

const failed = ({ method, operation, path }: TransportRequest, reason: string) =>
  new WorkersFailed({ operation, method, path, reason })

/**
 * Starts workers; gives what sends a request from the one that has the least to do. What was on its way in a worker
 * that crashes is sent again from another.
 */
export const makeWorkerPool = Effect.fnUntraced(function* ({ entry, setup, workers }: WorkerPoolOptions) {
  const { concurrency } = setup.settings
  const seats: ReadonlyArray<Seat> = Array.from({ length: workers }, (_, index) => ({
    share: Math.floor((concurrency + index) / workers),
    started: Deferred.makeUnsafe(),
    thread: undefined,
    down: false,
    inFlight: 0,
    certificate: undefined,
    crashes: []
  }))
  let lastWords = ""

  /** Open while a request need not wait: there is a thread, or there will be none any more. */
  const settled = yield* Latch.make(false)
  const settle = () =>
    seats.some(({ thread }) => thread !== undefined) || seats.every(({ down }) => down)
      ? settled.openUnsafe()
      : settled.closeUnsafe()

  /** One thread, to its end. */
  const live = Effect.fnUntraced(function* (seat: Seat) {
    const onEnd = Effect.sync(() => {
      seat.thread = undefined
      settle()
    })
    const thread = yield* startThread({ entry, setup, onEnd })
    seat.thread = thread
    seat.certificate = undefined
    thread.hold(false)
    settle()
    yield* Deferred.succeed(seat.started, undefined)
    return yield* thread.ended
  }, Effect.scoped)

  /** One thread after another. */
  const keep = Effect.fnUntraced(function* (seat: Seat) {
    while (!seat.down) {
      lastWords = yield* live(seat).pipe(
        Effect.tapError((error) => Deferred.fail(seat.started, error)),
        Effect.catch(({ reason }) => Effect.succeed(reason))
      )
      const now = yield* Clock.currentTimeMillis
      seat.crashes = [...seat.crashes.filter((at) => now - at < minute), now]
      seat.down = seat.crashes.length > mostRestarts
      settle()
    }
  })

  /** Who has the most room. */
  const freest = (): Seat | undefined =>
    seats.reduce<Seat | undefined>((best, seat) => {
      if (seat.thread === undefined) return best
      return best === undefined || seat.share - seat.inFlight > best.share - best.inFlight ? seat : best
    }, undefined)

  const errandOf = (seat: Seat, request: TransportRequest, certificate: ShownCertificate | undefined): Errand => {
    if (certificate === undefined || certificate === seat.certificate) return { request }
    seat.certificate = certificate
    return { request, certificate: { chain: certificate.chain, key: Redacted.value(certificate.key) } }
  }

  /** Sends it from that seat. */
  const sendFrom = (seat: Seat, thread: Thread, errand: Errand) => {
    if (seat.inFlight++ === 0) thread.hold(true)
    return Effect.ensuring(
      thread.send(errand),
      Effect.sync(() => {
        if (--seat.inFlight === 0) thread.hold(false)
      })
    )
  }

  const attempt = (
    request: TransportRequest,
    certificate: ShownCertificate | undefined,
    crashes: number
  ): ReturnType<Send> =>
    Effect.suspend(() => {
      const seat = freest()
      if (seat?.thread !== undefined) {
        return Effect.catchTag(
          sendFrom(seat, seat.thread, errandOf(seat, request, certificate)),
          "RpcClientError",
          ({ reason }) =>
            crashes + 1 < mostCrashes
              ? attempt(request, certificate, crashes + 1)
              : Effect.fail(failed(request, `${mostCrashes} of them crashed with this request: ${reason.message}`))
        )
      }
      return seats.every(({ down }) => down)
        ? Effect.fail(failed(request, `they crash again and again: ${lastWords}`))
        : Effect.andThen(settled.await, attempt(request, certificate, crashes))
    })

  yield* Effect.forEach(seats, (seat) => Effect.forkScoped(keep(seat)))
  yield* Effect.forEach(seats, ({ started }) => Deferred.await(started))

  const send: Send = (request, certificate) =>
    attempt(request, certificate, 0).pipe(
      Effect.catchCauseIf(
        (cause) => !Cause.hasFails(cause),
        (cause) =>
          Effect.fail(failed(request, Cause.hasInterrupts(cause) ? "they have ended" : String(Cause.squash(cause))))
      )
    )
  return send
})
