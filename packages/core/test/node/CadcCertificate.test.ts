import { Transport } from "@skaha/core"
import { CadcCertificate, Certificate, UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { serve, type Answer } from "../support/loopback.ts"
import { chainOf, folder, keyOf, pem, server as identity, strangeKey, write } from "../support/pems.ts"
import { assertHides } from "../support/secrets.ts"
import { open } from "../support/transports.ts"

const password = "hunter2:ö☆"
const basic = `Basic ${Buffer.from(`alice:${password}`).toString("base64")}`

/** What CADC's services say, where a test does not want something else. */
interface Cadc {
  readonly registry?: Answer
  readonly capabilities?: Answer
  readonly certificate?: Answer
  /** What stands in the registry, and in the capabilities, in place of the origin. */
  readonly capabilitiesUrl?: (origin: string) => string
  readonly interfaces?: (origin: string) => string
}

const wayIn = (url: string, method = "ivo://ivoa.net/sso#BasicAA") =>
  `<interface xsi:type="vs:ParamHTTP"><accessURL use="full">${url}</accessURL><securityMethod standardID="${method}"/></interface>`

/** CADC on this machine, a way to it, and a home for the certificate. */
const cadc = Effect.fnUntraced(function* (given: Cadc = {}) {
  const home = yield* folder
  const answers: Record<string, Answer> = {
    "/reg/resource-caps":
      given.registry ??
      ((response) => {
        const url = given.capabilitiesUrl?.(server.origin) ?? `${server.origin}/cred/capabilities`
        response.end(`# services\n\nivo://cadc.nrc.ca/skaha = https://x/skaha\nivo://cadc.nrc.ca/cred = ${url}\n`)
      }),
    "/cred/capabilities":
      given.capabilities ??
      ((response) => {
        const ways =
          given.interfaces?.(server.origin) ??
          wayIn(`${server.origin}/cred/priv`, "ivo://ivoa.net/sso#tls-with-certificate") +
            wayIn(`${server.origin}/cred/auth/priv?a=b`)
        response.end(
          `<?xml version="1.0"?><vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0">` +
            `<capability standardID="ivo://ivoa.net/std/VOSI#availability">${wayIn(`${server.origin}/no`)}</capability>` +
            `<capability standardID="ivo://ivoa.net/std/CDP#proxy-1.0">${ways}</capability></vosi:capabilities>`
        )
      }),
    "/cred/auth/priv":
      given.certificate ?? ((response) => response.writeHead(200, { "content-type": "text/plain" }).end(fresh))
  }
  const server: Effect.Success<ReturnType<typeof serve>> = yield* serve(
    (response, arrived, request) => {
      const answer = answers[arrived.target.replace(/\?.*/, "")]
      if (answer === undefined) response.writeHead(404).end("no such thing")
      else answer(response, arrived, request)
    },
    { tls: { ...identity } }
  )
  const ca = write(home, "ca.pem", pem("ca"))
  const transport = yield* open(UndiciTransport.layerWith({ ca, env: {} }), server.origin)
  const download = (options: Partial<CadcCertificate.DownloadOptions> = {}) =>
    CadcCertificate.download({
      username: "alice",
      password,
      home,
      registry: `${server.origin}/reg/resource-caps`,
      ...options
    }).pipe(Effect.provideService(Transport, transport))
  const file = join(home, ".ssl/cadcproxy.pem")
  /** Whether the password was sent to anybody. */
  const told = () => server.arrived.some(({ headers }) => headers.authorization !== undefined)
  return { server, download, home, file, told }
})

const fresh = pem("rfc-proxy")

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe("CadcCertificate.download", () => {
  it.live("gets a certificate for a password, and keeps it for its owner's eyes only", () =>
    Effect.gen(function* () {
      const { download, file, home, server } = yield* cadc()
      const before = process.umask(0)
      const got = yield* download({ password: Redacted.make(password) })
      process.umask(before)
      const content = yield* (yield* Certificate.make({ home })).current
      assert.deepStrictEqual(got, { file, subject: content.subject, expires: content.expires })
      assert.strictEqual(readFileSync(file, "utf8"), fresh)
      assert.deepStrictEqual([modeOf(file), modeOf(join(home, ".ssl"))], ["600", "700"])
      assert.deepStrictEqual(readdirSync(join(home, ".ssl")), ["cadcproxy.pem"])
      assert.deepStrictEqual(
        server.arrived.map(({ method, target, headers }) => [method, target, headers.authorization]),
        [
          ["GET", "/reg/resource-caps", undefined],
          ["GET", "/cred/capabilities", undefined],
          ["GET", "/cred/auth/priv?a=b&daysValid=30", basic]
        ]
      )
    })
  )

  it.live("asks for as many days as are wanted, and puts it where it is wanted", () =>
    Effect.gen(function* () {
      const { download, home, server } = yield* cadc()
      const { file } = yield* download({ daysValid: 7, file: "~/a/b/c.pem", username: " alice " })
      assert.strictEqual(file, join(home, "a/b/c.pem"))
      assert.include(server.arrived[2], { target: "/cred/auth/priv?a=b&daysValid=7" })
      assert.strictEqual(server.arrived[2]?.headers.authorization, basic)
      assert.deepStrictEqual([modeOf(file), modeOf(join(home, "a/b")), modeOf(join(home, "a"))], ["600", "700", "700"])
    })
  )

  it.live("takes the place of an older one, also behind a link", () =>
    Effect.gen(function* () {
      const { download, file, home } = yield* cadc()
      mkdirSync(join(home, ".ssl"))
      const real = join(home, "real.pem")
      writeFileSync(real, pem("expired"), { mode: 0o644 })
      symlinkSync(real, file)
      yield* download()
      assert.strictEqual(readFileSync(real, "utf8"), fresh)
      assert.strictEqual(readFileSync(file, "utf8"), fresh)
      assert.strictEqual(modeOf(real), "600")
    })
  )

  it.live.each<readonly [Partial<CadcCertificate.DownloadOptions>, field: string]>([
    [{ password: "" }, "password"],
    [{ password: Redacted.make("") }, "password"],
    [{ username: "" }, "username"],
    [{ username: " " }, "username"],
    [{ username: "al:ice" }, "username"],
    [{ username: "al\r\nice" }, "username"],
    [{ daysValid: 0 }, "daysValid"],
    [{ daysValid: 1.5 }, "daysValid"],
    [{ timeout: 0 }, "timeout"],
    [{ timeout: Infinity }, "timeout"],
    [{ registry: "http://127.0.0.1/reg" }, "registry"],
    [{ registry: "https://alice:hunter2@127.0.0.1/reg" }, "registry"],
    [{ registry: "nonsense" }, "registry"]
  ])("asks nobody with %j", ([options, field]) =>
    Effect.gen(function* () {
      const { download, home, server } = yield* cadc()
      const error = yield* Effect.flip(download(options))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.deepStrictEqual(error._tag === "InvalidInput" && error.problems.map(({ field }) => field), [field])
      assertHides(error, "hunter2")
      assert.strictEqual(server.connections.made, 0)
      assert.deepStrictEqual(readdirSync(home), ["ca.pem"])
    })
  )

  it.live("says that the password is wrong, and repeats it to nobody", () =>
    Effect.gen(function* () {
      const { download, file, home } = yield* cadc({
        certificate: (response, { headers }) =>
          response.writeHead(401).end(`not ${password}, and not ${headers.authorization ?? ""}`)
      })
      mkdirSync(join(home, ".ssl"))
      writeFileSync(file, pem("expired"))
      const error = yield* Effect.flip(download())
      assert.include(error, { _tag: "CredentialsRefused", status: 401, path: "/cred/auth/priv" })
      assert.include(error.message, "not <redacted>")
      assertHides(error, password, basic.replace("Basic ", ""))
      assert.strictEqual(readFileSync(file, "utf8"), pem("expired"))
    })
  )

  it.live.each<readonly [string, (origin: string) => Cadc]>([
    ["has no https address", () => ({ capabilitiesUrl: (origin) => origin.replace("https:", "http:") })],
    ["has no address", () => ({ capabilitiesUrl: () => "somewhere" })],
    ["is not known", () => ({ registry: (response) => response.end("ivo://cadc.nrc.ca/skaha = https://x/skaha\n") })],
    ["stands in a page", () => ({ registry: (response) => response.end("<html>sign in</html>") })],
    ["has a page", () => ({ capabilities: (response) => response.end("<html><body>sign in</body></html>") })],
    ["has broken capabilities", () => ({ capabilities: (response) => response.end("<capabilities><capability") })],
    ["takes no passwords", () => ({ interfaces: (origin) => wayIn(`${origin}/x`, "ivo://ivoa.net/sso#token") })],
    ["takes them without TLS", () => ({ interfaces: () => wayIn("http://127.0.0.1:9/cred/auth/priv") })],
    ["hides a user in its address", () => ({ interfaces: () => wayIn("https://a:b@127.0.0.1:9/cred") })]
  ])("keeps the password where the service %s", ([, given]) =>
    Effect.gen(function* () {
      const { download, told } = yield* cadc(given(""))
      const error = yield* Effect.flip(download())
      assert.strictEqual(error._tag, "ReplyUndecodable")
      assert.isFalse(told())
      assertHides(error, password)
    })
  )

  it.live("takes what is over TLS, whatever else there is", () =>
    Effect.gen(function* () {
      const { download, file } = yield* cadc({
        interfaces: (origin) => wayIn("http://127.0.0.1:9/cred") + wayIn(`${origin}/cred/auth/priv`)
      })
      assert.strictEqual((yield* download()).file, file)
    })
  )

  it.live("follows a redirect to the capabilities, but never without TLS, and none with the password", () =>
    Effect.gen(function* () {
      const to =
        (location: string): Answer =>
        (response) =>
          response.writeHead(302, { location }).end()
      let asked = 0
      const moved = yield* cadc({
        registry: (response, arrived, request) => {
          if (asked++ === 0) to("/reg/resource-caps?again")(response, arrived, request)
          else response.end(`ivo://cadc.nrc.ca/cred = ${moved.server.origin}/cred/capabilities`)
        }
      })
      assert.strictEqual((yield* moved.download()).file, moved.file)
      const downgraded = yield* cadc({ capabilities: to("http://127.0.0.1:9/") })
      assert.strictEqual((yield* Effect.flip(downgraded.download()))._tag, "RequestRefused")
      assert.isFalse(downgraded.told())
      const elsewhere = yield* cadc({ certificate: to("/elsewhere") })
      assert.strictEqual((yield* Effect.flip(elsewhere.download()))._tag, "RequestRefused")
      assert.strictEqual(elsewhere.server.arrived.length, 3)
    })
  )

  it.live.each<readonly [string, () => string]>([
    ["nothing", () => ""],
    ["a page", () => "<html>sign in</html>"],
    ["no key", () => chainOf("rfc-proxy").join("")],
    ["no certificate", () => keyOf("rfc-proxy")],
    ["another's key", () => strangeKey() + chainOf("rfc-proxy").join("")],
    ["half of one", () => fresh.slice(0, -100)],
    ["an expired one", () => pem("expired-proxy")]
  ])("leaves an older one as it was when %s comes", ([, body]) =>
    Effect.gen(function* () {
      const { download, file, home } = yield* cadc({ certificate: (response) => response.end(body()) })
      mkdirSync(join(home, ".ssl"))
      writeFileSync(file, "older")
      const error = yield* Effect.flip(download())
      assert.include(error, { _tag: "ReplyUndecodable", path: "/cred/auth/priv" })
      assertHides(error, password, ...keyOf("rfc-proxy").split("\n").slice(1, 3))
      assert.strictEqual(readFileSync(file, "utf8"), "older")
      assert.deepStrictEqual(readdirSync(join(home, ".ssl")), ["cadcproxy.pem"])
    })
  )

  it.live("asks for nothing that it could not keep", () =>
    Effect.gen(function* () {
      const { download, home, told } = yield* cadc()
      writeFileSync(join(home, ".ssl"), "no folder")
      const error = yield* Effect.flip(download())
      assert.include(error, {
        _tag: "CertificateUnusable",
        reason: "unwritable",
        file: join(home, ".ssl/cadcproxy.pem")
      })
      assert.isFalse(told())
      const folderThere = yield* Effect.flip(download({ file: "~" }))
      assert.include(folderThere, { _tag: "CertificateUnusable", reason: "unwritable", file: home })
    })
  )

  it.live.each([
    [500, "ServerFailure"],
    [503, "ServerBusy"],
    [403, "Forbidden"],
    [404, "RequestRefused"]
  ] as const)("fails with what a %i means", ([status, tag]) =>
    Effect.gen(function* () {
      const { download } = yield* cadc({ certificate: (response) => response.writeHead(status).end("no") })
      assert.strictEqual((yield* Effect.flip(download()))._tag, tag)
    })
  )

  it.live("tells nobody who is not trusted, and waits for nobody for ever", () =>
    Effect.gen(function* () {
      const { download } = yield* cadc({ certificate: () => {} })
      const late = yield* Effect.flip(download({ timeout: 0.2 }))
      assert.include(late, { _tag: "RequestTimeout", limit: 0.2 })
      const { server, told } = yield* cadc()
      const untrusting = yield* open(UndiciTransport.layerWith({ env: {} }), server.origin)
      const registry = `${server.origin}/reg/resource-caps`
      const error = yield* CadcCertificate.download({ username: "alice", password, registry, home: "/nowhere" }).pipe(
        Effect.provideService(Transport, untrusting),
        Effect.flip
      )
      assert.isFalse(told())
      assertHides(error, password)
    })
  )

  it.live("leaves no secret in its spans", () =>
    Effect.gen(function* () {
      const { download } = yield* cadc()
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* Effect.withTracer(download(), tracer)
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["CadcCertificate.download", "GET", "GET", "GET"]
      )
      for (const { attributes } of spans) assertHides([...attributes], password, basic, "daysValid")
      const written = inspect(spans, { depth: 8 })
      for (const secret of [password, basic, ...keyOf("rfc-proxy").split("\n").slice(1, 3)]) {
        assert.notInclude(written, secret)
      }
    })
  )
})
