import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Agent } from "node:https"
import { connect } from "node:net"
import { Emulator, type EmulatorOptions } from "../src/index.ts"
import { EmulatorServer, type ServerOptions } from "../src/node/index.ts"
import { echo, fetchRaw, fetchSkaha, type HttpSending, pem, tls } from "./support-http.ts"

const ca = pem("ca")
const asking = { ...tls, clientCa: ca }

const echoing = (options: ServerOptions = { tls: asking }) => Layer.provideMerge(EmulatorServer.layer(options), echo)

/** What the server makes of a client that shows the certificates of this fixture. */
const judged = Effect.fnUntraced(function* (name: string, more: HttpSending["tls"] = {}) {
  const { url } = yield* EmulatorServer
  const shown = { key: pem(name), cert: pem(name) }
  const answer = yield* fetchRaw(url, { tls: { ca, agent: false, ...shown, ...more } })
  return (JSON.parse(answer.text) as { readonly certificate?: unknown }).certificate
})

const trusted = (subject: string) => ({ _tag: "Trusted", subject })
const refused = (reason: string) => ({ _tag: "Refused", reason })
const alice = "CN=alice,OU=people,O=Example"

describe("HTTPS", () => {
  it.live("is another scheme for the same platform", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      assert.match(url, /^https:\/\/127\.0\.0\.1:\d+\/skaha$/)
      const { text } = yield* fetchSkaha("/capabilities", { tls: { ca } })
      assert.include(text, `<accessURL use="base">${url}/v1/session</accessURL>`)
      assert.strictEqual((yield* fetchSkaha("/v1/session", { tls: { ca } })).text, "[]")
    }).pipe(Effect.provide(Layer.provideMerge(EmulatorServer.layer({ tls }), Emulator.layer())))
  )

  it.live("is TLS 1.2 or newer", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const old = { ca, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const
      assert.include((yield* Effect.flip(fetchRaw(url, { tls: old }))).message, "protocol version")
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        assert.strictEqual((yield* fetchRaw(url, { tls: { ca, agent: false, maxVersion } })).status, 200)
      }
    }).pipe(Effect.provide(echoing()))
  )

  it.live("closes on somebody who speaks something else, and serves on", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      for (const text of ["GET / HTTP/1.1\r\n\r\n", "\0".repeat(1000), "\u0016\u0003\u0001"]) {
        yield* Effect.callback<void>((resume) => {
          const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.end(text))
          socket.on("error", () => undefined)
          socket.on("close", () => resume(Effect.void)).resume()
        })
      }
      assert.strictEqual((yield* fetchRaw(url, { tls: { ca } })).status, 200)
    }).pipe(Effect.provide(echoing()))
  )

  it.live("does not wait for somebody who says nothing", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      yield* Effect.callback<void>((resume) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1")
        socket.on("close", () => resume(Effect.void)).resume()
      })
    }).pipe(Effect.provide(echoing({ tls, timeout: "100 millis" })))
  )

  it.live.each([
    ["a key that is none", { key: "x", cert: tls.cert }, "tls: the key or the certificate cannot be used"],
    ["somebody else's key", { key: pem("alice"), cert: tls.cert }, "key values mismatch"],
    ["no authority", { ...tls, clientCa: "" }, "tls: the authority of clients cannot be used"],
    ["a broken authority", { ...tls, clientCa: ca.replaceAll("M", "N") }, "the authority of clients cannot be used"]
  ] as const)("cannot be had with %s", ([, tls, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(EmulatorServer.layer({ tls })))
      assert.strictEqual(error._tag, "ServerOptionsError")
      assert.include(error.message, message)
    }).pipe(Effect.scoped, Effect.provide(echo))
  )
})

describe("client certificates", () => {
  it.live("are not asked for without an authority, nor needed with one", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      assert.notProperty(JSON.parse((yield* fetchRaw(url, { tls: { ca } })).text), "certificate")
      const unasked = yield* Effect.provide(judged("alice"), echoing({ tls }), { local: true })
      assert.isUndefined(unasked)
    }).pipe(Effect.provide(echoing()))
  )

  it.live.each([
    ["alice", trusted(alice)],
    ["doe", trusted('CN=Doe\\, Jöhn \\+ \\"x\\",OU=people,O=Example')],
    ["bob", trusted("CN=bob,OU=people,O=Example")],
    ["rfc-proxy", trusted(alice)],
    ["nested-proxy", trusted(alice)],
    ["legacy-proxy", trusted(alice)],
    ["limited-proxy", trusted(alice)],
    ["expired", refused(`${alice} has expired`)],
    ["early", refused(`${alice} is not valid yet`)],
    ["expired-proxy", refused(`CN=1234,${alice} has expired`)],
    ["stranger", refused(`${alice} is signed by nobody who is known`)],
    ["impostor", refused(`${alice} is signed by nobody who is known`)],
    ["self-signed", refused(`${alice} is signed by nobody who is known`)],
    ["lone-proxy", refused(`CN=1234,${alice} is signed by nobody who is known`)],
    ["misnamed-proxy", refused(`CN=1234,CN=bob,OU=people,O=Example is signed by ${alice}, which is no authority`)],
    ["twice-proxy", refused(`CN=5678,CN=1234,${alice} is signed by ${alice}, which is no authority`)],
    ["server", refused("CN=localhost,O=Example is not for clients")]
  ] as const)("%s", ([name, verdict]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* judged(name, { maxVersion: "TLSv1.2" }), verdict)
      assert.deepStrictEqual(yield* judged(name, { maxVersion: "TLSv1.3" }), verdict)
    }).pipe(Effect.provide(echoing()))
  )

  it.live("count by the authorities that were named, of which there may be several", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* judged("nested-proxy"), trusted(alice))
      assert.deepStrictEqual(yield* judged("bob"), trusted("CN=bob,OU=people,O=Example"))
    }).pipe(Effect.provide(echoing({ tls: { ...tls, clientCa: `# first\n${pem("alice")}\n# second\n${ca}` } })))
  )

  it.live("are judged once for each connection, and each time that a client comes back", () =>
    Effect.gen(function* () {
      const kept = new Agent({ keepAlive: true, maxSockets: 1 })
      const resuming = new Agent({ maxCachedSessions: 10 })
      for (const agent of [kept, kept, kept, resuming, resuming, resuming]) {
        assert.deepStrictEqual(yield* judged("nested-proxy", { agent }), trusted(alice))
      }
      kept.destroy()
    }).pipe(Effect.provide(echoing()))
  )

  it.live("cannot be claimed in a header", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const answer = yield* fetchRaw(url, { tls: { ca }, headers: { "X-Client-Certificate": "x", "X-Other": "y" } })
      const { headers } = JSON.parse(answer.text) as { readonly headers: Record<string, string> }
      assert.notProperty(headers, "x-client-certificate")
      assert.propertyVal(headers, "x-other", "y")
    }).pipe(Effect.provide(echoing()))
  )

  it.live("let their holder in where the platform knows certificates", () => {
    const options: EmulatorOptions & ServerOptions = {
      tls: asking,
      identityManager: "ac",
      users: [{ name: "bob", subject: alice }]
    }
    return Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const as = (name: string) =>
        fetchRaw(`${url}/v1/session`, { tls: { ca, agent: false, key: pem(name), cert: pem(name) } })
      const answer = yield* as("nested-proxy")
      assert.deepStrictEqual([answer.status, answer.text], [200, "[]"])
      assert.include(answer.headers, "bob")
      assert.strictEqual((yield* as("doe")).status, 403)
      assert.strictEqual((yield* as("expired")).status, 403)
    }).pipe(Effect.provide(Layer.provideMerge(EmulatorServer.layer(options), Emulator.layer(options))))
  })
})
