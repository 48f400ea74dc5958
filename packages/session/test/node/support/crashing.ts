/**
 * Workers that crash where they are told to.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { bundledWorker, workersLayer } from "../../support/workers.ts"
import { folder, moduleIn } from "./modules.ts"

/** How else they behave. */
export interface CrashingOptions {
  /** The folder where they leave word: `exit1xa.0` for a first crash, `start.0` for a first start. */
  readonly words?: string | undefined
  /** What the first runs in its place, what the second, and so on; empty for nothing else. */
  readonly starts?: ReadonlyArray<string>
}

/** Workers that crash with the requests for sessions such as `exit1xa`, `throw2xb` and `late1xc`: once, twice, once. */
export const crashingLayer = (workers: number, { starts = [], words }: CrashingOptions = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const path = words ?? (yield* folder)
      const module = moduleIn(
        path,
        // A thread's environment is its own.
        `process.env.CRASHES = ${JSON.stringify(path)}
         const { isDue } = await import(${JSON.stringify(new URL("crashingWorker.ts", import.meta.url))})
         const start = ${JSON.stringify(starts)}.find((_, time) => isDue("start", time, time + 1))
         if (start) await import("data:text/javascript," + encodeURIComponent(start))
         await import(${JSON.stringify(bundledWorker())})`
      )
      return workersLayer(workers, module)
    })
  )
