/**
 * What callers without a type checker get wrong, and ids that cannot be any: told before anything is sent.
 */
import { InvalidInput, type Problem } from "@skaha/core"
import { idProblem } from "@skaha/session"
import * as Effect from "effect/Effect"

const report = (operation: string, problems: ReadonlyArray<Problem>): Effect.Effect<void, InvalidInput> =>
  problems.length === 0 ? Effect.void : Effect.fail(new InvalidInput({ operation, problems }))

/** Fails when a text that must be there is none. */
export const checkTexts = (
  operation: string,
  texts: Readonly<Record<string, unknown>>
): Effect.Effect<void, InvalidInput> =>
  report(
    operation,
    Object.entries(texts).flatMap(([field, text]) =>
      typeof text === "string" ? [] : [{ field, message: `a text is needed, not ${String(text)}` }]
    )
  )

/** The ids themselves, or everything that is wrong with them: one that cannot be right stops the whole call. */
export const checkIds = (
  operation: string,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, InvalidInput> => {
  if (!Array.isArray(ids)) {
    return Effect.fail(
      new InvalidInput({ operation, problems: [{ field: "ids", message: "an id or a list of ids is needed" }] })
    )
  }
  const problems = ids.flatMap((id, index) => {
    const message = idProblem(id)
    return message === undefined ? [] : [{ field: ids.length === 1 ? "id" : `ids[${index}]`, message }]
  })
  return Effect.as(report(operation, problems), ids)
}
