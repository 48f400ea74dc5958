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

/** Everything that is wrong with one id or a list: one that cannot be right stops the whole call. */
export const idsProblem = (operation: string, ids: unknown): InvalidInput | undefined => {
  const list: ReadonlyArray<unknown> | undefined =
    typeof ids === "string" ? [ids] : Array.isArray(ids) ? ids : undefined
  if (list === undefined) {
    return new InvalidInput({ operation, problems: [{ field: "ids", message: "an id or a list of ids is needed" }] })
  }
  const problems: Array<Problem> = []
  list.forEach((id, index) => {
    const message = idProblem(id)
    if (message !== undefined) problems.push({ field: list.length === 1 ? "id" : `ids[${index}]`, message })
  })
  return problems.length === 0 ? undefined : new InvalidInput({ operation, problems })
}

/** Fails unless it is one id, and can be. */
export const checkId = (operation: string, id: unknown): Effect.Effect<void, InvalidInput> => {
  const message = idProblem(id)
  return report(operation, message === undefined ? [] : [{ field: "id", message }])
}

/** Fails unless seconds that are given are a number, and not fewer than there must be. */
export const checkSeconds = (
  operation: string,
  seconds: Readonly<Record<string, readonly [given: unknown, least: number]>>
): Effect.Effect<void, InvalidInput> =>
  report(
    operation,
    Object.entries(seconds).flatMap(([field, [given, least]]) =>
      given === undefined || (typeof given === "number" && given >= least && Number.isFinite(given))
        ? []
        : [{ field, message: `seconds, from ${least}` }]
    )
  )

/** Fails when a function that must be there is none. */
export const checkFunction = (operation: string, field: string, given: unknown): Effect.Effect<void, InvalidInput> =>
  report(operation, typeof given === "function" ? [] : [{ field, message: "a function is needed" }])

/** Whether something can be gone through; a text is one id. */
export const isIterable = (ids: unknown): ids is Iterable<string> =>
  typeof ids === "string" || (typeof ids === "object" && ids !== null && Symbol.iterator in ids)
