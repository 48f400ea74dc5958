import { Settings } from "@skaha/core"
import { DeviceLogin, UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileLoginStore } from "../support/fileLoginStore.ts"
import { eventually } from "../support/mockProvider.ts"
import { realProvider, visit } from "../support/openIdProvider.ts"

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "skaha-login-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

/** A process that waits to use the login in a file. */
const start = (path: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const script = join(import.meta.dirname, "../support/refresher.ts")
      const child = spawn(process.execPath, ["--import", "tsx", script, path])
      let output = ""
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
      child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
      const closed = new Promise<void>((resume) => child.once("close", () => resume()))
      return { child, lines: () => output.trim().split("\n"), closed: Effect.promise(() => closed) }
    }),
    ({ child, closed }) => {
      child.kill()
      return closed
    }
  )

describe("processes with the same login", () => {
  it.live("refresh it once, although all want to at the same time", () =>
    Effect.gen(function* () {
      const real = yield* realProvider({ slowness: 300 })
      const { login } = yield* DeviceLogin.login({
        provider: real.issuer,
        allowInsecureRequests: true,
        // So that the first question comes after the answer.
        onPrompt: ({ verificationUriComplete = "" }) => visit(verificationUriComplete)
      })
      const path = join(yield* folder, "login.json")
      const ended = { ...login.tokens, accessExpires: DateTime.makeUnsafe(0) }
      yield* fileLoginStore(path).save({ ...login, tokens: ended })

      const processes = yield* Effect.all([start(path), start(path), start(path)])
      yield* eventually(() => processes.every(({ lines }) => lines()[0] === "ready"))
      for (const { child } of processes) child.stdin.write("go\n")
      yield* Effect.forEach(processes, ({ closed }) => closed)

      const used = new Set(processes.map(({ lines }) => lines()[1]))
      const saved = yield* fileLoginStore(path).load
      assert.deepStrictEqual(used, new Set([`Bearer ${Redacted.value(saved.tokens.access)}`]))
      assert.isTrue(yield* real.accepts(Redacted.value(saved.tokens.access)))
      assert.deepStrictEqual(
        real.grants.filter((grant) => grant === "refresh_token"),
        ["refresh_token"]
      )
    }).pipe(Effect.provide(UndiciTransport.layer.pipe(Layer.provide(Layer.orDie(Settings.layer())))))
  )
})
