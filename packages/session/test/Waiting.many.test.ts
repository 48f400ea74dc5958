import { assert, describe, it } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { idsOf, rowOf, settled } from "./support/held.ts"
import { testInMemory } from "./support/platforms.ts"
import { createAll, headless } from "./support/sessions.ts"
import { pass } from "./support/time.ts"
import { answering, Wire } from "./support/wire.ts"

const isList = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method === "GET" && path.endsWith("/session")

/** Numbers from 0 to 1 that are the same in every run. */
const random = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2 ** 31
  return seed / 2 ** 31
}

describe("Waiting for many", () => {
  testInMemory(
    "5,000 who wait, each for its own, ask for one list a second",
    {
      capacity: { cores: 1000, ram: 1000 },
      script: ({ name }) => ({ seconds: 10 + Number(/\d+$/.exec(name)?.[0] ?? 0), exitCode: 0, log: "" })
    },
    () =>
      Effect.gen(function* () {
        const { waitCompleted, waitRunning, waitUntil } = yield* Sessions
        const { requests, clear } = yield* Emulator
        const ids = yield* createAll(headless({ name: "job", cores: 1, ram: 1, replicas: 50 }))
        yield* clear
        const waits = yield* Effect.forEach(Array.from({ length: 5000 }), (_, index) => {
          const id = ids[index % ids.length] ?? ""
          const wait: Effect.Effect<unknown, unknown> =
            index % 3 === 0
              ? waitCompleted(id)
              : index % 3 === 1
                ? waitUntil(id, ({ status }) => status === "Completed")
                : Effect.andThen(waitRunning(id), waitCompleted(id))
          return Effect.forkChild(wait)
        })
        let before = 0
        for (let second = 0; second < 75; second++) {
          if (second === 0) yield* settled
          else yield* pass(1)
          const asked = yield* requests
          assert.isTrue(asked.every(({ target }) => target.endsWith("/session")))
          assert.isAtMost(asked.length - before, 1, `in second ${second}`)
          before = asked.length
        }
        assert.isAtLeast(before, 40)
        assert.isTrue(waits.every((fiber) => fiber.pollUnsafe()?._tag === "Success"))
      })
  )

  it.effect("10,000 sessions end when they like, and who waits hears of each once, as it is", () => {
    const ids = idsOf(10_000)
    const next = random(6)
    const ends = ids.map(() => Math.floor(next() * 40))
    const words = ids.map(() => (next() < 0.1 ? "Failed" : "Completed"))
    let now = 0
    const statusOf = (index: number) => (now < (ends[index] ?? 0) ? "Running" : (words[index] ?? ""))
    const server = answering(({ path }) =>
      path.endsWith("/session")
        ? { body: JSON.stringify(ids.map((id, index) => ({ ...rowOf(id), status: statusOf(index) }))) }
        : { body: "" }
    )
    return Effect.gen(function* () {
      const { waitCompleted } = yield* Sessions
      const { requests } = yield* Wire
      const heard: Array<readonly [index: number, second: number, what: string]> = []
      const half = ids.length / 2
      const single = yield* Effect.forEach(ids.slice(0, half), (id, index) =>
        Effect.forkChild(
          Effect.match(waitCompleted(id), {
            onSuccess: ({ status }) => heard.push([index, now, status]),
            onFailure: (error) => heard.push([index, now, "sessionStatus" in error ? (error.sessionStatus ?? "") : "?"])
          })
        )
      )
      const bulk = yield* Effect.forkChild(waitCompleted(ids.slice(half)))
      yield* settled
      for (; now < 60 && bulk.pollUnsafe() === undefined; now++) yield* pass(1)
      const outcomes = yield* Fiber.join(bulk)
      yield* Fiber.joinAll(single)
      for (const { index, result } of outcomes) {
        const what = result._tag === "Success" ? result.success.status : result.failure
        heard.push([index + half, ends[index + half] ?? 0, typeof what === "string" ? what : what._tag])
      }
      assert.strictEqual(heard.length, ids.length)
      assert.strictEqual(new Set(heard.map(([index]) => index)).size, ids.length)
      for (const [index, second, what] of heard) {
        assert.strictEqual(what.replace("SessionEnded", "Failed"), words[index])
        assert.isAtLeast(second, ends[index] ?? 0)
        assert.isAtMost(second, (ends[index] ?? 0) + 2)
      }
      assert.isAtMost(requests.filter(isList).length, 45)
    }).pipe(Effect.provide(server))
  })
})
