import { ConfigurationFileInvalid } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { join } from "node:path"
import { handwrittenFile, home, pythonFile } from "../support/configurations.ts"
import { assertHides } from "../support/secrets.ts"

const read = (text?: string) =>
  Effect.scoped(Effect.flatMap(home(text), ({ file, folder }) => Effect.map(file.read, (said) => ({ said, folder }))))

/** What is wrong with a file: line, field and message of each problem. */
const wrong = (text: string) =>
  Effect.scoped(
    Effect.flatMap(home(text), ({ file, text: now }) =>
      Effect.map(Effect.flip(file.read), (error) => {
        assert.instanceOf(error, ConfigurationFileInvalid)
        assert.strictEqual(now(), text)
        assertHides(error, "hunter2")
        return error.problems.map(({ field, line, message }) => `${line ?? "-"} ${field}: ${message}`)
      })
    )
  )

/** A good file of so many lines, to which others can be added. */
const base = "version: 1\nactive: {authentication: cadc}\nauthentication: {cadc: {mode: x509}}\n"

describe("Configuration", () => {
  it.effect("is that of a new user where there is no file", () =>
    Effect.gen(function* () {
      const { folder, said } = yield* read()
      assert.deepStrictEqual(said, {
        version: 1,
        active: { authentication: "cadc", server: "canfar", servers: {} },
        authentication: {
          cadc: { idp: "cadc", mode: "x509", path: join(folder, ".ssl", "cadcproxy.pem"), expiry: 0 }
        },
        servers: {
          canfar: {
            name: "canfar",
            idp: "cadc",
            uri: "ivo://cadc.nrc.ca/skaha",
            url: "https://ws-uv.canfar.net/skaha",
            version: "v1",
            auths: ["x509"]
          }
        },
        registry: {},
        console: { width: 120, banner: true }
      })
    })
  )

  it.effect("is read from a file of the Python client's", () =>
    Effect.gen(function* () {
      const { said } = yield* read(pythonFile)
      assert.deepStrictEqual(said.active, {
        authentication: "srcnet",
        server: "canSRC",
        servers: { cadc: "canfar", srcnet: "canSRC" }
      })
      const { srcnet } = said.authentication
      assert(srcnet?.mode === "oidc")
      assert.strictEqual(srcnet.token.access && Redacted.value(srcnet.token.access), "hunter2-access")
      assert.strictEqual(srcnet.token.refresh && Redacted.value(srcnet.token.refresh), "hunter2-refresh")
      assert.strictEqual(srcnet.client.secret && Redacted.value(srcnet.client.secret), "hunter2-client")
      assert.strictEqual(srcnet.token.tokenType, "Bearer")
      assert.strictEqual(srcnet.expiry.access, 1767225600)
      assert.strictEqual(said.registry.secret && Redacted.value(said.registry.secret), "hunter2-registry")
      assert.deepStrictEqual(said.servers["canSRC"]?.auths, ["oidc", "token"])
      assert.strictEqual(said.servers["canfar"]?.ram, 16)
      assertHides(said, "hunter2")
    })
  )

  it.effect("is read from a file of somebody's own style", () =>
    Effect.gen(function* () {
      const { said } = yield* read(handwrittenFile)
      assert.deepStrictEqual(said.authentication["cadc"], {
        idp: "cadc",
        mode: "x509",
        path: "/home/me/.ssl/cadcproxy.pem",
        expiry: 1767225600
      })
      assert.deepStrictEqual(said.console, { width: 100, banner: true })
    })
  )

  it.effect("completes a file that lacks whole sections, and no others", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read("version: 1")).said.active.server, "canfar")
      const { said } = yield* read(`${base}servers: {}`)
      assert.deepStrictEqual(said.servers, {})
      assert.isUndefined(said.active.server)
      assert.deepStrictEqual(said.authentication, { cadc: { idp: "cadc", mode: "x509", expiry: 0 } })
    })
  )

  it.effect("takes a record's key for its name, whatever it says", () =>
    Effect.gen(function* () {
      const { said } = yield* read(
        "version: 1\nauthentication: {cadc: {mode: x509, idp: other}}\nservers: {canfar: {name: other, idp: x}}"
      )
      assert.strictEqual(said.authentication["cadc"]?.idp, "cadc")
      assert.strictEqual(said.servers["canfar"]?.name, "canfar")
      assert.strictEqual(said.servers["canfar"]?.idp, "x")
    })
  )

  it.effect.each([
    ["console: {width: '80'}", 80, true],
    ["console: {width: 80.0, banner: 0}", 80, false],
    ["console: {banner: off}", 120, false],
    ["console: {banner: 'YES'}", 120, true],
    ["console: {width: 0b11, banner: 't', more: [1]}", 3, true]
  ] as const)("reads numbers and truths as Python does: %s", ([line, width, banner]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* read(base + line)).said.console, { width, banner })
    })
  )

  it.effect.each(["y", "n", "1e5", "089", ".", "0:30", "1.5e3", "2e-3"])("reads %s as text, as Python does", (text) =>
    Effect.gen(function* () {
      const { said } = yield* read(`version: 1\nauthentication: {cadc: {mode: x509, path: ${text}}}`)
      assert.deepStrictEqual(said.authentication["cadc"], { idp: "cadc", mode: "x509", path: text, expiry: 0 })
    })
  )

  it.effect("is of version 2 in newer files, with what that knows", () =>
    Effect.gen(function* () {
      const { said } = yield* read(`version: 2
servers:
  canfar:
    idp: cadc
    storage: {arc: {uri: ivo://cadc.nrc.ca/arc, url: https://ws-uv.canfar.net/arc}}
    resources: {fixed: {cores: {min: 1, max: 16}, ram: null}, gpus: {min: 0, max: 0}, sessions: 3}
`)
      assert.strictEqual(said.version, 2)
      assert.deepStrictEqual(said.servers["canfar"], {
        name: "canfar",
        idp: "cadc",
        storage: { arc: { uri: "ivo://cadc.nrc.ca/arc", url: "https://ws-uv.canfar.net/arc" } },
        resources: {
          fixed: { cores: { min: 1, max: 16 }, ram: undefined },
          gpus: { min: 0, max: 0 },
          sessions: 3
        }
      })
    })
  )

  it.effect.each<readonly [text: string, ...problems: ReadonlyArray<string>]>([
    ["", "- : is empty"],
    ["# nothing\n", "- : is empty"],
    ["---\n", "- : is empty"],
    ["- a\n", "1 : is not a mapping"],
    ["hunter2", "1 : is not a mapping"],
    ["active: {}", "1 version: is missing"],
    ["\nversion: 3", "2 version: is not 1 or 2"],
    ["version: one", "1 version: is not 1 or 2"],
    ["version: true", "1 version: is not 1 or 2"],
    ["version: 1\nactive: [hunter2", "2 : is not YAML: the indentation is wrong, or a bracket is not closed"],
    ["version: 1\nactive:\n\tserver: x", "3 : is not YAML: tabs cannot indent"],
    [
      "version: 1\nactive: hunter2: x",
      "2 : is not YAML: a value where there can be none: is a text with a colon not quoted?"
    ],
    [
      "version: 1\nactive: 'hunter2",
      "2 : is not YAML: something is missing: a quote, a bracket, a comma, a space or a colon"
    ],
    ["version: 1\n---\nversion: 1", "2 : is not YAML: a second document begins"],
    ["version: 1\nactive: *hunter2", "- : is not YAML: its aliases make no sense"],
    ["version: !python/object:os.system 1", "1 : is not YAML: a tag that is unknown or does not fit"],
    [`${base}other: 1`, "4 other: is not a key of this file"],
    [`${base}hunter2.hunter2: 1`, "4 …: is not a key of this file"],
    [`${base}servers: {canfar: {colour: red}}`, "4 servers.canfar.colour: is not a key of this file"],
    [`${base}servers: {canfar: {storage: {}}}`, "4 servers.canfar.storage: is not a key of this file"],
    ["version: 2\nservers: {canfar: {cores: 2}}", "2 servers.canfar.cores: is not a key of this file"],
    ["version: 1\nactive: cadc", "2 active: is not a mapping"],
    ["version: 1\nactive: {server: canfar}", "2 active.authentication: is missing"],
    ["version: 1\nactive: {authentication: 5}", "2 active.authentication: is not text"],
    ["version: 1\nactive: {authentication: cadc, server: [x]}", "2 active.server: is not text"],
    ["version: 1\nactive: {authentication: cadc, servers: null}", "2 active.servers: is not a mapping"],
    ["version: 1\nactive: {authentication: cadc, servers: {cadc: 5}}", "2 active.servers.cadc: is not text"],
    ["version: 1\nactive: {authentication: srcnet}", "2 active.authentication: names no record of authentication"],
    ["version: 1\nactive: {authentication: cadc, server: x}", "2 active.server: names no record of servers"],
    [
      "version: 1\nactive: {authentication: cadc, servers: {x: canfar}}",
      "2 active.servers.x: names no record of authentication"
    ],
    [
      "version: 1\nactive: {authentication: cadc, servers: {cadc: x}}",
      "2 active.servers.cadc: names no record of servers"
    ],
    [
      "version: 1\nactive: {authentication: cadc, servers: {cadc: canfar}}\nservers: {canfar: {idp: srcnet}}",
      "2 active.servers.cadc: is a server of another provider"
    ],
    ["version: 1\nauthentication: null", "2 authentication: is not a mapping"],
    [
      "version: 1\nauthentication:\n  cadc: hunter2",
      "3 authentication.cadc: is not a mapping with a mode of x509 or oidc"
    ],
    ["version: 1\nauthentication:\n  cadc: {}", "3 authentication.cadc: is not a mapping with a mode of x509 or oidc"],
    [
      "version: 1\nauthentication:\n  cadc: {mode: hunter2}",
      "3 authentication.cadc: is not a mapping with a mode of x509 or oidc"
    ],
    ["version: 1\nauthentication:\n  cadc: {mode: x509, idp: 5}", "3 authentication.cadc.idp: is not text"],
    ["version: 1\nauthentication:\n  cadc: {mode: x509, path: 5}", "3 authentication.cadc.path: is not text"],
    ["version: 1\nauthentication:\n  cadc: {mode: x509, path: 2026-01-01}", "3 authentication.cadc.path: is not text"],
    [
      "version: 1\nauthentication:\n  cadc: {mode: x509, expiry: null}",
      "3 authentication.cadc.expiry: is not a number"
    ],
    [
      "version: 1\nauthentication:\n  cadc: {mode: x509, expiry: soon}",
      "3 authentication.cadc.expiry: is not a number"
    ],
    [
      base.replace("x509}", "x509}, '9x': {mode: x509}"),
      "3 authentication.…: is not a name: a letter, then letters, digits, _ and -"
    ],
    ...(["endpoints", "client", "token", "expiry"] as const).map(
      (key) =>
        [
          `version: 1\nauthentication:\n  cadc:\n    mode: oidc\n    ${key}: hunter2`,
          `5 authentication.cadc.${key}: is not a mapping`
        ] as const
    ),
    ...(
      [
        ["token", "access", "not text"],
        ["token", "refresh", "not text"],
        ["token", "token_type", "not text"],
        ["token", "scope", "not text"],
        ["client", "identity", "not text"],
        ["client", "secret", "not text"],
        ["endpoints", "discovery", "not text"],
        ["endpoints", "device", "not text"],
        ["endpoints", "registration", "not text"],
        ["endpoints", "token", "not text"],
        ["expiry", "access", "not a number"],
        ["expiry", "refresh", "not a number"],
        ["client", "secret_expires_at", "not a number"]
      ] as const
    ).map(
      ([section, key, is]) =>
        [
          `version: 1\nauthentication:\n  cadc:\n    mode: oidc\n    ${section}:\n      ${key}: [hunter2]`,
          `6 authentication.cadc.${section}.${key}: is ${is}`
        ] as const
    ),
    [`${base}servers: [canfar]`, "4 servers: is not a mapping"],
    [`${base}servers: {canfar: null}`, "4 servers.canfar: is not a mapping"],
    [`${base}servers: {1: {}}`, "4 servers.…: is not a name: a letter, then letters, digits, _ and -"],
    [`${base}servers: {on: {}}`, "4 servers.…: is not a name: a letter, then letters, digits, _ and -"],
    ...(
      [
        ["name", "[]", "is not text"],
        ["idp", "''", "is not of 1 to 64 characters"],
        ["idp", "a".repeat(65), "is not of 1 to 64 characters"],
        ["uri", "canfar", "is not a URI"],
        ["url", "ftp://a.example", "is not an http or https address"],
        ["url", "5", "is not text"],
        ["version", "1", "is not text"],
        ["version", "one", "is not a version"],
        ["version", "v1234.5678", "is not of 2 to 8 characters"],
        ["auths", "x509", "is not a list"],
        ["cores", "0", "is less than 1"],
        ["cores", "1.5", "is not a whole number"],
        ["ram", "many", "is not a number"],
        ["gpus", "-1", "is less than 0"]
      ] as const
    ).map(
      ([key, value, is]) =>
        [`${base}servers:\n  canfar:\n    ${key}: ${value}`, `6 servers.canfar.${key}: ${is}`] as const
    ),
    [`${base}servers: {canfar: {auths: [x509, '']}}`, "4 servers.canfar.auths.1: is not of 1 to 256 characters"],
    [
      "version: 2\nservers: {canfar: {resources: {gpus: {min: 2, max: 1}, other: 1}}}",
      "2 servers.canfar.resources.other: is not a key of this file",
      "2 servers.canfar.resources.gpus: ends before it begins"
    ],
    [
      "version: 2\nservers: {canfar: {storage: {local: {uri: 'ivo://a', url: 'https://a'}}}}",
      "2 servers.canfar.storage.local: is not a name of storage"
    ],
    [
      "version: 2\nservers:\n  canfar: {storage: {arc: {uri: 'ivo://a', url: 'https://a'}}}\n  b: {storage: {arc: {uri: 'ivo://a', url: 'https://a'}}}",
      "4 servers.b.storage.arc: is there twice"
    ],
    [`${base}registry: {username: me}`, "4 registry.secret: is missing: user and secret come together"],
    [`${base}registry: {secret: hunter2}`, "4 registry.username: is missing: user and secret come together"],
    [`${base}registry: {username: me, secret: ''}`, "4 registry.secret: is not of 1 to 255 characters"],
    [`${base}registry: {username: 5, secret: hunter2}`, "4 registry.username: is not text"],
    [`${base}registry: {url: hunter2}`, "4 registry.url: is not an http or https address"],
    [`${base}registry: null`, "4 registry: is not a mapping"],
    [`${base}console: {width: 0}`, "4 console.width: is less than 1"],
    [`${base}console: {banner: maybe}`, "4 console.banner: is not true or false"]
  ])("is not read from %j", ([text, ...problems]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* wrong(text), problems)
    })
  )

  it.effect("is not read from aliases that grow without end", () =>
    Effect.gen(function* () {
      const grow = ["a", "b", "c", "d", "e", "f", "g", "h"].map(
        (key, index, keys) =>
          `  ${key}: &${key} [${Array.from({ length: 9 }, () => (index === 0 ? "hunter2" : `*${keys[index - 1]}`)).join(", ")}]`
      )
      assert.deepStrictEqual(yield* wrong(`version: 1\nconsole:\n${grow.join("\n")}\n`), [
        "- : is not YAML: its aliases make no sense"
      ])
    })
  )

  it.effect("tells all that is wrong at once", () =>
    Effect.gen(function* () {
      const problems = yield* wrong(`${base}other: 1\nconsole: {width: x}\nservers:\n  canfar: {url: x}\n`)
      assert.lengthOf(problems, 3)
    })
  )
})
