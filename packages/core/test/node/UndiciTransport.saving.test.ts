import { FileUnwritable } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { serve, until, type Answer } from "../support/loopback.ts"
import { folder } from "../support/pems.ts"
import { open, request, undiciWays } from "../support/transports.ts"

/** The files below a folder that this process has open, where the system tells. */
const openBelow = (path: string): ReadonlyArray<string> => {
  const handles = "/proc/self/fd"
  if (!existsSync(handles)) return []
  return readdirSync(handles).flatMap((handle) => {
    try {
      const file = readlinkSync(join(handles, handle))
      return file.startsWith(path) ? [file] : []
    } catch {
      // It was closed in the meantime.
      return []
    }
  })
}

/** A server, a transport to it, and a folder with an older file. */
const saving = (answer: Answer, options: Parameters<typeof open>[2] = {}, layer = UndiciTransport.layer) =>
  Effect.gen(function* () {
    const path = yield* folder
    const file = join(path, "log.txt")
    writeFileSync(file, "older")
    const server = yield* serve(answer)
    const { send } = yield* open(layer, server.origin, options)
    return { path, file, server, save: (given = {}) => send(request({ saveAs: file, ...given })) }
  })

/** Each with each way of undici's transport. */
const inEachWay = <A>(all: ReadonlyArray<A>) =>
  all.flatMap((one) => undiciWays.map(({ layer, where }) => [one, where, layer] as const))

const large = "0123456789abcdef".repeat(200_000)

/** What stands in the files of a folder. */
const contents = (path: string) =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")]))

describe("UndiciTransport saves", () => {
  it.live("what it is sent in place of the older file, and tells its size", () =>
    Effect.gen(function* () {
      const { file, path, save } = yield* saving((response) => response.end(large))
      const reply = yield* save()
      assert.deepInclude(reply, { status: 200, body: "", saved: large.length })
      assert.deepStrictEqual(contents(path), { "log.txt": large })
      assert.deepStrictEqual(openBelow(path), [])
      yield* save({ saveAs: `${file}.2` })
      assert.deepStrictEqual(Object.keys(contents(path)), ["log.txt", "log.txt.2"])
    })
  )

  it.live("nothing as nothing", () =>
    Effect.gen(function* () {
      const { path, save } = yield* saving((response) => {
        response.statusCode = 204
        response.end()
      })
      assert.include(yield* save(), { status: 204, body: "", saved: 0 })
      assert.deepStrictEqual(contents(path), { "log.txt": "" })
    })
  )

  it.live.each([404, 500, 503, 302, 401])("no %d: it is told as it always is", (status) =>
    Effect.gen(function* () {
      const { path, save } = yield* saving((response) => {
        response.statusCode = status
        response.end("not this\n")
      })
      const reply = yield* save()
      assert.include(reply, { status, body: "not this\n" })
      assert.notProperty(reply, "saved")
      assert.deepStrictEqual(contents(path), { "log.txt": "older" })
    })
  )

  it.live("no page: who asked must see that it is one", () =>
    Effect.gen(function* () {
      const { path, save } = yield* saving((response) => {
        response.setHeader("content-type", "Text/HTML;charset=UTF-8")
        response.end("<html>sign in</html>")
      })
      const reply = yield* save()
      assert.include(reply, { status: 200, body: "<html>sign in</html>" })
      assert.notProperty(reply, "saved")
      assert.deepStrictEqual(contents(path), { "log.txt": "older" })
    })
  )

  it.live("many at once", () =>
    Effect.gen(function* () {
      const { path, save, server } = yield* saving((response, { target }) => response.end(target.repeat(9000)), {
        concurrency: 8
      })
      yield* Effect.forEach(
        Array.from({ length: 60 }, (_, index) => index),
        (index) => save({ path: `/${index}`, saveAs: join(path, `${index}`) }),
        { concurrency: 8 }
      )
      for (let index = 0; index < 60; index++) {
        assert.strictEqual(readFileSync(join(path, `${index}`), "utf8"), `/${index}`.repeat(9000))
      }
      assert.strictEqual(readdirSync(path).length, 61)
      assert.isAtMost(server.connections.made, 8)
    })
  )

  it.live.each([
    ["is reset", (response: ServerResponse) => response.destroy(), "ConnectionFailed"],
    ["falls silent", () => {}, "RequestTimeout"]
  ] as const)("what came before a reply %s, beside the older file", ([, then, tag]) =>
    Effect.gen(function* () {
      const { path, save } = yield* saving((response) => {
        response.write(large, () => setTimeout(then, 20, response))
      })
      const error = yield* Effect.flip(save({ limits: { connect: 5, headers: 5, body: 0.2 } }))
      assert.strictEqual(error._tag, tag)
      // All has come and is written when the failure is told.
      assert.deepStrictEqual(contents(path), { "log.txt": "older", "log.txt.partial": large })
      assert.deepStrictEqual(openBelow(path), [])
    })
  )

  it.live("what came before an interruption, which ends when the file is closed", () =>
    Effect.gen(function* () {
      const { path, save, server } = yield* saving((response) => response.write("half"))
      const fiber = yield* Effect.forkChild(save())
      yield* until(() => contents(path)["log.txt.partial"] === "half")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(openBelow(path), [])
      assert.deepStrictEqual(contents(path), { "log.txt": "older", "log.txt.partial": "half" })
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
      yield* until(() => server.connections.open === 0)
    })
  )

  it.live("what came before its scope was closed", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const server = yield* serve((response) => response.write("half"))
      const scope = yield* Scope.make()
      const { send } = yield* Scope.provide(open(UndiciTransport.layer, server.origin), scope)
      const fiber = yield* Effect.forkChild(Effect.flip(send(request({ saveAs: join(path, "log") }))))
      yield* until(() => contents(path)["log.partial"] === "half")
      yield* Scope.close(scope, Exit.void)
      assert.include(yield* Fiber.join(fiber), { _tag: "ConnectionFailed", reason: "the client is closed" })
      assert.deepStrictEqual(openBelow(path), [])
      assert.deepStrictEqual(contents(path), { "log.partial": "half" })
    })
  )

  /** A file that is as slow as who reads it. */
  const withPipes = process.platform === "win32" ? () => () => undefined : it.live.each

  withPipes(inEachWay(["plain", "gzip"]))(
    "at the speed of a slow disk, which is no silence of the server (%s%s)",
    ([encoding, , layer]) =>
      Effect.gen(function* () {
        const size = 32 * 1024 * 1024
        const bytes = randomBytes(size)
        let socket: Socket | null = null
        const { file, save } = yield* saving(
          (response) => {
            socket = response.socket
            response.writeHead(200, encoding === "gzip" ? { "content-encoding": encoding } : {})
            response.end(encoding === "gzip" ? gzipSync(bytes, { level: 0 }) : bytes)
          },
          {},
          layer
        )
        execFileSync("mkfifo", [`${file}.partial`])
        const reader = createReadStream(`${file}.partial`)
        const fiber = yield* Effect.forkChild(save({ limits: { connect: 5, headers: 5, body: 0.1 } }))
        yield* until(() => socket !== null)
        // Undici's timers look every half second.
        yield* Effect.sleep(1300)
        assert.isAbove(socket?.["writableLength"] ?? 0, size / 2)
        const hash = createHash("sha256")
        reader.on("data", (piece) => hash.update(piece))
        assert.strictEqual((yield* Fiber.join(fiber)).saved, size)
        yield* until(() => reader.readableEnded)
        assert.strictEqual(hash.digest("hex"), createHash("sha256").update(bytes).digest("hex"))
      })
  )

  describe.each(undiciWays)("what comes compressed$where", ({ layer, where }) => {
    /** What is there after a reply that is cut in its middle. In workers there is no file until all has come. */
    const afterCut = where === "" ? ["log.txt", "log.txt.partial"] : ["log.txt"]

    const compressed = (answer: Answer) =>
      saving(
        (response, ...more) => {
          response.setHeader("content-encoding", "gzip")
          answer(response, ...more)
        },
        {},
        layer
      )

    it.live.each([
      ["little", "some lines\n"],
      ["that becomes a lot", "0".repeat(20_000_000)],
      ["a lot", randomBytes(3_000_000).toString("latin1")]
    ] as const)("whole: %s", ([, text]) =>
      Effect.gen(function* () {
        const { path, save } = yield* compressed((response) => response.end(gzipSync(text)))
        assert.include(yield* save(), { status: 200, body: "", saved: Buffer.byteLength(text) })
        assert.deepStrictEqual(contents(path), { "log.txt": text })
        assert.deepStrictEqual(openBelow(path), [])
      })
    )

    it.live("not at all where its reply is reset", () =>
      Effect.gen(function* () {
        const { path, save } = yield* compressed((response) => {
          response.write(gzipSync(large).subarray(0, 2000), () => setTimeout(() => response.destroy(), 20))
        })
        assert.strictEqual((yield* Effect.flip(save()))._tag, "ConnectionFailed")
        assert.deepStrictEqual(readdirSync(path), afterCut)
        assert.strictEqual(readFileSync(join(path, "log.txt"), "utf8"), "older")
        assert.deepStrictEqual(openBelow(path), [])
      })
    )

    it.live("not at all where it is given up", () =>
      Effect.gen(function* () {
        const { file, path, save, server } = yield* compressed((response) =>
          response.write(gzipSync(large).subarray(0, 2000))
        )
        const fiber = yield* Effect.forkChild(save())
        yield* until(() => server.busy.now === 1)
        yield* Effect.sleep(50)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(readFileSync(file, "utf8"), "older")
        assert.deepStrictEqual(openBelow(path), [])
        yield* until(() => server.connections.open === 0)
      })
    )
  })

  it.live("over what an earlier attempt has left", () =>
    Effect.gen(function* () {
      const { file, path, save } = yield* saving((response) => response.end("new"))
      writeFileSync(`${file}.partial`, "much longer than what comes now")
      yield* save()
      assert.deepStrictEqual(contents(path), { "log.txt": "new" })
    })
  )

  describe("says what is wrong with a file", () => {
    const unwritable = (saveAs: (path: string) => string, reason: string, systemCode: string) =>
      Effect.gen(function* () {
        const { path, save, server } = yield* saving(
          (response, { target }) => response.end(target === "/" ? large : "fine"),
          { concurrency: 1 }
        )
        const file = saveAs(path)
        const error = yield* Effect.flip(save({ path: "/", saveAs: file }))
        assert.instanceOf(error, FileUnwritable)
        assert.include(error, { operation: "Test.call", method: "GET", path: "/", file, reason, systemCode })
        assert.deepStrictEqual(openBelow(path), [])
        yield* until(() => server.busy.now === 0)
        assert.strictEqual((yield* save({ path: "/fine" })).saved, 4)
      })

    it.live.each([
      ["in no folder", (path: string) => join(path, "none", "x"), "its folder is not there", "ENOENT"],
      ["below a file", (path: string) => join(path, "log.txt", "x"), "what should be its folder is none", "ENOTDIR"],
      ["with a long name", (path: string) => join(path, "x".repeat(300)), "its name is too long", "ENAMETOOLONG"]
    ] as const)("%s", ([, saveAs, reason, code]) => unwritable(saveAs, reason, code))

    it.live.each(["x", "x.partial"])("where a folder is: %s", (name) =>
      unwritable(
        (path) => {
          mkdirSync(join(path, name))
          return join(path, "x")
        },
        "it is a folder",
        "EISDIR"
      )
    )

    const withFullDevice = existsSync("/dev/full") ? it.live.each : () => () => undefined

    withFullDevice(inEachWay([large, gzipSync(large)]))("on a full disk (%#)", ([body, , layer]) =>
      Effect.gen(function* () {
        const { file, save } = yield* saving(
          (response) => {
            response.writeHead(200, typeof body === "string" ? {} : { "content-encoding": "gzip" })
            response.end(body)
          },
          {},
          layer
        )
        symlinkSync("/dev/full", `${file}.partial`)
        const error = yield* Effect.flip(save())
        assert.instanceOf(error, FileUnwritable)
        assert.include(error, { file, reason: "the disk is full", systemCode: "ENOSPC" })
        assert.strictEqual(readFileSync(file, "utf8"), "older")
        assert.deepStrictEqual(openBelow("/dev/full"), [])
      })
    )
  })
})
