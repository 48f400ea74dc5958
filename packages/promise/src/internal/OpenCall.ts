/**
 * A call that has begun: what its effects run with, and how it ends when they fail.
 */
import { CallTimeout, Cancelled, ReplyObserver } from "@skaha/core"
import { Progress } from "@skaha/session"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Replies } from "../SkahaPromise.ts"
import { reasonOf } from "./call.ts"
import type { FollowedOptions } from "./callOptions.ts"
import type { Fibers } from "./Fibers.ts"

/** What a create leaves behind: a cancellation must not lose it. */
export interface Left {
  /** The ids of the sessions that have been created so far. */
  readonly created: ReadonlyArray<string>
  /** The names of those that may have been created, too. */
  readonly unresolved: ReadonlyArray<string>
}

/** A call that has begun. */
export class OpenCall<R, E> {
  readonly #fibers: Fibers<R, E>
  readonly #operation: string
  readonly #options: FollowedOptions
  readonly #left: Left | undefined
  readonly #replies: Replies | undefined

  /**
   * @param left what a create leaves behind when it is cancelled
   * @param replies where its replies are noted, if anywhere
   * @throws Cancelled when it is over before it begins
   */
  constructor(
    fibers: Fibers<R, E>,
    operation: string,
    options: FollowedOptions,
    left: Left | undefined,
    replies: Replies | undefined
  ) {
    this.#fibers = fibers
    this.#operation = operation
    this.#options = options
    this.#left = left
    this.#replies = replies
    if (fibers.closed) throw this.#cancelled(new Error("the client is closed"))
    if (this.#aborted) throw this.#cancelled(options.signal?.reason)
  }

  /** Starts one of its effects, whose end is told. */
  start<A, E1>(
    effect: (services: Context.Context<R>) => Effect.Effect<A, E1, R>,
    end: (exit: Exit.Exit<A, E | E1>) => void
  ): Fiber.Fiber<A, E | E1> {
    const { onProgress, signal, timeout } = this.#options
    const replies = this.#replies
    return this.#fibers.start(
      onProgress === undefined ? effect : (services) => Progress.observe(effect(services), onProgress),
      (services) => {
        const observed =
          replies === undefined ? services : Context.add(services, ReplyObserver, (reply) => replies.note(reply))
        return timeout === undefined ? observed : Context.add(observed, CallTimeout, timeout)
      },
      signal,
      end
    )
  }

  /** What settles its promise when an effect ends. */
  ending<A>(resolve: (value: A) => void, reject: (reason: unknown) => void): (exit: Exit.Exit<A, unknown>) => void {
    return (exit) => (Exit.isSuccess(exit) ? resolve(exit.value) : reject(this.reasonOf(exit.cause)))
  }

  /** What it is rejected with. */
  reasonOf(cause: Cause.Cause<unknown>): unknown {
    return reasonOf(cause, () =>
      this.#cancelled(this.#aborted ? this.#options.signal?.reason : new Error("the client was closed"))
    )
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted === true
  }

  #cancelled(cause: unknown): Cancelled {
    const left = this.#left
    const known = left === undefined ? {} : { created: [...left.created], unresolved: [...left.unresolved] }
    return new Cancelled({ operation: this.#operation, ...known, cause })
  }
}
