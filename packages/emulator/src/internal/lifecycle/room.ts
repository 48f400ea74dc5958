import type { Capacity } from "../resources/capacity.ts"
import type { Resources } from "../resources/resources.ts"

/** Cores, GiB and GPUs, in millionths: whole numbers, so that what is given back is exactly what was taken. */
export interface Amounts {
  readonly cores: number
  readonly ram: number
  readonly gpus: number
}

const millionths = (amount: number): number => Math.round(amount * 1e6)

export const requestOf = ({ cores, gpus, ram }: Resources): Amounts => ({
  cores: millionths(cores.request),
  ram: millionths(ram.request),
  gpus: millionths(gpus)
})

/** What the cluster has, and who holds how much of it. */
export class Room<Holder> {
  readonly #total: Amounts
  readonly #holders = new Map<Holder, Amounts>()
  #cores = 0
  #ram = 0
  #gpus = 0

  constructor(capacity: Capacity) {
    this.#total = {
      cores: millionths(capacity.cores),
      ram: millionths(capacity.ram),
      gpus: millionths(capacity.gpus ?? Number.POSITIVE_INFINITY)
    }
  }

  /** What the cluster has too little of at the moment, in the scheduler's words; empty when the request fits. */
  shortage(request: Amounts): ReadonlyArray<string> {
    const missing: Array<string> = []
    if (this.#cores + request.cores > this.#total.cores) missing.push("cpu")
    if (this.#ram + request.ram > this.#total.ram) missing.push("memory")
    if (this.#gpus + request.gpus > this.#total.gpus) missing.push("nvidia.com/gpu")
    return missing
  }

  take(holder: Holder, request: Amounts): void {
    this.release(holder)
    this.#holders.set(holder, request)
    this.#add(request, 1)
  }

  /** Does nothing for who holds nothing. */
  release(holder: Holder): void {
    const held = this.#holders.get(holder)
    if (held === undefined) return
    this.#holders.delete(holder)
    this.#add(held, -1)
  }

  #add(request: Amounts, sign: 1 | -1): void {
    this.#cores += sign * request.cores
    this.#ram += sign * request.ram
    this.#gpus += sign * request.gpus
  }
}
