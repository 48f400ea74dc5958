import { ConfigurationFileInvalid, ConfigurationFileUnusable, ConfigurationInvalid } from "@skaha/core"
import { ConfigurationFile, type Configuration, type ConfigurationUpdateError, type OidcRecord } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { handwrittenFile, home, pythonFile } from "../support/configurations.ts"
import { assertHides } from "../support/secrets.ts"

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

const useServer =
  (server: string | undefined) =>
  (now: Configuration): Configuration => ({ ...now, active: { ...now.active, server } })

const login: OidcRecord = {
  idp: "srcnet",
  mode: "oidc",
  endpoints: { token: "https://iam.example/token" },
  client: { identity: "me", secret: Redacted.make("hunter2 client"), secretExpiresAt: 0 },
  token: { access: Redacted.make("hunter2"), tokenType: "Bearer", scope: "openid profile" },
  expiry: { access: 1767225600 }
}

const signIn = (now: Configuration): Configuration => ({
  ...now,
  authentication: { ...now.authentication, srcnet: login }
})

const without = (records: Configuration["authentication"], name: string) =>
  Object.fromEntries(Object.entries(records).filter(([key]) => key !== name))

const nothingElse = (folder: string) => assert.deepStrictEqual(readdirSync(join(folder, ".canfar")), ["config.yaml"])

describe("ConfigurationFile", () => {
  it.effect("reads nothing before it is asked to", () =>
    Effect.gen(function* () {
      const file = yield* ConfigurationFile
      assert.strictEqual(yield* file.path, "/nowhere/config.yaml")
    }).pipe(Effect.provide(ConfigurationFile.layer({ path: "/nowhere/config.yaml" })))
  )

  it.effect.each([
    ["~/other.yaml", "/home/me/other.yaml"],
    ["/etc/canfar.yaml", "/etc/canfar.yaml"],
    ["canfar.yaml", join(process.cwd(), "canfar.yaml")],
    [undefined, "/home/me/.canfar/config.yaml"]
  ] as const)("is where it is said to be: %s", ([path, expected]) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* ConfigurationFile.make({ path, home: "/home/me" }).path, expected)
    })
  )

  it.effect("is in the home that the system says at the time of the call", () =>
    Effect.gen(function* () {
      const { folder } = yield* home()
      const file = ConfigurationFile.make()
      const before = process.env["HOME"]
      yield* Effect.acquireRelease(
        Effect.sync(() => (process.env["HOME"] = folder)),
        () => Effect.sync(() => (process.env["HOME"] = before))
      )
      assert.strictEqual(yield* file.path, join(folder, ".canfar", "config.yaml"))
      process.env["HOME"] = "nowhere"
      for (const way of [file.path, file.read, file.saved, file.update(signIn)]) {
        const error = yield* Effect.flip(Effect.asVoid<unknown, ConfigurationUpdateError, never>(way))
        assert.instanceOf(error, ConfigurationFileUnusable)
        assert.include(error.message, "no home folder")
      }
    }).pipe(Effect.scoped)
  )

  describe("update", () => {
    it.live("makes a file that nobody else can read, in a folder likewise", () =>
      Effect.gen(function* () {
        const { file, folder, path, text } = yield* home()
        assert.isUndefined(yield* file.saved)
        const said = yield* file.update(signIn)
        assert.deepStrictEqual(yield* file.saved, said)
        assert.deepStrictEqual(Object.keys(said.authentication), ["cadc", "srcnet"])
        assert.strictEqual(mode(path), "600")
        assert.strictEqual(mode(dirname(path)), "700")
        nothingElse(folder)
        assert.strictEqual(
          text(),
          `version: 1
active:
  authentication: cadc
  server: canfar
  servers: {}
authentication:
  cadc:
    idp: cadc
    mode: x509
    path: ${folder}/.ssl/cadcproxy.pem
    expiry: 0
  srcnet:
    idp: srcnet
    mode: oidc
    endpoints:
      token: https://iam.example/token
    client:
      identity: me
      secret: "hunter2 client"
      secret_expires_at: 0
    token:
      access: hunter2
      token_type: Bearer
      scope: "openid profile"
    expiry:
      access: 1767225600
servers:
  canfar:
    name: canfar
    idp: cadc
    uri: ivo://cadc.nrc.ca/skaha
    url: https://ws-uv.canfar.net/skaha
    version: v1
    auths: [x509]
`
        )
      }).pipe(Effect.scoped)
    )

    it.live("writes nothing where nothing changes", () =>
      Effect.gen(function* () {
        const { file, path } = yield* home(handwrittenFile)
        const before = statSync(path)
        yield* file.update((now) => ({ ...now, console: { ...now.console, width: 100 } }))
        assert.strictEqual(statSync(path).ino, before.ino)
      }).pipe(Effect.scoped)
    )

    it.live.each<readonly [what: string, change: (now: Configuration) => Configuration, gone: string, come: string]>([
      ["a word in brackets", useServer(undefined), "server: 'canfar'", "server: null"],
      [
        "a number between odd spaces",
        (now) => ({
          ...now,
          authentication: {
            ...now.authentication,
            cadc: { idp: "cadc", mode: "x509", path: "/home/me/.ssl/cadcproxy.pem", expiry: 5 }
          }
        }),
        "      expiry: 1_767_225_600",
        "      expiry: 5"
      ],
      [
        "a value with a comment behind it",
        (now) => ({ ...now, servers: { canfar: { ...now.servers["canfar"], url: "https://other.example/skaha" } } }),
        "    url:   https://ws-uv.canfar.net/skaha  # the big one",
        "    url:   https://other.example/skaha  # the big one"
      ],
      [
        "a list in lines",
        (now) => ({ ...now, servers: { canfar: { ...now.servers["canfar"], auths: ["x509", "on"] } } }),
        "    auths:\n    - x509\n",
        '    auths: [x509, "on"]\n'
      ],
      [
        "a part of a mapping in brackets",
        (now) => ({ ...now, active: { ...now.active, servers: { cadc: "canfar" } } }),
        "server: 'canfar'}   #",
        "server: 'canfar', servers: {cadc: canfar}}   #"
      ],
      [
        "a new record, behind the comments of the last one",
        (now) => ({ ...now, servers: { ...now.servers, src: { url: "https://src.example", auths: [] } } }),
        "    # end of canfar\n",
        "    # end of canfar\n  src:\n    name: src\n    url: https://src.example\n    auths: []\n"
      ],
      [
        "a new section",
        (now) => ({ ...now, registry: { username: "me", secret: Redacted.make("hunter2: yes") } }),
        "# bye\n",
        '# bye\nregistry:\n  username: me\n  secret: "hunter2: yes"\n'
      ],
      [
        "what goes from brackets",
        (now) => ({
          ...now,
          authentication: {
            ...now.authentication,
            srcnet: { ...login, token: {}, client: {}, endpoints: {}, expiry: {} }
          }
        }),
        "token: { access: 'hunter2' }",
        "token: {  }"
      ],
      [
        "a record that goes",
        (now) => ({ ...now, authentication: without(now.authentication, "srcnet") }),
        "  srcnet: { mode: oidc, token: { access: 'hunter2' }, mood: good }\n",
        ""
      ],
      [
        "the last record that goes",
        (now) => ({ ...useServer(undefined)(now), servers: {} }),
        "server: 'canfar'",
        "server: null"
      ]
    ])("touches only what it changes: %s", ([, change, gone, come]) =>
      Effect.gen(function* () {
        const { file, text } = yield* home(handwrittenFile)
        const said = yield* file.update(change)
        const expected = handwrittenFile.replace(gone, come)
        if (Object.keys(said.servers).length > 0) assert.strictEqual(text(), expected)
        else assert.include(text(), "\nservers: {}\n    # end of canfar\n")
        assert.deepStrictEqual(yield* file.read, said)
      }).pipe(Effect.scoped)
    )

    it.live("keeps line breaks of Windows, and a mark at the beginning", () =>
      Effect.gen(function* () {
        const windows = `\ufeff${handwrittenFile.replaceAll("\n", "\r\n")}`
        const { file, text } = yield* home(windows)
        yield* file.update((now) => ({ ...now, servers: { ...now.servers, src: { idp: "cadc", version: "v1" } } }))
        assert.notMatch(text(), /[^\r]\n/)
        assert.strictEqual(
          text().replace("  src:\r\n    name: src\r\n    idp: cadc\r\n    version: v1\r\n", ""),
          windows
        )
      }).pipe(Effect.scoped)
    )

    it.live("adds to a file without a last line break", () =>
      Effect.gen(function* () {
        const { file, text } = yield* home("version: 1\nconsole:\n  width: 90")
        yield* file.update((now) => ({ ...now, console: { ...now.console, banner: false } }))
        assert.strictEqual(text(), "version: 1\nconsole:\n  width: 90\n  banner: false\n")
      }).pipe(Effect.scoped)
    )

    it.live("changes a file in brackets, as JSON is", () =>
      Effect.gen(function* () {
        const { file, text } = yield* home('{"version": 1, "console": {"width": 90}}\n')
        yield* file.update((now) => ({ ...now, console: { width: 80, banner: false } }))
        assert.strictEqual(text(), '{"version": 1, "console": {"width": 80, banner: false}}\n')
      }).pipe(Effect.scoped)
    )

    it.live("fills in a value that is missing behind its colon", () =>
      Effect.gen(function* () {
        const { file, text } = yield* home("version: 1\nservers:\n  canfar:\n    url:\n    idp: # none\n    version:\n")
        yield* file.update((now) => ({
          ...now,
          servers: { canfar: { url: "https://a.example", idp: "cadc", version: "v1" } }
        }))
        assert.strictEqual(
          text(),
          "version: 1\nservers:\n  canfar:\n    url: https://a.example\n    idp: cadc # none\n    version: v1\n"
        )
      }).pipe(Effect.scoped)
    )

    it.live("overrides what is merged into an entry, and leaves what it is merged from", () =>
      Effect.gen(function* () {
        const merged =
          "version: 1\nservers:\n  canfar: &base\n    version: v1\n    idp: cadc\n  b:\n    <<: *base\n    url: https://b.example\n"
        const { file, text } = yield* home(merged)
        const said = yield* file.update((now) => ({
          ...now,
          servers: { ...now.servers, b: { ...now.servers["b"], version: "v2" } }
        }))
        assert.strictEqual(text(), `${merged}    version: v2\n`)
        assert.strictEqual(said.servers["canfar"]?.version, "v1")
      }).pipe(Effect.scoped)
    )

    it.live("refuses to change what is shared between entries, and leaves the file as it is", () =>
      Effect.gen(function* () {
        const shared = "version: 1\nservers:\n  canfar: &base {version: v1}\n  b: *base\n"
        const { file, folder, text } = yield* home(shared)
        const error = yield* Effect.flip(
          file.update((now) => ({ ...now, servers: { ...now.servers, canfar: { version: "v2" } } }))
        )
        assert.instanceOf(error, ConfigurationFileInvalid)
        assert.include(error.message, "by hand")
        assert.strictEqual(text(), shared)
        nothingElse(folder)
      }).pipe(Effect.scoped)
    )

    it.live("tightens a mode that lets others read", () =>
      Effect.gen(function* () {
        const { file, path } = yield* home(pythonFile)
        chmodSync(path, 0o664)
        yield* file.update(useServer("canfar"))
        assert.strictEqual(mode(path), "600")
      }).pipe(Effect.scoped)
    )

    it.live("writes through a link, also one to a file that is not there yet", () =>
      Effect.gen(function* () {
        const { file, folder, path } = yield* home(pythonFile)
        mkdirSync(join(folder, "dotfiles"))
        const target = join(folder, "dotfiles", "canfar.yaml")
        renameSync(path, target)
        symlinkSync("../dotfiles/canfar.yaml", path)
        yield* file.update(useServer("canfar"))
        assert.isTrue(lstatSync(path).isSymbolicLink())
        assert.strictEqual(readlinkSync(path), "../dotfiles/canfar.yaml")
        assert.strictEqual(readFileSync(target, "utf8"), pythonFile.replace("server: canSRC", "server: canfar"))
        assert.deepStrictEqual(readdirSync(dirname(target)), ["canfar.yaml"])

        renameSync(target, join(folder, "old"))
        yield* file.update(signIn)
        assert.isTrue(lstatSync(path).isSymbolicLink())
        assert.strictEqual(mode(target), "600")
      }).pipe(Effect.scoped)
    )

    it.live("keeps the version of the file, and what only the other knows out of it", () =>
      Effect.gen(function* () {
        const { file, text } = yield* home("version: 2\n")
        const record = { url: "https://a.example", cores: 2, ram: 4, resources: { sessions: 3 } }
        const said = yield* file.update((now) => ({ ...now, version: 1, servers: { ...now.servers, a: record } }))
        assert.strictEqual(said.version, 2)
        assert.include(text(), "  a:\n    name: a\n    url: https://a.example\n    resources:\n      sessions: 3\n")
        assert.notInclude(text(), "cores")
      }).pipe(Effect.scoped)
    )

    it.live.each<readonly [problem: string, change: (now: Configuration) => Configuration]>([
      ["active.server: names no record of servers", useServer("x")],
      ["registry.secret: is missing", (now) => ({ ...now, registry: { username: "hunter2" } })],
      ["console.width: is less than 1", (now) => ({ ...now, console: { width: 0, banner: true } })],
      ["servers.….", (now) => ({ ...now, servers: { ...now.servers, "hunter2 x": { url: "hunter2" } } })]
    ])("refuses a result that breaks a rule: %s", ([problem, change]) =>
      Effect.gen(function* () {
        const { file, folder, text } = yield* home(pythonFile)
        const error = yield* Effect.flip(file.update(change))
        assert.instanceOf(error, ConfigurationInvalid)
        assert.include(error.message, problem)
        assertHides(error, "hunter2")
        assert.strictEqual(text(), pythonFile)
        nothingElse(folder)
      }).pipe(Effect.scoped)
    )

    it.live("does not touch a file that it does not understand", () =>
      Effect.gen(function* () {
        const { file, text } = yield* home("version: 1\nactive: [hunter2\n")
        const error = yield* Effect.flip(file.update(signIn))
        assert.instanceOf(error, ConfigurationFileInvalid)
        assertHides(error, "hunter2")
        assert.strictEqual(text(), "version: 1\nactive: [hunter2\n")
      }).pipe(Effect.scoped)
    )

    it.live("applies the change again to what somebody else writes meanwhile", () =>
      Effect.gen(function* () {
        const { file, path, text } = yield* home(pythonFile)
        let calls = 0
        yield* file.update((now) => {
          calls++
          // As Python would: without a lock, after the file was read.
          if (calls === 1) writeFileSync(path, pythonFile.replace("width: 120", "width: 77"))
          return useServer("canfar")(now)
        })
        assert.strictEqual(calls, 2)
        assert.include(text(), "width: 77")
        assert.include(text(), "authentication: srcnet\n  server: canfar\n")
      }).pipe(Effect.scoped)
    )

    it.live("removes what a crash has left, and nothing of others", () =>
      Effect.gen(function* () {
        const { file, folder, path } = yield* home(pythonFile)
        const left = `${dirname(path)}/.config.yaml.0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f.draft`
        const python = `${dirname(path)}/.config.yaml.x1y2z3`
        writeFileSync(left, "hunter2")
        writeFileSync(python, "hunter2")
        yield* file.update(useServer("canfar"))
        assert.isFalse(existsSync(left))
        assert.isTrue(existsSync(python))
        assert.lengthOf(readdirSync(join(folder, ".canfar")), 2)
      }).pipe(Effect.scoped)
    )

    it.live("shows no secret in logs and spans", () =>
      Effect.gen(function* () {
        const { file } = yield* home(pythonFile)
        const seen: Array<unknown> = []
        const logger = Logger.make(({ message, cause }) => {
          seen.push(message, cause)
        })
        yield* file.update(signIn).pipe(
          Effect.tap((said) => Effect.log(said)),
          Effect.provide(Logger.layer([logger]))
        )
        assert.isAbove(seen.length, 0)
        assertHides(seen, "hunter2")
      }).pipe(Effect.scoped)
    )
  })
})
