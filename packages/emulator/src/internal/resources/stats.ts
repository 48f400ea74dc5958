import * as Result from "effect/Result"
import { double } from "../http/json.ts"
import { refuse, unavailable, unexpected } from "../http/replies.ts"
import { isActive, phaseOf, type Session } from "../lifecycle/session.ts"
import type { Profile } from "../profiles/Profile.ts"
import type { ResourceSettings } from "./settings.ts"

// Written out by hand for the sake of the doubles.

/** Decimal gigabytes with at most three decimals. */
const gigabytes = (gibibytes: number): string => `${Number(((gibibytes * 1024 ** 3) / 1e9).toFixed(3))}G`

interface Figures {
  readonly instances?: string
  readonly cores: { readonly requested: number; readonly available: number; readonly most: number }
  readonly ram: { readonly requested: string; readonly available: string; readonly most: string }
}

const document = ({ cores, instances = "", ram }: Figures): string => `{${instances}
  "cores": {
    "requestedCPUCores": ${double(cores.requested)},
    "cpuCoresAvailable": ${double(cores.available)},
    "maxCPUCores": {
      "cpuCores": ${double(cores.most)},
      "withRam": "${ram.most}"
    }
  },
  "ram": {
    "requestedRAM": "${ram.requested}",
    "ramAvailable": "${ram.available}",
    "maxRAM": {
      "ram": "${ram.most}",
      "withCPUCores": ${double(cores.most)}
    }
  }
}`

const requestedBy = (jobs: ReadonlyArray<Session>) => {
  let cores = 0
  let ram = 0
  for (const { resources } of jobs) {
    cores += resources.cores.request
    ram += resources.ram.request
  }
  return { cores, ram }
}

const noStatistics = unexpected("java.lang.IllegalStateException: failed to gather resource statistics")

/** The most that one session may have: cores, and memory as it is written. */
interface Ceilings {
  readonly cores: number
  readonly ram: string
}

/** Of a service that measures the cluster; the ceilings are those of the context or of the limit range. */
export const measuredStatistics =
  (ceilings: (settings: ResourceSettings) => Ceilings): Profile["statistics"] =>
  (settings, jobs, now, outage) => {
    if (outage === "metrics" || outage === "limit-range") return refuse(unavailable(undefined))
    if (outage === "context") return refuse(noStatistics)
    const { capacity } = settings
    const placed = jobs.filter((job) => job.placedAt !== undefined && isActive(phaseOf(job, now)))
    const requested = requestedBy(placed)
    const most = ceilings(settings)
    return Result.succeed(
      document({
        cores: { requested: requested.cores, available: capacity.cores, most: most.cores },
        ram: { requested: gigabytes(requested.ram), available: gigabytes(capacity.ram), most: most.ram }
      })
    )
  }

/** GiB that call themselves G. */
const gibibytes = (amount: number): string => `${Number(amount.toFixed(3))}G`

/** Of the nodes themselves, here one, and only of what is running: servers up to 1.1.4. */
export const nodeStatistics: Profile["statistics"] = ({ capacity }, jobs, now, outage) => {
  if (outage === "kubernetes" || outage === "context") return refuse(noStatistics)
  const running = jobs.filter((job) => phaseOf(job, now).status === "Running")
  const count = (type: Session["type"]) => running.filter((job) => job.type === type).length
  const desktopApp = count("desktop-app")
  const headless = count("headless")
  const requested = requestedBy(running)
  return Result.succeed(
    document({
      instances: `
  "instances": {
    "session": ${running.length - desktopApp - headless},
    "desktopApp": ${desktopApp},
    "headless": ${headless},
    "total": ${running.length}
  },`,
      cores: { requested: requested.cores, available: capacity.cores, most: capacity.cores },
      ram: { requested: gibibytes(requested.ram), available: gibibytes(capacity.ram), most: gibibytes(capacity.ram) }
    })
  )
}
