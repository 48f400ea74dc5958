/**
 * How the server behaves, as the prefix of an address says: `/latency-20/rows-1000/log-4096/gzip-1`.
 */
import { listReply, logReply } from "./replies.ts"

/** What can be chosen; all are whole numbers. */
export interface Choice {
  /** Milliseconds before every reply. Default 0. */
  readonly latency?: number
  /** How many sessions a list has. Default 100. */
  readonly rows?: number
  /** How many bytes of text a log has. Default 4096. */
  readonly log?: number
  /** Whether logs are compressed for who accepts it. Default 0, as on the real platform: proxies may do it. */
  readonly gzip?: 0 | 1
}

/** A choice with its ready bytes. */
export interface Behaviour {
  readonly latency: number
  readonly gzip: boolean
  readonly list: Buffer
  readonly log: Buffer
  readonly compressedLog: Buffer
}

/** The prefix that stands for a choice. */
export const prefixOf = (choice: Choice): string =>
  Object.entries(choice)
    .map(([name, value]) => `/${name}-${value}`)
    .join("")

/** Makes bytes when they are first asked for, and once. */
const once = <K, A>(make: (key: K) => A): ((key: K) => A) => {
  const made = new Map<K, A>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const one = make(key)
    made.set(key, one)
    return one
  }
}

const listOf = once(listReply)
const logOf = once((size: number) => logReply(size, false))
const compressedLogOf = once((size: number) => logReply(size, true))

/** The behaviour that a prefix stands for. */
export const behaviourOf = once((prefix: string): Behaviour => {
  const given = new Map(
    prefix
      .split("/")
      .flatMap((part) => [part.split("-")] as const)
      .map(([name, value]) => [name, Number(value)])
  )
  const rows = given.get("rows") ?? 100
  const log = given.get("log") ?? 4096
  return {
    latency: given.get("latency") ?? 0,
    gzip: given.get("gzip") === 1,
    get list() {
      return listOf(rows)
    },
    get log() {
      return logOf(log)
    },
    get compressedLog() {
      return compressedLogOf(log)
    }
  }
})
