/** A platform where there is no Node: a token or the browser's cookies, over `fetch`. */
import { Credentials, Settings, Transport } from "@skaha/core"
import * as Layer from "effect/Layer"
import type { Platform } from "./PlatformOptions.ts"

export const platform: Platform = (options) =>
  Layer.provideMerge(Transport.layer, Layer.merge(Settings.layer(options), Credentials.layer(options)))

/** The options that count for something here. */
export const ways: ReadonlyArray<string> = ["cookies"]
