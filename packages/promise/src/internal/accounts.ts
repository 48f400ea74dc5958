/**
 * From the logins that are kept to promises.
 */
import { accounts } from "#platform"
import { Cancelled, type IdentityProviders, type SkahaError } from "@skaha/core"
import type { Accounts } from "@skaha/core/node"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import { checkOptions, valueOf } from "./call.ts"
import { checkTexts } from "./input.ts"

/** Where logins are kept, and with whom one can sign in. All of it has a default. */
export interface AccountsOptions {
  /** The configuration file. Default `~/.canfar/config.yaml`. */
  readonly configuration?: string | undefined
  /** The user's home. Default the system's. */
  readonly home?: string | undefined
  /** The identity providers. Default those that are known: `cadc` and `srcnet`. */
  readonly providers?: ReadonlyArray<IdentityProviders.IdentityProvider> | undefined
  /** Whether an OpenID provider on this machine may be asked without TLS. Default `false`. For tests. */
  readonly allowInsecureRequests?: boolean | undefined
  /** Gives the call up when it is aborted: nothing goes on, and the promise rejects with `Cancelled`. */
  readonly signal?: AbortSignal | undefined
}

/** What a caller's function has thrown. */
class Thrown extends Data.TaggedError("Thrown")<{ readonly cause: unknown }> {}

/** A caller's function as an effect. What it throws is what the call rejects with. */
export const called = <A>(run: () => A | PromiseLike<A>): Effect.Effect<A, Thrown> =>
  Effect.tryPromise({ try: async () => run(), catch: (cause) => new Thrown({ cause }) })

/** Warnings go where those of all clients go. */
const logging = Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)])

/**
 * Runs a call on the logins that are kept.
 *
 * @param texts what must be text, by its name
 * @param accepts the options that the call has beside those of all calls
 */
export const onAccounts = async <A, O extends AccountsOptions>(
  operation: string,
  texts: Readonly<Record<string, unknown>>,
  options: O,
  accepts: ReadonlyArray<Exclude<keyof O, keyof AccountsOptions>>,
  use: (accounts: Accounts["Service"], options: O) => Effect.Effect<A, SkahaError | Thrown>
): Promise<A> => {
  checkOptions(operation, options, [
    "configuration",
    "home",
    "providers",
    "allowInsecureRequests",
    "signal",
    ...accepts.map(String)
  ])
  const { allowInsecureRequests, configuration, home, providers, signal } = options
  const cancelled = () => new Cancelled({ operation, cause: signal?.reason })
  if (signal?.aborted === true) throw cancelled()
  const exit = await checkTexts(operation, texts).pipe(
    Effect.andThen(accounts(operation, { configuration, home, providers, allowInsecureRequests })),
    Effect.flatMap((kept) => use(kept, options)),
    Effect.scoped,
    Effect.provide(logging),
    (effect) => Effect.runPromiseExit(effect, signal === undefined ? {} : { signal })
  )
  return valueOf(
    Exit.mapError(exit, (error) => (error._tag === "Thrown" ? error.cause : error)),
    cancelled
  )
}

/** A moment in seconds since 1970, as Python has it. */
export const secondsOf = (moment: DateTime.Utc | undefined): number | null =>
  moment === undefined ? null : DateTime.toEpochMillis(moment) / 1000
