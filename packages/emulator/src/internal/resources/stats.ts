import { isActive, phaseOf, type Session } from "../lifecycle/session.ts"
import type { Platform } from "../platform.ts"

/** A JSON number as Java writes a double. */
const double = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(1) : String(Number(value.toFixed(3)))

/** Decimal gigabytes with at most three decimals. */
const gigabytes = (gibibytes: number): string => `${Number(((gibibytes * 1024 ** 3) / 1e9).toFixed(3))}G`

/** What the cluster has, what is requested of it, and what one session may have. Written out for the doubles' sake. */
export const renderStats = (platform: Platform, jobs: ReadonlyArray<Session>, now: number): string => {
  const { capacity, context } = platform.settings
  let cores = 0
  let ram = 0
  for (const job of jobs) {
    if (!isActive(phaseOf(job, now))) continue
    cores += job.resources.cores.request
    ram += job.resources.ram.request
  }
  const mostCores = double(context.cores.defaultLimit)
  const mostRam = `${context.memoryGB.defaultLimit}Gi`
  return `{
  "cores": {
    "requestedCPUCores": ${double(cores)},
    "cpuCoresAvailable": ${double(capacity.cores)},
    "maxCPUCores": {
      "cpuCores": ${mostCores},
      "withRam": "${mostRam}"
    }
  },
  "ram": {
    "requestedRAM": "${gigabytes(ram)}",
    "ramAvailable": "${gigabytes(capacity.ram)}",
    "maxRAM": {
      "ram": "${mostRam}",
      "withCPUCores": ${mostCores}
    }
  }
}`
}
