/**
 * What is measured as soon as it is there.
 */
import type { Measure } from "../Measure.ts"

const missing = { reason: "not built yet" }

export const notBuilt: Measure<
  "savelogs_growth_mib" | "worker_idle_mib" | "loop_p99_ms_workers" | "loop_p99_ms_inprocess" | "workers2_speedup"
> = {
  keys: ["savelogs_growth_mib", "worker_idle_mib", "loop_p99_ms_workers", "loop_p99_ms_inprocess", "workers2_speedup"],
  measure: async () => ({
    savelogs_growth_mib: missing,
    worker_idle_mib: missing,
    loop_p99_ms_workers: missing,
    loop_p99_ms_inprocess: missing,
    workers2_speedup: missing
  })
}
