// The workspace's dependencies, and a stamp by which a later run knows that they are in place.

import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./paths.mjs"
import { runStep } from "./process.mjs"

const stamp = join(root, "node_modules", ".launch-stamp")

/** The folders that pnpm-workspace.yaml names. */
const projects = () =>
  [
    "",
    "examples",
    "interop",
    "browser",
    "chaos",
    ...readdirSync(join(root, "packages")).map((name) => join("packages", name))
  ].filter((folder) => existsSync(join(root, folder, "package.json")))

/** Changes whenever an install would do something else. */
const fingerprint = ({ versions }) => {
  const hash = createHash("sha256").update(versions)
  const manifests = projects().map((folder) => join(folder, "package.json"))
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", ...manifests]) {
    const path = join(root, file)
    hash.update(`\n${file}\n`).update(existsSync(path) ? readFileSync(path) : "")
  }
  return hash.digest("hex")
}

const hasModules = (folder) => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
  return (dependencies ?? devDependencies) === undefined || existsSync(join(root, folder, "node_modules"))
}

export const isInstalled = (toolchain) =>
  existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint(toolchain) && projects().every(hasModules)

export const installWorkspace = async (toolchain, onStart) => {
  console.error("Installing the workspace …")
  // Away first and back last: a run that was killed in between must not look finished.
  rmSync(stamp, { force: true })
  await runStep(
    "Installing the workspace",
    "If the network was the reason, run this again. If a package.json was changed, first run: npm run pnpm install",
    toolchain.pnpm,
    ["install", "--frozen-lockfile", "--prefer-offline"],
    // CI: ask nothing. NODE_ENV=production would leave out the development dependencies.
    { env: { ...toolchain.env, CI: "true", NODE_ENV: "development" }, onStart }
  )
  mkdirSync(join(root, "node_modules"), { recursive: true })
  writeFileSync(stamp, fingerprint(toolchain))
}
