/**
 * Large logs, with worker threads and without: memory, delays of the main thread, and how fast they are saved.
 */
import { Child } from "../child/Child.ts"
import type { Bench, Figure, Measure } from "../Measure.ts"
import type { Cost } from "../programs/cost.ts"
import type { LogsTasks, LoopDelay } from "../programs/logs.ts"
import type { Choice } from "../server/Behaviour.ts"
import { token } from "../server/Server.ts"
import { inTurns, median, medianRatio, type Series } from "../statistics.ts"

const bytes = 2 ** 20
const concurrency = 32

/** Starts a process with so many workers. */
const start = async (
  { programs, server, signal }: Bench,
  workers: number,
  { log = bytes, ...choice }: Choice = {}
): Promise<Child<LogsTasks>> => {
  const child = new Child<LogsTasks>(programs, "logs", { signal, label: `logs-${workers}-workers` })
  await child.ask("open", { server: server.url({ log, ...choice }), token, concurrency }, workers, log)
  return child
}

const inSeconds = (millis: number) => `${(millis / 1000).toFixed(1)} s`

export const saveLogsGrowth: Measure<"savelogs_growth_mib"> = {
  keys: ["savelogs_growth_mib"],
  measure: async (bench) => {
    const grown: Array<number> = []
    const details: Array<string> = []
    // The platform compresses nothing; what a proxy compresses takes longer, so these are fewer.
    for (const { count, gzip } of [{ gzip: 0, count: 10_000 } as const, { gzip: 1, count: 2000 } as const]) {
      for (const workers of [0, 2]) {
        await using child = await start(bench, workers, { gzip })
        const { firstPeak, millis, peak } = await child.ask("growth", 500, count)
        grown.push(peak - firstPeak)
        const what = `${count.toLocaleString("en")}${gzip === 1 ? " compressed" : ""} ${workers === 0 ? "without" : "with 2"} workers`
        details.push(
          `${what}: at most ${peak.toFixed(1)} MiB, during the first 500 at most ${firstPeak.toFixed(1)} MiB, in ${inSeconds(millis)}`
        )
      }
    }
    return { savelogs_growth_mib: { value: Math.max(...grown), details } }
  }
}

export const workerMemory: Measure<"worker_idle_mib"> = {
  keys: ["worker_idle_mib"],
  measure: async (bench) => {
    const [few, many] = [1, 5] as const
    const memory = async (workers: number) => {
      await using child = await start(bench, workers, { log: 4096 })
      return await child.ask("idle")
    }
    const { least, most } = await inTurns(
      { least: () => memory(few), most: () => memory(many) },
      { warmUp: 1, counted: 3 }
    )
    return {
      worker_idle_mib: {
        value: (median(most.warm) - median(least.warm)) / (many - few),
        details: [
          `resident with ${many} workers ${median(most.warm).toFixed(1)} MiB, with ${few} ${median(least.warm).toFixed(1)} MiB; each has sent requests`
        ]
      }
    }
  }
}

/** How long the main thread is held up while it reads many logs, with so many workers. */
const watchLoop = async (bench: Bench, workers: number): Promise<Figure> => {
  const delays: Array<LoopDelay> = []
  const details: Array<string> = []
  for (const gzip of [0, 1] as const) {
    await using child = await start(bench, workers, { gzip })
    const delay = await child.ask("loop", 2000)
    delays.push(delay)
    const { max, millis, p50, p99 } = delay
    details.push(
      `${gzip === 1 ? "compressed" : "plain"}: p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms, in ${inSeconds(millis)}`
    )
  }
  return { value: Math.max(...delays.map(({ p99 }) => p99)), details }
}

export const loopWithWorkers: Measure<"loop_p99_ms_workers"> = {
  keys: ["loop_p99_ms_workers"],
  measure: async (bench) => ({ loop_p99_ms_workers: await watchLoop(bench, 2) })
}

export const loopInProcess: Measure<"loop_p99_ms_inprocess"> = {
  keys: ["loop_p99_ms_inprocess"],
  measure: async (bench) => ({ loop_p99_ms_inprocess: await watchLoop(bench, 0) })
}

export const workersSpeedup: Measure<"workers2_speedup"> = {
  keys: ["workers2_speedup"],
  measure: async (bench) => {
    const count = 400
    await using two = await start(bench, 2, { gzip: 1 })
    await using none = await start(bench, 0, { gzip: 1 })
    await using text = await start(bench, 0, { gzip: 1 })
    const { save, workers, write } = await inTurns(
      {
        workers: () => two.ask("save", count),
        save: () => none.ask("save", count),
        write: () => text.ask("write", count)
      },
      { warmUp: 1, counted: 7 }
    )
    const millis = ({ warm }: Series<Cost>) => warm.map((cost) => cost.millis)
    const fastest = median(millis(save)) <= median(millis(write)) ? save : write
    const rate = (name: string, one: Series<Cost>) => {
      const cpu = median(one.warm.map(({ cpuMillis }) => cpuMillis)) / count
      return `${name} ${((count / median(millis(one))) * 1000).toFixed(0)} logs a second, ${cpu.toFixed(1)} ms of CPU each`
    }
    return {
      workers2_speedup: {
        value: medianRatio(millis(fastest), millis(workers)),
        details: [
          `1 MiB of text each, compressed to about a fifth, C = ${concurrency}`,
          rate("2 workers", workers),
          rate("this thread, saveLogs", save),
          rate("this thread, logs and writeFile", write)
        ]
      }
    }
  }
}
