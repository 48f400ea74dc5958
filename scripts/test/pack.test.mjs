// The packages as a user gets them: packed, installed into an empty project, imported and type-checked there.
// Needs a build; `npm run pack` does both.

import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const repository = fileURLToPath(new URL("../..", import.meta.url))
const folders = ["core", "session", "promise", "emulator"]
const home = realpathSync(mkdtempSync(join(tmpdir(), "packed-")))
const modules = join(home, "node_modules")

const run = async (command, args, cwd = home) => {
  try {
    return (await promisify(execFile)(command, args, { cwd })).stdout
  } catch (error) {
    return assert.fail(`${command} ${args.join(" ")}\n${error.stdout}${error.stderr}`)
  }
}

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
const installedVersion = (name) => readJson(join(repository, "node_modules", name, "package.json")).version

/** Each package as installed: its name, manifest and folder. */
let packages = []

/** What a user may import: `@skaha/core`, `@skaha/core/node`, … */
const entries = () =>
  packages.flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([path, target]) => target !== null && !path.includes("*") && path !== "./package.json")
      .map(([path]) => name + path.slice(1))
  )

before(async () => {
  const tarballs = {}
  for (const folder of folders) {
    const packed = await run(
      "pnpm",
      ["pack", "--json", "--pack-destination", home],
      join(repository, "packages", folder)
    )
    const { name, filename } = JSON.parse(packed)
    tarballs[name] = `file:${filename}`
  }
  const tools = Object.fromEntries(
    ["effect", "typescript", "@types/node"].map((name) => [name, installedVersion(name)])
  )
  const manifest = { private: true, type: "module", dependencies: { ...tarballs, ...tools } }
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest))
  // The packages depend on one another by version, and these versions are in no registry yet.
  writeFileSync(join(home, "pnpm-workspace.yaml"), JSON.stringify({ overrides: tarballs }))
  await run("pnpm", ["install", "--prefer-offline"])
  packages = Object.keys(tarballs).map((name) => {
    const folder = realpathSync(join(modules, name))
    return { name, folder, manifest: readJson(join(folder, "package.json")) }
  })
})

after(() => rmSync(home, { recursive: true, force: true }))

test("each entry can be imported by plain Node", async () => {
  for (const entry of entries()) {
    const print = `console.log(Object.keys(await import(${JSON.stringify(entry)})).length)`
    assert.ok(Number(await run("node", ["--input-type=module", "--eval", print])) > 0, `${entry} exports nothing`)
  }
})

test("workers run the file that comes with the package", async () => {
  const program = `
    import { createServer } from "node:http"
    import { UndiciTransport } from "@skaha/core/node"
    import { Outcome, Sessions, Skaha } from "@skaha/session"
    import { BulkWorkers } from "@skaha/session/node"
    import * as Effect from "effect/Effect"
    const server = createServer((request, response) => response.end("hello"))
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))
    const url = "http://127.0.0.1:" + server.address().port + "/skaha"
    const executor = BulkWorkers.layer({ workers: 2 })
    const platform = Skaha.layer({ url, transport: UndiciTransport.layer, executor })
    const logs = Sessions.use(({ logs }) => logs(["abcd1234", "bcde2345"])).pipe(Effect.provide(platform))
    console.log(Outcome.values(await Effect.runPromise(logs)).join(" "))
    server.close()`
  assert.equal(await run("node", ["--input-type=module", "--eval", program]), "hello hello\n")
})

test("internal modules are closed", async () => {
  const inside = [
    "internal/index.js",
    "dist/internal/index.js",
    "src/internal/index.ts",
    "src/index.ts",
    "dist/index.js"
  ]
  const attempts = packages.flatMap(({ name }) => inside.map((path) => `${name}/${path}`))
  const program = `
    const codes = ${JSON.stringify(attempts)}.map((entry) =>
      import(entry).then(() => entry + " opened", (error) => error.code))
    console.log(JSON.stringify(await Promise.all(codes)))`
  const codes = JSON.parse(await run("node", ["--input-type=module", "--eval", program]))
  assert.deepEqual(new Set(codes), new Set(["ERR_PACKAGE_PATH_NOT_EXPORTED"]))
})

test("each entry has types, and an internal module has none", async () => {
  const lines = entries().map((entry, index) => `export * as entry${index} from "${entry}"`)
  const closed = packages.map(({ name }) => `// @ts-expect-error closed\nimport "${name}/internal/index.js"`)
  mkdirSync(join(home, "src"))
  writeFileSync(join(home, "src", "user.ts"), [...lines, ...closed, ""].join("\n"))
  const compilerOptions = {
    target: "ES2024",
    lib: ["ES2024", "ESNext.Disposable", "DOM"],
    module: "NodeNext",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    noUncheckedSideEffectImports: true
  }
  writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }))
  await run("node", [join("node_modules", "typescript", "bin", "tsc")])
})

test("all share one copy of effect", () => {
  const copies = readdirSync(join(modules, ".pnpm")).filter((name) => name.startsWith("effect@"))
  assert.equal(copies.length, 1, copies.join(", "))
})

test("manifests hold plain version ranges, and what npm shows of a package is there", () => {
  for (const { name, folder, manifest } of packages) {
    assert.doesNotMatch(JSON.stringify(manifest), /"(workspace|catalog|file|link):/, name)
    for (const file of ["LICENSE", "README.md"]) assert.ok(existsSync(join(folder, file)), `${name} has no ${file}`)
  }
})

test("every module comes with its types and with maps to its source", () => {
  for (const { name, folder } of packages) {
    const files = readdirSync(join(folder, "dist"), { recursive: true }).map(String)
    const known = new Set(files)
    const scripts = files.filter((file) => file.endsWith(".js"))
    assert.ok(scripts.length > 0, name)
    for (const script of scripts) {
      const stem = script.slice(0, -".js".length)
      for (const end of [".d.ts", ".d.ts.map", ".js.map"]) assert.ok(known.has(stem + end), `${name}: no ${stem}${end}`)
    }
    for (const file of files.filter((each) => each.endsWith(".map"))) {
      const path = join(folder, "dist", file)
      const sources = readJson(path).sources.map((source) => join(dirname(path), source))
      assert.ok(sources.every(existsSync), `${name}: ${file} leads nowhere`)
    }
    assert.deepEqual(
      files.filter((file) => /tsbuildinfo|\.test\./.test(file)),
      [],
      name
    )
  }
})
