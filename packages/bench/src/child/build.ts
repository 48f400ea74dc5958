/**
 * The programs that run in processes of their own, built as plain JavaScript: nothing is translated while they run.
 */
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

const source = join(import.meta.dirname, "..")

const entries = {
  server: join(source, "server/main.ts"),
  sender: join(source, "programs/sender.ts"),
  stream: join(source, "programs/stream.ts"),
  flatness: join(source, "programs/flatness.ts"),
  logs: join(source, "programs/logs.ts")
}

export type ProgramName = keyof typeof entries

/** The built programs. */
export interface Programs {
  /** The file of a program. */
  readonly file: (name: ProgramName) => string
  /** The options of Node by which a process writes a profile when it ends, where profiles are asked for. */
  readonly profiling: (label: string) => ReadonlyArray<string>
  readonly remove: () => void
}

/** Makes the file that a worker thread of the SDK runs, as the package has it. */
const bundleWorker = join(source, "../../../scripts/bundle.mjs")

/**
 * Builds the programs into a folder inside the package, where they find `effect` and `undici`. Both stay as they are
 * installed; what of the SDK a program needs becomes part of it.
 */
export const buildPrograms = async (profiles?: string): Promise<Programs> => {
  const dist = join(import.meta.dirname, "../../dist")
  mkdirSync(dist, { recursive: true })
  const folder = mkdtempSync(join(dist, "run-"))
  let profiled = 0
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await build({
      entryPoints: entries,
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node22",
      sourcemap: true,
      logLevel: "error",
      external: ["effect", "undici"],
      // Of the libraries inside, some are CommonJS and ask for Node's modules in its way.
      banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` }
    })
    // It is looked for beside the programs, as it is beside the SDK's own modules.
    await promisify(execFile)(process.execPath, [bundleWorker, join(folder, "worker.mjs")])
  } catch (error) {
    remove()
    throw error
  }
  return {
    file: (name) => join(folder, `${name}.mjs`),
    profiling: (label) =>
      profiles === undefined
        ? []
        : ["--cpu-prof", `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${label}-${++profiled}.cpuprofile`],
    remove
  }
}
