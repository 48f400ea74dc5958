/** A platform on Node: any way to sign in, over a pool of kept connections. */
import { SignIn } from "@skaha/core/node"
import type { Platform } from "./PlatformOptions.ts"

export const platform: Platform = ({ cookies: _cookies, ...options }) => SignIn.layer(options)

/** The options that count for something here. */
export const ways: ReadonlyArray<string> = ["certificate", "idp", "configuration"]
