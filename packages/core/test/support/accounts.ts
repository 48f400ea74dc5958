/**
 * Accounts in a home of their own, with providers on this machine.
 */
import { Transport, type IdentityProviders } from "@skaha/core"
import { Accounts, ConfigurationFile, UndiciTransport, type AccountsOptions } from "@skaha/core/node"
import { EmulatorServer } from "@skaha/emulator/node"
import { Emulator } from "@skaha/emulator"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { home } from "./configurations.ts"
import { serve, type Answer } from "./loopback.ts"
import { eventually, settle } from "./mockProvider.ts"
import { realProvider, visit, type RealProvider } from "./openIdProvider.ts"
import { pem, server as identity, write } from "./pems.ts"
import { open } from "./transports.ts"
import { registryText, serverDocument } from "./vosi.ts"

/** Accounts in the file of a home. */
export const accountsIn = Effect.fnUntraced(function* (
  place: { readonly folder: string; readonly file: ConfigurationFile["Service"] },
  options: AccountsOptions
) {
  const transport = yield* open(
    UndiciTransport.layerWith({ ...options.connections, env: {} }),
    "http://platform.invalid"
  )
  return yield* Accounts.make({ home: place.folder, ...options }).pipe(
    Effect.provideService(ConfigurationFile, place.file),
    Effect.provideService(Transport, transport)
  )
})

/** A platform on this machine that takes whatever tokens a provider takes; its context may be told to be another. */
const platformOf = (provider: () => RealProvider) => {
  const tokens: Array<string> = []
  const answer: Answer = (response, { headers, target }) => {
    if (target === "/skaha/capabilities") {
      response.end(serverDocument(`http://${headers.host}/skaha`))
      return
    }
    const token = headers.authorization?.replace("Bearer ", "") ?? ""
    tokens.push(token)
    void Effect.runPromise(provider().accepts(token)).then((isAccepted) => {
      response.writeHead(isAccepted ? 200 : 401, { "content-type": "application/json" })
      response.end(isAccepted ? JSON.stringify({ cores: { defaultLimit: 8 }, memoryGB: { defaultLimit: 64 } }) : "no")
    })
  }
  return { answer, tokens }
}

/** A network with an OpenID provider and some servers, the accounts of one user, and the tokens that servers saw. */
export const network = Effect.fnUntraced(function* (names: ReadonlyArray<string>, text?: string) {
  const provider = yield* realProvider()
  const platform = platformOf(() => provider)
  const origins: Record<string, string> = {}
  for (const name of names) origins[`ivo://${name}/skaha`] = `${(yield* serve(platform.answer)).origin}/skaha`
  const registry = yield* serve((response) => response.end(registryText(origins)))
  const srcnet: IdentityProviders.IdentityProvider = {
    key: "srcnet",
    name: "A network",
    mode: "oidc",
    registries: [{ name: "here", url: `${registry.origin}/reg/resource-caps` }],
    devRegistries: [],
    openId: { issuer: provider.issuer, discovery: `${provider.issuer}/.well-known/openid-configuration` }
  }
  const place = yield* home(text)
  const accounts = yield* accountsIn(place, { providers: [srcnet], allowInsecureRequests: true })
  return { ...place, accounts, provider, origins, registry, tokens: platform.tokens }
})

/** A prompt that a user follows, and how often there was one. */
export const userOf = (user: Parameters<typeof visit>[1] = {}) => {
  const asked = { times: 0, done: 0 }
  return {
    asked,
    onPrompt: ({ verificationUriComplete = "" }: { readonly verificationUriComplete?: string | undefined }) =>
      Effect.suspend(() => {
        asked.times++
        return Effect.andThen(
          visit(verificationUriComplete, user),
          Effect.sync(() => {
            asked.done++
          })
        )
      })
  }
}

/** Runs a login under the test's clock, which goes on once the user has confirmed. */
export const confirmed = Effect.fnUntraced(function* <A, E, R>(
  login: Effect.Effect<A, E, R>,
  { asked }: ReturnType<typeof userOf>
) {
  const before = asked.done
  const fiber = yield* Effect.forkChild(login)
  yield* eventually(() => asked.done > before || fiber.pollUnsafe() !== undefined)
  yield* settle
  yield* TestClock.adjust("5 seconds")
  return yield* Fiber.join(fiber)
})

/** The password of alice at the stand-in for CADC. */
export const password = "hunter2-password"

/** CADC on this machine: a registry, a service of certificates, and an emulated platform that knows alice's. */
export const cadcHere = Effect.fnUntraced(function* (text?: string) {
  const place = yield* home(text)
  const ca = write(place.folder, "ca.pem", pem("ca"))
  const context = yield* Layer.build(
    EmulatorServer.layer({ tls: { key: identity.key, cert: identity.cert, clientCa: pem("ca") } }).pipe(
      Layer.orDie,
      Layer.provideMerge(Emulator.layer({ identityManager: "ac", subject: "CN=alice,OU=people,O=Example" }))
    )
  )
  const { origin } = new URL(Context.get(context, EmulatorServer).url)
  const wayIn = (url: string) =>
    `<interface><accessURL use="full">${url}</accessURL><securityMethod standardID="ivo://ivoa.net/sso#BasicAA"/></interface>`
  const server: Effect.Success<ReturnType<typeof serve>> = yield* serve(
    (response, { headers, target }) => {
      if (target.startsWith("/reg")) {
        response.end(
          `ivo://cadc.nrc.ca/skaha = ${origin}/skaha/capabilities\nivo://cadc.nrc.ca/cred = ${server.origin}/cred/capabilities\n`
        )
      } else if (target === "/cred/capabilities") {
        response.end(
          `<c:capabilities xmlns:c="x"><capability standardID="ivo://ivoa.net/std/CDP#proxy-1.0">${wayIn(`${server.origin}/cred/priv`)}</capability></c:capabilities>`
        )
      } else if (headers.authorization === `Basic ${btoa(`alice:${password}`)}`) response.end(pem("rfc-proxy"))
      else response.writeHead(401).end("no")
    },
    { tls: { ...identity } }
  )
  const cadc: IdentityProviders.IdentityProvider = {
    key: "cadc",
    name: "An archive",
    mode: "x509",
    registries: [{ name: "here", url: `${server.origin}/reg/resource-caps` }],
    devRegistries: []
  }
  const accounts = yield* accountsIn(place, { providers: [cadc], connections: { ca, env: {} } })
  return { ...place, accounts, origin, cadcServer: server, emulator: Context.get(context, Emulator) }
})
