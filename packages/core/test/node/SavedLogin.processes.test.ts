import { Settings } from "@skaha/core"
import { ConfigurationFile, DeviceLogin, SavedLogin, UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { dirname, join } from "node:path"
import type { Readable, Writable } from "node:stream"
import { Worker } from "node:worker_threads"
import { home } from "../support/configurations.ts"
import { eventually } from "../support/mockProvider.ts"
import { realProvider, visit } from "../support/openIdProvider.ts"

const script = join(import.meta.dirname, "../support/savedRefresher.ts")

/** Somebody who waits to use the login of a configuration file. */
interface Waiting {
  readonly lines: () => ReadonlyArray<string>
  readonly go: () => void
}

const waiting = (stdout: Readable, stdin: Writable | null): Waiting => {
  let output = ""
  stdout.on("data", (chunk: Buffer | string) => (output += chunk.toString()))
  return {
    lines: () => output.trim().split("\n"),
    go: () => stdin?.write("go\n")
  }
}

const aProcess = (folder: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [script, folder], { stdio: ["pipe", "pipe", "inherit"] })),
      (child) => Effect.sync(() => child.kill())
    ),
    (child) => waiting(child.stdout, child.stdin)
  )

const aThread = (folder: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Worker(script, { argv: [folder], stdin: true, stdout: true })),
      (worker) => Effect.promise(() => worker.terminate())
    ),
    (worker) => waiting(worker.stdout, worker.stdin)
  )

describe("processes and threads with the same login in a configuration file", () => {
  it.live("refresh it once, although all want to at the same time", () =>
    Effect.gen(function* () {
      const real = yield* realProvider({ slowness: 300 })
      const { login } = yield* DeviceLogin.login({
        provider: real.issuer,
        allowInsecureRequests: true,
        onPrompt: ({ verificationUriComplete = "" }) => visit(verificationUriComplete)
      })
      const { file, path } = yield* home()
      const folder = dirname(dirname(path))
      const ended = { ...login, tokens: { ...login.tokens, accessExpires: DateTime.makeUnsafe(1000) } }
      yield* file.update((now) => ({
        ...now,
        authentication: { ...now.authentication, srcnet: SavedLogin.recordOf("srcnet", ended) }
      }))

      const all = yield* Effect.all([aProcess(folder), aProcess(folder), aThread(folder), aThread(folder)])
      yield* eventually(() => all.every(({ lines }) => lines()[0] === "ready"))
      // Somebody else has something to save at the same time.
      for (const { go } of all) go()
      yield* file.update((now) => ({ ...now, console: { ...now.console, width: 99 } }))
      yield* eventually(() => all.every(({ lines }) => lines().length === 2))

      const saved = yield* Effect.flatMap(SavedLogin.loginStore("srcnet"), ({ load }) => load).pipe(
        Effect.provide(ConfigurationFile.layer({ home: folder }))
      )
      const token = `Bearer ${Redacted.value(saved.tokens.access)}`
      assert.deepStrictEqual(
        all.map(({ lines }) => lines()[1]),
        [token, token, token, token]
      )
      assert.isTrue(yield* real.accepts(Redacted.value(saved.tokens.access)))
      assert.strictEqual((yield* file.read).console.width, 99)
      assert.lengthOf(
        real.grants.filter((grant) => grant === "refresh_token"),
        1
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(UndiciTransport.layerWith({ env: {} }).pipe(Layer.provide(Layer.orDie(Settings.layer()))))
    )
  )
})
