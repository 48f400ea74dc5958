/**
 * Modules for workers to run.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"

/** A folder, until the scope ends. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "workers-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A module in that folder, with this text. */
export const moduleIn = (path: string, text: string): URL => {
  const file = join(path, "worker.mjs")
  writeFileSync(file, text)
  return pathToFileURL(file)
}

/** A module with this text. */
export const moduleOf = (text: string) => Effect.map(folder, (path) => moduleIn(path, text))

/** What stays alive, and says nothing. */
export const silent = "setInterval(() => {}, 1000); await new Promise(() => {})"

/** What answers whatever it is asked with this. */
export const answering = (message: string) =>
  `const { parentPort } = await import("node:worker_threads")
   parentPort.on("message", (asked) => parentPort.postMessage([1, ${message}]))
   parentPort.postMessage([0])
   await new Promise(() => {})`

/** What ends whatever it is asked in a defect. */
export const defective = answering(`{ _tag: "Defect", defect: "out of order" }`)
