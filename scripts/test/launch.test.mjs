// The launcher on a machine that has nothing yet: killed, twice at once, without a network.
// Runs on the machine's own Node, like the launcher: `node --test scripts/test/launch.test.mjs`.

import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

const repository = fileURLToPath(new URL("../..", import.meta.url))
const home = mkdtempSync(join(tmpdir(), "launch-"))
const toolchain = join(home, ".toolchain")

/** A registry that refuses every connection. */
const offline = Object.fromEntries(
  ["npm_config_registry", "PNPM_CONFIG_REGISTRY", "HTTP_PROXY", "HTTPS_PROXY"].map((name) => [
    name,
    "http://127.0.0.1:9"
  ])
)

/** What git would have cloned, as far as the launcher looks at it. */
const isNeeded = (file) => !/(node_modules|\.toolchain|\.git|dist|src|test)$/.test(file)

before(() => {
  for (const file of [
    "scripts",
    "packages",
    "examples",
    "interop",
    "browser",
    "chaos",
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml"
  ]) {
    cpSync(join(repository, file), join(home, file), { recursive: true, filter: isNeeded })
  }
})

after(() => rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }))

/** Starts the launcher in a process group of its own, as a terminal does. */
const launch = (args, { env = {}, node = process.execPath } = {}) => {
  const child = spawn(node, ["scripts/launch.mjs", ...args], {
    cwd: home,
    env: { ...process.env, ...env },
    detached: true
  })
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => (output.stdout += chunk))
  child.stderr.on("data", (chunk) => (output.stderr += chunk))
  const result = new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...output }))
  })
  return { child, output, result }
}

const until = async (condition) => {
  while (!condition()) await sleep(20)
}

const printVersion = ["exec", "node", "--version"]

const assertRan = ({ code, stdout, stderr }) => {
  assert.equal(code, 0, stderr)
  const [major] = stdout.slice(1).split(".").map(Number)
  assert.ok(major >= 22, stdout)
}

/** Where the preparation stands, as seen from outside. */
const partials = () =>
  existsSync(toolchain) ? readdirSync(toolchain).filter((name) => name.startsWith("partial-")) : []
const hasPartial = (...path) => partials().some((name) => existsSync(join(toolchain, name, ...path)))

test("says what failed and what to do when the tools cannot be fetched", async () => {
  const env = { ...offline, npm_config_cache: join(home, "empty-cache"), npm_config_fetch_retries: "0" }
  const { code, stderr } = await launch(printVersion, { env }).result
  assert.equal(code, 1)
  assert.match(stderr, /^Getting (Node [\d.]+ and )?pnpm [\d.]+ …\nGetting the tools failed \(code 1\):\n {2}\| /)
  assert.match(stderr, /npm must be able to reach its registry for this\./)
  assert.deepEqual(readdirSync(toolchain), [])
})

test("recovers from a run that was killed while it fetched the tools", async () => {
  const atStart = launch(printVersion)
  await until(() => hasPartial("package.json"))
  process.kill(-atStart.child.pid, "SIGKILL")
  await atStart.result

  // This time npm lives on, and goes on writing.
  const halfWay = launch(printVersion)
  await until(() => hasPartial("node_modules"))
  halfWay.child.kill("SIGKILL")
  await sleep(100)
  assert.ok(partials().length > 0)
})

test("recovers from a run that was killed while it installed the workspace; two at once do not meet", async () => {
  const killed = launch(printVersion)
  await until(
    () => killed.output.stderr.includes("Installing the workspace …") && existsSync(join(home, "node_modules"))
  )
  killed.child.kill("SIGKILL")

  const both = [launch(printVersion), launch(printVersion)]
  for (const { result } of both) assertRan(await result)
  assert.equal(readdirSync(toolchain).length, 1, "one set of tools, and nothing half-made")
})

test("says nothing and needs no network when all is in place", async () => {
  const second = await launch(printVersion, { env: offline }).result
  assertRan(second)
  assert.equal(second.stderr, "")
})

test("installs again without the network after node_modules was deleted", async () => {
  rmSync(join(home, "node_modules"), { recursive: true })
  const again = await launch(printVersion, { env: offline }).result
  assertRan(again)
  assert.equal(again.stderr, "Installing the workspace …\n")
})

test("is not held up by the lock of a process that is gone", async () => {
  rmSync(join(home, "node_modules", ".launch-stamp"))
  const gone = spawn(process.execPath, ["--version"])
  await new Promise((resolve) => gone.on("close", resolve))
  writeFileSync(join(toolchain, "lock"), JSON.stringify({ host: hostname(), pids: [gone.pid] }))
  assertRan(await launch(printVersion).result)
})

test("uses a Node that is new enough and brings only pnpm", async () => {
  const printPath = ["exec", "node", "-p", "process.execPath"]
  const node = join(home, "machine", "node")
  cpSync((await launch(printPath).result).stdout.trim(), node)
  rmSync(join(home, "node_modules", ".launch-stamp"))
  const { code, stdout, stderr } = await launch(printPath, { node }).result
  assert.equal(code, 0, stderr)
  assert.equal(stdout.trim(), node)
  assert.ok(readdirSync(toolchain).some((name) => name.startsWith("pnpm-")))
})

test("ends as its task ends", async () => {
  assert.equal((await launch(["exec", "node", "-e", "process.exit(7)"]).result).code, 7)
  assert.equal((await launch(["exec", "no-such-command"]).result).code, 127)
  assert.equal((await launch(["no-such-task"]).result).code, 1)
})

for (const signal of ["SIGINT", "SIGTERM"]) {
  test(`passes ${signal} on to its task`, async () => {
    const task = `process.on("${signal}", () => { console.log("told"); process.exit(3) }); setInterval(() => {}, 1000); console.log("up")`
    const { child, output, result } = launch(["exec", "node", "-e", task])
    await until(() => output.stdout.includes("up"))
    child.kill(signal)
    const { code, stdout } = await result
    assert.equal(stdout, "up\ntold\n")
    assert.equal(code, 3)
  })
}

test("a task that dies by a signal takes the launcher with it", async () => {
  const { signal } = await launch([
    "exec",
    "node",
    "-e",
    'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)'
  ]).result
  assert.equal(signal, "SIGTERM")
})
