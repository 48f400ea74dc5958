/**
 * What became of a create that had no good answer: the caller's list tells.
 */
import { RetryPolicy, type SkahaError } from "@skaha/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type { Session } from "../../Session.ts"
import type { Listed } from "../lists/listing.ts"
import type { Lookout } from "../looking/lookout.ts"
import { endsLooking } from "../looking/unlisted.ts"
import { monotonicMillis } from "../monotonicMillis.ts"

/** A replica to be made, and what tells its session from others. Times are milliseconds of a clock that never jumps. */
export interface Attempt {
  readonly index: number
  readonly key: string
  /** The ids of the sessions that were there before its first request: none of them is its own. */
  readonly before: ReadonlySet<string>
  /** Whether an earlier create with this key was given up and may be carried out just now: no find is certain. */
  readonly isDisputed: boolean
}

/** What a look at the list has shown. */
export type Finding =
  | { readonly _tag: "Found"; readonly id: string }
  | { readonly _tag: "Several"; readonly ids: ReadonlyArray<string> }
  /** There is none, and the create cannot be carried out any more. */
  | { readonly _tag: "Nothing" }

/** Milliseconds between looks: at least, and at most. */
const shortest = 1000
const longest = 15_000

/** The sessions that may be what an attempt has made: new ones with its key that are nobody else's. */
export const candidates = (
  listed: Listed,
  { before, key }: Attempt,
  claims: ReadonlySet<string>
): ReadonlyArray<Session> => listed.withKey(key).filter(({ id }) => !before.has(id) && !claims.has(id))

/** What a list tells of an attempt; `undefined` when it tells nothing, and is to be looked at again. */
export const findingOf = (
  listed: Listed,
  attempt: Attempt,
  claims: ReadonlySet<string>,
  until: number
): Finding | undefined => {
  const ids = candidates(listed, attempt, claims).map(({ id }) => id)
  const [id] = ids
  if (id === undefined) return listed.asked >= until ? { _tag: "Nothing" } : undefined
  return ids.length > 1 || attempt.isDisputed ? { _tag: "Several", ids } : { _tag: "Found", id }
}

/** How long to look, in milliseconds, and from when to when at least. */
interface Span {
  readonly since: number
  readonly until: number
  /** For so long after `until` failed looks are survived. */
  readonly patience: number
}

/**
 * Looks at the caller's sessions, at once and then ever less often, until a list tells what is asked. After `until` the
 * next list must tell it. A look that fails tells nothing; if the last ones all do, that is the failure of this.
 */
export const lookUntil = Effect.fnUntraced(function* <A>(
  lookout: Lookout,
  operation: string,
  { patience, since, until }: Span,
  judge: (listed: Listed) => Effect.Effect<A | undefined>
): Effect.fn.Return<A, SkahaError> {
  const deadline = until + patience
  const { times } = yield* RetryPolicy
  let after = 0
  /** How many looks have failed since the last one that told something. */
  let failures = 0
  for (;;) {
    const look = yield* lookout.look(operation, after)
    const now = yield* monotonicMillis
    if (Exit.isSuccess(look)) {
      failures = 0
      const judged = yield* judge(look.value)
      if (judged !== undefined) return judged
    } else {
      const error = Cause.findError(look.cause)
      // A defect is nothing to be survived.
      if (Result.isFailure(error)) return yield* Effect.failCause(error.failure)
      if (endsLooking(error.success) || (now >= deadline && failures >= times)) return yield* error.success
      failures++
    }
    // After 0, 1, 2, 4, 8, 15, 15 … seconds, and when the time is over. What told nothing is made up for at once.
    const pace = Exit.isSuccess(look) ? Math.min(longest, Math.max(shortest, now - since)) : shortest
    const next = now < until ? until : Exit.isSuccess(look) ? now : Math.max(deadline, now + shortest)
    after = Math.min(pace, next - now)
  }
})
