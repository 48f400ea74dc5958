import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createServer, type RequestListener, type Server } from "node:http"
import { Emulator } from "../Emulator.ts"
import type { EmulatorOptions } from "../EmulatorOptions.ts"
import { makeGuard } from "./internal/guard.ts"
import { makeListener } from "./internal/listener.ts"
import { ProcessRunner, type ProcessRunnerOptions } from "./ProcessRunner.ts"

/** Where the platform is reached. */
export interface ServerOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined
  /** The address to listen on. Default `127.0.0.1`: reached from this machine only. */
  readonly host?: string | undefined
  /**
   * Further names under which clients may reach the server, as in their `Host` header; with a port, or for any port.
   * `127.0.0.1`, `localhost`, `[::1]` and `host` itself, with the server's port, are always among them.
   */
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  /** Further origins whose pages may call, e.g. `http://localhost:3000`. The server's own is always among them. */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
}

/** The server could not listen. */
export class ListenError extends Data.TaggedError("ListenError")<{
  readonly host: string
  readonly port: number
  readonly code: string
  readonly cause: unknown
}> {
  override get message() {
    const why: Record<string, string> = {
      EADDRINUSE: "it is in use",
      EACCES: "permission denied",
      EADDRNOTAVAIL: "this machine has no such address",
      ENOTFOUND: "no such host"
    }
    return `cannot listen on ${this.host} port ${this.port}: ${why[this.code] ?? this.code}`
  }
}

/** Longer than any test, so that no connection is closed while somebody thinks. */
const keepAliveMillis = 600_000

const portOf = (server: Server): number => {
  const address = server.address()
  return address === null || typeof address === "string" ? 0 : address.port
}

/** Requests are answered from the first moment on. */
const listen = (host: string, port: number, answerOn: (port: number) => RequestListener) =>
  Effect.callback<Server, ListenError>((resume) => {
    const server = createServer({
      keepAliveTimeout: keepAliveMillis,
      requestTimeout: 0,
      headersTimeout: 0,
      // The platform's own limit is lower; it should be the one that is met.
      maxHeaderSize: 65_536,
      noDelay: true
    })
    server.once("error", (cause) => {
      const code = "code" in cause ? String(cause.code) : cause.message
      resume(Effect.fail(new ListenError({ host, port, code, cause })))
    })
    server.listen(port, host, () => {
      server.on("request", answerOn(portOf(server)))
      resume(Effect.succeed(server))
    })
  })

const close = (server: Server) =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

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
    const host = options.host ?? "127.0.0.1"
    const authorityOn = (port: number) => `${host.includes(":") ? `[${host}]` : host}:${port}`
    const answerOn = (port: number) =>
      makeListener(emulator.handle, context, makeGuard(options, authorityOn(port), port))
    const server = yield* Effect.acquireRelease(listen(host, options.port ?? 0, answerOn), close)
    return EmulatorServer.of({ url: `http://${authorityOn(portOf(server))}/skaha` })
  })

  static layer(options: ServerOptions = {}): Layer.Layer<EmulatorServer, ListenError, Emulator> {
    return Layer.effect(EmulatorServer, EmulatorServer.make(options))
  }

  /** A platform that runs headless sessions as processes, and the server in front of it. */
  static layerProcess(
    options: EmulatorOptions & ProcessRunnerOptions & ServerOptions = {}
  ): Layer.Layer<EmulatorServer | Emulator, ListenError> {
    return EmulatorServer.layer(options).pipe(
      Layer.provideMerge(Layer.effect(Emulator, Emulator.make(options))),
      Layer.provide(ProcessRunner.layer(options))
    )
  }
}
