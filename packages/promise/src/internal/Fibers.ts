/**
 * The fibers of one client, and the services that they share.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import { Signals } from "./Signals.ts"

/**
 * Runs effects over one layer, which the first of them builds. A managed runtime does this, too; but how it keeps
 * account of its fibers takes a fifth of the time of a small call.
 */
export class Fibers<R, E> {
  readonly #runtime: ManagedRuntime.ManagedRuntime<R, E>
  readonly #running = new Set<Fiber.Fiber<unknown, unknown>>()
  readonly #signals = new Signals()
  /** What is held: closed all at once. */
  readonly #held = Scope.makeUnsafe("parallel")
  #services: Context.Context<R> | undefined
  #closed: Promise<void> | undefined

  constructor(layer: Layer.Layer<R, E>) {
    this.#runtime = ManagedRuntime.make(layer)
  }

  /** Whether no more fibers can be started. */
  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Starts an effect with the services, and what is added to them for it; tells of its end. */
  start<A, E1>(
    use: (services: Context.Context<R>) => Effect.Effect<A, E1, R>,
    within: (services: Context.Context<R>) => Context.Context<R>,
    signal: AbortSignal | undefined,
    end?: (exit: Exit.Exit<A, E | E1>) => void
  ): Fiber.Fiber<A, E | E1> {
    const services = this.#services
    const fiber: Fiber.Fiber<A, E | E1> =
      services === undefined
        ? Effect.runFork(
            Effect.flatMap(this.#runtime.contextEffect, (built) => {
              this.#services = built
              return Effect.provideContext(use(built), within(built))
            })
          )
        : Effect.runForkWith(within(services))(use(services))
    this.#running.add(fiber)
    if (signal !== undefined) this.#signals.follow(signal, fiber)
    fiber.addObserver((exit) => {
      this.#running.delete(fiber)
      end?.(exit)
    })
    return fiber
  }

  /** A scope that is open until it is released, or until the fibers are closed. */
  hold(): { readonly scope: Scope.Scope; readonly release: () => Promise<void> } {
    const scope = Scope.forkUnsafe(this.#held)
    let released: Promise<void> | undefined
    return { scope, release: () => (released ??= this.#release(scope)) }
  }

  /** By a fiber like all others: closing the services waits for it. */
  #release(scope: Scope.Closeable): Promise<void> {
    if (this.closed) return this.close()
    return new Promise((resolve) => {
      this.start(
        () => Scope.close(scope, Exit.void),
        identity,
        undefined,
        () => resolve()
      )
    })
  }

  /** Ends the fibers, then what is held, then the services. */
  close(): Promise<void> {
    return (this.#closed ??= Effect.runPromise(
      Effect.suspend(() => Fiber.interruptAll(this.#running)).pipe(
        Effect.andThen(Scope.close(this.#held, Exit.void)),
        Effect.andThen(this.#runtime.disposeEffect)
      )
    ))
  }
}
