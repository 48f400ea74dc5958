/**
 * The programs that run in processes of their own, built as plain JavaScript: nothing is translated while they run.
 */
import { build } from "esbuild"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"

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

/** What a worker thread of the SDK runs: it is looked for beside the programs, as it is beside the SDK's own modules. */
const worker = join(source, "../../session/src/node/internal/worker.ts")

const common = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  logLevel: "error",
  // Of the libraries inside, some are CommonJS and ask for Node's modules in its way.
  banner: { js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);` }
} as const

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
      ...common,
      entryPoints: entries,
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      splitting: true,
      sourcemap: true,
      external: ["effect", "undici"]
    })
    // As the package has it: one file with all that a worker needs, and nothing else.
    await build({ ...common, entryPoints: [worker], outfile: join(folder, "worker.mjs"), minify: true })
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
