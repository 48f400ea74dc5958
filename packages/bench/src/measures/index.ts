/**
 * All that is measured, in the order in which it is.
 */
import type { AnyMeasure } from "../Measure.ts"
import { connections } from "./connections.ts"
import { flatness } from "./flatness.ts"
import { latencyFew, latencyMany } from "./latency.ts"
import { loopInProcess, loopWithWorkers, saveLogsGrowth, workerMemory, workersSpeedup } from "./logs.ts"
import { promise } from "./promise.ts"
import { infoOfMany, logsOfMany } from "./python.ts"
import { single } from "./single.ts"
import { streamGrowth } from "./stream.ts"

export const measures: ReadonlyArray<AnyMeasure> = [
  single,
  promise,
  latencyFew,
  latencyMany,
  infoOfMany,
  logsOfMany,
  connections,
  workerMemory,
  loopWithWorkers,
  loopInProcess,
  workersSpeedup,
  saveLogsGrowth,
  streamGrowth,
  flatness
]
