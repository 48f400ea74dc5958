// What can be run: a table of tasks. Each is a list of steps; a step is the name of another task, or a command line.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./paths.mjs"
import { Failure } from "./process.mjs"

const nodeScript =
  (...script) =>
  ({ node }) => [node, ...script]

/** A program of the workspace, in the one process that signals reach. */
const program =
  (file) =>
  ({ node }, args) => [node, "--import", "tsx", file, ...args]

/** A tool of the workspace, by the script its package names, run with our Node and without a shell. */
const tool =
  (packageName, bin, ...fixed) =>
  ({ node }, args) => {
    const folder = join("node_modules", packageName)
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
    const script = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[bin]
    return [node, join(folder, script), ...fixed, ...args]
  }

const example = (toolchain, [name, ...args]) => {
  const file = join("examples", String(name), "main.ts")
  if (name !== undefined && existsSync(join(root, file))) return program(file)(toolchain, args)
  const names = readdirSync(join(root, "examples")).filter((each) =>
    existsSync(join(root, "examples", each, "main.ts"))
  )
  throw new Failure(`Usage: npm run example <${names.join(" | ")}> [arguments]`)
}

const exec = (_toolchain, args) => {
  if (args.length === 0) throw new Failure("Usage: node scripts/launch.mjs exec <command> [arguments]")
  return args
}

const tasks = {
  /** Only the preparation that precedes every task. */
  setup: [],
  start: [program("examples/main-job/main.ts")],
  example: [example],
  emulator: [program("packages/emulator/src/node/main.ts")],

  test: [tool("vitest", "vitest", "run")],
  /** The Python clients and ours on the same platform. */
  interop: [tool("vitest", "vitest", "run", "--config", "interop/vitest.config.ts")],
  /** The package in a real browser, on a page that is not the platform's own. */
  browser: [tool("vitest", "vitest", "run", "--config", "browser/vitest.config.ts")],
  /** Creating, destroying, waiting, watching and following while much goes wrong. */
  chaos: [program("chaos/main.ts")],
  /** The SDK beside what one would use in its place, in time and memory. */
  bench: [program("packages/bench/src/main.ts")],
  /** The tests of the clients against servers other than today's. */
  servers: [tool("vitest", "vitest", "run", "--config", "vitest.servers.config.ts")],
  /** With --force: the compiler does not notice when its output was deleted. */
  types: [tool("typescript", "tsc", "-b", "--force")],
  build: [nodeScript("scripts/clean.mjs"), "types", nodeScript("scripts/bundle.mjs")],
  format: [tool("oxfmt", "oxfmt", "--check")],
  lint: [tool("oxlint", "oxlint")],
  /** What only Effect's own checker sees, such as an Effect that is made and never run. */
  effects: [tool("@effect/tsgo", "effect-tsgo", "diagnostics", "--strict", "--project", "tsconfig.json")],
  /** The code in the docs and docstrings. */
  snippets: [nodeScript("scripts/snippets.mjs")],
  check: ["format", "lint", "types", "effects", "snippets"],
  fix: [tool("oxlint", "oxlint", "--fix"), tool("oxfmt", "oxfmt")],
  /** The packages as a user gets them. */
  pack: ["build", nodeScript("--test", "scripts/test/pack.test.mjs")],

  /** Any command, with the workspace's Node and pnpm first on the PATH. */
  exec: [exec],
  /** pnpm itself, which needs no installed workspace: it is how one is changed. */
  pnpm: [({ pnpm }, args) => [pnpm, ...args]]
}

export const taskNames = Object.keys(tasks)

export const isTask = (name) => Object.hasOwn(tasks, name)

/** The command lines of a task, in order. Arguments belong to a task of one step. */
export const plan = (name, args, toolchain) =>
  tasks[name].flatMap((step) =>
    typeof step === "string" ? plan(step, [], toolchain) : [step(toolchain, tasks[name].length === 1 ? args : [])]
  )
