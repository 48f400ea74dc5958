/**
 * The figures by their keys, and what they have to reach.
 */

export interface Wanted {
  /** What the figure is, in a few words. */
  readonly what: string
  /** The bound, and on which side of it the figure has to be. */
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
}

const atLeast = (bound: number, what: string): Wanted => ({ what, bound: { atLeast: bound } })
const atMost = (bound: number, what: string): Wanted => ({ what, bound: { atMost: bound } })

export const keys = {
  single_vs_undici: atLeast(1, "single requests a second, over undici.request by hand, C = 64"),
  single_vs_dispatch: atLeast(0.75, "the same over Pool.dispatch by hand"),
  latency20_c32_vs_dispatch: atLeast(0.95, "the same at a latency of 20 ms, C = 32"),
  latency20_c128_vs_dispatch: atLeast(0.95, "the same at a latency of 20 ms, C = 128"),
  promise_vs_effect: atLeast(0.95, "AsyncSession over the Effect API"),
  info1000_vs_canfar: atLeast(50, "info of 1,000 ids at 20 ms: times as fast as canfar"),
  logs1000_vs_canfar: atLeast(15, "logs of 1,000 ids at 20 ms, C = 128: times as fast as canfar"),
  new_connections_warm: atMost(0, "new connections in a warm run"),
  savelogs_growth_mib: atMost(48, "saveLogs of 10,000 x 1 MiB: growth of memory, MiB"),
  worker_idle_mib: atMost(48, "memory of an idle worker, MiB"),
  loop_p99_ms_workers: atMost(15, "event-loop delay of the main thread, p99, with workers, ms"),
  loop_p99_ms_inprocess: atMost(50, "the same without workers, ms"),
  workers2_speedup: atLeast(1.3, "compressed logs to files: 2 workers over this thread alone"),
  stream_growth_mib: atMost(10, "100,000 outcomes streamed: growth of memory, MiB"),
  flatness: atMost(1.2, "cost of an id among 100,000 over one among 100")
} satisfies { readonly [key: string]: Wanted }

export type Key = keyof typeof keys

export const allKeys = Object.keys(keys) as ReadonlyArray<Key>

export const isKey = (name: string): name is Key => Object.hasOwn(keys, name)

export const isReached = (key: Key, value: number): boolean => {
  const { bound }: Wanted = keys[key]
  return "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost
}

export const targetOf = (key: Key): string => {
  const { bound }: Wanted = keys[key]
  return "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`
}
