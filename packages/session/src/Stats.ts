/**
 * What the platform has, and what of it is asked for.
 */
import type { StatsReply } from "@skaha/core"
import { present } from "./internal/present.ts"

/** The use of a platform. What the server does not say is absent. RAM is in GB (10⁹ bytes). */
export class Stats {
  readonly #wire: Readonly<Record<string, unknown>>
  readonly cores: {
    /** Cores that all sessions asked for. */
    readonly requested?: number | undefined
    /** Cores that the platform has. */
    readonly available?: number | undefined
    /** The most cores one session may have. */
    readonly max?: number | undefined
    /** The RAM that goes with the most cores. */
    readonly maxWithRam?: number | undefined
  }
  readonly ram: {
    /** RAM that all sessions asked for. */
    readonly requested?: number | undefined
    /** RAM that the platform has. */
    readonly available?: number | undefined
    /** The most RAM one session may have. */
    readonly max?: number | undefined
    /** The cores that go with the most RAM. */
    readonly maxWithCores?: number | undefined
  }
  /** Running sessions, on servers before 1.1.5. */
  declare readonly instances?: {
    readonly session?: number | undefined
    readonly desktopApp?: number | undefined
    readonly headless?: number | undefined
    readonly total?: number | undefined
  }

  constructor({ cores, ram, instances }: typeof StatsReply.Type, wire: Readonly<Record<string, unknown>>) {
    this.#wire = wire
    this.cores = present({
      requested: cores?.requestedCPUCores,
      available: cores?.cpuCoresAvailable ?? cores?.coresAvailable,
      max: cores?.maxCPUCores?.cpuCores ?? cores?.maxCores?.cores,
      maxWithRam: cores?.maxCPUCores?.withRam ?? cores?.maxCores?.withRam
    })
    this.ram = present({
      requested: ram?.requestedRAM,
      available: ram?.ramAvailable,
      max: ram?.maxRAM?.ram,
      maxWithCores: ram?.maxRAM?.withCPUCores ?? ram?.maxRAM?.withCores
    })
    if (instances) Object.assign(this, { instances: present(instances) })
  }

  /** The reply this was read from, keys and values as the server sent them. */
  get wire(): Readonly<Record<string, unknown>> {
    return this.#wire
  }
}
