import type { PlatformClient } from "@skaha/core"
import * as Effect from "effect/Effect"
import type { Batches } from "../Batch.ts"
import type { BulkExecutor } from "../BulkExecutor.ts"
import type { Waiting } from "../Waiting.ts"
import type { Lookout } from "./lookout.ts"

const unbuilt = () => Effect.die(new Error("not built"))

export const makeWaiting = (_: {
  readonly client: PlatformClient["Service"]
  readonly executor: BulkExecutor["Service"]
  readonly lookout: Lookout
}): Waiting => ({
  waitUntil: unbuilt,
  waitRunning: unbuilt,
  waitCompleted: unbuilt,
  waitGone: unbuilt,
  waitReady: unbuilt
})

export const makeBatches = (): Batches => ({ runBatch: unbuilt })
