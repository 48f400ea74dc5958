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
  /** How long the server was at work, in milliseconds. */
  readonly cpuMillis: number
}

export class Counts {
  connections = 0
  requests = 0
  inFlight = 0
  mostInFlight = 0
  #cpu = process.cpuUsage()

  reset(): void {
    this.connections = 0
    this.requests = 0
    this.mostInFlight = this.inFlight
    this.#cpu = process.cpuUsage()
  }

  now(): Counted {
    const { system, user } = process.cpuUsage(this.#cpu)
    const { connections, mostInFlight, requests } = this
    return { connections, requests, mostInFlight, cpuMillis: (system + user) / 1000 }
  }
}
