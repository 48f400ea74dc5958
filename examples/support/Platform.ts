/**
 * Where an example runs: on the platform that `SKAHA_URL` and `SKAHA_TOKEN` name, or on an emulator of its own.
 */
import { UndiciTransport } from "@skaha/core/node"
import { Emulator } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import { Skaha } from "@skaha/session"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

/** Which platform it is, for telling the user. */
export class Platform extends Context.Service<
  Platform,
  {
    readonly url: string
    /** Whether it was started for this program and ends with it. */
    readonly emulated: boolean
  }
>()("skaha-examples/Platform") {
  /** The emulator, over HTTP on this machine: it runs headless sessions as real processes, and makes up a token. */
  static readonly emulated = Layer.unwrap(
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const { token } = yield* Emulator
      return Layer.merge(
        Skaha.layer({ url, token, transport: UndiciTransport.layer }),
        Layer.succeed(Platform, { url, emulated: true })
      )
    })
    // A second until a session starts and a tenth for every request: quicker than the real one, but not instant.
  ).pipe(Layer.provide(EmulatorServer.layerProcess({ pending: 1, latency: 100 })))

  /** The platform at an address, with everything else from the environment. */
  static readonly configured = (url: string) =>
    Layer.merge(
      Skaha.layerConfig({ transport: UndiciTransport.layer }),
      Layer.succeed(Platform, { url, emulated: false })
    )

  /** The platform that the environment names, or else the emulator. */
  static readonly layer = Layer.unwrap(
    Effect.map(Config.option(Config.NonEmptyString("SKAHA_URL")), (url) =>
      Option.isSome(url) ? Platform.configured(url.value) : Platform.emulated
    )
  )
}
