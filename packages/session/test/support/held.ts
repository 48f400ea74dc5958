/**
 * A platform that answers when it is told to.
 */
import { Transport, type TransportReply, type TransportRequest } from "@skaha/core"
import { Skaha } from "@skaha/session"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { once } from "./wire.ts"

/** A request that has come in. */
export interface HeldRequest {
  readonly request: TransportRequest
  /** As `METHOD /path?query`, below the versioned base. */
  readonly line: string
  /** Whether it is neither answered nor aborted. */
  isOpen: boolean
  isAborted: boolean
  readonly answer: (reply: Partial<TransportReply>) => Effect.Effect<void>
}

/** Every request that has come in, in order. */
export class Held extends Context.Service<Held, Array<HeldRequest>>()("test/Held") {}

/** Lets all fibers get as far as they can without an answer. */
export const settled = Effect.promise(async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
})

/** The requests that wait for an answer. */
export const open = Effect.map(Held, (held) => held.filter(({ isOpen }) => isOpen))

/** Answers the requests that wait, and lets that have its effects. */
export const answerOpen = (reply: (held: HeldRequest) => Partial<TransportReply>) =>
  Effect.gen(function* () {
    for (const held of yield* open) yield* held.answer(reply(held))
    yield* settled
  })

const hold = (held: Array<HeldRequest>) =>
  Effect.fnUntraced(function* (request: TransportRequest) {
    const reply = yield* Deferred.make<TransportReply>()
    const entry: HeldRequest = {
      request,
      line: `${request.method} ${request.path.replace(/^.*\/v1\//, "/")}${request.query}`,
      isOpen: true,
      isAborted: false,
      answer: (partial) => {
        entry.isOpen = false
        return Effect.asVoid(Deferred.succeed(reply, { status: 200, headers: {}, body: "", ...partial }))
      }
    }
    held.push(entry)
    return yield* Deferred.await(reply).pipe(
      Effect.onInterrupt(() => {
        entry.isOpen = false
        entry.isAborted = true
        // It takes its time, as over a socket.
        return settled
      })
    )
  })

/** A client of such a platform. */
export const holding = (options: Omit<Skaha.Options, "transport"> = {}): Layer.Layer<Skaha.Skaha | Held> =>
  Layer.unwrap(
    Effect.map(Held, (held) =>
      Skaha.layer({
        token: "a-token",
        url: "http://platform.invalid/skaha",
        concurrency: 256,
        ...options,
        transport: Layer.succeed(Transport, { send: hold(held) })
      })
    )
  ).pipe(Layer.orDie, Layer.provideMerge([Layer.sync(Held, () => []), once]))

/** What a server lists of these sessions. */
export const listOf = (ids: ReadonlyArray<string>, more: Readonly<Record<string, unknown>> = {}) => ({
  body: JSON.stringify(ids.map((id) => ({ ...rowOf(id), ...more })))
})

/** What a server says of a session. */
export const rowOf = (id: string) => ({ id, userid: "alice", type: "headless", status: "Running", name: "job" })

/** So many ids that could be those of sessions. */
export const idsOf = (length: number): ReadonlyArray<string> =>
  Array.from({ length }, (_, index) => `a${index.toString(36).padStart(7, "0")}`)
