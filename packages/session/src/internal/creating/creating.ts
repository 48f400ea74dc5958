/**
 * Creating sessions.
 */
import { InvalidInput, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import type { Created, Creating } from "../../Creating.ts"
import { checkSpec, type SessionSpec } from "../../SessionSpec.ts"
import { makeCreation, type Creation, type CreationParts } from "./creation.ts"
import { makeKeys } from "./keys.ts"
import { observed } from "../observer.ts"
import { withBudget } from "../withBudget.ts"

/** What creating needs. */
export type CreatingParts = Omit<CreationParts, "keys" | "claims">

/** Creating, and what others build on it. */
export interface MadeCreating extends Creating {
  /** The replicas of a spec, to be made by `run`; fails where the spec has a known mistake. Sends nothing. */
  readonly begin: (operation: string, spec: SessionSpec) => Effect.Effect<Creation, InvalidInput>
}

/** Makes `create`, once for a runtime: its calls know of each other. */
export const makeCreating = (parts: CreatingParts): MadeCreating => {
  const runtime: CreationParts = { ...parts, keys: makeKeys(), claims: new Set() }

  const begin = Effect.fnUntraced(function* (
    operation: string,
    input: SessionSpec
  ): Effect.fn.Return<Creation, InvalidInput> {
    const checked = checkSpec(input, parts.settings.imageRegistry)
    if ("problems" in checked) return yield* new InvalidInput({ operation, problems: checked.problems })
    return makeCreation(runtime, operation, checked.spec)
  })

  const create = Effect.fn("Sessions.create")(function* (
    input: SessionSpec,
    onOutcome?: (outcome: Created) => void,
    onUnresolved?: (name: string) => void
  ): Effect.fn.Return<ReadonlyArray<Created>, SkahaError> {
    const { run, spec, withTwins } = yield* begin("Sessions.create", input)
    const outcomes = yield* observed(spec.names.length, (settled) =>
      withBudget(
        run(
          {
            created: (created) => {
              settled?.(created)
              onOutcome?.(created)
            },
            unresolved: (name) => onUnresolved?.(name)
          },
          Effect.succeed
        )
      )
    )
    return outcomes.map(withTwins)
  })

  return { begin, create }
}
