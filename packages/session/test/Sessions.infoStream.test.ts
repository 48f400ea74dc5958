import { assert, describe, it } from "@effect/vitest"
import { Outcome, Sessions } from "@skaha/session"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { Observer } from "../src/internal/observer.ts"
import { idsOf, listOf, rowOf } from "./support/held.ts"
import { failedAt, inOrder } from "./support/outcomes.ts"
import { answering, Wire } from "./support/wire.ts"

/** A server that lists the sessions, and knows the others, too. */
const listing = (listed: ReadonlyArray<string>, ...statuses: ReadonlyArray<number>) => {
  let lists = 0
  return answering(({ method, path }) => {
    if (method === "GET" && path.endsWith("/session")) {
      return { status: statuses[lists++] ?? statuses.at(-1) ?? 200, ...listOf(listed, { name: "listed" }) }
    }
    return { body: JSON.stringify({ ...rowOf(path.split("/").at(-1) ?? ""), name: "single" }) }
  })
}

/** What was asked for, in order: `list`, and the number of single sessions between lists. */
const asked = Effect.map(Wire, ({ requests }) => {
  const result: Array<string | number> = []
  for (const { method, path } of requests) {
    if (method !== "GET") continue
    const last = result.at(-1)
    if (path.endsWith("/session")) result.push("list")
    else if (typeof last === "number") result.splice(-1, 1, last + 1)
    else result.push(1)
  }
  return result
})

const ordered = <A>(outcomes: ReadonlyArray<Outcome.Outcome<A>>) => outcomes.toSorted((a, b) => a.index - b.index)

const all = idsOf(4500)

describe("Sessions.info.stream", () => {
  it.effect("asks a list for every 1,000 ids", () =>
    Effect.gen(function* () {
      const outcomes = ordered(yield* Stream.runCollect((yield* Sessions).info.stream(all)))
      assert.isTrue(inOrder(outcomes, all))
      assert.deepStrictEqual(failedAt(outcomes), [])
      const names = Outcome.values(outcomes).map(({ id, name }) => [id, name])
      assert.deepStrictEqual(
        names,
        all.map((id, index) => [id, index < 500 ? "listed" : "single"])
      )
      assert.deepStrictEqual(yield* asked, ["list", 500, "list", 1000, "list", 1000, "list", 1000, "list", 500])
    }).pipe(Effect.provide(listing(all.slice(0, 500))))
  )

  it.effect("asks a list for as many ids as the list before had rows", () =>
    Effect.gen(function* () {
      const outcomes = ordered(yield* Stream.runCollect((yield* Sessions).info.stream(all)))
      assert.isTrue(inOrder(outcomes, all))
      assert.deepStrictEqual(yield* asked, ["list", "list"])
    }).pipe(Effect.provide(listing(all)))
  )

  it.effect("takes no more ids from a source without end than it needs", () =>
    Effect.gen(function* () {
      let taken = 0
      function* endless() {
        for (;;) yield `a${(taken++).toString(36).padStart(7, "0")}`
      }
      const outcomes = yield* (yield* Sessions).info.stream(endless()).pipe(Stream.take(1500), Stream.runCollect)
      assert.strictEqual(outcomes.length, 1500)
      assert.isAtMost(taken, 2001)
    }).pipe(Effect.provide(listing([])))
  )

  it.effect("closes the source when no more are taken, and ends with the defect of one that throws", () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      let isClosed = false
      function* ids(end: () => void) {
        try {
          yield* all.slice(0, 1500)
          end()
          yield* all
        } finally {
          isClosed = true
        }
      }
      yield* info.stream(ids(() => {})).pipe(Stream.take(1), Stream.runDrain)
      assert.isTrue(isClosed)
      const broken = () => {
        throw new Error("no more ids")
      }
      const exit = yield* Effect.exit(Stream.runDrain(info.stream(ids(broken))))
      assert.include(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", "no more ids")
    }).pipe(Effect.provide(listing(all)))
  )

  it.effect("is followed as one, of a list with its size; get is not followed", () =>
    Effect.gen(function* () {
      const { info, get } = yield* Sessions
      const totals: Array<number | undefined> = []
      const following = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
        totals.length = 0
        return Effect.provideService(effect, Observer, {
          begin: (size) => ({ settled: () => totals.push(size), end: () => totals.push(-1) })
        })
      }
      for (const [ids, size] of [
        [all, all.length],
        [all.values(), undefined]
      ] as const) {
        yield* following(Stream.runDrain(info.stream(ids)))
        assert.deepStrictEqual(totals, [...Array.from(all, () => size), -1])
      }
      yield* following(get("abcdefgh"))
      assert.deepStrictEqual(totals, [])
    }).pipe(Effect.provide(listing(all.slice(0, 3000))))
  )

  it.effect("asks for few ids singly, and for none not at all", () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      assert.deepStrictEqual(yield* Stream.runCollect(info.stream([])), [])
      const few = ["a/b", ...idsOf(7)]
      const outcomes = ordered(yield* Stream.runCollect(info.stream(few)))
      assert.isTrue(inOrder(outcomes, few))
      assert.deepStrictEqual(failedAt(outcomes), [0])
      assert.deepStrictEqual(yield* asked, [7])
    }).pipe(Effect.provide(listing(all)))
  )

  it.effect("asks singly where a list fails, and for a list again with the next batch", () =>
    Effect.gen(function* () {
      const outcomes = ordered(yield* Stream.runCollect((yield* Sessions).info.stream(all)))
      assert.isTrue(inOrder(outcomes, all))
      assert.deepStrictEqual(failedAt(outcomes), [])
      assert.deepStrictEqual(yield* asked, ["list", 1000, "list", "list"])
    }).pipe(Effect.provide(listing(all, 503, 200)))
  )

  it.effect("asks singly for all where every list fails", () =>
    Effect.gen(function* () {
      const outcomes = ordered(yield* Stream.runCollect((yield* Sessions).info.stream(all)))
      assert.isTrue(inOrder(outcomes, all))
      assert.deepStrictEqual(failedAt(outcomes), [])
      assert.deepStrictEqual(yield* asked, ["list", 1000, "list", 1000, "list", 1000, "list", 1000, "list", 500])
    }).pipe(Effect.provide(listing(all, 503)))
  )

  it.effect("with failed credentials asks for lists only", () =>
    Effect.gen(function* () {
      const outcomes = yield* Stream.runCollect((yield* Sessions).info.stream(all))
      assert.strictEqual(Outcome.failures(outcomes).length, all.length)
      assert.isTrue(Outcome.failures(outcomes).every(({ error }) => error._tag === "CredentialsRefused"))
      assert.deepStrictEqual(yield* asked, ["list", "list", "list", "list", "list"])
    }).pipe(Effect.provide(listing(all, 401)))
  )

  it.effect("takes nothing from a list that is older than one of our own writes", () =>
    Effect.gen(function* () {
      const { info, destroy } = yield* Sessions
      const ids = idsOf(1900)
      const names: Array<string> = []
      yield* info.stream(ids).pipe(
        Stream.rechunk(1),
        Stream.runForEach(({ index, result }) => {
          names[index] = result._tag === "Success" ? (result.success.name ?? "") : result._tag
          return index === 99 ? destroy(ids[0] ?? "") : Effect.void
        })
      )
      // Some were on their way already; the next batch has a list of its own.
      const first = names.indexOf("single")
      assert.isAtLeast(first, 100)
      assert.isAtMost(first, 300)
      assert.deepStrictEqual(new Set(names.slice(first, 1000)), new Set(["single"]))
      assert.deepStrictEqual(new Set(names.slice(1000)), new Set(["listed"]))
    }).pipe(Effect.provide(listing(idsOf(1900))))
  )
})
