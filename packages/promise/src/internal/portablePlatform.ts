/** A platform where there is no Node: a token or the browser's cookies, over `fetch`. */
import { ConfigurationInvalid, Credentials, Settings, Transport } from "@skaha/core"
import { BulkExecutor } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Executor, OpenAccounts, Platform, SaveList } from "./PlatformOptions.ts"

export const platform: Platform = (options) =>
  Layer.provideMerge(Transport.layer, Layer.merge(Settings.layer(options), Credentials.layer(options)))

/** The options that count for something here. */
export const ways: ReadonlyArray<string> = ["cookies"]

const needsNode = (operation: string, field: string, message: string) =>
  Effect.fail(new ConfigurationInvalid({ operation, problems: [{ field, message }] }))

/** There are no files to keep logins in. */
export const accounts: OpenAccounts = (operation) =>
  needsNode(operation, "configuration", "logins are kept in a file, which needs Node")

/** There is this thread only. */
export const executor: Executor = () => BulkExecutor.layer

/** There are no files. */
export const saveList: SaveList = (operation) =>
  needsNode(operation, "directory", "logs are saved to files, which needs Node")
