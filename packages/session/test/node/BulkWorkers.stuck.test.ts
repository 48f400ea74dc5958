import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { UndiciTransport } from "@skaha/core/node"
import { Outcome, Sessions, Skaha } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { crashingLayer } from "./support/crashing.ts"
import { defective, folder, silent } from "./support/modules.ts"
import { echo, serve, until } from "./support/server.ts"

/** A client with one worker that leaves word in a folder, and what waits for a word. */
const setup = Effect.fnUntraced(function* (starts: ReadonlyArray<string> = []) {
  const { asked, url } = yield* serve(echo)
  const words = yield* folder
  const executor = crashingLayer(1, { words, starts })
  return {
    asked,
    client: Skaha.layer({ url, transport: UndiciTransport.layer, executor }).pipe(Layer.orDie),
    word: (word: string) => TestClock.withLive(until(() => existsSync(join(words, word))))
  }
})

const logs = (...ids: ReadonlyArray<string>) => Sessions.use(({ logs }) => logs(ids))

/** Long enough, in real time, for what needs no time at all. */
const aMoment = TestClock.withLive(Effect.sleep("50 millis"))

describe("A worker that is stuck", () => {
  it.effect("is replaced, and what was on its way there is sent again", () =>
    Effect.gen(function* () {
      const { client, word } = yield* setup()
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(logs("spin1xa", "a1"))
        yield* word("spin1xa.0")
        yield* TestClock.adjust("15 seconds")
        assert.deepStrictEqual(Outcome.values(yield* Fiber.join(fiber)), ["spin1xa", "a1"])
      }).pipe(Effect.provide(client))
    })
  )

  it.effect("is replaced when it does not give a request up", () =>
    Effect.gen(function* () {
      const { client, word } = yield* setup()
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(logs("spin1xa"))
        yield* word("spin1xa.0")
        const interruption = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* aMoment
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(interruption)
        assert.deepStrictEqual(Outcome.values(yield* logs("a1")), ["a1"])
      }).pipe(Effect.provide(client))
    })
  )

  it.effect("is left alone when it has only to wait", () =>
    Effect.gen(function* () {
      let answer = () => {}
      const { asked, url } = yield* serve((request, response) => {
        answer = () => echo(request, response)
      })
      const executor = crashingLayer(1)
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(logs("a1"))
        yield* TestClock.withLive(until(() => asked.length === 1))
        for (let time = 0; time < 5; time++) {
          yield* TestClock.adjust("5 seconds")
          // The answer comes.
          yield* TestClock.withLive(Effect.sleep("200 millis"))
        }
        answer()
        assert.deepStrictEqual(Outcome.values(yield* Fiber.join(fiber)), ["a1"])
        assert.strictEqual(asked.length, 1)
      }).pipe(Effect.provide(Skaha.layer({ url, transport: UndiciTransport.layer, executor }).pipe(Layer.orDie)))
    })
  )
})

describe("A worker that does not get ready", () => {
  it.effect("after a crash is replaced", () =>
    Effect.gen(function* () {
      const { client, word } = yield* setup(["", silent, defective])
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(logs("exit1xa", "a1"))
        yield* word("start.1")
        yield* TestClock.adjust("30 seconds")
        assert.deepStrictEqual(Outcome.values(yield* Fiber.join(fiber)), ["exit1xa", "a1"])
      }).pipe(Effect.provide(client))
    })
  )

  it.effect("can be given up by who waits for it to be alone there", () =>
    Effect.gen(function* () {
      const { asked, client, word } = yield* setup(["", "", silent])
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(logs("exit9xa"))
        yield* word("start.2")
        yield* TestClock.withLive(Effect.timeout(Fiber.interrupt(fiber), "5 seconds"))
        assert.deepStrictEqual(asked, [])
      }).pipe(Effect.provide(client))
    })
  )
})
