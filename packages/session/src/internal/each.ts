/**
 * One operation for one id or many.
 */
import { InvalidInput, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BulkExecutor } from "../BulkExecutor.ts"
import type { Outcome } from "../Outcome.ts"
import { idProblem } from "../SessionId.ts"
import { Observer } from "./observer.ts"
import { spanned } from "./spanned.ts"

/**
 * An operation on sessions, by id. With one id it gives the value or fails; with a list it never fails: every id, in
 * order, has its outcome. An id that cannot be one is an error before anything is sent for it.
 */
export interface Each<A> {
  (id: string): Effect.Effect<A, SkahaError>
  (ids: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Outcome<A>>>
  /**
   * The outcomes as they come, not in order: their `index` says which is which. An id is asked for when its turn has
   * come, outcomes that are taken slowly hold back the requests, and memory does not grow with the ids (`info` looks
   * ahead by 1,000 or more). When no more are taken, what is in flight stops. A single text is one id.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   * import * as Stream from "effect/Stream"
   *
   * const show = (ids: Iterable<string>) =>
   *   Sessions.use(({ logs }) =>
   *     Stream.runForEach(logs.stream(ids), ({ input, result }) => Effect.log(input, result))
   *   )
   * ```
   */
  readonly stream: (ids: Iterable<string>) => Stream.Stream<Outcome<A>>
}

const invalid = (operation: string, field: string, message: string) =>
  Effect.fail(new InvalidInput({ operation, problems: [{ field, message }] }))

/** Fails unless `id` can be the id of a session or app. */
export const checkId = (operation: string, id: string, field = "id"): Effect.Effect<void, InvalidInput> => {
  const message = idProblem(id)
  return message === undefined ? Effect.void : invalid(operation, field, message)
}

/** The id that a create is answered with; `undefined` when it is none. */
export const readId = (body: string): string | undefined => {
  const id = body.trim()
  return idProblem(id) === undefined ? id : undefined
}

/** The same operation, that fails without asking for what cannot be an id. */
export const withCheckedId =
  <A>(operation: string, one: (id: string) => Effect.Effect<A, SkahaError>) =>
  (id: string): Effect.Effect<A, SkahaError> => {
    const message = idProblem(id)
    return message === undefined ? one(id) : invalid(operation, "id", message)
  }

/**
 * The same operation on one id, run by the executor, as those on many are. Progress is that of bulk operations, and this
 * is none.
 */
export const oneThrough =
  <A>(executor: BulkExecutor["Service"], one: (id: string) => Effect.Effect<A, SkahaError>) =>
  (id: string): Effect.Effect<A, SkahaError> =>
    Effect.flatMap(Effect.provideService(executor.run([id], one), Observer, undefined), ([outcome]) =>
      outcome === undefined
        ? Effect.die(new Error("the executor has lost an input"))
        : Effect.fromResult(outcome.result)
    )

/** Makes of an operation on one id the operation on one or many, with one span a call. */
export const makeEach = <A>(
  operation: string,
  executor: BulkExecutor["Service"],
  one: (id: string) => Effect.Effect<A, SkahaError>
): Each<A> => {
  const checked = withCheckedId(operation, one)
  return eachOf(operation, {
    one: checked,
    many: (ids) => executor.run(ids, checked),
    stream: (ids) => executor.stream(ids, checked)
  })
}

/** What an operation does with one id, with many, and with a stream of them. */
export interface Ways<A> {
  readonly one: (id: string) => Effect.Effect<A, SkahaError>
  readonly many: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Outcome<A>>>
  readonly stream: (ids: Iterable<string>) => Stream.Stream<Outcome<A>>
}

/** Makes one operation of its three ways, with one span a call. */
export const eachOf = <A>(operation: string, ways: Ways<A>): Each<A> => {
  const single = spanned(operation, ways.one)
  const many = Effect.fn(operation)(ways.many)
  function each(id: string): Effect.Effect<A, SkahaError>
  function each(ids: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Outcome<A>>>
  function each(ids: string | ReadonlyArray<string>): Effect.Effect<A | ReadonlyArray<Outcome<A>>, SkahaError> {
    return typeof ids === "string" ? single(ids) : many(ids)
  }
  const stream = (ids: Iterable<string>) =>
    // A text would be gone through by its letters.
    Stream.withSpan(ways.stream(typeof ids === "string" ? [ids] : ids), operation)
  return Object.assign(each, { stream })
}
