/**
 * What all clients share: one managed runtime, and the way from an effect to a promise.
 */
import { platform } from "#platform"
import {
  CallTimeout,
  Cancelled,
  ConfigurationInvalid,
  Credentials,
  ReplyObserver,
  Settings,
  type CredentialsDescription,
  type ReplyInfo,
  type SkahaError
} from "@skaha/core"
import { Skaha } from "@skaha/session"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as References from "effect/References"
import { isTime, readOptions, type ClientOptions } from "../ClientOptions.ts"
import { SkahaPromise } from "../SkahaPromise.ts"
import { checkOptions, reasonOf } from "./call.ts"
import { Fibers } from "./Fibers.ts"

/** What can be said of one call. */
export interface CallOptions {
  /** Gives the call up when it is aborted: nothing goes on, and the promise rejects with `Cancelled`. */
  readonly signal?: AbortSignal | undefined
  /**
   * Seconds each request of the call may take, in place of the client's. Of logs and events, which may be of any size,
   * only the silences are limited.
   */
  readonly timeout?: number | undefined
}

/** Throws what an effect that needs nothing fails with. */
const orThrow = <A, E>(effect: Effect.Effect<A, E>): A => {
  const exit = Effect.runSyncExit(effect)
  if (Exit.isSuccess(exit)) return exit.value
  throw Option.getOrElse(Cause.findErrorOption(exit.cause), () => Cause.squash(exit.cause))
}

const noOptions: CallOptions = {}
const noDetails: CallDetails = {}

/** Throws what is wrong with the options of a call. */
const checkCallOptions = (operation: string, options: CallOptions, accepts: ReadonlyArray<string>): void => {
  checkOptions(operation, options, ["signal", "timeout", ...accepts])
  if (options.timeout !== undefined && !isTime(options.timeout)) {
    throw new ConfigurationInvalid({ operation, problems: [{ field: "timeout", message: "seconds, more than 0" }] })
  }
}

/** What the effects of calls may need. */
type Services = Skaha.Skaha | Credentials

/** What a method tells of a call beside its effect and its caller's options. */
export interface CallDetails {
  /** The options that the method has beside those of every call. */
  readonly accepts?: ReadonlyArray<string>
  /** The ids of the sessions that have been created so far; a cancellation must not lose them. */
  readonly created?: ReadonlyArray<string>
}

/** What becomes of a call about one thing. */
interface Conclusion<A, E, B, E2> {
  readonly success: (value: A) => B
  readonly failure: (error: E | SkahaError) => Effect.Effect<B, E2>
}

/** Starts an effect within a call, which hears of its end. */
type Start = <A, E>(
  effect: (services: Context.Context<Services>) => Effect.Effect<A, E>,
  end: (exit: Exit.Exit<A, E | SkahaError>) => void
) => void

/** A client of one platform. */
export abstract class Client implements AsyncDisposable {
  readonly #fibers: Fibers<Services, SkahaError>

  /** @throws ConfigurationInvalid when an option is wrong */
  constructor(options: ClientOptions = {}) {
    const { settings, level, warnings } = readOptions(options)
    // Here, and not with the first call, is the place to say what is wrong.
    orThrow(Settings.make(settings))
    orThrow(Credentials.make(settings))
    this.#fibers = new Fibers(
      Skaha.services.pipe(
        Layer.provideMerge(platform(settings)),
        Layer.provideMerge(
          Layer.mergeAll(
            Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
            Layer.succeed(References.MinimumLogLevel, level)
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
    use: (service: S) => Effect.Effect<A, E>,
    options?: CallOptions,
    details?: CallDetails
  ): SkahaPromise<A> {
    return this.#call(operation, options, details, (start, resolve, reject) =>
      start(
        (services) => use(Context.get(services, service)),
        (exit) => (Exit.isSuccess(exit) ? resolve(exit.value) : reject(exit.cause))
      )
    )
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
    return this.#call(operation, options, details, (start, resolve, reject) => {
      let used = false
      start(
        (services) => {
          used = true
          return use(Context.get(services, service))
        },
        (exit) => {
          if (Exit.isSuccess(exit)) return resolve(success(exit.value))
          const error = Cause.findErrorOption(exit.cause)
          // Where there is no platform to be asked, nothing can be concluded.
          if (!used || Option.isNone(error)) return reject(exit.cause)
          start(
            () => failure(error.value),
            (exit) => (Exit.isSuccess(exit) ? resolve(exit.value) : reject(exit.cause))
          )
        }
      )
    })
  }

  #call<A>(
    operation: string,
    options: CallOptions = noOptions,
    { accepts = [], created }: CallDetails = noDetails,
    begin: (start: Start, resolve: (value: A) => void, reject: (cause: Cause.Cause<unknown>) => void) => void
  ): SkahaPromise<A> {
    const responses: Array<ReplyInfo> = []
    return new SkahaPromise((resolve, reject) => {
      if (options !== noOptions) checkCallOptions(operation, options, accepts)
      const { signal, timeout } = options
      const cancelled = (cause: unknown) =>
        new Cancelled({ operation, ...(created === undefined ? {} : { created: [...created] }), cause })
      if (this.#fibers.closed) throw cancelled(new Error("the client is closed"))
      const aborted = () => signal?.aborted === true
      if (aborted()) throw cancelled(signal?.reason)
      const within = (services: Context.Context<Services>) => {
        const observed = Context.add(services, ReplyObserver, (reply) => responses.push(reply))
        return timeout === undefined ? observed : Context.add(observed, CallTimeout, timeout)
      }
      begin(
        (effect, end) => this.#fibers.start(effect, within, signal).addObserver(end),
        resolve,
        (cause) =>
          reject(reasonOf(cause, () => cancelled(aborted() ? signal?.reason : new Error("the client was closed"))))
      )
    }, responses)
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
