import type { SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import type { BulkExecutor } from "../BulkExecutor.ts"
import * as Outcome from "../Outcome.ts"

/** Destroys sessions; gives those that may still be there. On old servers one that is gone already is not found. */
export const destroyAll = (
  executor: BulkExecutor["Service"],
  ids: ReadonlyArray<string>,
  destroyOne: (id: string) => Effect.Effect<void, SkahaError>
): Effect.Effect<ReadonlyArray<Outcome.Failure>> =>
  Effect.map(executor.run(ids, destroyOne), (outcomes) =>
    Outcome.failures(outcomes).filter(({ error }) => error._tag !== "SessionNotFound")
  )
