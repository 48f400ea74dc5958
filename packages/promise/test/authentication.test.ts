import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  AsyncSession,
  authentication,
  Cancelled,
  ForceRequired,
  InvalidInput,
  login,
  LoginDenied,
  LoginRequired,
  ProviderUnknown,
  server,
  ServerSelectionRequired,
  ServerUnknown,
  type AccountsOptions,
  type authentication as Authentication
} from "skaha"
import { listener } from "./support/listener.ts"
import { openIdProvider, secrets } from "./support/openIdProvider.ts"
import { token, usePlatform } from "./support/platform.ts"
import { rejection, rejectionOf } from "./support/rejection.ts"
import { giveaways } from "./support/secrets.ts"
import { server as profile } from "./support/server.ts"

const platform = usePlatform()

let home = ""
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "skaha-home-"))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const file = () => join(home, "config.yaml")
const text = () => readFileSync(file(), "utf8")

/** A network with an OpenID provider and servers of these names, all of which are the platform. */
const network = async (names: ReadonlyArray<string>, given: { readonly denied?: boolean } = {}) => {
  const provider = await openIdProvider(token, given)
  const registry = await listener((_, response) =>
    response.end(names.map((name) => `ivo://${name}/skaha = ${platform.url}/capabilities\n`).join(""))
  )
  const options: AccountsOptions = {
    configuration: file(),
    home,
    allowInsecureRequests: true,
    providers: [
      {
        key: "srcnet",
        name: "A network",
        mode: "oidc",
        registries: [{ name: "here", url: registry.origin }],
        devRegistries: [],
        openId: { issuer: provider.origin, discovery: `${provider.origin}/.well-known/openid-configuration` }
      }
    ]
  }
  const prompts: Array<Authentication.LoginPrompt> = []
  const onPrompt = (prompt: Authentication.LoginPrompt) => {
    prompts.push(prompt)
  }
  const close = async () => {
    await registry.close()
    await provider[Symbol.asyncDispose]()
  }
  return { options, onPrompt, prompts, provider, [Symbol.asyncDispose]: close }
}

describe("login", () => {
  it("signs in for all clients of this machine", async () => {
    await using here = await network(["one"])
    const { options, onPrompt, prompts, provider } = here
    const { expiry, ...result } = await login("srcnet", { ...options, onPrompt })
    assert.deepStrictEqual(result, {
      idp: "srcnet",
      name: "A network",
      mode: "oidc",
      active: true,
      server: "one",
      origin: "obtained",
      username: "alice",
      reason: "single"
    })
    assert.isNull(expiry)
    const [prompt] = prompts
    assert.deepInclude(prompt, {
      userCode: "WDJB-MJHT",
      verificationUri: `${provider.origin}/confirm`,
      verificationUriComplete: `${provider.origin}/confirm?user_code=WDJB-MJHT`
    })
    assert.isAbove(Number(prompt?.expires), Date.now())

    await using sessions = new AsyncSession({ configuration: file(), loglevel: "critical" })
    assert.deepStrictEqual(await sessions.fetch(), [])
    assert.strictEqual(platform.arrived.at(-1)?.headers["authorization"], `Bearer ${token}`)

    const again = await authentication.login("srcnet", options)
    assert.deepInclude(again, { origin: "kept", username: null, reason: "active" })
    assert.strictEqual(prompts.length, 1)
    assert.include(text(), "hunter2-refresh")
    assert.deepStrictEqual(giveaways([result, again, await authentication.list(options)], [...secrets, token]), [])
  })

  it("has a server chosen, and rejects with what the caller's function throws", async () => {
    await using here = await network(["one", "two"])
    const { options, onPrompt } = here
    const lost = await rejectionOf(ServerSelectionRequired, login("srcnet", { ...options, onPrompt }))
    assert.deepStrictEqual(
      lost.choices.map(({ name }) => name),
      ["one", "two"]
    )
    const oops = new Error("oops")
    const chooseServer = () => Promise.reject(oops)
    assert.strictEqual(await rejection(login("srcnet", { ...options, chooseServer })), oops)
    const chosen = await login("srcnet", {
      ...options,
      chooseServer: (servers) => servers.find(({ name }) => name === "two")?.name ?? ""
    })
    assert.deepInclude(chosen, { server: "two", reason: "selected", origin: "kept" })
  })

  it("is denied, cancelled, and given nonsense", async () => {
    await using here = await network(["one"], { denied: true })
    const { options, onPrompt } = here
    await rejectionOf(LoginDenied, login("srcnet", { ...options, onPrompt }))
    await rejectionOf(LoginRequired, login("srcnet", options))
    await rejectionOf(ProviderUnknown, login("nobody", options))
    await rejectionOf(Cancelled, login("srcnet", { ...options, onPrompt, signal: AbortSignal.abort() }))
    const controller = new AbortController()
    const waits = () => {
      controller.abort()
      return new Promise<void>(() => {})
    }
    await rejectionOf(Cancelled, login("srcnet", { ...options, onPrompt: waits, signal: controller.signal }))
    const misspelt: object = { ...options, onPromt: onPrompt }
    await rejectionOf(InvalidInput, login("srcnet", misspelt))
    assert.throws(text)
  })
})

describe("authentication and server", () => {
  const saved = `version: 1
active: {authentication: cadc, server: canfar, servers: {}}
authentication:
  cadc: {idp: cadc, mode: x509, path: /nowhere.pem, expiry: 0}
  srcnet: {idp: srcnet, mode: oidc, token: {access: ${token}}, expiry: {access: 4102444800}}
servers:
  canfar: {name: canfar, idp: cadc, url: "https://ws-uv.canfar.net/skaha", version: v1, auths: [x509]}
`

  it("use, list, remove and purge what is saved", async () => {
    await using here = await network(["one"])
    const { options } = here
    writeFileSync(file(), saved)
    assert.deepStrictEqual(await authentication.list(options), [
      { idp: "cadc", name: "cadc", mode: "x509", expiry: null, active: true, server: "canfar" },
      { idp: "srcnet", name: "A network", mode: "oidc", expiry: 4102444800, active: false, server: null }
    ])
    const used = await authentication.use("srcnet", options)
    assert.deepInclude(used, { idp: "srcnet", active: true, server: null })
    assert.deepStrictEqual(await authentication.show(options), used)
    await rejectionOf(ForceRequired, authentication.remove("srcnet", options))
    await rejectionOf(ForceRequired, authentication.purge(options))
    await rejectionOf(InvalidInput, authentication.use(JSON.parse("null"), options))
    await authentication.remove("srcnet", { ...options, force: true })
    assert.notInclude(text(), token)
    assert.deepInclude(await authentication.show(options), { idp: "cadc", server: "canfar" })
    await authentication.purge({ ...options, force: true })
    assert.notInclude(text(), "/nowhere.pem")
  })

  it("discover, list and use servers", async () => {
    await using here = await network(["one", "two"])
    const { options } = here
    writeFileSync(file(), saved)
    await authentication.use("srcnet", options)
    assert.deepStrictEqual(await server.list({ ...options, discoverIfEmpty: false }), [])
    const listed = await server.list(options)
    assert.deepStrictEqual(
      listed.map(({ name, uri, url, version }) => ({ name, uri, url, version })),
      ["one", "two"].map((name) => ({
        name,
        uri: `ivo://${name}/skaha`,
        url: platform.url,
        version: profile.version
      }))
    )
    assert.deepStrictEqual(await server.discover("srcnet", options), listed)
    await rejectionOf(ServerSelectionRequired, server.activate("srcnet", undefined, options))
    const { reason, server: used } = await server.use("two", options)
    assert.deepStrictEqual([reason, used.name], ["selected", "two"])
    assert.strictEqual((await authentication.show(options)).server, "two")
    assert.strictEqual((await server.activate("srcnet", undefined, options)).reason, "active")
    assert.strictEqual((await server.activate("srcnet", "ivo://one/skaha", options)).server.name, "one")
    await rejectionOf(ServerUnknown, server.use("three", options))
    assert.strictEqual((await authentication.show(options)).server, "one")
  })
})
