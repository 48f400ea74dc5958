import type { EmulatorRequest } from "../../Exchange.ts"
import type { Outage } from "../../Fault.ts"

/** A request with the moment of its arrival and what is out of order just then. */
export interface Arrival {
  readonly request: EmulatorRequest
  /** One reading of the clock for the whole request, in milliseconds since the epoch. */
  readonly now: number
  /** What does not answer just now. */
  readonly outage: Outage | undefined
}

/** Scheme, host and port under which the client reaches the platform. */
export const originOf = (request: EmulatorRequest): string =>
  `${request.scheme ?? "http"}://${request.headers["host"] ?? "emulator.invalid"}`
