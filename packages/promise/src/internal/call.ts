/**
 * What all calls share: options that must be right, and the way from an exit to a value.
 */
import { InvalidInput, type Cancelled, type Problem } from "@skaha/core"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/** A misspelt option, or a value in its place, must not go unnoticed: it could mean all sessions instead of some. */
export const checkOptions = (operation: string, options: unknown, accepts: ReadonlyArray<string>): void => {
  const problems: Array<Problem> = []
  if (!Predicate.isObject(options)) problems.push({ field: "options", message: "are given as an object" })
  else {
    for (const field of Object.keys(options)) {
      if (!accepts.includes(field)) problems.push({ field, message: "is no option" })
    }
  }
  if (problems.length > 0) throw new InvalidInput({ operation, problems })
}

/** What a call rejects with. */
export const reasonOf = <E>(cause: Cause.Cause<E>, cancelled: () => Cancelled): unknown => {
  const failure = Cause.findErrorOption(cause)
  if (Option.isSome(failure)) return failure.value
  return Cause.hasInterruptsOnly(cause) ? cancelled() : Cause.squash(cause)
}

/** The value of an exit, or what it failed with, thrown. */
export const valueOf = <A, E>(exit: Exit.Exit<A, E>, cancelled: () => Cancelled): A => {
  if (Exit.isSuccess(exit)) return exit.value
  throw reasonOf(exit.cause, cancelled)
}
