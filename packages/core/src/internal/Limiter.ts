/**
 * How many requests may be in flight at once: as many as the server can take, up to a bound.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Latency } from "./Latency.ts"

/**
 * What the end of a request tells about the server: that it is well, that it turns requests away, or that it takes
 * long; `undefined` for nothing.
 */
export type Sign = "well" | "refusing" | "slow" | undefined

/** What is left of the limit when the server has too much. */
const decrease = 0.7

/** What is left of the bound at least while the server is no more than slow: with fewer at once all takes longer. */
const shareOfSlow = 0.25

/** The right of one request to be in flight, or its place among those that wait for it. */
class Permit {
  state: "new" | "waits" | "held" = "new"
  /** The limiter's generation in which the request started. */
  generation = 0
  /** When it started, in milliseconds, where that counts. */
  since = 0
  wake: (() => void) | undefined = undefined
  previous: Permit | undefined = undefined
  next: Permit | undefined = undefined
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly latency: Latency | undefined
  /** Whether its end tells how the server is. */
  readonly tells: boolean

  constructor(fiber: Fiber.Fiber<unknown, unknown>, latency: Latency | undefined, tells: boolean) {
    this.fiber = fiber
    this.latency = latency
    this.tells = tells
  }

  now(): number {
    return this.fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
  }
}

/** Waits until the permit is held. Whoever gives up waiting is taken out of the queue when its request ends. */
const turn = (permit: Permit): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (permit.state === "held") resume(Effect.void)
    else permit.wake = () => resume(Effect.void)
  })

/**
 * Lets at most so many requests be in flight, first come first served. The limit starts at `bound`; it shrinks by a
 * factor when the server shows that it has too much, grows by one for as many good replies as it is, and is never
 * below 1. What started before it last shrank tells nothing new, and does not count.
 *
 * It does not pause for a `Retry-After`: when to ask again is for whoever does so.
 *
 * Effect's `Semaphore`, which can be resized, looks at all who wait for each permit that is given back; its
 * `RateLimiter` counts requests in a time, not in flight; its `CircuitBreaker` sends none at all in place of fewer.
 */
export class Limiter<E> {
  readonly #bound: number
  readonly #signOf: (error: E) => Sign
  #limit: number
  #generation = 0
  #inFlight = 0
  #first: Permit | undefined = undefined
  #last: Permit | undefined = undefined

  constructor(bound: number, signOf: (error: E) => Sign) {
    this.#bound = bound
    this.#signOf = signOf
    this.#limit = bound
  }

  /** How many may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** Runs a request as soon as it may be in flight. How long it takes counts where `latency` is given. */
  run<A, R>(request: Effect.Effect<A, E, R>, latency?: Latency): Effect.Effect<A, E, R> {
    return this.#run(request, latency, true)
  }

  /** The same for a request whose end tells nothing here, whatever it is. */
  runUnjudged<A, R>(request: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.#run(request, undefined, false)
  }

  #run<A, R>(request: Effect.Effect<A, E, R>, latency: Latency | undefined, tells: boolean): Effect.Effect<A, E, R> {
    return Effect.withFiber((fiber) => {
      const permit = new Permit(fiber, latency, tells)
      // What gives the permit back is in place before it is taken: no interruption can come in between.
      return Effect.onExitPrimitive(
        Effect.suspend(() => (this.#take(permit) ? request : Effect.andThen(turn(permit), request))),
        (exit) => this.#end(permit, exit)
      )
    })
  }

  /** Whether the request may start at once; otherwise it has a place in the queue. While one waits, none may. */
  #take(permit: Permit): boolean {
    if (this.#inFlight < this.limit) {
      this.#start(permit)
      return true
    }
    permit.state = "waits"
    permit.previous = this.#last
    if (this.#last === undefined) this.#first = permit
    else this.#last.next = permit
    this.#last = permit
    return false
  }

  #start(permit: Permit): void {
    this.#inFlight++
    permit.state = "held"
    permit.generation = this.#generation
    if (permit.latency !== undefined) permit.since = permit.now()
  }

  #end(permit: Permit, exit: Exit.Exit<unknown, E>): undefined {
    if (permit.state === "waits") this.#leave(permit)
    if (permit.state !== "held") return
    this.#inFlight--
    if (permit.tells && permit.generation === this.#generation) this.#adapt(this.#read(permit, exit))
    while (this.#first !== undefined && this.#inFlight < this.limit) {
      const next = this.#first
      this.#leave(next)
      this.#start(next)
      // Not here and now: it would run within the end of another.
      if (next.wake !== undefined) next.fiber.currentDispatcher.scheduleTask(next.wake, 0)
    }
  }

  /** Takes it out of the queue. */
  #leave(permit: Permit): void {
    const { previous, next } = permit
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    permit.state = "new"
    permit.previous = permit.next = undefined
  }

  #read(permit: Permit, exit: Exit.Exit<unknown, E>): Sign {
    if (Exit.isSuccess(exit)) {
      if (permit.latency === undefined) return "well"
      const now = permit.now()
      return permit.latency.add(now - permit.since, now)
    }
    const reason = exit.cause.reasons.find(Cause.isFailReason)
    return reason && this.#signOf(reason.error)
  }

  #adapt(sign: Sign): void {
    if (sign === undefined) return
    if (sign === "well") {
      if (this.#limit < this.#bound) this.#limit = Math.min(this.#bound, this.#limit + 1 / this.#limit)
      return
    }
    const least = sign === "slow" ? Math.max(1, this.#bound * shareOfSlow) : 1
    this.#limit = Math.min(this.#limit, Math.max(least, this.#limit * decrease))
    this.#generation++
  }
}
