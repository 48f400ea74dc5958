/** A platform on Node: any way to sign in, over a pool of kept connections. */
import { Settings } from "@skaha/core"
import { Accounts, ConfigurationFile, SignIn, UndiciTransport } from "@skaha/core/node"
import { BulkExecutor } from "@skaha/session"
import { BulkWorkers, saveLogs } from "@skaha/session/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Executor, OpenAccounts, Platform, SaveList } from "./PlatformOptions.ts"

export const platform: Platform = ({ cookies: _cookies, ...options }) => SignIn.layer(options)

/** The options that count for something here. */
export const ways: ReadonlyArray<string> = ["certificate", "idp", "configuration", "ca", "http2", "workers"]

/** The logins in the configuration file. */
export const accounts: OpenAccounts = (_operation, { configuration, home, ...options }) =>
  Effect.map(
    Layer.build(
      Accounts.layer({ home, ...options }).pipe(
        Layer.provide(ConfigurationFile.layer({ path: configuration, home })),
        Layer.provide(UndiciTransport.layer),
        Layer.provide(Settings.layer())
      )
    ),
    Context.get(Accounts)
  )

export const executor: Executor = (workers) =>
  workers === undefined ? BulkExecutor.layer : BulkWorkers.layer({ workers })

export const saveList: SaveList = (_operation, ids, directory, options) => saveLogs(ids, directory, options)
