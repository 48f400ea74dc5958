/**
 * Registries and servers on this machine, and a transport that writes down what it is sent.
 */
import { Transport, type IdentityProviders, type TransportReply, type TransportRequest } from "@skaha/core"
import { Emulator, type EmulatorOptions } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { serve, type Answer, type Loopback } from "./loopback.ts"
import type { Respond } from "./platform.ts"
import { open, transports } from "./transports.ts"
import { registryText } from "./vosi.ts"

/** The bearer token of every emulated server. */
export const token = "token-of-alice"

/** An emulated server on a port of its own. */
export const emulated = (
  options: EmulatorOptions = {}
): Effect.Effect<{ readonly url: string; readonly emulator: Emulator["Service"] }, never, Scope.Scope> =>
  Effect.gen(function* () {
    const layer = EmulatorServer.layer().pipe(Layer.orDie, Layer.provideMerge(Emulator.layer({ token, ...options })))
    const context = yield* Layer.build(layer)
    return { url: Context.get(context, EmulatorServer).url, emulator: Context.get(context, Emulator) }
  })

/** Answers a GET of a path with a document, and everything else with 404. */
export const documents =
  (contents: Readonly<Record<string, string>>, type = "text/xml"): Answer =>
  (response, { target }) => {
    const content = contents[target]
    response.writeHead(content === undefined ? 404 : 200, { "content-type": type })
    response.end(content)
  }

/** A registry on a port of its own. */
export const registry = (entries: Readonly<Record<string, string>>): Effect.Effect<Loopback, never, Scope.Scope> =>
  serve(documents({ "/reg/resource-caps": registryText(entries) }, "text/plain"))

/** An identity provider with registries at these origins. */
export const providerOf = (...origins: ReadonlyArray<string>): IdentityProviders.IdentityProvider => ({
  key: "mine",
  name: "My own",
  mode: "oidc",
  registries: origins.map((origin, index) => ({ name: `registry ${index}`, url: `${origin}/reg/resource-caps` })),
  devRegistries: []
})

/** What a transport was sent. */
export interface Recorded {
  readonly layer: Layer.Layer<Transport>
  readonly sent: ReadonlyArray<TransportRequest>
}

const recording = ({ send }: Transport["Service"]): Recorded => {
  const sent: Array<TransportRequest> = []
  return {
    sent,
    layer: Layer.succeed(Transport, {
      send: (request) =>
        Effect.suspend(() => {
          sent.push(request)
          return send(request)
        })
    })
  }
}

/** A transport to the real network, whose own platform is one where nothing listens unless told otherwise. */
export const network = (
  name: "fetch" | "undici" = "undici",
  platform = "http://platform.invalid"
): Effect.Effect<Recorded, never, Scope.Scope> => {
  const layer = transports.find(([each]) => each === name)?.[1] ?? Transport.layer
  return Effect.map(open(layer, platform), recording)
}

/** A transport that never leaves the process. */
export const answering = (respond: (request: TransportRequest) => ReturnType<Respond> | TransportReply): Recorded =>
  recording({
    send: (request) => {
      const answer = respond(request)
      return Effect.isEffect(answer) ? answer : Effect.succeed(answer)
    }
  })

/** The whole address of a request. */
export const addressOf = ({ origin = "", path, query }: TransportRequest): string => origin + path + query
