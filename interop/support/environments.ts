/**
 * The Python libraries, each installed into an environment of its own in a folder of the launcher's.
 */
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
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

const run = async (command: string, args: ReadonlyArray<string>, env = process.env): Promise<string> =>
  (await promisify(execFile)(command, args, { timeout: 300_000, env })).stdout.trim()

const firstLine = (error: unknown): string => {
  const text =
    error instanceof Error ? ("stderr" in error && String(error.stderr).trim()) || error.message : String(error)
  const lines = text.split("\n")
  return (lines.find((line) => /^error/i.test(line)) ?? lines[0] ?? "").replace(/^error: */i, "")
}

/** The version of the machine's own Python, such as `3.12.3`. */
const machinePython = async (): Promise<string> => {
  const version = await run("python3", ["-c", "import platform; print(platform.python_version())"]).catch(() => {
    throw new Error("there is no python3")
  })
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw new Error(`python3 is ${version}, and ${oldest.join(".")} is needed`)
  }
  return version
}

const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1"]

/** What of a library needs all the rest of it. */
const modules: { readonly [library in Library]: string } = { skaha: "skaha.session", canfar: "canfar.sessions" }

/** The version of a library, or nothing when its environment does not work. It must not look into the user's home. */
const versionOf = (folder: string, python: string, library: Library): Promise<string | undefined> => {
  const code = `import ${modules[library]}, importlib.metadata; print(importlib.metadata.version("${library}"))`
  return run(python, ["-c", code], { ...process.env, HOME: folder }).catch(() => undefined)
}

const make = async (folder: string, python: string, requirements: string): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, ".."), { recursive: true })
  await run("python3", ["-m", "venv", folder])
  await run(python, [...pip, "install", "--requirement", requirements])
}

interface Stamp {
  /** The Python and the requirements that the environment was made of. */
  readonly wanted?: string
  /** When the newest versions were last looked for, in milliseconds since the epoch. */
  readonly at?: number
}

/** What is known of an environment; nothing when it was never finished. */
const readStamp = (file: string): Stamp => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return {}
  }
}

/** Makes an environment that does not work, or was made of something else; looks for newer versions in an old one. */
const bring = async (library: Library, folder: string, python: string): Promise<void> => {
  const requirements = join(import.meta.dirname, "../python", `${library}.txt`)
  const stamp = join(folder, "interop-stamp.json")
  const text = readFileSync(requirements, "utf8")
  const wanted = `${await machinePython()} ${text}`
  const known = readStamp(stamp)
  const now = Date.now()
  if (known.wanted !== wanted || (await versionOf(folder, python, library)) === undefined) {
    await make(folder, python, requirements).catch((error: unknown) => {
      throw new Error(`it could not be installed: ${firstLine(error)}`)
    })
  } else if (!text.includes("==") && now - (known.at ?? 0) > dayMillis) {
    // Without the network yesterday's will do.
    await run(python, [...pip, "install", "--upgrade", "--requirement", requirements]).catch(() => "")
  } else return
  writeFileSync(stamp, JSON.stringify({ wanted, at: now } satisfies Stamp))
}

/** Finds a library's environment, or makes it, also when it is broken; or says why there is none. */
export const findEnvironment = async (library: Library): Promise<Environment | Missing> => {
  const folder = join(root, ".toolchain", "python", library)
  const programs = join(folder, process.platform === "win32" ? "Scripts" : "bin")
  const python = join(programs, "python")
  try {
    await bring(library, folder, python)
    const version = await versionOf(folder, python, library)
    return version === undefined ? { why: "it does not work with this python3" } : { python, programs, version }
  } catch (error) {
    return { why: firstLine(error) }
  }
}
