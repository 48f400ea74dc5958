import { assert, describe, it } from "@effect/vitest"
import {
  ConnectionFailed,
  IdentityProviders,
  isCompleteServer,
  ServerDiscovery,
  type ServerRecord,
  type TransportReply,
  type TransportRequest
} from "@skaha/core"
import * as Arbitrary from "effect/Arbitrary"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { reply } from "./support/platform.ts"
import { below, pick, seeded } from "./support/properties.ts"
import { addressOf, answering, providerOf } from "./support/servers.ts"
import { registryText, serverDocument } from "./support/vosi.ts"

const xml = { "content-type": "text/xml" }

const capabilities = ({ origin = "" }: TransportRequest, ...methods: ReadonlyArray<string>) =>
  reply(serverDocument(`${origin}/skaha`, methods.length === 0 ? ["token"] : methods), 200, xml)

const refused = (request: TransportRequest) =>
  Effect.fail(
    new ConnectionFailed({ operation: request.operation, origin: request.origin ?? "", reason: "connection refused" })
  )

const list = (count: number) =>
  reply(
    registryText(
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`ivo://s${n}/skaha`, `https://s${n}/skaha`]))
    ),
    200,
    { "content-type": "text/plain" }
  )

const isRegistry = ({ path }: TransportRequest) => path === "/reg/resource-caps"

/** Searches with time that passes as fast as it can, and tells how long it took. */
const timed = (
  options: Omit<ServerDiscovery.Options, "provider"> & { readonly provider?: IdentityProviders.IdentityProvider },
  respond: (request: TransportRequest) => TransportReply | Effect.Effect<TransportReply, ConnectionFailed>
) =>
  Effect.gen(function* () {
    const { layer, sent } = answering(respond)
    const before = yield* Clock.currentTimeMillis
    const fiber = yield* ServerDiscovery.discover({ provider: providerOf("https://registry"), ...options }).pipe(
      Effect.flatMap((discovery) => Effect.map(Clock.currentTimeMillis, (after) => ({ discovery, after }))),
      Effect.provide(layer),
      Effect.forkChild
    )
    yield* TestClock.adjust("1 hour")
    const { discovery, after } = yield* Fiber.join(fiber)
    return { ...discovery, sent, seconds: (after - before) / 1000 }
  })

describe("discover", () => {
  it.effect("takes ten seconds and no longer, and has what came in time", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const forEver = Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      const { servers, failures, seconds } = yield* timed(
        { provider: providerOf("https://registry", "https://slow"), saved: [] },
        (request) => {
          if (request.origin === "https://slow") return forEver
          if (isRegistry(request)) return Effect.delay(Effect.succeed(list(4)), "4 seconds")
          if (request.origin === "https://s0") return forEver
          if (request.origin === "https://s1") return refused(request)
          return Effect.delay(
            Effect.succeed(capabilities(request)),
            request.origin === "https://s2" ? "5 seconds" : "7 seconds"
          )
        }
      )
      assert.strictEqual(seconds, 10)
      assert.deepStrictEqual(
        servers.map(({ name }) => name),
        ["s2"]
      )
      assert.deepStrictEqual(
        failures.map(({ name, error }) => [name, error._tag]),
        [
          ["registry 1", "RequestTimeout"],
          ["s0", "RequestTimeout"],
          ["s1", "ConnectionFailed"],
          ["s3", "RequestTimeout"]
        ]
      )
      assert.deepInclude(failures[1]?.error, { phase: "total", limit: 10, path: "/skaha/capabilities" })
      assert.strictEqual(interrupted, 2)
    })
  )

  it.effect("limits each request, by less than the whole", () =>
    Effect.gen(function* () {
      const respond = (request: TransportRequest) => (isRegistry(request) ? list(1) : capabilities(request))
      const limitsOf = (options: { readonly timeout?: number; readonly requestTimeout?: number }) =>
        Effect.map(timed(options, respond), ({ sent }) => sent.map(({ limits }) => limits))
      const all = (limit: number) => ({ connect: limit, headers: limit, body: limit, total: limit })
      assert.deepStrictEqual(yield* limitsOf({}), [all(5), all(5)])
      assert.deepStrictEqual(yield* limitsOf({ requestTimeout: 1.5 }), [all(1.5), all(1.5)])
      assert.deepStrictEqual(yield* limitsOf({ timeout: 2 }), [all(2), all(2)])
      assert.deepStrictEqual(yield* limitsOf({ timeout: 2, requestTimeout: 60 }), [all(2), all(2)])
    })
  )

  it.effect.each([0, -1, NaN, Infinity])("refuses a limit of %s", (limit) =>
    Effect.gen(function* () {
      const { layer, sent } = answering(() => list(0))
      const provider = providerOf("https://registry")
      for (const options of [{ timeout: limit }, { requestTimeout: limit }]) {
        const error = yield* Effect.flip(Effect.provide(ServerDiscovery.discover({ provider, ...options }), layer))
        assert.strictEqual(error._tag, "ConfigurationInvalid")
        assert.deepStrictEqual(
          error.problems.map(({ field }) => field),
          Object.keys(options)
        )
      }
      assert.deepStrictEqual(sent, [])
    })
  )

  it.effect("asks all registries at the same time, and does not wait for the slowest", () =>
    Effect.gen(function* () {
      const { servers, seconds } = yield* timed(
        { provider: providerOf("https://a", "https://b", "https://c") },
        (request) =>
          isRegistry(request)
            ? Effect.delay(Effect.succeed(list(1)), request.origin === "https://b" ? "4 seconds" : "1 second")
            : Effect.delay(Effect.succeed(capabilities(request)), "2 seconds")
      )
      // And not 4 + 2: the server was known to be one after a second.
      assert.strictEqual(seconds, 4)
      assert.strictEqual(servers.length, 1)
    })
  )

  it.effect("asks no more than sixteen servers at the same time", () =>
    Effect.gen(function* () {
      let [now, most] = [0, 0]
      const { servers, seconds } = yield* timed({}, (request) => {
        if (isRegistry(request)) return list(64)
        most = Math.max(most, ++now)
        return Effect.delay(
          Effect.sync(() => {
            now--
            return capabilities(request)
          }),
          "1 second"
        )
      })
      assert.deepStrictEqual([servers.length, most, seconds], [64, 16, 4])
    })
  )

  it.effect("takes no server without TLS from a registry with it, wherever that redirects", () =>
    Effect.gen(function* () {
      const plain = (origin: string) =>
        timed({ provider: providerOf(origin) }, (request) =>
          isRegistry(request)
            ? reply(registryText({ "ivo://a/skaha": "http://a/skaha" }), 200, { "content-type": "text/plain" })
            : capabilities(request)
        )
      const { servers, failures, sent } = yield* plain("https://registry")
      assert.deepStrictEqual([servers, failures.map(({ name }) => name), sent.length], [[], ["a"], 1])
      assert.strictEqual((yield* plain("http://registry")).servers.length, 1)

      const redirected = yield* timed({}, (request) => reply("", 302, { location: `http://evil${request.path}` }))
      assert.deepStrictEqual(
        redirected.failures.map(({ name, error }) => [name, error._tag]),
        [["registry 0", "RequestRefused"]]
      )
      assert.deepStrictEqual(redirected.sent.map(addressOf), ["https://registry/reg/resource-caps"])
    })
  )

  it.effect("asks no address with a user and a password", () =>
    Effect.gen(function* () {
      const { failures, sent } = yield* timed({}, (request) =>
        isRegistry(request)
          ? reply(
              registryText({
                "ivo://a/skaha": "https://u:hunter2@a/skaha",
                "ivo://b/skaha": "ftp://b/skaha",
                "ivo://c/skaha": "/skaha"
              })
            )
          : capabilities(request)
      )
      assert.deepStrictEqual(
        failures.map(({ name, error }) => [name, error._tag]),
        ["a", "b", "c"].map((name) => [name, "ConfigurationInvalid"])
      )
      assert.strictEqual(sent.length, 1)
    })
  )

  it.effect("keeps a server where it was asked, whatever it says of other places", () =>
    Effect.gen(function* () {
      const says = (...addresses: ReadonlyArray<string>) =>
        Effect.map(
          timed({}, (request) =>
            isRegistry(request)
              ? list(1)
              : reply(
                  serverDocument("x").replace(
                    /<interface.*<\/interface>/,
                    addresses
                      .map(
                        (address) =>
                          `<interface><accessURL use="base">${address}</accessURL><securityMethod standardID="#token"/></interface>`
                      )
                      .join("")
                  ),
                  200,
                  xml
                )
          ),
          ({ servers: [server] }) => [server?.url, server?.version]
        )
      assert.deepStrictEqual(yield* says("https://evil/skaha/v1/session"), ["https://s0/skaha", "v1"])
      assert.deepStrictEqual(yield* says("http://s0/skaha/v1/session"), ["https://s0/skaha", "v1"])
      assert.deepStrictEqual(yield* says("https://s0:8443/skaha/v2/session"), ["https://s0/skaha", "v2"])
      assert.deepStrictEqual(yield* says("https://s0/other/v1/session"), ["https://s0/other", "v1"])
      assert.deepStrictEqual(yield* says("https://evil/skaha/v3/session", "https://s0/skaha/v1/session"), [
        "https://s0/skaha",
        "v1"
      ])
    })
  )

  it.effect("is searching the built-in providers where they are", () =>
    Effect.gen(function* () {
      const asked = (provider: IdentityProviders.IdentityProvider, dev: boolean) =>
        Effect.map(timed({ provider, dev }, refused), ({ sent }) => sent.map(addressOf))
      const { cadc, srcnet } = IdentityProviders
      const today = "https://ws.cadc-ccda.hia-iha.nrc-cnrc.gc.ca/reg/resource-caps"
      const next = "https://rc-ws.cadc-ccda.hia-iha.nrc-cnrc.gc.ca/reg/resource-caps"
      assert.deepStrictEqual(yield* asked(cadc, false), [today])
      assert.deepStrictEqual(yield* asked(cadc, true), [today, next])
      assert.deepStrictEqual(yield* asked(srcnet, true), ["https://spsrc27.iaa.csic.es/reg/resource-caps"])
    })
  )

  const hosts = ["a", "b", "c", "d.e", "cadc.nrc.ca"]
  const entry = Arbitrary.all([pick(...hosts), pick("", "src/", "dev/"), pick(...hosts), below(4)])
  const known = Arbitrary.all([pick("a", "b", "d-e", "canfar", "x"), pick("mine", "other"), pick(...hosts), below(2)])

  it.effect.prop(
    "accounts for every server of random registries, once, and never takes another provider's",
    [
      Arbitrary.array(Arbitrary.array(entry, { maxLength: 6 }), { maxLength: 3 }),
      Arbitrary.array(known, { maxLength: 4 })
    ],
    ([registries, records]) =>
      Effect.gen(function* () {
        const byName = new Map(
          records.map(([name, idp, host, complete]): [string, ServerRecord] => [
            name,
            {
              name,
              idp,
              uri: `ivo://${host}/skaha`,
              ...(complete === 1 ? { url: "https://old/skaha", version: "v1", auths: ["oidc"] } : {})
            }
          ])
        )
        const saved = [...byName.values()]
        // How a host answers is said by its first entry.
        const fates = new Map<string, number>()
        for (const [, , host, fate] of registries.flat()) if (!fates.has(host)) fates.set(host, fate)
        const { servers, failures } = yield* timed(
          { provider: providerOf(...registries.map((_, index) => `https://r${index}`)), saved },
          (request) => {
            if (isRegistry(request)) {
              const entries = registries[Number(request.origin?.slice("https://r".length))] ?? []
              return reply(
                entries
                  .map(([host, path, at]) => `ivo://${host}/${path}skaha = https://${at}/skaha/capabilities`)
                  .join("\n"),
                200,
                {}
              )
            }
            const fate = fates.get(new URL(request.origin ?? "").host)
            if (fate === 0) return refused(request)
            if (fate === 1) return reply("<x", 200, xml)
            return capabilities(request)
          }
        )
        const listed = registries.flat().filter(([, path]) => path !== "dev/")
        const uris = new Set(listed.map(([host, path]) => `ivo://${host}/${path}skaha`))
        const answering = new Set(
          listed.flatMap(([host, path, at]) => ((fates.get(at) ?? 0) > 1 ? [`ivo://${host}/${path}skaha`] : []))
        )
        const names = servers.map(({ name }) => name)
        assert.deepStrictEqual(names, [...new Set(names)].toSorted())
        for (const server of servers) {
          assert.strictEqual(server.idp, "mine")
          assert.isTrue(isCompleteServer(server))
          assert.notStrictEqual(byName.get(server.name)?.idp, "other")
        }
        for (const uri of uris) {
          const mine = servers.filter((server) => server.uri === uri)
          if (answering.has(uri)) assert.strictEqual(mine.length, 1, uri)
          else
            assert.isTrue(
              failures.some((failure) => failure._tag === "Server" && failure.uri === uri),
              uri
            )
        }
      }),
    seeded(200)
  )
})
