import * as Effect from "effect/Effect"
import type { Batches } from "../Batch.ts"

const unbuilt = () => Effect.die(new Error("not built"))

export const makeBatches = (): Batches => ({ runBatch: unbuilt })
