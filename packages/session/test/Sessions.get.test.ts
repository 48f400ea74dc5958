import { assert, describe, it } from "@effect/vitest"
import { CallTimeout, CredentialsExpired, ReplyObserver, type ReplyInfo } from "@skaha/core"
import { Outcome, Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { answerOpen, Held, holding, idsOf, listOf, open, rowOf, settled } from "./support/held.ts"
import { ways } from "./support/platforms.ts"
import { api } from "./support/server.ts"
import { createAll, headless } from "./support/sessions.ts"
import { sent } from "./support/wire.ts"

const together = { concurrency: "unbounded" } as const

describe.each(ways)("Sessions.get $way", ({ test }) => {
  test("calls made together are one list, and what it lacks", {}, () =>
    Effect.gen(function* () {
      const { get } = yield* Sessions
      const ids = yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 8 }))
      const before = (yield* sent).length
      const asked = [...ids, "zzzzzzzz", "../image", ...ids]
      const results = yield* Effect.forEach(asked, (id) => Effect.result(get(id)), together)
      assert.deepStrictEqual(
        results.map((result) => (result._tag === "Success" ? result.success.id : result.failure._tag)),
        [...ids, "SessionNotFound", "InvalidInput", ...ids]
      )
      assert.deepStrictEqual((yield* sent).slice(before), [`GET ${api}/session`, `GET ${api}/session/zzzzzzzz`])
    })
  )

  test("one after the other they are asked for singly", {}, () =>
    Effect.gen(function* () {
      const { get } = yield* Sessions
      const ids = yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 8 }))
      const before = (yield* sent).length
      const sessions = yield* Effect.forEach(ids, (id) => get(id))
      assert.deepStrictEqual(
        sessions.map(({ id }) => id),
        ids
      )
      assert.deepStrictEqual(
        (yield* sent).slice(before),
        ids.map((id) => `GET ${api}/session/${id}`)
      )
    })
  )
})

const ids = idsOf(8)
const [first = "", second = ""] = ids

const lines = Effect.map(Held, (held) => held.map(({ line }) => line))

/** Calls `get` for each, in a fiber of its own, and lets them ask. */
const getting = (all: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { get } = yield* Sessions
    const fibers = yield* Effect.forEach(all, (id) => Effect.forkChild(get(id)))
    yield* settled
    return fibers
  })

const tagOf = <A, E extends { readonly _tag: string }>(fiber: Fiber.Fiber<A, E>) =>
  Effect.map(Effect.result(Fiber.join(fiber)), (result) =>
    result._tag === "Success" ? "Success" : result.failure._tag
  )

const one = (line: string) => ({ body: JSON.stringify(rowOf(line.split("/").at(-1) ?? "")) })

describe("Sessions.get of few", () => {
  it.effect("asks once for an id that several ask for, and gives each its failure", () =>
    Effect.gen(function* () {
      const fibers = yield* getting([first, second, first, first])
      assert.deepStrictEqual(yield* lines, [`GET /session/${first}`, `GET /session/${second}`])
      yield* answerOpen(({ line }) => (line.endsWith(first) ? { status: 503 } : one(line)))
      assert.deepStrictEqual(yield* Effect.forEach(fibers, tagOf), [
        "ServerBusy",
        "Success",
        "ServerBusy",
        "ServerBusy"
      ])
    }).pipe(Effect.provide(holding()))
  )

  it.effect("who asks later joins a request under way, but none from before a write ended", () =>
    Effect.gen(function* () {
      const { destroy } = yield* Sessions
      const early = yield* getting([first])
      const late = yield* getting([first])
      const write = yield* Effect.forkChild(destroy(second))
      yield* settled
      assert.deepStrictEqual(yield* lines, [`GET /session/${first}`, `DELETE /session/${second}`])
      const [read, removal] = yield* Held
      yield* removal?.answer({}) ?? Effect.void
      yield* Fiber.join(write)
      const after = yield* getting([first])
      assert.strictEqual((yield* open).length, 2)
      yield* read?.answer({ body: JSON.stringify({ ...rowOf(first), name: "old" }) }) ?? Effect.void
      yield* settled
      yield* answerOpen(() => ({ body: JSON.stringify({ ...rowOf(first), name: "new" }) }))
      const names = yield* Effect.forEach([...early, ...late, ...after], (fiber) => Fiber.join(fiber))
      assert.deepStrictEqual(
        names.map(({ name }) => name),
        ["old", "old", "new"]
      )
    }).pipe(Effect.provide(holding()))
  )

  it.effect("who asks while a request is being aborted has one of its own", () =>
    Effect.gen(function* () {
      const fibers = yield* getting([first])
      const leaving = yield* Effect.forkChild(Fiber.interruptAll(fibers))
      const [request] = yield* Held
      yield* Effect.repeat(Effect.yieldNow, { until: () => request?.isAborted === true })
      const { get } = yield* Sessions
      const again = yield* Effect.forkChild(get(first), { startImmediately: true })
      yield* settled
      assert.strictEqual((yield* lines).length, 2)
      yield* answerOpen(({ line }) => one(line))
      assert.strictEqual(yield* tagOf(again), "Success")
      yield* Fiber.join(leaving)
    }).pipe(Effect.provide(holding()))
  )

  it.effect("nothing is kept of an answer", () =>
    Effect.gen(function* () {
      for (const turn of [1, 2]) {
        const [fiber] = yield* getting([first])
        assert.strictEqual((yield* lines).length, turn)
        yield* answerOpen(({ line }) => one(line))
        assert.strictEqual(fiber && (yield* tagOf(fiber)), "Success")
      }
    }).pipe(Effect.provide(holding()))
  )
})

describe("Sessions.get of many", () => {
  it.effect("an interruption hurts nobody else, and that of all aborts the request", () =>
    Effect.gen(function* () {
      const fibers = yield* getting(ids)
      assert.deepStrictEqual(yield* lines, ["GET /session"])
      const [list] = yield* Held
      for (const fiber of fibers.slice(0, 7)) yield* Fiber.interrupt(fiber)
      assert.isFalse(list?.isAborted)
      const others = yield* getting(ids.slice(0, 8))
      assert.deepStrictEqual(yield* lines, ["GET /session"])
      yield* Effect.forEach(fibers.slice(7), Fiber.interrupt)
      assert.isFalse(list?.isAborted)
      yield* Fiber.interruptAll(others)
      assert.isTrue(list?.isAborted)
      const exits = yield* Effect.forEach([...fibers, ...others], Fiber.await)
      assert.isTrue(exits.every(Exit.hasInterrupts))

      // The next one asks anew.
      const again = yield* getting(ids)
      yield* answerOpen(() => listOf(ids))
      assert.deepStrictEqual(
        yield* Effect.forEach(again, tagOf),
        Array.from(ids, () => "Success")
      )
      assert.deepStrictEqual(yield* lines, ["GET /session", "GET /session"])
    }).pipe(Effect.provide(holding()))
  )

  it.effect("failed credentials are everybody's; any other failure of the list is nobody's", () =>
    Effect.gen(function* () {
      const refused = yield* getting(ids)
      yield* answerOpen(() => ({ status: 401, body: "Cannot validate token" }))
      assert.deepStrictEqual(
        yield* Effect.forEach(refused, tagOf),
        Array.from(ids, () => "CredentialsRefused")
      )
      const failed = yield* getting(ids)
      yield* answerOpen(() => ({ status: 500 }))
      yield* answerOpen(({ line }) => one(line))
      assert.deepStrictEqual(
        yield* Effect.forEach(failed, tagOf),
        Array.from(ids, () => "Success")
      )
      assert.strictEqual((yield* lines).length, 2 + ids.length)
    }).pipe(Effect.provide(holding()))
  )

  it.effect("shares a list only with those of the same timeout", () =>
    Effect.gen(function* () {
      const slow = yield* getting(ids)
      const quick = yield* Effect.provideService(getting(ids), CallTimeout, 5)
      const slowToo = yield* getting(ids)
      const totals = (yield* Held).map(({ request }) => request.limits.total)
      assert.deepStrictEqual(totals, [30, 5])
      yield* answerOpen(() => listOf(ids))
      const tags = yield* Effect.forEach([...slow, ...quick, ...slowToo], tagOf)
      assert.deepStrictEqual(new Set(tags), new Set(["Success"]))
    }).pipe(Effect.provide(holding()))
  )
})

describe("A list that several share", () => {
  /** Runs an effect and notes what its observer is told. */
  const observed = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
    const replies: Array<ReplyInfo> = []
    return { replies, effect: Effect.provideService(effect, ReplyObserver, (reply) => replies.push(reply)) }
  }

  it.effect("answers info, get and destroyWith, each in its own words", () =>
    Effect.gen(function* () {
      const { info, get, destroyWith } = yield* Sessions
      const infos = observed(info(ids))
      const gets = observed(Effect.forEach(ids, (id) => Effect.flip(get(id)), together))
      const removal = observed(Effect.flip(destroyWith({ prefix: "job" }, { dryRun: true })))
      const all = yield* Effect.forkChild(Effect.all([infos.effect, gets.effect, removal.effect], together))
      yield* settled
      assert.deepStrictEqual(yield* lines, ["GET /session"])
      yield* answerOpen(() => ({ status: 401, body: "token expired" }))
      const [outcomes, failures, failure] = yield* Fiber.join(all)
      const ofInfo = Outcome.failures(outcomes).map(({ error }) => error)
      assert.deepStrictEqual([ofInfo.length, failures.length], [8, 8])
      for (const [errors, { replies }, operation] of [
        [ofInfo, infos, "Sessions.info"],
        [failures, gets, "Sessions.get"],
        [[failure], removal, "Sessions.destroyWith"]
      ] as const) {
        for (const error of errors) {
          assert.instanceOf(error, CredentialsExpired)
          assert.deepInclude(error, { operation, status: 401, serverText: "token expired", path: "/skaha/v1/session" })
        }
        // Of one request there is one reply, however many calls wait for it.
        assert.deepStrictEqual(
          replies.map((reply) => [reply.operation, reply.status]),
          [[operation, 401]]
        )
      }
    }).pipe(Effect.provide(holding()))
  )

  it.effect("gives destroyWith what its filter fits, when all are just being asked for", () =>
    Effect.gen(function* () {
      const { info, destroyWith } = yield* Sessions
      const whole = yield* Effect.forkChild(info(ids))
      yield* settled
      const selecting = yield* Effect.forkChild(
        Effect.forEach(
          [{}, { kind: "" }, { kind: "Notebook", status: "RUNNING" }, { status: "" }, { kind: "", status: "" }],
          (options) => destroyWith({ prefix: "job" }, { ...options, dryRun: true }),
          together
        )
      )
      yield* settled
      assert.deepStrictEqual(yield* lines, ["GET /session"])
      const [a, b, c, d] = ids
      yield* answerOpen(() => ({
        body: JSON.stringify([
          { ...rowOf(a ?? ""), status: "Succeeded" },
          { ...rowOf(b ?? ""), type: "notebook", status: "Completed" },
          { ...rowOf(c ?? ""), type: "notebook" },
          { ...rowOf(d ?? ""), name: "other", status: "Completed" }
        ])
      }))
      const selected = (yield* Fiber.join(selecting)).map((result) => result.selected.map(({ id }) => id))
      assert.deepStrictEqual(selected, [[a], [a, b], [c], [a], [a, b, c]])
      yield* answerOpen(({ line }) => one(line))
      yield* Fiber.join(whole)
    }).pipe(Effect.provide(holding()))
  )

  it.effect("is filtered by the server when nothing is under way, and for desktop apps always", () =>
    Effect.gen(function* () {
      const { info, destroyWith } = yield* Sessions
      const select = (kind: string) =>
        Effect.forkChild(destroyWith({ prefix: "job" }, { kind, status: "Running", dryRun: true }))
      const fibers = [yield* select("headless"), yield* select("headless")]
      yield* settled
      const whole = yield* Effect.forkChild(info(ids))
      yield* settled
      fibers.push(yield* select("desktop-app"), yield* select("headless"))
      yield* settled
      assert.deepStrictEqual(yield* lines, [
        "GET /session?type=headless&status=Running",
        "GET /session",
        "GET /session?type=desktop-app&status=Running"
      ])
      yield* answerOpen(({ line }) =>
        line.includes("desktop-app") ? listOf([first], { type: "desktop-app", appid: "abc" }) : listOf(ids)
      )
      const counts = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(
        counts.map(({ selected }) => selected.length),
        [8, 8, 1, 8]
      )
      yield* Fiber.join(whole)
    }).pipe(Effect.provide(holding()))
  )
})
