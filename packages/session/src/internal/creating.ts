/**
 * Creating sessions.
 */
import { InvalidInput, type PlatformClient, type Problem, type Settings, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Created, Creating } from "../Creating.ts"
import { checkSpec, type CheckedSpec, type SessionSpec } from "../SessionSpec.ts"
import { readId } from "./each.ts"
import type { SharedLists } from "./listing.ts"
import type { Lookout } from "./lookout.ts"
import { observed } from "./observer.ts"
import type { Offer } from "./offer.ts"
import { sessionForm } from "./sessionForm.ts"

/** What creating needs. */
export interface CreatingParts {
  readonly client: PlatformClient["Service"]
  readonly settings: Settings["Service"]
  readonly offer: Offer
  readonly lists: SharedLists
  readonly lookout: Lookout
}

const invalid = (operation: string, problems: ReadonlyArray<Problem>) => new InvalidInput({ operation, problems })

/** Whether the server understood and said no, so that asking again for the next replica is in vain. */
const isRefusal = (error: SkahaError): boolean =>
  "status" in error && error.status !== undefined && error.status >= 400 && error.status < 500

/** Makes `create`. */
export const makeCreating = ({ client, settings, offer }: CreatingParts): Creating => {
  const createOne = (spec: CheckedSpec, index: number) =>
    client.text(
      {
        operation: "Sessions.create",
        method: "POST",
        path: "session",
        form: sessionForm(spec, index),
        creates: true
      },
      readId,
      "the id of a session"
    )

  const create = Effect.fn("Sessions.create")(function* (
    input: SessionSpec,
    onOutcome?: (outcome: Created) => void
  ): Effect.fn.Return<ReadonlyArray<Created>, SkahaError> {
    const operation = "Sessions.create"
    const checked = checkSpec(input, settings.imageRegistry)
    if ("problems" in checked) return yield* invalid(operation, checked.problems)
    const { spec } = checked
    const [firstName = "", ...otherNames] = spec.names
    if (otherNames.length > 0) {
      const problems = yield* offer.problemsIfKnown(spec)
      if (problems.length > 0) return yield* invalid(operation, problems)
    }
    const replicas = Effect.fnUntraced(function* (
      settled?: (outcome: Created) => void
    ): Effect.fn.Return<ReadonlyArray<Created>, SkahaError> {
      const replica = Effect.fnUntraced(function* (name: string, index: number) {
        const outcome = { input: name, index, result: yield* Effect.result(createOne(spec, index)) }
        settled?.(outcome)
        onOutcome?.(outcome)
        return outcome
      })
      const first = yield* replica(firstName, 0)
      if (Result.isFailure(first.result) && (otherNames.length === 0 || isRefusal(first.result.failure))) {
        return yield* first.result.failure
      }
      const others = yield* Effect.forEach(otherNames, (name, index) => replica(name, index + 1), {
        concurrency: settings.concurrency
      })
      return [first, ...others]
    })
    return yield* observed(spec.names.length, replicas)
  })

  return { create }
}
