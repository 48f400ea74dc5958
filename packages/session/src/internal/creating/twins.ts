/**
 * Sessions that came to be beside those of the replicas.
 */
import type { PlatformClient } from "@skaha/core"
import * as Effect from "effect/Effect"
import type { Created } from "../../Creating.ts"
import type { CheckedSpec } from "../../SessionSpec.ts"
import type { Place } from "./keys.ts"
import type { Listed } from "../lists/listing.ts"
import { candidates, type Attempt } from "./reconciling.ts"

/** A replica that was created more than once, and is done: an earlier create of it may be carried out too late. */
interface Repeated {
  readonly attempt: Attempt
  readonly place: Place
  readonly hasSession: boolean
}

/** The twins of one call. */
export interface Twins {
  /** Notes one. */
  readonly add: (index: number, id: string) => void
  /** From now on those of this replica are looked for. */
  readonly expect: (repeated: Repeated) => void
  readonly expectNone: (index: number) => void
  readonly areExpected: () => boolean
  /** Looks through a list for sessions that were made too late. */
  readonly spot: (listed: Listed) => Effect.Effect<void>
  /** The same replica, with the twins that are known by now. */
  readonly beside: (created: Created) => Created
}

/** Makes what looks after the twins of one call. */
export const makeTwins = (
  client: PlatformClient["Service"],
  operation: string,
  { names, twins: whatToDo }: CheckedSpec,
  claims: Set<string>
): Twins => {
  const repeated = new Map<number, Repeated>()
  const known = new Map<number, ReadonlyArray<string>>()

  const add = (index: number, id: string) => void known.set(index, [...(known.get(index) ?? []), id])

  const destroy = (id: string) =>
    client
      .call({ operation, method: "DELETE", path: `session/${id}`, id })
      .pipe(Effect.catch((error) => Effect.logWarning(`${operation}: ${id} could not be destroyed`, error)))

  return {
    add,
    expect: (replica) => void repeated.set(replica.attempt.index, replica),
    expectNone: (index) => void repeated.delete(index),
    areExpected: () => repeated.size > 0,
    spot: Effect.fnUntraced(function* (listed) {
      for (const [index, { attempt, hasSession, place }] of repeated) {
        // What others with the same key do cannot be told from it.
        if (!place.wasAlone()) continue
        for (const { id } of candidates(listed, attempt, claims)) {
          claims.add(id)
          add(index, id)
          yield* Effect.logWarning(`${operation}: ${names[index]} has a twin, which was made too late: ${id}`)
          // Where the replica has failed, it is all that there is of it.
          if (whatToDo === "destroy" && hasSession) yield* destroy(id)
        }
      }
    }),
    beside: (created) => {
      const ids = known.get(created.index)
      return ids === undefined ? created : { ...created, twins: ids }
    }
  }
}
