/**
 * What the server counts.
 */

/** What was counted since the last reset. */
export interface Counted {
  /** Connections on which something was asked of the platform. */
  readonly connections: number
  readonly requests: number
  /** The most requests that waited for their replies at once. */
  readonly mostInFlight: number
  /** The share of one core that the server was at work. */
  readonly busy: number
}

export class Counts {
  connections = 0
  requests = 0
  inFlight = 0
  mostInFlight = 0
  #since = performance.now()
  #cpu = process.cpuUsage()

  reset(): void {
    this.connections = 0
    this.requests = 0
    this.mostInFlight = this.inFlight
    this.#since = performance.now()
    this.#cpu = process.cpuUsage()
  }

  now(): Counted {
    const { system, user } = process.cpuUsage(this.#cpu)
    const { connections, mostInFlight, requests } = this
    return { connections, requests, mostInFlight, busy: (system + user) / 1000 / (performance.now() - this.#since) }
  }
}
