import { assert, describe, it } from "@effect/vitest"
import { Credentials, ServerActivation, ServerDiscovery, type Authorization, type ServerRecord } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { nobody, serve } from "./support/loopback.ts"
import { reply } from "./support/platform.ts"
import { assertHides } from "./support/secrets.ts"
import { addressOf, answering, documents, emulated, network, providerOf, registry, token } from "./support/servers.ts"
import { serverDocument } from "./support/vosi.ts"

const server = (name: string, more: Partial<ServerRecord> = {}): ServerRecord => ({
  name,
  idp: "mine",
  uri: `ivo://${name}/skaha`,
  url: `https://${name}.example/skaha`,
  ...more
})

const [a, b, c] = [server("a"), server("b"), server("c")]

const choices = [
  { name: "a", uri: "ivo://a/skaha" },
  { name: "b", uri: "ivo://b/skaha" }
]

/** Credentials of a provider, as a login with its OpenID provider gives them. */
const owned = (idp: string, secret = token): ServerActivation.OwnedCredentials => ({
  idp,
  credentials: Credentials.fixed({ mode: "oidc", type: "OIDC", header: Redacted.make(`Bearer ${secret}`) }, "test")
})

describe("choose", () => {
  const others = [server("x", { idp: "other" }), server("y", { idp: "other" })]

  it.effect.each([
    [{ servers: [a] }, "a", "single"],
    [{ servers: [a, ...others] }, "a", "single"],
    [{ servers: [a, b], active: "b" }, "b", "active"],
    [{ servers: [a, b, c], active: "c", remembered: "b" }, "c", "active"],
    [{ servers: [a, b], remembered: "a" }, "a", "remembered"],
    // What is another provider's, or is gone, is no choice.
    [{ servers: [a, b, ...others], active: "x", remembered: "a" }, "a", "remembered"],
    [{ servers: [a, ...others], active: "gone", remembered: "x" }, "a", "single"],
    [{ servers: [a, b], active: "a", selector: "b" }, "b", "selected"],
    [{ servers: [a, b], selector: "ivo://a/skaha" }, "a", "selected"],
    // A name comes before a URI.
    [{ servers: [server("a", { uri: "b" }), b], selector: "b" }, "b", "selected"],
    [{ servers: [a], selector: "a" }, "a", "selected"]
  ] as const)("of %j is %s", ([candidates, name, reason]) =>
    Effect.gen(function* () {
      const choice = yield* ServerActivation.choose({ idp: "mine", ...candidates })
      assert.deepStrictEqual([choice.server.name, choice.reason], [name, reason])
    })
  )

  it.effect.each([
    { servers: [b, a] },
    { servers: [b, a, ...others], active: "x", remembered: "y" },
    { servers: [b, a], active: "c" }
  ])("wants a selector for %j", (candidates) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(ServerActivation.choose({ idp: "mine", ...candidates }))
      assert.deepInclude(error, { _tag: "ServerSelectionRequired", idp: "mine", choices })
      assert.include(error.message, "a (ivo://a/skaha), b (ivo://b/skaha)")
    })
  )

  it.effect.each(["c", "A", "a ", "ivo://a", "ivo://A/skaha", "https://a.example/skaha", "x", "ivo://x/skaha", ""])(
    "knows no %j",
    (selector) =>
      Effect.gen(function* () {
        const servers = [b, a, ...others]
        const error = yield* Effect.flip(ServerActivation.choose({ idp: "mine", servers, selector, active: "a" }))
        assert.deepInclude(error, { _tag: "ServerUnknown", idp: "mine", selector, choices })
        assert.include(error.message, `no server ${JSON.stringify(selector)}: give the name or the URI of one of a (`)
      })
  )

  it.effect("says that none is known", () =>
    Effect.gen(function* () {
      const none = yield* Effect.flip(ServerActivation.choose({ idp: "mine", servers: others }))
      assert.deepInclude(none, { _tag: "ServersNotFound", idp: "mine", failures: [] })
      const unknown = yield* Effect.flip(ServerActivation.choose({ idp: "mine", servers: others, selector: "x" }))
      assert.deepInclude(unknown, { _tag: "ServerUnknown", choices: [] })
      assert.include(unknown.message, "discover its servers first")
    })
  )
})

describe("validate", () => {
  it.live.each([
    ["1.4", "v1"],
    ["1.4-limit-range", "v1"],
    ["1.0", "v1"],
    ["0.29", "v0"]
  ] as const)("asks a server of %s what it is, and what a session may have", ([profile, version]) =>
    Effect.gen(function* () {
      const resources = {
        flexible: { cores: { min: 1, max: 8 }, ram: { min: 4, max: 32 } },
        fixed: { cores: { min: 1, max: 16 }, ram: { min: 1, max: 192 } },
        gpus: { min: 1, max: 28 },
        sessions: profile.startsWith("1.4") ? 5 : undefined
      }
      const { url, emulator } = yield* emulated({ profile })
      const { layer, sent } = yield* network("undici")
      const saved = server("a", { url, version: "v7", auths: ["x509"], cores: 2, ram: 16, gpus: 0 })
      const validation = yield* Effect.provide(ServerActivation.validate(saved, { credentials: owned("mine") }), layer)
      assert.deepStrictEqual(validation.resources, resources)
      assert.strictEqual(validation.resourcesFailure, undefined)
      assert.deepStrictEqual(validation.server, {
        ...saved,
        url,
        version,
        auths: ["oidc"],
        cores: 8,
        ram: 32,
        gpus: 28,
        resources
      })
      assert.deepStrictEqual(
        (yield* emulator.requests).map(({ method, target }) => `${method} ${target}`),
        ["GET /skaha/capabilities", `GET /skaha/${version}/context`]
      )
      // Only what needs to be known gets the token.
      assert.deepStrictEqual(
        sent.map(({ headers }) => headers["authorization"]),
        [undefined, `Bearer ${token}`]
      )
    })
  )

  it.live("asks nothing that needs credentials without them, and makes no limits up", () =>
    Effect.gen(function* () {
      const { url, emulator } = yield* emulated()
      const { layer } = yield* network()
      const validation = yield* Effect.provide(ServerActivation.validate(server("a", { url })), layer)
      assert.deepStrictEqual(validation, {
        server: { ...server("a"), url, version: "v1", auths: ["oidc"] },
        resources: undefined,
        resourcesFailure: undefined
      })
      assert.strictEqual((yield* emulator.requests).length, 1)
    })
  )

  it.live("fails where the credentials are not accepted", () =>
    Effect.gen(function* () {
      const { url } = yield* emulated()
      const { layer } = yield* network()
      const validate = (credentials: ServerActivation.OwnedCredentials) =>
        Effect.flip(Effect.provide(ServerActivation.validate(server("a", { url }), { credentials }), layer))
      const refused = yield* validate(owned("mine", "hunter2"))
      assert.strictEqual(refused._tag, "CredentialsRefused")
      assertHides(refused, "hunter2")
      const anonymous = Credentials.fixed({ mode: "anonymous" }, "default")
      assert.strictEqual((yield* validate({ idp: "mine", credentials: anonymous }))._tag, "CredentialsMissing")
    })
  )

  it.live("renews credentials that are not accepted, once", () =>
    Effect.gen(function* () {
      const { url } = yield* emulated()
      const { layer } = yield* network()
      const old: Authorization = { mode: "oidc", type: "OIDC", header: Redacted.make("Bearer old") }
      const credentials = Credentials.of({
        authorize: Effect.succeed(old),
        renew: () => Effect.succeed({ ...old, header: Redacted.make(`Bearer ${token}`) }),
        describe: Effect.succeed({ mode: "oidc", source: "test" })
      })
      const { resources } = yield* Effect.provide(
        ServerActivation.validate(server("a", { url }), { credentials: { idp: "mine", credentials } }),
        layer
      )
      assert.strictEqual(resources?.flexible?.cores?.max, 8)
    })
  )

  it.live("has no limits where the server does not say them, and says why", () =>
    Effect.gen(function* () {
      const { url, emulator } = yield* emulated()
      const { layer } = yield* network()
      const credentials = owned("mine")
      for (const [action, means] of [
        [{ _tag: "Reply", status: 500 }, "ServerFailure"],
        [{ _tag: "Reply", status: 503 }, "ServerBusy"],
        [{ _tag: "Reply", status: 200, body: "[]" }, "ReplyUndecodable"]
      ] as const) {
        yield* emulator.setFaults([{ match: { path: "/v1/context" }, action }])
        const saved = server("a", { url, cores: 4 })
        const validation = yield* Effect.provide(ServerActivation.validate(saved, { credentials }), layer)
        assert.strictEqual(validation.resources, undefined)
        assert.strictEqual(validation.resourcesFailure?._tag, means)
        assert.strictEqual(validation.server.cores, 4)
      }
    })
  )

  const saying = (context: unknown) =>
    answering((request) =>
      request.path === "/skaha/capabilities"
        ? reply(serverDocument("https://a.example/skaha"), 200, {})
        : reply(context)
    )

  it.effect.each([
    [{ cores: {}, memoryGB: {} }, [], {}],
    [
      {
        cores: { defaultRequest: 0.5, defaultLimit: 15.5, options: [1, "16", 2] },
        memoryGB: { defaultRequest: "4", defaultLimit: "191.9", options: [] },
        gpus: { options: [4, 28, 1] },
        maxInteractiveSessions: "3"
      },
      [15, 191, 28],
      {
        flexible: { cores: { min: 0, max: 15 }, ram: { min: 4, max: 191 } },
        fixed: { cores: { min: 1, max: 16 } },
        gpus: { min: 1, max: 28 },
        sessions: 3
      }
    ],
    [
      {
        cores: { defaultRequest: 9, defaultLimit: 8 },
        memoryGB: { defaultLimit: 4 },
        gpus: { options: [0] },
        maxInteractiveSessions: 0
      },
      [8, 4, 0],
      { gpus: { min: 0, max: 0 } }
    ],
    [{ cores: { defaultLimit: 0.5 }, memoryGB: { defaultLimit: 0, options: [-1, 4] }, gpus: { options: [] } }, [], {}],
    [
      { cores: { defaultLimit: "x", options: "x" }, memoryGB: { options: [2] }, gpus: null },
      [],
      { fixed: { ram: { min: 2, max: 2 } } }
    ]
  ] as const)("reads from %j what sessions may have", ([context, limits, expected]) =>
    Effect.gen(function* () {
      const { resources, server } = yield* Effect.provide(
        ServerActivation.validate({ ...a, cores: 2, ram: 16, gpus: 0 }, { credentials: owned("mine") }),
        saying(context).layer
      )
      const [cores, ram, gpus] = limits
      assert.deepInclude(server, { cores, ram, gpus })
      // What is not known may be there as `undefined`.
      assert.deepStrictEqual(JSON.parse(JSON.stringify(resources)), expected)
    })
  )

  it.effect("sends nothing to a server of another provider", () =>
    Effect.gen(function* () {
      const { layer, sent } = saying({})
      const error = yield* Effect.flip(
        Effect.provide(ServerActivation.validate(a, { credentials: owned("other") }), layer)
      )
      assert.deepInclude(error, { _tag: "CredentialsMisdirected", idp: "other", origin: "https://a.example" })
      const odd = server("a", { url: "https://u:hunter2@a.example/skaha" })
      assertHides(
        yield* Effect.flip(Effect.provide(ServerActivation.validate(odd, { credentials: owned("other") }), layer)),
        "hunter2"
      )
      assert.deepStrictEqual(sent, [])
    })
  )

  it.live("sends no token to where a server points or redirects", () =>
    Effect.gen(function* () {
      const evil = yield* serve((response) => response.end("{}"))
      const pointing = yield* serve((response, { target }) => {
        if (target === "/skaha/capabilities") response.end(serverDocument(`${evil.origin}/skaha`))
        else response.writeHead(307, { location: `${evil.origin}/skaha/v1/context` }).end()
      })
      const { layer } = yield* network()
      const url = `${pointing.origin}/skaha`
      const { server: known, resourcesFailure } = yield* Effect.provide(
        ServerActivation.validate(server("a", { url }), { credentials: owned("mine") }),
        layer
      )
      assert.strictEqual(known.url, url)
      assert.strictEqual(resourcesFailure?._tag, "RequestRefused")
      assert.deepStrictEqual(evil.arrived, [])
      assert.deepStrictEqual(
        pointing.arrived.map(({ headers }) => headers.authorization),
        [undefined, `Bearer ${token}`]
      )
    })
  )

  it.live("fails where there is no server", () =>
    Effect.gen(function* () {
      const page = yield* serve((response) => response.end("<html></html>"))
      const old = yield* serve(documents({ "/skaha/capabilities": serverDocument("https://h/skaha", ["cookie"]) }))
      const { layer } = yield* network()
      const tagOf = (url: string | undefined) =>
        Effect.map(
          Effect.flip(Effect.provide(ServerActivation.validate(server("a", { url }), { timeout: 5 }), layer)),
          ({ _tag }) => _tag
        )
      assert.strictEqual(yield* tagOf(undefined), "ConfigurationInvalid")
      assert.strictEqual(yield* tagOf("https://a.example/skaha?x=1"), "ConfigurationInvalid")
      assert.strictEqual(yield* tagOf(`${yield* nobody}/skaha`), "ConnectionFailed")
      assert.strictEqual(yield* tagOf(`${page.origin}/skaha`), "ReplyUndecodable")
      assert.strictEqual(yield* tagOf(`${old.origin}/skaha`), "ReplyUndecodable")
      assert.strictEqual(yield* tagOf(`${old.origin}/other`), "RequestRefused")
    })
  )

  it.effect.each([0, NaN, -1])("refuses a limit of %s", (timeout) =>
    Effect.gen(function* () {
      const { layer, sent } = saying({})
      const error = yield* Effect.flip(Effect.provide(ServerActivation.validate(a, { timeout }), layer))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.deepStrictEqual(sent, [])
    })
  )
})

describe("activate", () => {
  it.live("validates the active server as well", () =>
    Effect.gen(function* () {
      const { url } = yield* emulated()
      const { layer } = yield* network()
      const up = server("up", { url })
      const down = server("down", { url: `${yield* nobody}/skaha` })
      const servers = [up, down, server("x", { idp: "other" })]
      const activate = (active: string) =>
        Effect.provide(ServerActivation.activate({ idp: "mine", servers, active, credentials: owned("mine") }), layer)
      const activation = yield* activate("up")
      assert.strictEqual(activation.reason, "active")
      assert.strictEqual(activation.resources?.sessions, 5)
      assert.deepStrictEqual(activation.servers, [down, activation.server, server("x", { idp: "other" })])
      assert.strictEqual((yield* Effect.flip(activate("down")))._tag, "ConnectionFailed")
    })
  )

  it.live("looks for servers when none is known, or not the one that is wanted, and once", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* emulated(), yield* emulated()]
      const list = yield* registry({ "ivo://one/skaha": one.url, "ivo://other/skaha": other.url })
      const { layer } = yield* network()
      const saved: Array<ReadonlyArray<ServerRecord>> = []
      const activate = (options: Partial<ServerActivation.Options>) =>
        ServerActivation.activate({
          idp: "mine",
          servers: [],
          discover: (known) => {
            saved.push(known)
            return ServerDiscovery.discover({ provider: providerOf(list.origin), saved: known })
          },
          ...options
        }).pipe(Effect.provide(layer))

      const selected = yield* activate({ selector: "other" })
      assert.deepStrictEqual([selected.server.url, selected.reason], [other.url, "selected"])
      assert.deepStrictEqual(
        selected.servers.map(({ name }) => name),
        ["one", "other"]
      )
      const foreign = server("one", { idp: "cadc" })
      const renamed = yield* activate({ servers: [foreign], selector: "ivo://one/skaha" })
      assert.deepStrictEqual([renamed.server.name, renamed.servers[0]], ["one-mine", foreign])

      const several = yield* Effect.flip(activate({}))
      assert.deepInclude(several, {
        _tag: "ServerSelectionRequired",
        choices: [
          { name: "one", uri: "ivo://one/skaha" },
          { name: "other", uri: "ivo://other/skaha" }
        ]
      })
      assert.strictEqual((yield* Effect.flip(activate({ selector: "nowhere" })))._tag, "ServerUnknown")
      assert.strictEqual(list.arrived.length, 4)
      assert.deepStrictEqual(saved, [[], [foreign], [], []])

      // Nothing is looked for where something is known.
      assert.strictEqual((yield* activate({ servers: [server("a", { url: one.url })] })).reason, "single")
      assert.strictEqual((yield* Effect.flip(activate({ servers: [a, b] })))._tag, "ServerSelectionRequired")
      assert.strictEqual(list.arrived.length, 4)
    })
  )

  it.live("says why none was found", () =>
    Effect.gen(function* () {
      const { layer } = yield* network()
      const provider = providerOf(yield* nobody)
      const error = yield* Effect.flip(
        Effect.provide(
          ServerActivation.activate({
            idp: "mine",
            servers: [],
            discover: () => ServerDiscovery.discover({ provider })
          }),
          layer
        )
      )
      assert.strictEqual(error._tag, "ServersNotFound")
      assert.include(error.message, "registry 0: cannot talk to")
    })
  )

  it.effect("does not look for servers when it is not told how", () =>
    Effect.gen(function* () {
      const { layer, sent } = answering(() => reply())
      const activate = (selector?: string) =>
        Effect.flip(Effect.provide(ServerActivation.activate({ idp: "mine", servers: [], selector }), layer))
      assert.strictEqual((yield* activate())._tag, "ServersNotFound")
      assert.strictEqual((yield* activate("a"))._tag, "ServerUnknown")
      assert.deepStrictEqual(sent.map(addressOf), [])
    })
  )
})
