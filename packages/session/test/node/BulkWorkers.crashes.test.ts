import { assert, describe, it } from "@effect/vitest"
import { WorkersFailed } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha } from "@skaha/session"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { failedAt, inOrder } from "../support/outcomes.ts"
import { crashingLayer } from "./support/crashing.ts"
import { echo, serve, until, type Served } from "./support/server.ts"

/** A client whose workers crash where the ids say so. */
const client = ({ url }: Served, workers: number) =>
  Skaha.layer({ url, transport: UndiciTransport.layer, executor: crashingLayer(workers) }).pipe(Layer.orDie)

const logs = (...ids: ReadonlyArray<string>) => Sessions.use(({ logs }) => logs(ids))

const others = Array.from({ length: 40 }, (_, index) => `a${index}`)

const allAnswered = (outcomes: ReadonlyArray<Outcome.Outcome<string>>, ids: ReadonlyArray<string>) => {
  assert.isTrue(inOrder(outcomes, ids))
  assert.deepStrictEqual(Outcome.values(outcomes), ids)
}

describe("A worker that crashes", () => {
  for (const kind of ["exit", "throw", "late"]) {
    it.effect(`${kind}: what was on its way is sent again, once for each crash`, () =>
      Effect.gen(function* () {
        const server = yield* serve((request, response) => {
          setTimeout(() => echo(request, response), 100)
        })
        yield* Effect.gen(function* () {
          const ids = [...others.slice(20), `${kind}1xa`, `${kind}2xb`, ...others.slice(0, 20)]
          allAnswered(yield* logs(...ids), ids)
          // And goes on.
          allAnswered(yield* logs(...others), others)
        }).pipe(Effect.provide(client(server, 3)))
      })
    )
  }

  it.effect("the only one, too", () =>
    Effect.gen(function* () {
      const server = yield* serve(echo)
      const ids = ["exit2xa", ...others]
      allAnswered(yield* Effect.provide(logs(...ids), client(server, 1)), ids)
    })
  )

  it.effect("a destroy is repeated", () =>
    Effect.gen(function* () {
      const server = yield* serve(echo)
      const outcomes = yield* Sessions.use(({ destroy }) => destroy(["late1xa", "exit1xb"])).pipe(
        Effect.provide(client(server, 2))
      )
      assert.strictEqual(Outcome.values(outcomes).length, 2)
      assert.include(server.asked, "DELETE /skaha/v1/session/exit1xb")
    })
  )

  it.effect("a destroy that is repeated, and finds nothing any more, has done its work", () =>
    Effect.gen(function* () {
      const destroyed = new Set<string | undefined>()
      const server = yield* serve(({ url }, response) => {
        response.statusCode = destroyed.has(url) || url?.includes("a0") === true ? 404 : 200
        destroyed.add(url)
        setTimeout(() => response.end("no such session"), 200)
      })
      yield* Effect.gen(function* () {
        const { destroy, logs } = yield* Sessions
        const outcomes = yield* destroy(["late1xa", "a0"])
        assert.deepStrictEqual(failedAt(outcomes), [1])
        assert.deepStrictEqual(
          Outcome.failures(outcomes).map(({ error }) => error._tag),
          ["SessionNotFound"]
        )
        assert.deepStrictEqual(failedAt(yield* logs(["late1xb"])), [0])
      }).pipe(Effect.provide(client(server, 2)))
      assert.strictEqual(server.asked.filter((one) => one === "DELETE /skaha/v1/session/late1xa").length, 2)
    })
  )

  it.effect("a request on which 3 workers crash is given up, and the others get their answers", () =>
    Effect.gen(function* () {
      const server = yield* serve(echo)
      yield* Effect.gen(function* () {
        const ids = [...others.slice(20), "exit9xa", ...others.slice(0, 20)]
        const outcomes = yield* logs(...ids)
        assert.isTrue(inOrder(outcomes, ids))
        assert.deepStrictEqual(failedAt(outcomes), [20])
        const outcome = outcomes[20]
        const error = outcome !== undefined && Result.isFailure(outcome.result) ? outcome.result.failure : undefined
        assert.instanceOf(error, WorkersFailed)
        assert.deepInclude(error, { operation: "Sessions.logs", method: "GET", path: "/skaha/v1/session/exit9xa" })
        assert.match(error.message, /3 of them crashed with this request: it ended with exit code 3/)
      }).pipe(Effect.provide(client(server, 2)))
    })
  )

  it.effect("is not started a fourth time in a minute; without any left requests fail until it is over", () =>
    Effect.gen(function* () {
      const server = yield* serve(echo)
      yield* Effect.gen(function* () {
        for (const id of ["exit1xa", "exit1xb", "exit1xc"]) allAnswered(yield* logs(id), [id])
        yield* TestClock.adjust("61 seconds")
        // Those are long ago.
        for (const id of ["exit1xd", "throw1xe", "exit1xf"]) allAnswered(yield* logs(id), [id])
        yield* TestClock.adjust("59 seconds")
        const outcomes = yield* logs(...others, "exit1xg", ...others)
        assert.isTrue(inOrder(outcomes, [...others, "exit1xg", ...others]))
        const failures = Outcome.failures(outcomes)
        assert.isNotEmpty(failures)
        for (const { error } of failures) assert.match(error.message, /again and again: it ended with exit code 3/)
        assert.strictEqual(Outcome.failures(yield* logs(...others)).length, others.length)
        yield* TestClock.adjust("1 second")
        for (const id of ["exit1xh", "exit1xi"]) allAnswered(yield* logs(id), [id])
        // To come back was to be started, too.
        assert.strictEqual(Outcome.failures(yield* logs("exit1xj")).length, 1)
      }).pipe(Effect.provide(client(server, 1)))
    })
  )

  it.effect("while one is down the others do its work", () =>
    Effect.gen(function* () {
      const server = yield* serve(echo)
      yield* Effect.gen(function* () {
        // Each is the only one on its way, so the first worker gets it.
        for (const id of ["exit1xa", "exit1xb", "exit1xc", "exit1xd"]) allAnswered(yield* logs(id), [id])
        allAnswered(yield* logs(...others), others)
      }).pipe(Effect.provide(client(server, 2)))
    })
  )
})

describe("When the scope of workers ends", () => {
  it.live("they end at once, whatever they do, and what is still asked of them fails", () =>
    Effect.gen(function* () {
      const server = yield* serve(() => {})
      const scope = yield* Scope.make()
      const { logs } = yield* Scope.provide(Layer.build(client(server, 2)), scope).pipe(
        Effect.map(Context.get(Sessions))
      )
      const fiber = yield* Effect.forkDetach(logs(["spin1xa", "a1", "a2"]))
      yield* until(() => server.asked.length > 0)
      yield* Scope.close(scope, Exit.void)
      const failures = Outcome.failures([...(yield* Fiber.join(fiber)), ...(yield* logs(["a3"]))])
      assert.strictEqual(failures.length, 4)
      for (const { error } of failures) assert.match(error.message, /they have ended/)
    })
  )

  it.live("what waits for a worker to be started again fails", () =>
    Effect.gen(function* () {
      const server = yield* serve(echo)
      const scope = yield* Scope.make()
      const { logs } = yield* Scope.provide(Layer.build(client(server, 1)), scope).pipe(
        Effect.map(Context.get(Sessions))
      )
      const fiber = yield* Effect.forkDetach(logs(["exit1xa"]))
      // By then it has crashed, and there is no other yet.
      yield* Effect.sleep("50 millis")
      yield* Scope.close(scope, Exit.void)
      const [failure] = Outcome.failures(yield* Fiber.join(fiber))
      assert.match(failure?.error.message ?? "", /they have ended/)
    })
  )
})
