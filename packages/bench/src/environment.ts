/**
 * The machine, and what runs on it.
 */
import { readFileSync } from "node:fs"
import { availableParallelism, cpus, loadavg, release, totalmem, type as system } from "node:os"
import { join } from "node:path"

export interface Environment {
  readonly date: string
  readonly node: string
  readonly system: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  /** How busy the machine was with other things in the last minute, in cores. */
  readonly load: number
  readonly effect: string
  readonly undici: string
}

const versionOf = (name: string): string => {
  const file = join(import.meta.dirname, "../node_modules", name, "package.json")
  const { version }: { readonly version: string } = JSON.parse(readFileSync(file, "utf8"))
  return version
}

export const environment = (): Environment => ({
  date: new Date().toISOString(),
  node: process.versions.node,
  // The rest of a kernel's name says whose machine it is.
  system: `${system()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ""} ${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryGib: Math.round(totalmem() / 2 ** 30),
  load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  effect: versionOf("effect"),
  undici: versionOf("undici")
})

export const environmentText = (one: Environment): string =>
  `${one.date.slice(0, 16).replace("T", " ")} UTC · Node ${one.node}, effect ${one.effect}, undici ${one.undici} · ` +
  `${one.cpu}, ${one.cores} cores, ${one.memoryGib} GiB, ${one.system} · load before: ${one.load}`
