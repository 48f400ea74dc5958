/**
 * What all clients share: the services, the fibers that run over them, and the way from an effect to a promise.
 */
import { executor, platform } from "#platform"
import { Credentials, InvalidInput, RetryPolicy, type CredentialsDescription, type SkahaError } from "@skaha/core"
import { Skaha } from "@skaha/session"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import { readOptions, type AsyncSessionOptions, type ClientOptions } from "../ClientOptions.ts"
import { Replies, withReplies, type SkahaPromise } from "../SkahaPromise.ts"
import { callOptions, checkCallOptions, type CallOptions, type FollowedOptions } from "./callOptions.ts"
import { Fibers } from "./Fibers.ts"
import { Handover } from "./Handover.ts"
import { OpenCall, type Left } from "./OpenCall.ts"

const noOptions: FollowedOptions = {}

/** What the effects of calls may need. */
type Services = Skaha.Skaha | Credentials

/** What a method tells of a call beside its effect and its caller's options. */
export interface CallDetails {
  /** The options that the method has. Default those of every call. */
  readonly accepts?: ReadonlyArray<string>
  /** What a create leaves behind when it is cancelled, as far as it has got. */
  readonly left?: Left
}

/** What becomes of a call about one thing. */
interface Conclusion<A, E, B, E2> {
  readonly success: (value: A) => B
  readonly failure: (error: E | SkahaError) => Effect.Effect<B, E2>
}

/** A client of one platform. */
export abstract class Client implements AsyncDisposable {
  readonly #fibers: Fibers<Services, SkahaError>

  /** The options that only this kind of client has. */
  protected static readonly own: ReadonlyArray<keyof AsyncSessionOptions> = []

  /** @throws ConfigurationInvalid when an option is wrong */
  constructor(options: ClientOptions = {}) {
    const { settings, level, retry, warnings, workers } = readOptions(options, new.target.own)
    this.#fibers = new Fibers(
      Skaha.servicesWith(executor(workers)).pipe(
        Layer.provideMerge(platform(settings)),
        Layer.provideMerge(
          Layer.mergeAll(
            Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
            Layer.succeed(References.MinimumLogLevel, level),
            Layer.succeed(RetryPolicy, retry)
          )
        )
      )
    )
    for (const warning of warnings) this.#fibers.start(() => Effect.logWarning(warning), identity, undefined)
  }

  /** Runs an effect on a service as a call: with its timeout and signal, its replies noted, its failure as a rejection. */
  protected run<I extends Services, S, A, E extends Error>(
    operation: string,
    service: Context.Key<I, S>,
    use: (service: S) => Effect.Effect<A, E, Services>,
    options?: CallOptions,
    details?: CallDetails
  ): SkahaPromise<A> {
    const replies = new Replies()
    const promise = new Promise<A>((resolve, reject) => {
      const call = this.#open(operation, options, details, replies)
      call.start((services) => use(Context.get(services, service)), call.ending(resolve, reject))
    })
    return withReplies(promise, replies)
  }

  /** The same for one thing. What becomes of it is said beside the fiber, whose every step counts in a small call. */
  protected runOne<I extends Services, S, A, E extends Error, B, E2 extends Error>(
    operation: string,
    service: Context.Key<I, S>,
    use: (service: S) => Effect.Effect<A, E>,
    { success, failure }: Conclusion<A, E, B, E2>,
    options?: CallOptions,
    details?: CallDetails
  ): SkahaPromise<B> {
    const replies = new Replies()
    const promise = new Promise<B>((resolve, reject) => {
      const call = this.#open(operation, options, details, replies)
      call.start(
        (services) => use(Context.get(services, service)),
        (exit) => {
          if (Exit.isSuccess(exit)) return resolve(success(exit.value))
          const error = Cause.findErrorOption(exit.cause)
          // Where there is no platform to be asked this comes to the same failure again.
          if (Option.isNone(error)) return reject(call.reasonOf(exit.cause))
          call.start(() => failure(error.value), call.ending(resolve, reject))
        }
      )
    })
    return withReplies(promise, replies)
  }

  /**
   * The same for what stays open when the call is over: until it is released, or the client is closed.
   *
   * @param read makes the result, of the value and of what releases it
   */
  protected hold<I extends Services, S, A, E extends Error, B>(
    operation: string,
    service: Context.Key<I, S>,
    use: (service: S) => Effect.Effect<A, E, Services | Scope.Scope>,
    read: (value: A, release: () => Promise<void>) => B,
    options?: CallOptions,
    details?: CallDetails
  ): SkahaPromise<B> {
    const replies = new Replies()
    const promise = new Promise<B>((resolve, reject) => {
      const call = this.#open(operation, options, details, replies)
      const end = call.ending(resolve, reject)
      const { release, scope } = this.#fibers.hold()
      call.start(
        (services) =>
          Effect.map(Effect.provideService(use(Context.get(services, service)), Scope.Scope, scope), (value) =>
            read(value, release)
          ),
        // Not within the effect, which can be done when the call is aborted all the same.
        (exit) => (Exit.isSuccess(exit) ? end(exit) : void release().then(() => end(exit)))
      )
    })
    return withReplies(promise, replies)
  }

  /** Runs an effect that gives values one by one; it begins when the first is asked for. */
  protected iterate<I extends Services, S, A, E extends Error>(
    operation: string,
    service: Context.Key<I, S>,
    use: (service: S, give: (value: A) => Effect.Effect<void>) => Effect.Effect<void, E, Services>,
    options?: CallOptions,
    details?: CallDetails
  ): AsyncIterable<A> {
    let begun = false
    return {
      [Symbol.asyncIterator]: () => {
        if (begun) {
          const message = "has been gone through: make the call again for another"
          throw new InvalidInput({ operation, problems: [{ field: "stream", message }] })
        }
        begun = true
        let fiber: Fiber.Fiber<unknown, unknown> | undefined
        return new Handover<A>({
          start: (handover) => {
            const call = this.#open(operation, options, details)
            fiber = call.start(
              (services) => use(Context.get(services, service), (value) => handover.offer(value)),
              (exit) => handover.end(Exit.isSuccess(exit) ? undefined : { reason: call.reasonOf(exit.cause) })
            )
          },
          stop: () => (fiber === undefined ? Promise.resolve() : Effect.runPromise(Fiber.interrupt(fiber)))
        })
      }
    }
  }

  /** Begins a call, or throws why it cannot be made. */
  #open(
    operation: string,
    options: FollowedOptions | undefined,
    details: CallDetails | undefined,
    replies?: Replies
  ): OpenCall<Services, SkahaError> {
    if (options !== undefined) checkCallOptions(operation, options, details?.accepts ?? callOptions)
    return new OpenCall(this.#fibers, operation, options ?? noOptions, details?.left, replies)
  }

  /** Which credentials are in use, where they come from, and when they expire, if that is known. Nothing secret. */
  describe(options?: CallOptions): SkahaPromise<CredentialsDescription> {
    return this.run("describe", Credentials, ({ describe }) => describe, options)
  }

  /** Ends what is in flight and closes all connections. A closed client's calls reject with `Cancelled`. */
  close(): Promise<void> {
    return this.#fibers.close()
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
