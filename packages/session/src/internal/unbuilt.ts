import type { PlatformClient } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Batches } from "../Batch.ts"
import type { BulkExecutor } from "../BulkExecutor.ts"
import type { LogFollowing } from "../LogFollowing.ts"
import type { Waiting } from "../Waiting.ts"
import type { Watching } from "../Watching.ts"
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

export const makeWatching = (_: { readonly lookout: Lookout }): Watching => ({
  watch: () => Stream.die(new Error("not built"))
})

export const makeLogFollowing = (_: {
  readonly client: PlatformClient["Service"]
  readonly lookout: Lookout
}): LogFollowing => ({ followLogs: () => Stream.die(new Error("not built")) })

export const makeBatches = (): Batches => ({ runBatch: unbuilt })
