// Type-checks the code that people read: the ts blocks of the Markdown files and of the docstrings' examples.

import { execFileSync } from "node:child_process"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { root } from "./launch/paths.mjs"

// Beside the examples, where every package of the workspace can be imported by name.
const folder = join(root, "examples", ".snippets")

const sources = ["*.md", "docs/*.md", "packages/*/README.md", "packages/*/src/**/*.ts"].flatMap((pattern) =>
  globSync(pattern, { cwd: root })
)

/** The blocks of one file, each with the line it starts at. */
const blocksOf = (text) =>
  [...text.matchAll(/^([ *]*)```ts\n(.*?)^[ *]*```$/gms)].map(({ 1: margin, 2: body, index }) => ({
    line: text.slice(0, index).split("\n").length + 1,
    // A docstring's lines start with its margin; an empty one may lack the blank.
    code: body
      .split("\n")
      .map((row) => (row.startsWith(margin) ? row.slice(margin.length) : row.trimStart().replace(/^\* ?/, "")))
      .join("\n")
  }))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const origins = new Map()
for (const source of sources) {
  for (const { line, code } of blocksOf(readFileSync(join(root, source), "utf8"))) {
    const name = `${source.replaceAll(/[^A-Za-z0-9]+/g, "-")}-${line}.ts`
    origins.set(name, { source, line })
    // Each stands for itself, as a module.
    writeFileSync(join(folder, name), `${code}\nexport {}\n`)
  }
}
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../../tsconfig.base.json",
    include: ["*.ts"],
    compilerOptions: {
      composite: false,
      incremental: false,
      noEmit: true,
      allowImportingTsExtensions: true,
      noUnusedLocals: false
    }
  })
)

const compiler = createRequire(join(root, "package.json")).resolve("typescript/package.json")
const script = join(dirname(compiler), JSON.parse(readFileSync(compiler, "utf8")).bin.tsc)
try {
  execFileSync(process.execPath, [script, "-p", folder, "--pretty", "false"], { encoding: "utf8" })
} catch (error) {
  // The compiler speaks of the extracted file: say where its code stands.
  for (const row of error.stdout.split("\n")) {
    const at = /([^/\s]+\.ts)\((\d+),(\d+)\)(.*)$/.exec(row)
    const origin = at && origins.get(at[1])
    console.error(origin ? `${origin.source}:${origin.line + Number(at[2]) - 1}${at[4]}` : row)
  }
  process.exit(1)
}
rmSync(folder, { recursive: true })
console.log(`${origins.size} snippets compile`)
