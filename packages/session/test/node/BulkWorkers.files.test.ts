import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Skaha } from "@skaha/session"
import { saveLogs } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { crashingLayer } from "./support/crashing.ts"
import { serve, until, type Served } from "./support/server.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "logs-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const client = ({ url }: Served) =>
  Skaha.layer({ url, concurrency: 4, transport: UndiciTransport.layer, executor: crashingLayer(2) }).pipe(Layer.orDie)

const text = "a line of a log\n".repeat(20_000)

describe("Logs saved by workers", () => {
  it.live("are whole, also where workers crash in the middle", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => {
        response.setHeader("content-encoding", "gzip")
        const bytes = gzipSync(text)
        response.write(bytes.subarray(0, 100))
        setTimeout(() => response.end(bytes.subarray(100)), 100)
      })
      const path = yield* folder
      const ids = ["a0", "late1xa", "a1", "a2", "a3", "exit1xb", "a4"]
      const outcomes = yield* saveLogs(ids, path).pipe(Effect.provide(client(server)))
      assert.deepStrictEqual(
        Outcome.values(outcomes).map(({ bytes, id }) => [id, bytes]),
        ids.map((id) => [id, text.length])
      )
      assert.deepStrictEqual(readdirSync(path).toSorted(), ids.map((id) => `${id}.log`).toSorted())
      for (const id of ids) assert.strictEqual(readFileSync(join(path, `${id}.log`), "utf8"), text)
    })
  )

  it.live("grow no more when they are given up", () =>
    Effect.gen(function* () {
      let written = 0
      const server = yield* serve((_, response) => {
        const timer = setInterval(() => {
          written++
          response.write(text)
        }, 2)
        response.on("close", () => clearInterval(timer))
      })
      const path = yield* folder
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(saveLogs(["a0", "a1", "a2"], path))
        yield* until(() => written > 30)
        yield* Fiber.interrupt(fiber)
        const sizes = () =>
          Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).length]))
        const left = sizes()
        assert.deepStrictEqual(
          Object.keys(left).toSorted(),
          ["a0", "a1", "a2"].map((id) => `${id}.log.partial`)
        )
        yield* Effect.sleep("50 millis")
        assert.deepStrictEqual(sizes(), left)
      }).pipe(Effect.provide(client(server)))
    })
  )
})
