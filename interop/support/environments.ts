/**
 * The Python libraries, each installed into an environment of its own in a folder of the launcher's.
 */
import { execFile } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Library } from "../scenario/Step.ts"

/** A library that is installed. */
export interface Environment {
  readonly python: string
  /** The folder with the library's own programs. */
  readonly programs: string
  readonly version: string
}

/** Why a library cannot be used, in one line. */
export interface Missing {
  readonly why: string
}

/** What the newest canfar needs; an older Python would silently get an older one. */
const oldest = [3, 10] as const

/** A library without a fixed version is looked for again after a day. */
const dayMillis = 86_400_000

const root = join(import.meta.dirname, "../..")

const run = async (command: string, ...args: ReadonlyArray<string>): Promise<string> =>
  (await promisify(execFile)(command, args, { timeout: 300_000 })).stdout.trim()

const firstLine = (error: unknown): string => {
  const text =
    error instanceof Error ? ("stderr" in error && String(error.stderr).trim()) || error.message : String(error)
  const lines = text.split("\n")
  return (lines.find((line) => /^error/i.test(line)) ?? lines[0] ?? "").replace(/^error: */i, "")
}

/** The version of the machine's own Python, such as `3.12.3`. */
const machinePython = async (): Promise<string> => {
  const version = await run("python3", "-c", "import platform; print(platform.python_version())").catch(() => {
    throw new Error("there is no python3")
  })
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new Error(`python3 is ${version}, and ${oldest.join(".")} is needed`)
  }
  return version
}

const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1"]

/** The version of a library, or nothing when its environment does not work. */
const versionOf = (python: string, library: Library): Promise<string | undefined> =>
  run(python, "-c", `import ${library}; print(${library}.__version__)`).catch(() => undefined)

const make = async (folder: string, python: string, requirements: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, ".."), { recursive: true })
  await run("python3", "-m", "venv", folder)
  await run(python, ...pip, "install", "--requirement", requirements)
}

/** Finds a library's environment, or makes it: also when its requirements or Python have changed, or it is broken. */
export const findEnvironment = async (library: Library): Promise<Environment | Missing> => {
  const folder = join(root, ".toolchain", "python", library)
  const programs = join(folder, process.platform === "win32" ? "Scripts" : "bin")
  const python = join(programs, "python")
  const requirements = join(import.meta.dirname, "../python", `${library}.txt`)
  const stamp = join(folder, "interop-stamp.json")
  const text = readFileSync(requirements, "utf8")
  try {
    const wanted = `${await machinePython()} ${text.trim()}`
    const now = Date.now()
    const known = existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")) : {}
    const works = known.wanted === wanted && (await versionOf(python, library)) !== undefined
    const isOld = !text.includes("==") && now - Number(known.at) > dayMillis
    if (!works) await make(folder, python, requirements)
    // Without the network yesterday's will do.
    else if (isOld) await run(python, ...pip, "install", "--upgrade", "--requirement", requirements).catch(() => "")
    const version = await versionOf(python, library)
    if (version === undefined) throw new Error(`${library} does not work with this python3`)
    if (!works || isOld) writeFileSync(stamp, JSON.stringify({ wanted, at: now }))
    return { python, programs, version }
  } catch (error) {
    return { why: firstLine(error) }
  }
}
