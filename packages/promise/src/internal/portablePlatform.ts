/** A platform where there is no Node: a token or the browser's cookies, over `fetch`. */
import { ConfigurationInvalid, Credentials, Settings, Transport } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { OpenAccounts, Platform } from "./PlatformOptions.ts"

export const platform: Platform = (options) =>
  Layer.provideMerge(Transport.layer, Layer.merge(Settings.layer(options), Credentials.layer(options)))

/** The options that count for something here. */
export const ways: ReadonlyArray<string> = ["cookies"]

/** There are no files to keep logins in. */
export const accounts: OpenAccounts = (operation) =>
  Effect.fail(
    new ConfigurationInvalid({
      operation,
      problems: [{ field: "configuration", message: "logins are kept in a file, which needs Node" }]
    })
  )
