import { ConnectionFailed } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { serve } from "../support/loopback.ts"
import { folder } from "../support/pems.ts"
import { below, oneOf, pick, seeded, wellFormed } from "../support/properties.ts"
import { open, request, undiciWays } from "../support/transports.ts"

/** Texts that compress well, and such that do not; of nothing, of some bytes, and of many pieces of a socket. */
const anyBody = oneOf(
  Arbitrary.map(wellFormed, (text) => Buffer.from(text)),
  Arbitrary.map(wellFormed, (text) => Buffer.from(`\ufeff${text}`)),
  Arbitrary.map(Arbitrary.all([wellFormed, below(20_000)]), ([text, times]) => Buffer.from(text.repeat(times))),
  Arbitrary.map(Arbitrary.array(below(256), { maxLength: 300 }), (bytes) => Buffer.from(bytes))
)

const codings = { identity: (body: Buffer) => body, gzip: gzipSync, "x-gzip": gzipSync, deflate: deflateSync }

/** Where a body is cut into pieces: at these bytes, counted around its length. */
const cutAt = (body: Buffer, cuts: ReadonlyArray<number>): ReadonlyArray<Buffer> => {
  const places = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].toSorted((a, b) => a - b)
  return [...places, body.length].map((end, index) => body.subarray(places[index - 1] ?? 0, end))
}

/** A server that sends a body, in pieces, as it stands in `current`. */
const sending = Effect.gen(function* () {
  const current: { pieces: ReadonlyArray<Buffer>; encoding?: string; status?: number } = { pieces: [] }
  const server = yield* serve((response) => {
    const { encoding, pieces, status = 200 } = current
    response.writeHead(status, encoding === undefined ? {} : { "content-encoding": encoding })
    response.flushHeaders()
    const writeFrom = (at: number): void => {
      const piece = pieces[at]
      if (piece === undefined) response.end()
      else response.write(piece, () => setImmediate(writeFrom, at + 1))
    }
    writeFrom(0)
  })
  return { ...server, current }
})

const textOf = (body: Buffer): string => body.toString().replace(/^\ufeff/, "")

describe.each(undiciWays)("UndiciTransport$where: bodies", ({ layer }) => {
  it.live.prop(
    "come as they were, in whatever pieces and encoding, in memory and in a file",
    [anyBody, pick("identity", "gzip", "x-gzip", "deflate"), Arbitrary.array(below(5_000_000), { maxLength: 6 })],
    ([body, coding, cuts]) =>
      Effect.gen(function* () {
        const path = yield* folder
        const server = yield* sending
        const { send } = yield* open(layer, server.origin)
        server.current.pieces = cutAt(codings[coding](body), cuts)
        server.current.encoding = coding
        assert.strictEqual((yield* send(request())).body, textOf(body))
        const file = join(path, "body")
        const saved = yield* send(request({ saveAs: file }))
        assert.deepInclude(saved, { status: 200, body: "", saved: body.length })
        assert.isTrue(readFileSync(file).equals(body))
      }),
    seeded(60)
  )

  it.live("of nothing are empty, whatever their encoding", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const server = yield* sending
      const { send } = yield* open(layer, server.origin)
      for (const encoding of ["gzip", "deflate", "br"]) {
        server.current.encoding = encoding
        assert.strictEqual((yield* send(request())).body, "")
      }
      server.current.encoding = "gzip"
      assert.strictEqual((yield* send(request({ saveAs: join(path, "empty") }))).saved, 0)
      assert.strictEqual(readFileSync(join(path, "empty"), "utf8"), "")
    })
  )

  const text = Array.from({ length: 20_000 }, (_, line) => `line ${(line * 7919) % 10_007}\n`).join("")
  const short = "some lines\n"

  it.live.each([
    ["cut", "gzip", gzipSync(text).subarray(0, -20), "the reply was cut"],
    ["cut, and short", "gzip", gzipSync(short).subarray(0, -4), "the reply was cut"],
    ["cut in its first byte", "gzip", gzipSync(short).subarray(0, 1), "the reply was cut"],
    ["damaged", "deflate", deflateSync(text).fill(0xff, 5000, 5100), "the reply cannot be inflated"],
    ["another thing", "gzip", Buffer.from(short), "the reply cannot be inflated"],
    ["another thing, and long", "gzip", Buffer.from(text), "the reply cannot be inflated"],
    [
      "in an encoding that nobody asked for",
      "br",
      brotliCompressSync(text),
      "the reply is encoded in a way that is not known here: br"
    ]
  ] as const)("that are %s are failures", ([, encoding, bytes, reason]) =>
    Effect.gen(function* () {
      const path = yield* folder
      const server = yield* sending
      const { send } = yield* open(layer, server.origin, { concurrency: 1 })
      server.current.encoding = encoding
      server.current.pieces = [bytes]
      for (const saveAs of [{}, { saveAs: join(path, "file") }]) {
        const error = yield* Effect.flip(send(request(saveAs)))
        assert.instanceOf(error, ConnectionFailed)
        assert.include(error, { operation: "Test.call", method: "GET", path: "/skaha/v1/session", reason })
        // What was cut may be whole the next time.
        assert.strictEqual(error.isRetryable, reason === "the reply was cut")
      }
      delete server.current.encoding
      server.current.pieces = [Buffer.from("fine")]
      assert.strictEqual((yield* send(request())).body, "fine")
    })
  )

  it.live("are inflated in refusals, too", () =>
    Effect.gen(function* () {
      const server = yield* sending
      const { send } = yield* open(layer, server.origin)
      Object.assign(server.current, { encoding: "GZIP", status: 404, pieces: [gzipSync("not here\n")] })
      assert.include(yield* send(request()), { status: 404, body: "not here\n" })
    })
  )
})
