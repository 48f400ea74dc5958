/**
 * A client of the platform over a transport that answers in this process and writes down what it was sent.
 */
import {
  Credentials,
  PlatformClient,
  Settings,
  Transport,
  type SettingsOptions,
  type TransportFailure,
  type TransportReply,
  type TransportRequest
} from "@skaha/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"

/** How a platform answers. */
export type Respond = (request: TransportRequest) => Effect.Effect<TransportReply, TransportFailure>

/** A reply. */
export const reply = (
  body: unknown = "",
  status = 200,
  headers: TransportReply["headers"] = { "content-type": "application/json" }
): TransportReply => ({ status, headers, body: typeof body === "string" ? body : JSON.stringify(body) })

interface Platform {
  readonly client: PlatformClient["Service"]
  readonly sent: ReadonlyArray<TransportRequest>
}

/** A client for as long as the scope is open, with what it has sent. */
export const platform = (
  respond: Respond | TransportReply = reply("{}"),
  { token, ...options }: SettingsOptions & { readonly token?: string | Redacted.Redacted } = {}
): Effect.Effect<Platform, never, Scope.Scope> =>
  Effect.gen(function* () {
    const sent: Array<TransportRequest> = []
    const transport = Layer.succeed(Transport, {
      send: (request) =>
        Effect.suspend(() => {
          sent.push(request)
          return typeof respond === "function" ? respond(request) : Effect.succeed(respond)
        })
    })
    const layer = PlatformClient.layer.pipe(
      Layer.provide(transport),
      Layer.provide(Credentials.layer({ token })),
      Layer.provide(Settings.layer({ server: "https://platform.example/skaha", ...options })),
      Layer.orDie
    )
    return { client: Context.get(yield* Layer.build(layer), PlatformClient), sent }
  })
