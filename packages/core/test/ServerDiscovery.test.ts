import { assert, describe, it } from "@effect/vitest"
import { ServerDiscovery, type ServerRecord } from "@skaha/core"
import * as Effect from "effect/Effect"
import { nobody, serve, serveRaw } from "./support/loopback.ts"
import { assertHides } from "./support/secrets.ts"
import { addressOf, documents, emulated, network, providerOf, registry } from "./support/servers.ts"
import { transports } from "./support/transports.ts"
import { capabilitiesDocument, registryText, serverDocument } from "./support/vosi.ts"

/** What a search comes to, in few words. */
const outcome = ({ servers, failures }: ServerDiscovery.Discovery) => ({
  servers: servers.map(({ name, url, version, auths }) => [name, url, version, auths?.join()]),
  failures: failures.map(({ _tag, name, error }) => [_tag, name, error._tag])
})

const search = (options: ServerDiscovery.Options, transport: "fetch" | "undici" = "undici") =>
  Effect.gen(function* () {
    const { layer, sent } = yield* network(transport)
    const discovery = yield* Effect.provide(ServerDiscovery.discover(options), layer)
    // Whatever is looked for, nothing that says who is looking.
    for (const { headers, cookies, body, method } of sent) {
      assert.deepStrictEqual(Object.keys(headers).toSorted(), ["accept", "user-agent"])
      assert.deepStrictEqual([cookies, body, method], [undefined, undefined, "GET"])
    }
    return { discovery, sent, ...outcome(discovery) }
  })

describe.each(transports)("discover over %s", (transport) => {
  it.live("finds servers of every age, whatever else there is", () =>
    Effect.gen(function* () {
      const [today, first, old] = [
        yield* emulated(),
        yield* emulated({ profile: "1.0" }),
        yield* emulated({ profile: "0.29", identityManager: "ac" })
      ]
      const down = `${yield* nobody}/skaha`
      const page = yield* serve((response) => {
        response.setHeader("content-type", "text/html")
        response.end("<html><body>Welcome<br></body></html>")
      })
      const list = yield* registry({
        "ivo://today.example/skaha": today.url,
        "ivo://first.example/skaha": first.url,
        "ivo://old.example/skaha": old.url,
        "ivo://down.example/skaha": down,
        "ivo://page.example/skaha": `${page.origin}/skaha`
      })
      const { servers, failures, discovery } = yield* search({ provider: providerOf(list.origin) }, transport)
      assert.deepStrictEqual(servers, [
        ["first-example", first.url, "v1", "oidc"],
        ["old-example", old.url, "v0", "x509,oidc"],
        ["today-example", today.url, "v1", "oidc"]
      ])
      assert.deepStrictEqual(failures, [
        ["Server", "down-example", "ConnectionFailed"],
        ["Server", "page-example", "ReplyUndecodable"]
      ])
      assert.strictEqual(discovery.idp, "mine")
      assert.deepStrictEqual(
        discovery.servers.map(({ idp, uri }) => [idp, uri]),
        [
          ["mine", "ivo://first.example/skaha"],
          ["mine", "ivo://old.example/skaha"],
          ["mine", "ivo://today.example/skaha"]
        ]
      )
      const asked = yield* today.emulator.requests
      assert.deepStrictEqual(
        asked.map(({ method, target, status }) => `${method} ${target} ${status}`),
        ["GET /skaha/capabilities 200"]
      )
      for (const { headers } of [...list.arrived, ...page.arrived]) {
        assert.notProperty(headers, "authorization")
        assert.notProperty(headers, "cookie")
      }
    })
  )

  it.live("follows where a registry has moved to, but not a server to elsewhere", () =>
    Effect.gen(function* () {
      const elsewhere = yield* serve(documents({ "/skaha/capabilities": serverDocument("https://h/skaha") }))
      const moved = yield* serve((response, { target }) => {
        response.writeHead(302, {
          location: target.startsWith("/skaha/") ? `${elsewhere.origin}/skaha/capabilities` : "/b/capabilities"
        })
        if (target === "/b/capabilities") {
          response.statusCode = 200
          response.removeHeader("location")
        }
        response.end(target === "/b/capabilities" ? serverDocument("https://h/b") : "")
      })
      const within = yield* serve((response, { target }) => {
        if (target === "/skaha/capabilities") response.writeHead(307, { location: "/new/capabilities?a=1" }).end()
        else response.end(serverDocument("https://h/skaha"))
      })
      const list = yield* registry({
        "ivo://moved.example/skaha": `${moved.origin}/skaha`,
        "ivo://within.example/skaha": `${within.origin}/skaha`
      })
      const old = yield* serve((response) =>
        response.writeHead(301, { location: `${list.origin}/reg/resource-caps` }).end()
      )
      const { servers, failures, discovery } = yield* search({ provider: providerOf(old.origin) }, transport)
      assert.deepStrictEqual(servers, [["within-example", `${within.origin}/skaha`, "v1", "oidc"]])
      assert.deepStrictEqual(failures, [["Server", "moved-example", "RequestRefused"]])
      assert.include(discovery.failures[0]?.error.message, `${elsewhere.origin}/skaha/capabilities`)
      assert.deepStrictEqual(elsewhere.arrived, [])
    })
  )

  it.live("does not go round in circles", () =>
    Effect.gen(function* () {
      const circle = yield* serve((response) => response.writeHead(302, { location: "?again" }).end())
      const { failures } = yield* search({ provider: providerOf(circle.origin) }, transport)
      assert.deepStrictEqual(failures, [["Registry", "registry 0", "RequestRefused"]])
      assert.strictEqual(circle.arrived.length, 4)
    })
  )

  it.live("waits for what is slow no longer than it may, and has the rest", () =>
    Effect.gen(function* () {
      const server = yield* emulated()
      const silent = yield* serve(() => {})
      const stuck = yield* serve((response) => {
        response.writeHead(200, { "content-type": "text/xml" })
        response.write("<capabilities>")
      })
      const list = yield* registry({
        "ivo://a.example/skaha": server.url,
        "ivo://silent.example/skaha": `${silent.origin}/skaha`,
        "ivo://stuck.example/skaha": `${stuck.origin}/skaha`
      })
      const options = { provider: providerOf(list.origin, silent.origin), timeout: 10, requestTimeout: 0.4 }
      const { servers, failures } = yield* search(options, transport)
      assert.deepStrictEqual(servers, [["a-example", server.url, "v1", "oidc"]])
      assert.deepStrictEqual(failures, [
        ["Registry", "registry 1", "RequestTimeout"],
        ["Server", "silent-example", "RequestTimeout"],
        ["Server", "stuck-example", "RequestTimeout"]
      ])
    })
  )
})

describe("discover", () => {
  it.live("takes a server that has no HEAD, or wants credentials for anything but its capabilities", () =>
    Effect.gen(function* () {
      const statuses = [401, 403, 405, 500]
      const strict = yield* Effect.forEach(statuses, (status) =>
        serve((response, { method, target }) => {
          if (method !== "GET" || target !== "/skaha/capabilities") response.writeHead(status).end()
          else response.end(serverDocument("https://h/skaha"))
        })
      )
      const list = yield* registry(
        Object.fromEntries(strict.map(({ origin }, index) => [`ivo://s${index}.example/skaha`, `${origin}/skaha`]))
      )
      const { servers, failures } = yield* search({ provider: providerOf(list.origin) })
      assert.strictEqual(servers.length, statuses.length)
      assert.deepStrictEqual(failures, [])
    })
  )

  it.live("says why of each that is of no use", () =>
    Effect.gen(function* () {
      const bomb =
        `<!DOCTYPE a [<!ENTITY l0 "lol">${Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join("")}]>` +
        serverDocument("https://h/&l9;").replace('<?xml version="1.0"?>', "")
      const external =
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' +
        serverDocument("https://h/skaha", ["&x;"]).replace('<?xml version="1.0"?>', "")
      const contents = {
        "/broken/skaha/capabilities": "<v:capabilities><x",
        "/empty/skaha/capabilities": "",
        "/none/skaha/capabilities": capabilitiesDocument(),
        "/nologin/skaha/capabilities": serverDocument("https://h/skaha", ["cookie"]),
        "/json/skaha/capabilities": "{}",
        "/bomb/skaha/capabilities": bomb,
        "/external/skaha/capabilities": external
      }
      const server = yield* serve(documents(contents))
      const list = yield* registry(
        Object.fromEntries(
          ["broken", "empty", "none", "nologin", "json", "bomb", "external", "gone"].map((name) => [
            `ivo://${name}/skaha`,
            `${server.origin}/${name}/skaha`
          ])
        )
      )
      const { discovery, failures } = yield* search({ provider: providerOf(list.origin) })
      assert.deepStrictEqual(failures, [
        ["Server", "broken", "ReplyUndecodable"],
        ["Server", "empty", "ReplyUndecodable"],
        ["Server", "none", "ReplyUndecodable"],
        ["Server", "nologin", "ReplyUndecodable"],
        ["Server", "json", "ReplyUndecodable"],
        ["Server", "external", "ReplyUndecodable"],
        ["Server", "gone", "RequestRefused"]
      ])
      // Whatever becomes of entities, none is looked at.
      assertHides(discovery, "lol", "root:")
      assert.deepStrictEqual(
        discovery.servers.map(({ name, url }) => [name, url]),
        [["bomb", `${server.origin}/bomb/skaha`]]
      )
    })
  )

  it.live("says why of each registry that is of no use", () =>
    Effect.gen(function* () {
      const page = yield* serve((response) => response.end("<html><a href='x'>y = z</a></html>"))
      const form = yield* serve((response) => response.writeHead(401).end())
      const garbage = yield* serveRaw((socket) => socket.end("nonsense\r\n\r\n"))
      const empty = yield* registry({})
      const origins = [page.origin, form.origin, garbage.origin, yield* nobody, empty.origin]
      const provider = providerOf(...origins)
      const { failures, servers, discovery } = yield* search({
        provider: { ...provider, registries: [...provider.registries, { name: "odd", url: "http://u:hunter2@h/" }] }
      })
      assert.deepStrictEqual(servers, [])
      assert.deepStrictEqual(failures, [
        ["Registry", "registry 0", "ReplyUndecodable"],
        ["Registry", "registry 1", "CredentialsMissing"],
        ["Registry", "registry 2", "ConnectionFailed"],
        ["Registry", "registry 3", "ConnectionFailed"],
        ["Registry", "odd", "ConfigurationInvalid"]
      ])
      const error = yield* Effect.flip(ServerDiscovery.requireServers(discovery))
      assert.deepInclude(error, { _tag: "ServersNotFound", idp: "mine", isRetryable: true })
      assert.deepStrictEqual(
        error.failures.map(({ name }) => name),
        failures.map(([, name]) => name)
      )
      assert.include(error.message, "registry 3: cannot talk to")
      assertHides(error, "hunter2")
    })
  )

  it.live("does not trust a server whose certificate nobody knows, and has the rest", () =>
    Effect.gen(function* () {
      const unknown = yield* serve((response) => response.end(serverDocument("https://h/skaha")), { tls: true })
      const server = yield* emulated()
      const list = yield* registry({
        "ivo://a.example/skaha": `${unknown.origin}/skaha`,
        "ivo://b.example/skaha": server.url
      })
      const { servers, discovery } = yield* search({ provider: providerOf(list.origin) })
      assert.deepStrictEqual(
        servers.map(([name]) => name),
        ["b-example"]
      )
      assert.include(discovery.failures[0]?.error.message, "self-signed")
    })
  )

  it.live("asks once what several registries list, and has several addresses of one server once", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* emulated(), yield* emulated()]
      const down = `${yield* nobody}/skaha`
      const first = yield* registry({ "ivo://a.example/skaha": down, "ivo://b.example/skaha": one.url })
      const second = yield* registry({ "ivo://a.example/skaha": other.url, "ivo://b.example/skaha": one.url })
      const third = yield* registry({ "ivo://a.example/skaha": one.url })
      const { servers, failures } = yield* search({
        provider: providerOf(first.origin, second.origin, third.origin)
      })
      assert.deepStrictEqual(servers, [
        ["a-example", other.url, "v1", "oidc"],
        ["b-example", one.url, "v1", "oidc"]
      ])
      assert.deepStrictEqual(failures, [["Server", "a-example", "ConnectionFailed"]])
      // Once for each of its two names, though it is listed three times.
      assert.strictEqual((yield* one.emulator.requests).length, 2)
    })
  )

  it.live("adds what it finds to what is known", () =>
    Effect.gen(function* () {
      const [one, other, third] = [yield* emulated(), yield* emulated(), yield* emulated()]
      const down = `${yield* nobody}/skaha`
      const list = yield* registry({
        "ivo://one.example/skaha": one.url,
        "ivo://two.example/skaha": other.url,
        "ivo://cadc.nrc.ca/skaha": third.url,
        "ivo://down.example/skaha": down,
        "ivo://lost.example/skaha": down
      })
      const url = "https://old.example/skaha"
      const saved: ReadonlyArray<ServerRecord> = [
        { name: "one-example", idp: "mine", url, version: "v0", auths: ["x509"], cores: 8, ram: 32, gpus: 1 },
        { name: "renamed", idp: "mine", uri: "ivo://two.example/skaha", cores: 4 },
        { name: "canfar", idp: "cadc", uri: "ivo://cadc.nrc.ca/skaha", url, version: "v1", auths: ["x509"] },
        { name: "down-example", idp: "mine", url, version: "v1", auths: ["oidc"], cores: 2 },
        { name: "lost-example", idp: "mine", url, version: "v1", auths: [] },
        { name: "unlisted", idp: "mine", url, version: "v1", auths: ["oidc"] }
      ]
      const { discovery, failures } = yield* search({ provider: providerOf(list.origin), saved })
      const found = { idp: "mine", version: "v1", auths: ["oidc"] }
      assert.deepStrictEqual(discovery.servers, [
        { ...found, name: "canfar-mine", uri: "ivo://cadc.nrc.ca/skaha", url: third.url },
        { ...found, name: "down-example", url, cores: 2 },
        { ...found, name: "one-example", uri: "ivo://one.example/skaha", url: one.url, cores: 8, ram: 32, gpus: 1 },
        { ...found, name: "renamed", uri: "ivo://two.example/skaha", url: other.url, cores: 4 }
      ])
      assert.deepStrictEqual(failures, [
        ["Server", "down-example", "ConnectionFailed"],
        ["Server", "lost-example", "ConnectionFailed"]
      ])
    })
  )

  it.live("has servers for developers, and their registries, when it is asked to", () =>
    Effect.gen(function* () {
      const server = yield* emulated()
      const list = yield* registry({ "ivo://dev.example/skaha": server.url, "ivo://a.example/skaha": server.url })
      const more = yield* registry({ "ivo://b.example/skaha": server.url })
      const dev = [{ name: "more", url: `${more.origin}/reg/resource-caps` }]
      const provider = { ...providerOf(list.origin), devRegistries: dev }
      const names = (dev?: boolean) =>
        Effect.map(search({ provider, dev }), ({ servers }) => servers.map(([name]) => name))
      assert.deepStrictEqual(yield* names(), ["a-example"])
      assert.strictEqual(more.arrived.length, 0)
      assert.deepStrictEqual(yield* names(true), ["a-example", "b-example", "dev-example"])
    })
  )

  it.live("asks whether servers can be used just now, when it is asked to", () =>
    Effect.gen(function* () {
      const [up, ill] = [yield* emulated(), yield* emulated()]
      yield* ill.emulator.setFaults([{ match: { path: "/availability" }, action: { _tag: "Reply", status: 503 } }])
      const list = yield* registry({ "ivo://up/skaha": up.url, "ivo://ill/skaha": ill.url })
      const provider = providerOf(list.origin)
      const { discovery, servers } = yield* search({ provider, availability: true })
      assert.deepStrictEqual(
        servers.map(([name]) => name),
        ["ill", "up"]
      )
      assert.deepStrictEqual([...discovery.availability.keys()], ["up"])
      assert.isTrue(discovery.availability.get("up")?.available)
      assert.notProperty(discovery.servers[1], "availability")
      assert.strictEqual((yield* search({ provider })).discovery.availability.size, 0)
    })
  )

  it.live("tells how it goes on", () =>
    Effect.gen(function* () {
      const server = yield* emulated()
      const list = yield* registry({ "ivo://a/skaha": server.url, "ivo://b/skaha": `${yield* nobody}/skaha` })
      const told: Array<ServerDiscovery.Progress> = []
      const provider = providerOf(list.origin, yield* nobody)
      const { sent } = yield* search({ provider, onProgress: (progress) => told.push(progress) })
      const words = told.map((progress) =>
        "registry" in progress ? `${progress._tag} ${progress.registry.name}` : `${progress._tag} ${progress.name}`
      )
      assert.deepStrictEqual(words.toSorted(), [
        "RegistryFailed registry 1",
        "RegistryRead registry 0",
        "ServerFailed b",
        "ServerFound a",
        "ServerListed a",
        "ServerListed b"
      ])
      assert.isBelow(words.indexOf("RegistryRead registry 0"), words.indexOf("ServerListed a"))
      assert.isBelow(words.indexOf("ServerListed a"), words.indexOf("ServerFound a"))
      assert.deepInclude(
        told.find(({ _tag }) => _tag === "ServerFound"),
        { uri: "ivo://a/skaha", url: server.url, version: "v1", auths: ["oidc"] }
      )
      assert.includeMembers(sent.map(addressOf), [`${server.url}/capabilities`])
    })
  )

  it.live("reads a registry that a bad editor has been at", () =>
    Effect.gen(function* () {
      const server = yield* emulated()
      const text = `\ufeff${registryText({ "ivo://a/skaha": server.url }).replaceAll("\n", "\r\n")}= = =\0\u2028`
      const list = yield* serve(documents({ "/reg/resource-caps": text }, "text/plain"))
      const { servers } = yield* search({ provider: providerOf(list.origin) })
      assert.strictEqual(servers.length, 1)
    })
  )
})
