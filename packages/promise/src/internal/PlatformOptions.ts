import type { Credentials, Settings, SettingsOptions, SkahaError, Transport } from "@skaha/core"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"

/** Which platform a client asks, and as whom. */
export interface PlatformOptions extends SettingsOptions {
  readonly token?: string | Redacted.Redacted | undefined
  readonly cookies?: boolean | undefined
  readonly certificate?: string | undefined
  readonly idp?: string | undefined
  readonly configuration?: string | false | undefined
}

/** All that the services of a platform need. */
export type Platform = (options: PlatformOptions) => Layer.Layer<Settings | Credentials | Transport, SkahaError>
