import { assert, describe, it } from "@effect/vitest"
import { Effect, Latch, Layer, Schema } from "effect"
import { connect, type Socket } from "node:net"
import { Emulator, type EmulatorReply, type ScriptedOptions } from "../src/index.ts"
import { EmulatorServer, type ServerOptions } from "../src/node/index.ts"
import { echo, fetchRaw } from "./support-http.ts"

const echoing = (options: ServerOptions = {}) => Layer.provideMerge(EmulatorServer.layer(options), echo)

/** An emulator that answers everything with this. */
const handling = (handle: Effect.Effect<EmulatorReply>): Layer.Layer<Emulator> =>
  Layer.effect(
    Emulator,
    Effect.map(Emulator, (emulator) => Emulator.of({ ...emulator, handle: () => handle }))
  ).pipe(Layer.provide(Emulator.layer()))

const platform = (options: ScriptedOptions & ServerOptions = {}) =>
  Layer.provideMerge(EmulatorServer.layer(options), Emulator.layer(options))

const address = Effect.map(EmulatorServer, ({ url }) => {
  const { host, port } = new URL(url)
  return { port: Number(port), host: `Host: ${host}\r\n` }
})

const bytesOf = (piece: string | Uint8Array) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)

/** All that comes until the connection is closed, by whomever. */
const untilClosed = (socket: Socket) =>
  Effect.callback<string>((resume) => {
    const chunks: Array<Buffer> = []
    socket.on("data", (chunk: Buffer) => chunks.push(chunk))
    socket.on("error", () => undefined)
    socket.on("close", () => resume(Effect.succeed(Buffer.concat(chunks).toString())))
    socket.resume()
    return Effect.sync(() => socket.destroy())
  })

/** Sends all at once and leaves closing to the server. */
const talk = Effect.fnUntraced(function* (...pieces: ReadonlyArray<string | Uint8Array>) {
  const socket = connect((yield* address).port, "127.0.0.1")
  for (const piece of pieces) socket.write(bytesOf(piece))
  return yield* untilClosed(socket)
})

const servesOn = Effect.gen(function* () {
  const { url } = yield* EmulatorServer
  assert.isBelow((yield* fetchRaw(`${url}/availability`)).status, 300)
})

const assertPage = (text: string, status: string, message: string) => {
  assert.match(text, new RegExp(`^HTTP/1\\.1 ${status}\r\n`))
  assert.include(text, "\r\nConnection: close\r\n")
  assert.include(text, `<b>Message</b> ${message}`)
  assert.match(text, /<h3>Apache Tomcat\/9\.0\.70<\/h3><\/body><\/html>$/)
}

const badRequest = "400 Bad Request"

describe("what is not HTTP", () => {
  it.live.each([
    ["a word", () => "hello\r\n\r\n", "Invalid character found in method name"],
    ["binary data", () => "\0\u0001\u0002\u00ff\r\n\r\n", "Invalid character found in method name"],
    ["a blank in the target", (host: string) => `GET /a b HTTP/1.1\r\n${host}\r\n`, "Invalid character found in the"],
    ["a header without a name", (host: string) => `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, "Invalid header token"],
    ["a header without a colon", (host: string) => `GET / HTTP/1.1\r\n${host}x\r\n\r\n`, "Invalid header token"],
    ["a blank before the colon", (host: string) => `GET / HTTP/1.1\r\n${host}x : y\r\n\r\n`, "Invalid header token"],
    [
      "a control character",
      (host: string) => `GET / HTTP/1.1\r\n${host}x: \u0001\r\n\r\n`,
      "Invalid header value char"
    ],
    ["no host", () => "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "Missing host header"],
    [
      "two lengths",
      (host: string) => `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      "Dupl"
    ],
    [
      "a negative length",
      (host: string) => `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
      "Invalid character"
    ],
    [
      "a length and chunks",
      (host: string) => `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      "Transfer-Encoding"
    ],
    [
      "a chunk without a size",
      (host: string) => `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      "Invalid character in chunk size"
    ],
    [
      "a chunk longer than it says",
      (host: string) => `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n`,
      "Expected LF after chunk data"
    ],
    ["HTTP/2 without TLS", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""]
  ] as const)("is refused: %s", ([, request, message]) =>
    Effect.gen(function* () {
      assertPage(yield* talk(request((yield* address).host)), badRequest, message)
      yield* servesOn
    }).pipe(Effect.provide(platform()))
  )

  it.live.each(["|", "{", "["])("a raw %s in a target is no letter of it", (letter) =>
    Effect.gen(function* () {
      const { host } = yield* address
      for (const target of [`/skaha/v1/session/${letter}`, `/skaha/v1/session?type=${letter}`]) {
        const text = yield* talk(`GET ${target} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)
        assertPage(text, badRequest, "Invalid character found in the request target")
      }
    }).pipe(Effect.provide(platform()))
  )

  it.live("methods that nobody knows are not implemented", () =>
    Effect.gen(function* () {
      const { host } = yield* address
      for (const method of ["FOO", "get", "GETS"]) {
        const text = yield* talk(`${method} /skaha HTTP/1.1\r\n${host}\r\n`)
        assertPage(text, "501 Not Implemented", `Method [${method}] is not implemented by this Servlet for this URI`)
      }
      const text = yield* talk(`GET /a HTTP/1.1\r\n${host}\r\nBREW /b HTTP/1.1\r\n${host}\r\n`)
      const [first = "", second = ""] = text.split(/(?=HTTP\/1\.1 501)/)
      assert.match(first, /^HTTP\/1\.1 200 OK\r\n[^]*"target":"\/a"/)
      assertPage(second, "501 Not Implemented", "Method [BREW]")
    }).pipe(Effect.provide(echoing()))
  )

  it.live.each([9_000, 70_000, 10_000_000])("a head of %i bytes is too large", (bytes) =>
    Effect.gen(function* () {
      const { host } = yield* address
      for (const head of [
        `GET /skaha/v1/session HTTP/1.1\r\n${host}X: ${"x".repeat(bytes)}`,
        `GET /skaha/v1/session?type=${"x".repeat(bytes)} HTTP/1.1\r\n${host}X: x`
      ]) {
        const text = yield* talk(`${head}\r\nConnection: close\r\n\r\n`)
        assert.match(text, /^HTTP\/1\.1 400 /)
        assert.include(text, "<b>Message</b> Request header is too large")
      }
      yield* servesOn
    }).pipe(Effect.provide(platform()))
  )

  it.live.each(["CONNECT a:1 HTTP/1.1\r\n", "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"])(
    "%j harms nobody",
    (head) =>
      Effect.gen(function* () {
        const { host } = yield* address
        yield* talk(`${head}${host}\r\n`)
        yield* servesOn
      }).pipe(Effect.provide(echoing()))
  )

  const fragments = [
    ..."GET|POST|HEAD|PUT|OPTIONS|CONNECT|PRI|*| |/|/skaha|?|%00|HTTP/1.1|HTTP/1.0|\r\n|\r\n\r\n|\n|\r|:|\0|\u00ff".split(
      "|"
    ),
    "Host: 127.0.0.1",
    "Connection: close",
    "Connection: Upgrade",
    "Upgrade: h2c",
    "Content-Length: 5",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Expect: 100-continue",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "ffffffffffffffffff\r\n",
    "\u0016\u0003\u0001",
    "x".repeat(9000)
  ]

  it.layer(echoing())((it) => {
    it.effect.prop(
      "nor does anything else that somebody may send",
      [
        Schema.Array(Schema.Literals(fragments)),
        Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
      ],
      ([words, bytes]) =>
        Effect.gen(function* () {
          const { port } = yield* address
          for (const sent of [Buffer.from(words.join(""), "latin1"), Buffer.from(bytes)]) {
            const socket = connect(port, "127.0.0.1")
            socket.end(sent)
            yield* untilClosed(socket)
          }
          yield* servesOn
        }),
      { arbitrary: { seed: 20260117, runs: 100 } }
    )
  })
})

describe("bodies", () => {
  it.live("longer than the platform looks at are dropped", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const body = "x".repeat(10_000_000)
      const answer = yield* fetchRaw(url, { method: "POST", body })
      assert.propertyVal(JSON.parse(answer.text), "bytes", 2 * 1024 * 1024 + 1)
    }).pipe(Effect.provide(echoing()))
  )

  it.live("are asked for when a client waits to be asked", () =>
    Effect.gen(function* () {
      const { host } = yield* address
      const head = `POST / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 2\r\n`
      const text = yield* talk(`${head}Expect: 100-continue\r\n\r\n`, "ab")
      assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*"bytes":2}$/)
      assert.match(yield* talk(`${head}Expect: tea\r\n\r\nab`), /^HTTP\/1\.1 417 /)
    }).pipe(Effect.provide(echoing()))
  )
})

describe("clients that take their time", () => {
  const timeout = "200 millis"

  it.live.each([
    ["nothing", () => ""],
    ["half a request line", () => "GET /sk"],
    ["half a head", (host: string) => `GET / HTTP/1.1\r\n${host}`],
    ["half a body", (host: string) => `POST / HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`],
    ["half a chunk", (host: string) => `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nabc`]
  ] as const)("are left when they have sent %s", ([, request]) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      assert.strictEqual(yield* talk(request((yield* address).host)), "")
      assert.deepStrictEqual(yield* emulator.requests, [])
      yield* servesOn
    }).pipe(Effect.provide(platform({ timeout })))
  )

  it.live("are served while they go on sending", () =>
    Effect.gen(function* () {
      const { host, port } = yield* address
      const socket = connect(port, "127.0.0.1")
      socket.write(`POST / HTTP/1.1\r\n${host}Connection: close\r\nContent-Length: 6\r\n\r\n`)
      for (const letter of "abcdef") {
        yield* Effect.sleep("150 millis")
        socket.write(letter)
      }
      assert.include(yield* untilClosed(socket), '"bytes":6')
    }).pipe(Effect.provide(echoing({ timeout: "600 millis" })))
  )

  it.live("are not left while it is the platform that takes its time", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer
      const body = "x".repeat(100_000)
      assert.strictEqual((yield* fetchRaw(`${url}/availability`)).status, 200)
      assert.strictEqual((yield* fetchRaw(`${url}/v1/session`, { method: "POST", body })).status, 400)
    }).pipe(Effect.provide(platform({ timeout, latency: 500 })))
  )

  it.live("are left when they never read", () => {
    const bytes = 50_000_000
    const large = handling(Effect.succeed({ status: 200, headers: {}, body: new Uint8Array(bytes) }))
    return Effect.gen(function* () {
      const { host, port } = yield* address
      const socket = connect(port, "127.0.0.1")
      socket.pause().write(`GET / HTTP/1.1\r\n${host}\r\n`)
      yield* Effect.sleep("600 millis")
      assert.isBelow((yield* untilClosed(socket)).length, bytes)
    }).pipe(Effect.provide(Layer.provideMerge(EmulatorServer.layer({ timeout }), large)))
  })
})

describe("many requests", () => {
  it.live("on one connection are handled one after the other", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { host } = yield* address
      const request = (path: string) => `GET /${path} HTTP/1.1\r\n${host}\r\n`
      const text = yield* talk(["a", "b", "c", "d"].map(request).join(""), "\0")
      assert.deepStrictEqual(text.match(/\[\/\w\]|<b>Message<\/b> Invalid/g), [
        "[/a]",
        "[/b]",
        "[/c]",
        "[/d]",
        "<b>Message</b> Invalid"
      ])
      assert.strictEqual(yield* emulator.maxInFlight, 1)
    }).pipe(Effect.provide(platform({ latency: 20 })))
  )

  it.live("on one connection are forgotten when their client leaves", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const { host, port } = yield* address
      const socket = connect(port, "127.0.0.1")
      socket.write(`GET /a HTTP/1.1\r\n${host}\r\n`.repeat(3))
      const until = (count: number): Effect.Effect<void> =>
        Effect.flatMap(emulator.inFlight, (now) =>
          now === count ? Effect.void : Effect.delay(until(count), "5 millis")
        )
      yield* until(1)
      socket.destroy()
      yield* until(0)
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(yield* emulator.requests, [{ method: "GET", target: "/a", status: undefined }])
    }).pipe(Effect.provide(platform({ latency: 10_000 })))
  )

  it.live("on a thousand connections are handled at the same time", () => {
    const count = 1000
    const latch = Latch.makeUnsafe()
    let arrived = 0
    const together = handling(
      Effect.suspend(() => {
        arrived++
        return arrived < count ? latch.await : latch.open
      }).pipe(Effect.as({ status: 200, headers: {}, body: new Uint8Array(0) }))
    )
    return Effect.gen(function* () {
      const { host } = yield* address
      const texts = yield* Effect.all(
        Array.from({ length: count }, () => talk(`GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        texts.filter((text) => text.startsWith("HTTP/1.1 200 OK")),
        count
      )
    }).pipe(Effect.provide(Layer.provideMerge(EmulatorServer.layer(), together)))
  })

  it.live("may share a connection, which is announced to be kept", () =>
    Effect.gen(function* () {
      const { host } = yield* address
      const text = yield* talk(`GET /a HTTP/1.1\r\n${host}\r\nGET /b HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)
      assert.lengthOf(text.match(/\r\nConnection: keep-alive\r\nKeep-Alive: timeout=600\r\n/g) ?? [], 1)
    }).pipe(Effect.provide(echoing()))
  )
})
