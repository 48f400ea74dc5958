/**
 * The same choice as `Platform.ts`, for programs without Effect.
 */
import { Emulator } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Redacted from "effect/Redacted"

/** Where to connect, and as whom. Disposing it ends the emulator, if there is one. */
export interface OpenPlatform extends AsyncDisposable {
  readonly url: string
  readonly token: string | Redacted.Redacted | undefined
}

/**
 * The platform that `SKAHA_URL` and `SKAHA_TOKEN` name, or an emulator on this machine, which takes `latency`
 * milliseconds for every request.
 */
export const openPlatform = async (latency = 0): Promise<OpenPlatform> => {
  const url = process.env["SKAHA_URL"]
  if (url) return { url, token: process.env["SKAHA_TOKEN"], [Symbol.asyncDispose]: async () => {} }
  const runtime = ManagedRuntime.make(EmulatorServer.layerProcess({ pending: 1, latency }))
  return runtime.runPromise(
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const { token } = yield* Emulator
      return { url, token, [Symbol.asyncDispose]: () => runtime.dispose() }
    })
  )
}
