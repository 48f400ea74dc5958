import { Configuration, ConfigurationFile, type OidcRecord } from "@skaha/core/node"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, beforeEach, describe, inject, test } from "vitest"
import { PythonConfiguration } from "../support/PythonConfiguration.ts"

const environment = inject("environments").canfar

/** Texts that one of the two might take for something else, or not be able to write. */
const texts = [
  ["yes", "No", "on", "y", "n", "~", "null", "1", "0x1f", "089", "1e3", "1.5e+3", ".inf", "2026-01-01", "12:30:45"],
  ["=", "<<", "- a", "a: b", "a:b", "a #b", "#", "*a", "&a", "!a", "%a", "@a", "`a`", "{a}", "[a", "'", '"', "\\", "?"],
  [
    " a",
    "a ",
    "a\n",
    "\n",
    "\ta",
    "a\r\nb",
    "\u0085",
    "\u2028",
    "\ufeffa",
    "\u007f",
    "\u0000",
    "\u001b",
    "--- a",
    "..."
  ],
  ["|", ">", "", "é", "星", "🛰️", "x".repeat(3000), `${"word ".repeat(100)}end`, "eyJhbGciOi.J9-_x", "a,b", "a=b"]
].flat()

const encode = Schema.encodeSync(Configuration)

/** Without what is not there. */
const present = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (inner === null ? undefined : inner)))

const login = (text: string): OidcRecord => ({
  idp: "srcnet",
  mode: "oidc",
  endpoints: { discovery: "https://iam.example/.well-known/openid-configuration", token: text },
  client: { identity: text, secret: Redacted.make(text), secretExpiresAt: 1893456000 },
  token: { access: Redacted.make(text), refresh: Redacted.make(text), tokenType: "Bearer", scope: text },
  expiry: { access: 1767225600.25 }
})

describe.skipIf(environment === undefined)("the configuration file of canfar", () => {
  let python: PythonConfiguration
  let path = ""
  let file: ConfigurationFile["Service"]
  beforeAll(() => {
    if (environment === undefined) return assert.fail("canfar is not installed")
    python = new PythonConfiguration(environment)
    path = join(python.home.folder, ".canfar", "config.yaml")
    file = ConfigurationFile.make({ home: python.home.folder })
  })
  afterAll(() => python.close())
  beforeEach(() => rmSync(join(path, ".."), { recursive: true, force: true }))

  const change = (by: (now: Configuration) => Configuration) => Effect.runPromise(file.update(by))
  const read = () => Effect.runPromise(file.read)
  const text = () => readFileSync(path, "utf8")

  /** What Python reads, which must be something. */
  const pythonSays = async (command = {}) => {
    const { raises, says } = await python.tell(command)
    return says ?? assert.fail(`${raises}\n${text()}`)
  }

  test("both assume the same where there is no file", async () => {
    const { servers, version: _, ...rest } = encode(await read())
    const { servers: theirs, version: __, ...others } = await pythonSays()
    assert.deepStrictEqual(present(rest), others)
    // Python knows the server's storage, too.
    const { canfar } = Object(theirs)
    assert.deepStrictEqual(
      { canfar: { ...canfar, storage: undefined } },
      { canfar: { ...servers["canfar"], storage: undefined } }
    )
  })

  test.each([1, 2])("Python reads what is written here, in a file of version %i", async (version) => {
    if (version === 2) await pythonSays({ set: { "console.width": 120 } })
    for (const given of texts) {
      const said = await change((now) => ({
        ...now,
        authentication: { ...now.authentication, srcnet: login(given) },
        registry: given === "" || given.length > 255 ? {} : { username: given, secret: Redacted.make(given) },
        servers: {
          ...now.servers,
          on: {
            idp: "srcnet",
            url: "https://src.example/skaha",
            version: "v1",
            auths: [given.replace(/[\s\u0085]+/g, "").slice(0, 99) || "x"]
          }
        },
        active: { authentication: "srcnet", server: "on", servers: { srcnet: "on", cadc: "canfar" } }
      }))
      assert.strictEqual(said.version, version)
      const before = text()
      const theirs = await pythonSays()
      const { authentication, registry, active } = encode(said)
      assert.deepStrictEqual(theirs["authentication"], present(authentication), before)
      assert.deepStrictEqual(theirs["registry"], present(registry), before)
      assert.deepStrictEqual(theirs["active"], present(active), before)
      // It turns a file of version 1 into one of 2 as soon as it reads it, and what we read of that is the same.
      const { authentication: now } = encode(await read())
      assert.deepStrictEqual(now, authentication)
      if (version === 1) writeFileSync(path, before)
    }
  })

  test("what Python writes is read here, and changed without touching the rest", async () => {
    await pythonSays({
      set: {
        "authentication.srcnet": {
          idp: "srcnet",
          mode: "oidc",
          client: { identity: "me", secret: "s: #1" },
          token: { access: "é 星\u0085 yes", scope: "openid profile" },
          expiry: { access: 1767225600.5 }
        },
        "servers.src": { idp: "srcnet", url: "https://src.example/skaha", auths: ["oidc"] },
        active: { authentication: "srcnet", server: "src", servers: { srcnet: "src" } }
      }
    })
    const { authentication, servers, active } = encode(await read())
    const theirs = await pythonSays()
    assert.deepStrictEqual(present(authentication), theirs["authentication"])
    assert.deepStrictEqual(active, theirs["active"])
    assert.deepNestedInclude(theirs["servers"], present(servers))

    const before = text()
    await change((now) => ({ ...now, console: { ...now.console, width: 77 } }))
    assert.strictEqual(text(), before.replace("width: 120", "width: 77"))
    await change((now) => ({ ...now, active: { ...now.active, server: "canfar" } }))
    assert.strictEqual(text(), before.replace("width: 120", "width: 77").replace("server: src", "server: canfar"))
    assert.strictEqual(statSync(path).mode & 0o777, 0o600)
  })

  test("comments and unknown keys outlive changes here, and Python still reads the file", async () => {
    mkdirSync(join(path, ".."))
    const written = `# mine
version: 2
console: {width: 80, colour: [red]}  # as I like it
authentication:
  cadc: {mode: x509, path: ~/x.pem, mood: good}  # ignored by both
`
    writeFileSync(path, written)
    await change((now) => ({ ...now, console: { ...now.console, banner: false } }))
    assert.strictEqual(text(), written.replace("[red]", "[red], banner: false"))
    assert.deepStrictEqual((await pythonSays())["console"], { width: 80, colour: ["red"], banner: false })
  })

  test.each([
    ["an empty file", ""],
    ["a list", "- version: 1\n"],
    ["no version", "active: {authentication: cadc}\n"],
    ["another version", "version: 9\n"],
    ["no YAML", "version: 2\nactive: [\n"],
    ["two documents", "version: 2\n---\nversion: 2\n"],
    ["a key that is unknown", "version: 2\nother: 1\n"],
    ["a key of a server that is unknown", "version: 2\nservers: {canfar: {cores: 1}}\n"],
    ["a login without a mode", "version: 2\nauthentication: {cadc: {path: /x}}\n"],
    ["a name that is none", "version: 2\nauthentication: {cadc: {mode: x509}, 9x: {mode: x509}}\n"],
    ["a name that is a truth value", "version: 2\nservers: {canfar: {}, on: {}}\n"],
    ["a login that is not there", "version: 2\nactive: {authentication: srcnet}\n"],
    ["a server that is not there", "version: 2\nactive: {authentication: cadc, server: x}\n"],
    [
      "a remembered server of another login",
      "version: 2\nactive: {authentication: cadc, servers: {cadc: a}}\nservers: {a: {}}\n"
    ],
    ["a user without a secret", "version: 2\nregistry: {username: me}\n"],
    ["a width of nothing", "version: 2\nconsole: {width: 0}\n"],
    ["a text that is a date", "version: 2\nauthentication: {cadc: {mode: x509, path: 2026-01-01}}\n"],
    ["an address that is none", "version: 2\nservers: {canfar: {url: here}}\n"],
    ["a version that is none", "version: 2\nservers: {canfar: {version: one}}\n"],
    [
      "storage that is there twice",
      "version: 2\nservers: {canfar: {storage: {a: {uri: 'a:b', url: 'https://a'}}}, b: {storage: {a: {uri: 'a:b', url: 'https://a'}}}}\n"
    ]
  ])("both refuse %s", async (_, broken) => {
    mkdirSync(join(path, ".."))
    writeFileSync(path, broken)
    assert.isDefined((await python.tell()).raises)
    const error = await Effect.runPromise(Effect.flip(file.read))
    assert.strictEqual(error._tag, "ConfigurationFileInvalid")
    assert.strictEqual(text(), broken)
  })

  test.each([
    ["numbers as text", "version: 2\nconsole: {width: '80', banner: 'no'}\n", { width: 80, banner: false }],
    ["odd numbers", "version: 2\nconsole: {width: 1_0, banner: 1}\n", { width: 10, banner: true }],
    ["numbers by sixties", "version: 2\nconsole: {width: 1:20}\n", { width: 80, banner: true }],
    ["old octal numbers", "version: 2\nconsole: {width: 0120}\n", { width: 80, banner: true }],
    [
      "keys that are there twice",
      "version: 2\nconsole: {width: 1}\nconsole: {width: 80}\n",
      { width: 80, banner: true }
    ],
    ["parts that are shared", "version: 2\nconsole: &c {width: 80}\nregistry: *c\n", { width: 80, banner: true }]
  ])("both read %s", async (_, written, expected) => {
    mkdirSync(join(path, ".."))
    writeFileSync(path, written)
    assert.deepStrictEqual((await pythonSays())["console"], expected)
    assert.deepStrictEqual((await read()).console, expected)
  })
})
