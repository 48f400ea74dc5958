/**
 * Who saves to a file in this process: one at a time.
 */
import type { SkahaError } from "@skaha/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { SavedLog } from "../saveLogs.ts"

/** A call that is saving to a file, and what comes of it. */
interface Saving {
  readonly call: symbol
  readonly saved: Deferred.Deferred<SavedLog, SkahaError>
}

/** By file. All calls share this, for they may have the same folder. */
const atWork = new Map<string, Saving>()

/**
 * Saves to a file when nobody else is saving to it. Where that is the same call, what comes of it is shared. What is
 * over is not remembered.
 */
export const inTurn = <R>(
  call: symbol,
  file: string,
  save: Effect.Effect<SavedLog, SkahaError, R>
): Effect.Effect<SavedLog, SkahaError, R> =>
  // From looking to being seen nothing may come between, and who is seen is done some time.
  Effect.uninterruptibleMask((restore) => {
    const other = atWork.get(file)
    if (other !== undefined) {
      const theirs = Deferred.await(other.saved)
      return restore(
        other.call === call
          ? theirs
          : Effect.andThen(
              Effect.exit(theirs),
              Effect.suspend(() => inTurn(call, file, save))
            )
      )
    }
    const saved = Deferred.makeUnsafe<SavedLog, SkahaError>()
    atWork.set(file, { call, saved })
    return Effect.onExit(restore(save), (exit) =>
      Effect.sync(() => {
        atWork.delete(file)
        Deferred.doneUnsafe(saved, exit)
      })
    )
  })
