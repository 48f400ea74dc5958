import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Emulator } from "../Emulator.ts"
import type { EmulatorOptions } from "../EmulatorOptions.ts"
import { FileState, type StateError, type StateOptions } from "./FileState.ts"
import { makeGuard } from "./internal/guard.ts"
import { makeListener } from "./internal/listener.ts"
import { openServer } from "./internal/openServer.ts"
import { readTls } from "./internal/readTls.ts"
import { Turns } from "./internal/Turns.ts"
import { ProcessRunner, type ProcessRunnerOptions } from "./ProcessRunner.ts"
import { type ListenError, type ServerOptions, ServerOptionsError } from "./ServerOptions.ts"

/** Milliseconds; Node has no longer ones. */
const longestTimer = 2 ** 31 - 1

/** Without a host Node would listen on every address of the machine. */
const checkAddress = (host: string, port: number): Effect.Effect<void, ServerOptionsError> => {
  if (host === "") return Effect.fail(new ServerOptionsError({ option: "host", reason: "it is empty" }))
  return Number.isInteger(port) && port >= 0 && port <= 65_535
    ? Effect.void
    : Effect.fail(new ServerOptionsError({ option: "port", reason: `${port} is not between 0 and 65535` }))
}

/** The platform on a port of this machine. */
export class EmulatorServer extends Context.Service<
  EmulatorServer,
  {
    /** Where clients find the platform, e.g. `http://127.0.0.1:8080/skaha`. */
    readonly url: string
  }
>()("@skaha/emulator/node/EmulatorServer") {
  /** Listens until the scope closes; then all connections are closed, and what is being handled is interrupted. */
  static readonly make = Effect.fnUntraced(function* (options: ServerOptions = {}) {
    const emulator = yield* Emulator
    const context = yield* Effect.context()
    const { cors = false, host = "127.0.0.1", http2 = false, port = 0 } = options
    yield* checkAddress(host, port)
    const tls = options.tls === undefined ? undefined : yield* readTls(options.tls)
    if (http2 && tls === undefined) return yield* new ServerOptionsError({ option: "http2", reason: "it needs TLS" })
    const scheme = tls === undefined ? "http" : "https"
    const patience = Math.min(Duration.toMillis(options.timeout ?? "20 seconds"), longestTimer)
    const turns = new Turns()
    const urlHost = host.includes(":") ? `[${host}]` : host
    const answerOn = (port: number) =>
      makeListener({
        handle: emulator.handle,
        context,
        guard: makeGuard(options, { scheme, host: urlHost, port }),
        scheme,
        certificates: tls?.certificates,
        turns,
        cors,
        patience
      })
    const server = yield* openServer({ host, port, tls: tls?.options, http2, patience, turns, answerOn })
    return EmulatorServer.of({ url: `${scheme}://${urlHost}:${server.port}/skaha` })
  })

  /** The server in front of whatever `Emulator` there is. */
  static layer(options: ServerOptions = {}): Layer.Layer<EmulatorServer, ListenError | ServerOptionsError, Emulator> {
    return Layer.effect(EmulatorServer, EmulatorServer.make(options))
  }

  /**
   * A platform that runs headless sessions as processes, and the server in front of it; with the option `state`, one
   * whose sessions outlive it.
   */
  static layerProcess(
    options: EmulatorOptions & ProcessRunnerOptions & ServerOptions & StateOptions = {}
  ): Layer.Layer<EmulatorServer | Emulator, ListenError | ServerOptionsError | StateError> {
    return EmulatorServer.layer(options).pipe(
      Layer.provideMerge(Layer.effect(Emulator, Emulator.make(options))),
      Layer.provide(ProcessRunner.layer(options)),
      Layer.provide(options.state === undefined ? Layer.empty : FileState.layer(options.state))
    )
  }
}
