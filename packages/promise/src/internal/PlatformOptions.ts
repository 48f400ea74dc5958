import type {
  Credentials,
  IdentityProviders,
  PlatformClient,
  Settings,
  SettingsOptions,
  SkahaError,
  Transport
} from "@skaha/core"
import type { Accounts } from "@skaha/core/node"
import type { BulkExecutor, Outcome } from "@skaha/session"
import type { SavedLog, SaveLogsOptions } from "@skaha/session/node"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** Which platform a client asks, and as whom. */
export interface PlatformOptions extends SettingsOptions {
  readonly token?: string | Redacted.Redacted | undefined
  readonly cookies?: boolean | undefined
  readonly certificate?: string | undefined
  readonly idp?: string | undefined
  readonly configuration?: string | false | undefined
  readonly ca?: string | ReadonlyArray<string> | undefined
  readonly http2?: boolean | undefined
}

/** All that the services of a platform need. */
export type Platform = (options: PlatformOptions) => Layer.Layer<Settings | Credentials | Transport, SkahaError>

/** What runs operations on many sessions, with so many worker threads, or in this one. */
export type Executor = (workers: number | undefined) => Layer.Layer<BulkExecutor, SkahaError, Settings | Transport>

/** Where logins are kept, and with whom one can sign in. */
export interface KeptOptions {
  readonly configuration?: string | undefined
  readonly home?: string | undefined
  readonly providers?: ReadonlyArray<IdentityProviders.IdentityProvider> | undefined
  readonly allowInsecureRequests?: boolean | undefined
}

/** The logins that are kept. */
export type OpenAccounts = (
  operation: string,
  options: KeptOptions
) => Effect.Effect<Accounts["Service"], SkahaError, Scope.Scope>

/** Saves the logs of a list of sessions. */
export type SaveList = (
  operation: string,
  ids: ReadonlyArray<string>,
  directory: string,
  options: SaveLogsOptions
) => Effect.Effect<ReadonlyArray<Outcome.Outcome<SavedLog>>, SkahaError, PlatformClient | BulkExecutor>
