/**
 * Sessions by id: few are asked for one by one, many are looked up in the caller's list, which is one request.
 */
import {
  CallTimeout,
  isAboutCredentials,
  SessionReply,
  StatsReply,
  type PlatformClient,
  type SkahaError
} from "@skaha/core"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { BulkExecutor } from "../../BulkExecutor.ts"
import type { Outcome } from "../../Outcome.ts"
import type { Session } from "../../Session.ts"
import { idProblem } from "../../SessionId.ts"
import { Stats } from "../../Stats.ts"
import { checkId, oneThrough, withCheckedId, type Ways } from "../each.ts"
import { sizeOf } from "../forAll.ts"
import { toSession, type Listed, type SharedLists } from "./listing.ts"
import { observedStream } from "../observer.ts"
import { makeShared } from "./shared.ts"

/** From so many different ids on the list is asked for. It may have 10,000 rows, which is too much for a few. */
const many = 8

/** So many ids of a stream are looked up in one list, at least. */
const leastBatch = 1000

type One = (id: string) => Effect.Effect<Session, SkahaError>

/** What is known of many ids before each has its turn. */
interface Lookup {
  readonly one: One
  /** How many rows the list had; 0 where there is none. */
  readonly rows: number
}

/** Whether there are many different ones among what can be ids. */
const areMany = (ids: ReadonlyArray<string>): boolean => {
  const different = new Set<string>()
  return ids.some((id) => idProblem(id) === undefined && different.add(id).size >= many)
}

/** Asks for one session. */
export const readOne = (client: PlatformClient["Service"], operation: string, id: string) =>
  client.decode({ operation, method: "GET", path: `session/${id}`, id }, SessionReply, toSession)

/** Asks for one of a session's texts, which may be of any size. */
export const readText = (
  client: PlatformClient["Service"],
  operation: string,
  id: string,
  view: "logs" | "events"
): Effect.Effect<string, SkahaError> =>
  client
    .call({ operation, method: "GET", path: `session/${id}`, query: [["view", view]], id, unbounded: true })
    .pipe(Effect.map(({ body }) => body))

/** Asks how much of the platform is in use. */
export const readStats = (client: PlatformClient["Service"], operation: string) =>
  client.decode(
    { operation, method: "GET", path: "session", query: [["view", "stats"]] },
    StatsReply,
    (reply, wire) => new Stats(reply, wire)
  )

/** `info`, by one id or many. */
export const makeInfo = (
  client: PlatformClient["Service"],
  executor: BulkExecutor["Service"],
  lists: SharedLists
): Ways<Session> => {
  const operation = "Sessions.info"
  const one: One = withCheckedId(operation, (id) => readOne(client, operation, id))

  const lookUp = Effect.fnUntraced(function* (ids: ReadonlyArray<string>): Effect.fn.Return<Lookup> {
    if (!areMany(ids)) return { one, rows: 0 }
    const list = yield* Effect.result(lists.whole(operation))
    if (Result.isFailure(list)) {
      const { failure } = list
      // Asking one by one would only repeat it for each.
      if (isAboutCredentials(failure)) {
        return { one: withCheckedId(operation, () => Effect.fail(failure)), rows: 0 }
      }
      return { one, rows: 0 }
    }
    const found = wanted(list.success, ids)
    return {
      one: (id) => {
        const session = found.get(id)
        return session === undefined ? one(id) : Effect.succeed(session)
      },
      rows: list.success.sessions.length
    }
  })

  /**
   * The ids are taken in batches, and each batch asks for a list and lets it go. A batch is as long as the last list was:
   * so the rows of all lists are not many more than the ids, and memory grows with the list, which is held anyway while
   * it is read, but not with the ids.
   */
  const inBatches = (ids: Iterable<string>): Stream.Stream<Outcome<Session>> =>
    Stream.suspend(() => {
      let size = leastBatch
      const batches = batchesOf(ids, () => size)
      const run = Effect.fnUntraced(function* ({ ids, start }: Batch) {
        const asked = yield* client.writes
        const lookup = yield* lookUp(ids)
        size = Math.max(leastBatch, lookup.rows)
        // Of a list that was asked for before one of our own writes ended, nothing is taken any more.
        const fresh: One = (id) =>
          Effect.flatMap(client.writes, (ended) => (ended === asked ? lookup.one(id) : one(id)))
        return Stream.map(executor.stream(ids, fresh), (outcome) => ({ ...outcome, index: start + outcome.index }))
      })
      return Stream.fromIterable(batches, { chunkSize: 1 }).pipe(
        Stream.flatMap((batch) => Stream.unwrap(run(batch))),
        Stream.ensuring(Effect.sync(() => batches.return(undefined)))
      )
    })

  return {
    one,
    many: (ids) => Effect.flatMap(lookUp(ids), (lookup) => executor.run(ids, lookup.one)),
    stream: (ids) => observedStream(sizeOf(ids), inBatches(ids))
  }
}

/** What is wanted of a list, which may be much longer: nothing else holds it when this is done. */
const wanted = (listed: Listed, ids: ReadonlyArray<string>): ReadonlyMap<string, Session | undefined> =>
  new Map(ids.map((id) => [id, listed.find(id)]))

/** Consecutive ids, and where they stand among all. */
interface Batch {
  readonly ids: ReadonlyArray<string>
  readonly start: number
}

function* batchesOf(all: Iterable<string>, size: () => number): Generator<Batch> {
  let ids: Array<string> = []
  let start = 0
  for (const id of all) {
    ids.push(id)
    if (ids.length < size()) continue
    yield { ids, start }
    start += ids.length
    ids = []
  }
  if (ids.length > 0) yield { ids, start }
}

/** Asks whether the list is to be read for an id: whether many are asked for at the same time. */
class IsOneOfMany extends Request.TaggedClass("Sessions.get")<{ readonly id: string }, boolean> {}

/** `get`: calls made together are answered by the means of `info`, each in a fiber of its own. */
export const makeGet = (
  client: PlatformClient["Service"],
  executor: BulkExecutor["Service"],
  lists: SharedLists
): One => {
  const operation = "Sessions.get"
  const share = makeShared<Session>(client.writes)

  const together = RequestResolver.makeGrouped<IsOneOfMany, number | undefined>({
    // A list is shared by those who have the same timeout.
    key: ({ context }) => Context.get(context, CallTimeout),
    resolver: (entries) =>
      Effect.sync(() => {
        const exit = Exit.succeed(areMany(entries.map(({ request }) => request.id)))
        for (const entry of entries) entry.completeUnsafe(exit)
      })
  })

  const one = oneThrough(executor, (id) => readOne(client, operation, id))

  return Effect.fnUntraced(function* (id) {
    yield* checkId(operation, id)
    if (yield* Effect.request(new IsOneOfMany({ id }), together)) {
      const list = yield* Effect.result(lists.whole(operation))
      if (Result.isFailure(list) && isAboutCredentials(list.failure)) return yield* list.failure
      const session = Result.isSuccess(list) ? list.success.find(id) : undefined
      if (session !== undefined) return session
    }
    return yield* share(operation, [id], one(id))
  })
}
