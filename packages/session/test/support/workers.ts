/**
 * Worker threads that run the file that the package has.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { BulkExecutor } from "@skaha/session"
import * as Layer from "effect/Layer"
import { makeWorkersExecutor } from "../../src/node/internal/workersExecutor.ts"

const script = fileURLToPath(new URL("../../../../scripts/bundle.mjs", import.meta.url))

let entry: URL | undefined

/** The worker's file, made when it is first asked for. */
export const bundledWorker = (): URL => {
  if (entry === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "worker-"))
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, "worker.mjs")
    execFileSync(process.execPath, [script, file])
    entry = pathToFileURL(file)
  }
  return entry
}

/** An executor over workers that run a module: the package's, or one that behaves worse. */
export const workersLayer = (workers: number, module = bundledWorker()) =>
  Layer.effect(BulkExecutor, makeWorkersExecutor(workers, module))
