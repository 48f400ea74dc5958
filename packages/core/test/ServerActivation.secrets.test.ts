import { assert, describe, it } from "@effect/vitest"
import { Credentials, ServerActivation, ServerDiscovery, type TransportReply } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { reply } from "./support/platform.ts"
import { assertHides } from "./support/secrets.ts"
import { answering, providerOf } from "./support/servers.ts"
import { registryText, serverDocument } from "./support/vosi.ts"

const secret = "hunter2"

const credentials: ServerActivation.OwnedCredentials = {
  idp: "mine",
  credentials: Credentials.fixed({ mode: "oidc", type: "OIDC", header: Redacted.make(`Bearer ${secret}`) }, "test")
}

/** Activates a server that has to be looked for, and gives everything that can be seen of it. */
const seen = (context: TransportReply) =>
  Effect.gen(function* () {
    const spans: Array<Tracer.NativeSpan> = []
    const logs: Array<unknown> = []
    const { layer, sent } = answering(({ path }) => {
      if (path === "/reg/resource-caps") return reply(registryText({ "ivo://a/skaha": "https://a/skaha" }), 200, {})
      return path === "/skaha/capabilities" ? reply(serverDocument("https://a/skaha"), 200, {}) : context
    })
    const tracer = Tracer.make({
      span: (given) => {
        const span = new Tracer.NativeSpan(given)
        spans.push(span)
        return span
      }
    })
    const outcome = yield* Effect.exit(
      ServerActivation.activate({
        idp: "mine",
        servers: [],
        credentials,
        discover: (saved) => ServerDiscovery.discover({ provider: providerOf("https://registry"), saved })
      })
    ).pipe(
      Effect.withTracer(tracer),
      Effect.provide(
        Layer.merge(layer, Logger.layer([Logger.make(({ message, cause }) => logs.push(message, cause))]))
      ),
      Effect.provideService(References.MinimumLogLevel, "All")
    )
    return { spans, logs, outcome, carried: sent.filter(({ headers }) => "authorization" in headers).length }
  })

describe("activate", () => {
  it.effect.each([
    reply({ cores: { defaultLimit: 8 }, memoryGB: {} }),
    reply(`Bearer ${secret} is not known here`, 401, {}),
    reply(`Bearer ${secret} is not known here`, 500, {}),
    reply(`{"cores": "${secret}"`),
    reply("", 302, { location: `https://elsewhere/?token=${secret}` })
  ])("gives no secret away, whatever the server says: %j", (context) =>
    Effect.gen(function* () {
      const { spans, logs, outcome, carried } = yield* seen(context)
      assert.strictEqual(carried, 1)
      assertHides(outcome, secret)
      assertHides(logs, secret)
      for (const { name, attributes, status } of spans) {
        assertHides([name, [...attributes], status._tag === "Ended" ? status.exit : undefined], secret)
      }
      assert.includeMembers(
        spans.map(({ name }) => name),
        ["ServerActivation.activate", "ServerDiscovery.discover", "ServerActivation.validate", "GET"]
      )
    })
  )
})
