/**
 * Workers that crash where they are told to.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { bundledWorker, workersLayer } from "../../support/workers.ts"

/** Workers that crash with the requests for sessions such as `exit1xa`, `throw2xb` and `late1xc`: once, twice, once. */
export const crashingLayer = (workers: number) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "crashes-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
      const module = join(folder, "worker.mjs")
      // A thread's environment is its own.
      writeFileSync(
        module,
        `process.env.CRASHES = ${JSON.stringify(folder)}
         await import(${JSON.stringify(new URL("crashingWorker.ts", import.meta.url))})
         await import(${JSON.stringify(bundledWorker())})`
      )
      return workersLayer(workers, pathToFileURL(module))
    })
  )
