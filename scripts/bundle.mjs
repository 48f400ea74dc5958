// The file that a worker thread of @skaha/session runs, with all that it needs and nothing else: importing the modules
// themselves would take each worker several times the memory. It becomes a part of what the compiler made, or the file
// that the argument names.

import { rmSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { root } from "./launch/paths.mjs"

const folder = join(root, "packages", "session")
const dist = join(folder, "dist", "node")
const { build } = createRequire(join(folder, "package.json"))("esbuild")

/** The licences of what goes into the file ask to be named with it. */
const banner = `// Holds parts of effect (MIT, Effectful Technologies Inc) and of undici (MIT, Matteo Collina and contributors).
import { createRequire } from "node:module"
const require = createRequire(import.meta.url)`

const [outfile] = process.argv.slice(2)

await build({
  entryPoints: [join(folder, "src", "node", "internal", "worker.ts")],
  outfile: outfile ?? join(dist, "worker.mjs"),
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node22",
  banner: { js: banner },
  logLevel: "warning"
})

if (outfile === undefined) {
  // Nobody can load this one: what it imports is a dependency of the build alone.
  for (const end of [".js", ".js.map", ".d.ts", ".d.ts.map"]) rmSync(join(dist, "internal", `worker${end}`))
}
