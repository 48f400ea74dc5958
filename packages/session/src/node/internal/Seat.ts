/**
 * The place of a worker: one thread after another.
 */
import type { TransportFailure, TransportReply, TransportRequest } from "@skaha/core"
import type { ShownCertificate } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Redacted from "effect/Redacted"
import type { RpcClientError } from "effect/rpc/RpcClientError"
import type { PlainCertificate } from "./protocol.ts"
import type { Thread } from "./thread.ts"

/** The most restarts in {@link minute}: a worker that crashes more often is not started again before it is over. */
const mostRestarts = 3

const minute = 60_000

/** There is no thread now. Nothing was sent. */
export class SeatEmpty {
  readonly _tag = "SeatEmpty"
}

type Sending = Effect.Effect<TransportReply, TransportFailure | RpcClientError | SeatEmpty>

/** The place of a worker, with the thread that is there now. */
export class Seat {
  /** Open while nothing is on its way from here. */
  readonly idle = Latch.makeUnsafe(true)
  /** Open while there is a thread, or is to be one. */
  readonly up = Latch.makeUnsafe(true)
  readonly #share: number
  readonly #onChange: () => void
  #thread: Thread | undefined
  #isDown = false
  #isClosed = false
  #isReserved = false
  #inFlight = 0
  #certificate: ShownCertificate | undefined
  #restarts: ReadonlyArray<number> = []

  /** `share` is how many requests it is to have when all are on their way; `onChange` hears who comes and goes. */
  constructor(share: number, onChange: () => void) {
    this.#share = share
    this.#onChange = onChange
  }

  /** Whether there is a thread, for anybody. */
  get isOpen(): boolean {
    return this.#thread !== undefined && !this.#isReserved
  }

  /** Whether there will be no thread, unless it can {@link rise}. */
  get isDown(): boolean {
    return this.#isDown
  }

  /** How many more requests it is to have; fewer than none where others are missing. */
  get room(): number {
    return this.#share - this.#inFlight
  }

  /** A thread that is ready comes; `undefined`: it has gone. */
  setThread(thread: Thread | undefined): void {
    this.#thread = thread
    this.#certificate = undefined
    thread?.setBusy(this.#inFlight > 0)
    this.#onChange()
  }

  /** From now on only those are to come who have reserved it; or all again. */
  setReserved(reserved: boolean): void {
    this.#isReserved = reserved
    this.#onChange()
  }

  /** Its thread has crashed, or could not be started. There is to be another, or it is down. */
  crash(now: number): void {
    if (!this.#mayRestart(now)) this.#fall()
  }

  /** Where it is down, and may be started again by now, there is to be a thread. */
  rise(now: number): void {
    if (!this.#isDown || this.#isClosed || !this.#mayRestart(now)) return
    this.#isDown = false
    this.up.openUnsafe()
    this.#onChange()
  }

  /** There will be no thread any more. */
  close(): void {
    this.#isClosed = true
    this.#fall()
  }

  #fall(): void {
    this.#isDown = true
    this.up.closeUnsafe()
    this.setThread(undefined)
  }

  /** Whether it may be started again now, which counts then. */
  #mayRestart(now: number): boolean {
    this.#restarts = this.#restarts.filter((at) => now - at < minute)
    if (this.#restarts.length === mostRestarts) return false
    this.#restarts = [...this.#restarts, now]
    return true
  }

  /** Sends a request from here. */
  send(request: TransportRequest, certificate: ShownCertificate | undefined): Sending {
    return Effect.suspend(() => {
      let counted = false
      return Effect.ensuring(
        Effect.suspend((): Sending => {
          const thread = this.#thread
          if (thread === undefined) return Effect.fail(new SeatEmpty())
          counted = true
          if (this.#inFlight++ === 0) this.#setBusy(true)
          return thread.send(request, this.#news(certificate))
        }),
        Effect.sync(() => {
          if (counted && --this.#inFlight === 0) this.#setBusy(false)
        })
      )
    })
  }

  /** While something is on its way the process must not end. */
  #setBusy(busy: boolean): void {
    if (busy) this.idle.closeUnsafe()
    else this.idle.openUnsafe()
    this.#thread?.setBusy(busy)
  }

  /** The certificate, unless the thread has it. */
  #news(certificate: ShownCertificate | undefined): PlainCertificate | undefined {
    if (certificate === undefined || certificate === this.#certificate) return undefined
    this.#certificate = certificate
    return { chain: certificate.chain, key: Redacted.value(certificate.key) }
  }
}
