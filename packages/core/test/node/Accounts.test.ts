import type { IdentityProviders, SkahaError } from "@skaha/core"
import { Accounts, ConfigurationFile } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, pythonFile, secrets } from "../support/configurations.ts"
import { serve } from "../support/loopback.ts"
import { assertHides } from "../support/secrets.ts"
import { answering, documents, network, registry } from "../support/servers.ts"
import { serverDocument } from "../support/vosi.ts"

/** Accounts in a file, with nobody to ask. */
const open = Effect.fnUntraced(function* (
  text?: string,
  providers?: ReadonlyArray<IdentityProviders.IdentityProvider>
) {
  const place = yield* home(text)
  const { layer, sent } =
    providers === undefined ? answering(() => ({ status: 404, headers: {}, body: "" })) : yield* network()
  const accounts = yield* Accounts.make({ home: place.folder, providers }).pipe(
    Effect.provideService(ConfigurationFile, place.file),
    Effect.provide(layer)
  )
  return { ...place, accounts, sent }
})

/** Servers of srcnet with these names, and srcnet with a registry of them. */
const srcnetWith = Effect.fnUntraced(function* (...names: ReadonlyArray<string>) {
  const origins: Record<string, string> = {}
  for (const name of names) {
    const server: Effect.Success<ReturnType<typeof serve>> = yield* serve((response, arrived, request) =>
      documents({ "/skaha/capabilities": serverDocument(`${server.origin}/skaha`) })(response, arrived, request)
    )
    origins[`ivo://${name}/skaha`] = `${server.origin}/skaha`
  }
  const { origin } = yield* registry(origins)
  const srcnet: IdentityProviders.IdentityProvider = {
    key: "srcnet",
    name: "A network",
    mode: "oidc",
    registries: [{ name: "here", url: `${origin}/reg/resource-caps` }],
    devRegistries: []
  }
  return { origins, srcnet }
})

const activeOf = ({ file }: Effect.Success<ReturnType<typeof open>>) => Effect.map(file.read, ({ active }) => active)

const fails = (effect: Effect.Effect<unknown, SkahaError>) => Effect.flip(effect)

describe("Accounts", () => {
  it.effect("lists who has signed in, and shows who it is now", () =>
    Effect.gen(function* () {
      const { accounts } = yield* open(pythonFile)
      const list = yield* accounts.list
      assert.deepStrictEqual(
        list.map(({ active, idp, mode, name, server }) => ({ idp, name, mode, active, server })),
        [
          { idp: "cadc", name: "Canadian Astronomy Data Centre", mode: "x509", active: false, server: undefined },
          { idp: "srcnet", name: "SKA Regional Centre Network", mode: "oidc", active: true, server: "canSRC" }
        ]
      )
      assert.deepStrictEqual(yield* accounts.show, list[1])
      assertHides(list, ...secrets)
    })
  )

  describe("use", () => {
    it.effect("brings back the server that was used last", () =>
      Effect.gen(function* () {
        const here = yield* open(pythonFile)
        assert.deepInclude(yield* here.accounts.use("cadc"), { idp: "cadc", active: true, server: "canfar" })
        assert.deepInclude(yield* here.accounts.use("srcnet"), { idp: "srcnet", active: true, server: "canSRC" })
        assert.strictEqual(here.text(), pythonFile)
      })
    )

    it.effect("leaves no server of another provider in use, and remembers it", () =>
      Effect.gen(function* () {
        const here = yield* open(pythonFile.replace("  servers:\n    cadc: canfar\n    srcnet: canSRC\n", ""))
        assert.deepInclude(yield* here.accounts.use("cadc"), { active: true, server: undefined })
        assert.deepStrictEqual(yield* activeOf(here), {
          authentication: "cadc",
          server: undefined,
          servers: { srcnet: "canSRC" }
        })
        assert.strictEqual((yield* here.accounts.use("srcnet")).server, "canSRC")
      })
    )

    it.effect("knows who is no provider, and who is not signed in", () =>
      Effect.gen(function* () {
        const here = yield* open("version: 1\n")
        for (const call of [here.accounts.use, here.accounts.remove]) {
          assert.deepInclude(yield* fails(call("nobody")), { _tag: "ProviderUnknown", choices: ["cadc", "srcnet"] })
          assert.deepInclude(yield* fails(call("srcnet")), { _tag: "LoginRequired", idp: "srcnet" })
          assert.deepInclude(yield* fails(call("toString")), { _tag: "ProviderUnknown" })
        }
        assert.deepInclude(yield* fails(here.accounts.login("nobody")), { _tag: "ProviderUnknown" })
        assert.deepInclude(yield* fails(here.accounts.servers.discover("nobody")), { _tag: "ProviderUnknown" })
        assert.deepInclude(yield* fails(here.accounts.servers.activate("srcnet")), { _tag: "LoginRequired" })
        assert.strictEqual(here.text(), "version: 1\n")
        assert.deepStrictEqual(here.sent, [])
      })
    )
  })

  describe("remove", () => {
    it.effect("forgets a login and its servers", () =>
      Effect.gen(function* () {
        const here = yield* open(pythonFile)
        yield* here.accounts.remove("cadc")
        const { active, authentication, servers } = yield* here.file.read
        assert.deepStrictEqual([Object.keys(authentication), Object.keys(servers)], [["srcnet"], ["canSRC"]])
        assert.deepStrictEqual(active, { authentication: "srcnet", server: "canSRC", servers: { srcnet: "canSRC" } })
        assert.include(here.text(), "hunter2-registry")
      })
    )

    it.effect("forgets the one in use by force only, and another is in use then", () =>
      Effect.gen(function* () {
        const here = yield* open(pythonFile)
        const error = yield* fails(here.accounts.remove("srcnet"))
        assert.strictEqual(error._tag, "ForceRequired")
        assert.strictEqual(here.text(), pythonFile)
        yield* here.accounts.remove("srcnet", { force: true })
        assert.deepStrictEqual(yield* activeOf(here), {
          authentication: "cadc",
          server: "canfar",
          servers: { cadc: "canfar" }
        })
        for (const secret of ["hunter2-access", "hunter2-refresh", "hunter2-client"]) {
          assert.notInclude(here.text(), secret)
        }
      })
    )

    it.effect("leaves what holds without a file where the last one goes", () =>
      Effect.gen(function* () {
        const here = yield* open(pythonFile)
        const fresh = yield* open()
        yield* here.accounts.remove("cadc")
        yield* here.accounts.remove("srcnet", { force: true })
        const { active, servers } = yield* here.file.read
        const initial = yield* fresh.file.read
        assert.deepStrictEqual([active, servers], [initial.active, initial.servers])
      })
    )
  })

  it.effect("purges by force only, and keeps all else", () =>
    Effect.gen(function* () {
      const here = yield* open(pythonFile)
      assert.strictEqual((yield* fails(here.accounts.purge()))._tag, "ForceRequired")
      assert.strictEqual(here.text(), pythonFile)
      yield* here.accounts.purge({ force: true })
      const { authentication, console, registry: images } = yield* here.file.read
      assert.deepStrictEqual(Object.keys(authentication), ["cadc"])
      assert.deepStrictEqual([console.width, images.username], [120, "me"])
      const fresh = yield* open()
      yield* fresh.accounts.purge({ force: true })
      assert.isUndefined(yield* fresh.file.saved)
    })
  )

  describe("servers", () => {
    const text = pythonFile.replace(
      "active:\n  authentication: srcnet\n  server: canSRC\n",
      "active:\n  authentication: srcnet\n"
    )

    it.live("are looked for without a login, and saved beside the others", () =>
      Effect.gen(function* () {
        const { origins, srcnet } = yield* srcnetWith("one", "two")
        const here = yield* open(undefined, [srcnet])
        const { servers } = yield* here.accounts.servers.discover("srcnet")
        assert.deepStrictEqual(
          servers.map(({ name }) => name),
          ["one", "two"]
        )
        const saved = (yield* here.file.read).servers
        assert.deepStrictEqual(Object.keys(saved).toSorted(), ["canfar", "one", "two"])
        assert.deepInclude(saved["two"], {
          idp: "srcnet",
          url: origins["ivo://two/skaha"],
          version: "v1",
          auths: ["oidc"]
        })
      })
    )

    it.live("are those of the login in use, looked for when none is known", () =>
      Effect.gen(function* () {
        const { srcnet } = yield* srcnetWith("one")
        const here = yield* open(text, [srcnet])
        assert.deepStrictEqual(
          (yield* here.accounts.servers.list()).map(({ name }) => name),
          ["canSRC"]
        )
        assert.deepStrictEqual(here.sent, [])
        yield* here.file.update(({ active, servers: { canfar }, ...now }) => ({
          ...now,
          active: { ...active, server: undefined, servers: {} },
          servers: canfar === undefined ? {} : { canfar }
        }))
        assert.deepStrictEqual(yield* here.accounts.servers.list({ discover: false }), [])
        assert.deepStrictEqual(
          (yield* here.accounts.servers.list()).map(({ name }) => name),
          ["one"]
        )
        assert.include(here.text(), "ivo://one/skaha")
      })
    )

    it.live("say what went wrong when there is none", () =>
      Effect.gen(function* () {
        const { srcnet } = yield* srcnetWith()
        const here = yield* open(text, [{ ...srcnet, registries: [{ name: "gone", url: "http://127.0.0.1:9/reg" }] }])
        const error = yield* fails(here.accounts.servers.discover("srcnet"))
        assert.strictEqual(error._tag, "ServersNotFound")
        assert.include(error.message, "gone: ")
        assert.strictEqual(here.text(), text)
      })
    )
  })
})
