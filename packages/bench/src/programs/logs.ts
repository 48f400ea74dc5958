/**
 * Large logs: saved to files, and read, with worker threads and without.
 */
import { type SkahaError } from "@skaha/core"
import type { Outcome } from "@skaha/session"
import { saveLogs } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { serve } from "../child/serve.ts"
import { logText } from "../server/replies.ts"
import { settled, type Cost } from "./cost.ts"
import { Peak, residentMib, settle } from "./memory.ts"
import { idsTo, openSessions, type Opened } from "./platform.ts"
import type { Target } from "./senders/Sender.ts"

/** How long the event loop could not attend to anything else, in milliseconds. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** How long it all took. */
  readonly millis: number
}

/** How memory went while logs were saved, in MiB. */
export interface SavingGrowth {
  /** The most while the first ones were saved. */
  readonly firstPeak: number
  /** The most after that. */
  readonly peak: number
  readonly millis: number
}

let platform: Opened | undefined

/** What stands in a log, and room for what stands in a file: checking takes no memory of its own. */
let wanted: Buffer = Buffer.alloc(0)
let found: Buffer = Buffer.alloc(0)

const opened = (): Opened => {
  if (platform === undefined) throw new Error("it is not open")
  return platform
}

const folder = mkdtempSync(join(tmpdir(), "skaha-bench-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

/** Checks a file to its last byte, and removes it. */
const check = (file: string): void => {
  const handle = openSync(file, "r")
  const bytes = readSync(handle, found, 0, found.length, 0)
  closeSync(handle)
  // The room is for one byte more, which no file may have.
  if (found.compare(wanted, 0, wanted.length, 0, bytes) !== 0) throw new Error(`${file} is not the log`)
  rmSync(file)
}

const forEach = async <A, E, R>(
  stream: Stream.Stream<Outcome.Outcome<A>, E, R>,
  count: number,
  run: (effect: Effect.Effect<void, E | SkahaError, R>) => Promise<void>,
  use: (value: A, index: number) => void
): Promise<void> => {
  let done = 0
  await run(
    Stream.runForEach(stream, ({ result }) => {
      if (Result.isFailure(result)) return Effect.fail(result.failure)
      return Effect.sync(() => use(result.success, done++))
    })
  )
  if (done !== count) throw new Error(`${done} outcomes of ${count}`)
}

const saveAll = (count: number, use: (index: number) => void = () => {}): Promise<void> =>
  forEach(
    saveLogs.stream(idsTo(count), folder),
    count,
    (effect) => opened().runtime.runPromise(effect),
    ({ file }, index) => {
      check(file)
      use(index)
    }
  )

const tasks = {
  /** Opens the platform with so many workers, 0 for none, whose logs have so many bytes. */
  open: async (target: Target, workers: number, bytes: number): Promise<void> => {
    platform = await openSessions(target, workers)
    wanted = logText(bytes)
    found = Buffer.alloc(bytes + 1)
    await saveAll(256)
  },
  /** Resident memory, in MiB, when there is nothing to do. */
  idle: async (): Promise<number> => {
    await settle()
    return residentMib()
  },
  /** Saves so many logs. */
  save: (count: number): Promise<Cost> => settled(() => saveAll(count)),
  /** Reads so many logs as texts, and writes them to files. */
  write: (count: number): Promise<Cost> =>
    settled(async () => {
      const { runtime, sessions } = opened()
      await runtime.runPromise(
        Stream.runForEach(
          Stream.mapEffect(
            sessions.logs.stream(idsTo(count)),
            ({ input, result }) =>
              Effect.gen(function* () {
                if (Result.isFailure(result)) return yield* result.failure
                const file = join(folder, `${input}.txt`)
                yield* Effect.promise(() => writeFile(file, result.success))
                return file
              }),
            { concurrency: 4, unordered: true }
          ),
          (file) => Effect.sync(() => check(file))
        )
      )
    }),
  /** Saves so many logs, and looks at the memory during the first ones and after them. */
  growth: async (first: number, count: number): Promise<SavingGrowth> => {
    const start = performance.now()
    const early = new Peak()
    let later: Peak | undefined
    await saveAll(count, (index) => {
      if (index === first) {
        early.stop()
        later = new Peak()
      }
      later?.look()
    })
    const peak = later?.stop() ?? 0
    return { firstPeak: early.peak, peak, millis: performance.now() - start }
  },
  /** Reads so many logs as texts while the event loop is watched. */
  loop: async (count: number): Promise<LoopDelay> => {
    const { runtime, sessions } = opened()
    const read = (many: number) =>
      forEach(
        sessions.logs.stream(idsTo(many)),
        many,
        (effect) => runtime.runPromise(effect),
        (text) => {
          if (text.length !== wanted.length) throw new Error(`a log has ${text.length} characters`)
        }
      )
    await read(64)
    await settle()
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const start = performance.now()
    await read(count)
    const millis = performance.now() - start
    delay.disable()
    const millisOf = (nanos: number) => nanos / 1e6
    return {
      p50: millisOf(delay.percentile(50)),
      p99: millisOf(delay.percentile(99)),
      max: millisOf(delay.max),
      millis
    }
  }
}

export type LogsTasks = typeof tasks

serve(tasks)
