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
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as References from "effect/References"
import { isTime, readOptions, type ClientOptions } from "../ClientOptions.ts"
import { SkahaPromise } from "../SkahaPromise.ts"
import { checkOptions, valueOf } from "./call.ts"

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

/** What a method tells of a call beside its effect and its caller's options. */
interface CallDetails {
  /** The options that the method has beside those of every call. */
  readonly accepts?: ReadonlyArray<string>
  /** The ids of the sessions that have been created so far; a cancellation must not lose them. */
  readonly created?: ReadonlyArray<string>
}

/** A client of one platform. */
export abstract class Client implements AsyncDisposable {
  readonly #runtime: ManagedRuntime.ManagedRuntime<Skaha.Skaha | Credentials, SkahaError>
  #closed: Promise<void> | undefined

  /** @throws ConfigurationInvalid when an option is wrong */
  constructor(options: ClientOptions = {}) {
    const { settings, level, warnings } = readOptions(options)
    // Here, and not with the first call, is the place to say what is wrong.
    orThrow(Settings.make(settings))
    orThrow(Credentials.make(settings))
    this.#runtime = ManagedRuntime.make(
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
    for (const warning of warnings) this.#runtime.runFork(Effect.logWarning(warning))
  }

  /** Runs an effect as a call: with its timeout and signal, its replies noted, its failure as a rejection. */
  protected run<A, E extends Error>(
    operation: string,
    effect: Effect.Effect<A, E, Skaha.Skaha | Credentials>,
    options: CallOptions = {},
    more: CallDetails = {}
  ): SkahaPromise<A> {
    const responses: Array<ReplyInfo> = []
    const observed = Effect.provideService(effect, ReplyObserver, (reply) => responses.push(reply))
    return new SkahaPromise(this.#settle(operation, observed, options, more), responses)
  }

  async #settle<A, E extends Error>(
    operation: string,
    effect: Effect.Effect<A, E, Skaha.Skaha | Credentials>,
    options: CallOptions,
    { accepts = [], created }: CallDetails
  ): Promise<A> {
    checkOptions(operation, options, ["signal", "timeout", ...accepts])
    const { signal, timeout } = options
    if (timeout !== undefined && !isTime(timeout)) {
      throw new ConfigurationInvalid({ operation, problems: [{ field: "timeout", message: "seconds, more than 0" }] })
    }
    if (this.#closed !== undefined) throw new Cancelled({ operation, cause: new Error("the client is closed") })
    const aborted = () => signal?.aborted === true
    if (aborted()) throw new Cancelled({ operation, cause: signal?.reason })
    const exit = await this.#runtime.runPromiseExit(
      timeout === undefined ? effect : Effect.provideService(effect, CallTimeout, timeout),
      signal === undefined ? {} : { signal }
    )
    return valueOf(
      exit,
      () =>
        new Cancelled({
          operation,
          ...(created === undefined ? {} : { created: [...created] }),
          cause: aborted() ? signal?.reason : new Error("the client was closed")
        })
    )
  }

  /** Which credentials are in use, where they come from, and when they expire, if that is known. Nothing secret. */
  describe(options: CallOptions = {}): SkahaPromise<CredentialsDescription> {
    return this.run(
      "describe",
      Credentials.use(({ describe }) => describe),
      options
    )
  }

  /** Ends what is in flight and closes all connections. A closed client's calls reject with `Cancelled`. */
  close(): Promise<void> {
    return (this.#closed ??= this.#runtime.dispose())
  }

  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
