/**
 * Folders to put files into, for the time of a test.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A new folder, which goes when it is disposed of. */
export const folder = (): Disposable & { readonly path: string } => {
  const path = mkdtempSync(join(tmpdir(), "skaha-logs-"))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** What is in a folder: the text of each file, by its name. */
export const filesIn = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")]))
