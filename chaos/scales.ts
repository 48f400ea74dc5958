/**
 * How much is tried, and how long everything takes there.
 */
import { RetryPolicy } from "@skaha/core"

/** Where the clients and the platform meet: in one process and in virtual time, or over sockets and in real time. */
export type Over = "memory" | "http"

export const overs: ReadonlyArray<Over> = ["memory", "http"]

export const isOver = (text: string): text is Over => overs.some((over) => over === text)

export interface Scale {
  readonly over: Over
  /** The clients' settings, in seconds. */
  readonly createTimeout: number
  readonly settle: number
  readonly timeout: number
  /** What a busy platform says, in seconds. */
  readonly retryAfter: number
  readonly retry: RetryPolicy
  /** Two lists that were asked for within so many milliseconds were asked for in one tick. */
  readonly tick: number
  /** Replicas of each of the two creates at the same time; half as many are destroyed, and resumed. */
  readonly replicas: number
  /** Sessions that are waited for: half of them one by one, half of them together. */
  readonly awaited: number
  /** Sessions that are watched. */
  readonly watched: number
  /** Sessions whose logs are followed. */
  readonly followed: number
  /** Seconds within which sessions end. */
  readonly lifetime: number
  /** For so many seconds in the middle of these nobody is there. */
  readonly outage: number
  /** Seconds that a scenario may take. */
  readonly limit: number
}

/**
 * More than the default repeats: where every second request fails, one of thousands fails six times in a row, and that
 * its caller is told so is right, and not what is looked for here.
 */
const stubborn = { times: 30, budget: 1_000_000 }

export const scales: Readonly<Record<Over, Scale>> = {
  memory: {
    over: "memory",
    createTimeout: 30,
    settle: 60,
    timeout: 20,
    retryAfter: 1,
    retry: RetryPolicy.make({ ...stubborn, longestDelay: 5 }),
    // Its times are not rounded alike.
    tick: 999,
    replicas: 500,
    awaited: 10_000,
    watched: 300,
    followed: 40,
    lifetime: 110,
    outage: 60,
    limit: 6 * 3600
  },
  http: {
    over: "http",
    createTimeout: 1,
    settle: 1,
    timeout: 2,
    retryAfter: 0,
    retry: RetryPolicy.make({ ...stubborn, delay: 0.05, longestDelay: 0.4 }),
    // What is sent a second apart can arrive closer together.
    tick: 750,
    replicas: 50,
    awaited: 200,
    watched: 40,
    followed: 8,
    lifetime: 6,
    outage: 2,
    limit: 50
  }
}
