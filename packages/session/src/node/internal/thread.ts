/**
 * One worker thread, from its start to its end.
 */
import { Worker as NodeThread } from "node:worker_threads"
import { WorkersFailed, type TransportFailure, type TransportReply, type TransportRequest } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Latch from "effect/Latch"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as RpcClient from "effect/rpc/RpcClient"
import { RpcClientError } from "effect/rpc/RpcClientError"
import type { FromClientEncoded, FromServerEncoded } from "effect/rpc/RpcMessage"
import * as Worker from "effect/workers/Worker"
import { WorkerError, WorkerReceiveError } from "effect/workers/WorkerError"
import { Protocol, type Answer, type PlainCertificate, type Setup } from "./protocol.ts"

/** A thread that is ready. */
export interface Thread {
  /**
   * Sends a request from there, where the certificate is shown from now on. Interruption waits until it has been given
   * up there. Fails with `RpcClientError` when the thread ends before it has answered.
   */
  readonly send: (
    request: TransportRequest,
    certificate: PlainCertificate | undefined
  ) => Effect.Effect<TransportReply, TransportFailure | RpcClientError>
  /**
   * Whether something is on its way there. While it is, the thread keeps the process alive, as it does at first, and is
   * terminated when it is stuck.
   */
  readonly setBusy: (busy: boolean) => void
  /** Why it has ended, when it has. */
  readonly ended: Effect.Effect<string>
}

/** How long a thread may take to get ready: it reads a file, and authorities. */
const startLimit = "30 seconds"

/** How often a thread that has something on its way is asked whether it is stuck. */
const pause = "5 seconds"

/** How long a thread may take to answer that, asked twice, or to give a request up. It may be busy, but not for ever. */
const patience = "5 seconds"

/**
 * The room for young objects, in MiB. What comes in from sockets is kept until they are collected, and a thread that has
 * room waits with that.
 */
const youngRoom = 2

/** What to start. */
export interface ThreadOptions {
  /** The module that runs there. */
  readonly entry: URL
  readonly setup: Setup
  /** What to do when it has ended, before those are told who wait for its answers. */
  readonly onEnd: Effect.Effect<void>
}

/** Those that are terminated because they do not answer. */
const stuck = new WeakSet<NodeThread>()

const replyOf = ({ body, ...reply }: Answer): Effect.Effect<TransportReply> =>
  Predicate.isString(body)
    ? Effect.succeed({ ...reply, body })
    : Effect.map(UndiciTransport.textInTurn(Buffer.from(body.buffer, body.byteOffset, body.byteLength)), (body) => ({
        ...reply,
        body
      }))

/** A worker cannot be started. */
export const startFailed = (reason: string) => new WorkersFailed({ operation: "BulkWorkers.layer", reason })

const messageOf = (error: unknown): string =>
  Predicate.hasProperty(error, "message") ? String(error.message) : String(error)

/** Node's threads for Effect's workers: `@effect/platform-node` has them, too, but with it every user gets Redis. */
const platform = Worker.makePlatform<NodeThread>()({
  setup: ({ worker }) => Effect.succeed(worker),
  listen: ({ deferred, emit, port }) =>
    Effect.sync(() => {
      const end = (message: string) =>
        Deferred.doneUnsafe(deferred, Exit.fail(new WorkerError({ reason: new WorkerReceiveError({ message }) })))
      port.on("message", emit)
      port.on("messageerror", () => end("it said what cannot be read"))
      port.on("error", (error) => end(messageOf(error)))
      port.on("exit", (code) => end(stuck.has(port) ? "it was stuck" : `it ended with exit code ${code}`))
    })
})

/** How the thread is talked to. Once it has ended, nothing more can be sent. */
const protocolOf = (thread: NodeThread, reason: Deferred.Deferred<string>, onEnd: Effect.Effect<void>) =>
  RpcClient.Protocol.make(
    Effect.fnUntraced(function* (write, clients) {
      const worker = yield* platform
        .spawn<FromServerEncoded, FromClientEncoded>(0)
        .pipe(Effect.mapError(({ message }) => startFailed(message)))
      const tell = (response: FromServerEncoded) =>
        Effect.forEach(clients, (client) => write(client, response), { discard: true })
      yield* worker.run(tell).pipe(
        Effect.catchCause((cause) => {
          const message = messageOf(Cause.squash(cause))
          const error = new RpcClientError({ reason: new WorkerReceiveError({ message }) })
          return onEnd.pipe(
            Effect.andThen(tell({ _tag: "ClientProtocolError", error })),
            Effect.andThen(Deferred.succeed(reason, message))
          )
        }),
        Effect.forkScoped
      )
      return {
        send: (_, message, transfers) =>
          Effect.mapError(worker.send(message, transfers), ({ reason }) => new RpcClientError({ reason })),
        supportsAck: true,
        supportsTransferables: true,
        codecFor: Schema.toCodecJson
      }
    })
  ).pipe(Effect.provideService(Worker.Spawner, () => thread))

/** Starts a thread and waits until it is ready. It is terminated with the scope. */
export const startThread = Effect.fnUntraced(function* ({ entry, onEnd, setup }: ThreadOptions) {
  const thread = yield* Effect.acquireRelease(
    // How the program was started, with a loader or with text of its own, is not for the thread; NODE_OPTIONS are.
    Effect.try({
      try: () => new NodeThread(entry, { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: youngRoom } }),
      catch: (error) => startFailed(messageOf(error))
    }),
    (thread) => Effect.promise(() => thread.terminate())
  )
  const reason = yield* Deferred.make<string>()
  const ended = Deferred.await(reason)
  const client = yield* Effect.flatMap(protocolOf(thread, reason, onEnd), (protocol) =>
    Effect.provideService(RpcClient.make(Protocol, { disableTracing: true }), RpcClient.Protocol, protocol)
  )
  yield* client.start(setup).pipe(
    Effect.mapError((error) => startFailed(error._tag === "RpcClientError" ? error.reason.message : error.message)),
    Effect.raceFirst(Effect.flatMap(ended, (reason) => Effect.fail(startFailed(reason)))),
    Effect.timeoutOrElse({
      duration: startLimit,
      orElse: () => Effect.fail(startFailed(`it was not ready within ${startLimit}`))
    })
  )

  /** Ends it as a crash does. */
  const terminate = Effect.promise(() => {
    stuck.add(thread)
    return thread.terminate()
  })
  const busy = Latch.makeUnsafe(false)
  const idle = Latch.makeUnsafe(true)
  const setBusy: Thread["setBusy"] = (isBusy) => {
    if (isBusy) {
      thread.ref()
      idle.closeUnsafe()
      busy.openUnsafe()
    } else {
      thread.unref()
      busy.closeUnsafe()
      idle.openUnsafe()
    }
  }
  // Where it is this thread that was busy, the answer to the first question is there, but late; so there is another.
  const ask = client.ping().pipe(Effect.timeout(patience), Effect.retry({ times: 1 }))
  const watch = Effect.forever(Effect.andThen(Effect.sleep(pause), ask)).pipe(
    Effect.catchTags({
      TimeoutError: () => terminate,
      // It has ended, as will this.
      RpcClientError: () => Effect.never
    })
  )
  // While nothing is on its way no timer may keep the process alive.
  yield* Effect.andThen(busy.await, Effect.raceFirst(watch, idle.await)).pipe(Effect.forever, Effect.forkScoped)

  let errands = 0
  const send: Thread["send"] = (request, certificate) =>
    Effect.suspend(() => {
      const number = errands++
      const errand = { number, request, ...(certificate === undefined ? {} : { certificate }) }
      return Effect.onInterrupt(Effect.flatMap(client.send(errand), replyOf), () =>
        client
          .settle({ number })
          .pipe(Effect.timeoutOrElse({ duration: patience, orElse: () => terminate }), Effect.ignore)
      )
    })
  return { send, setBusy, ended } satisfies Thread
})
