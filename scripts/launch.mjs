// The one way in: `npm start`, `npm test`, … on a fresh clone, with nothing but npm and some Node (18 or newer).
// Brings the right Node and pnpm, installs the workspace, runs the task. When all is in place it only runs the task.

import { withLock } from "./launch/lock.mjs"
import { Failure, runTask } from "./launch/process.mjs"
import { isTask, plan, taskNames } from "./launch/tasks.mjs"
import { bringToolchain, findToolchain } from "./launch/toolchain.mjs"
import { installWorkspace, isInstalled } from "./launch/workspace.mjs"

const isReady = (toolchain, needs) => toolchain !== undefined && (needs === "pnpm" || isInstalled(toolchain))

const prepare = async (needs) => {
  const toolchain = findToolchain()
  if (isReady(toolchain, needs)) return toolchain
  return withLock(async (lock) => {
    // Another launcher may have done it all while this one waited, so look again.
    const brought = findToolchain() ?? (await bringToolchain(lock))
    if (!isReady(brought, needs)) await installWorkspace(brought, lock)
    return brought
  })
}

const main = async ([name, ...rest]) => {
  if (!isTask(name)) throw new Failure(`Usage: node scripts/launch.mjs <${taskNames.join(" | ")}> [arguments]`)
  const args = rest[0] === "--" ? rest.slice(1) : rest
  const toolchain = await prepare(name === "pnpm" ? "pnpm" : "workspace")
  for (const [command, ...commandArgs] of plan(name, args, toolchain)) {
    const { code, signal } = await runTask(command, commandArgs, toolchain.env)
    if (signal !== null) process.kill(process.pid, signal)
    if (code !== 0) process.exit(code ?? 1)
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Failure ? error.message : error)
  process.exit(error.exitCode ?? 1)
})
