import { assert, describe, it, layer } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { emulated, mocked } from "../mock-layers/platforms.ts"
import { Survey } from "../mock-layers/Survey.ts"

/** Observes while the clock goes on; delayed, since the clock waits for what it has woken. */
const observe = Effect.fnUntraced(function* (fields: ReadonlyArray<string>) {
  const survey = yield* Survey
  const observing = yield* survey.observe(fields).pipe(Effect.delay("1 second"), Effect.forkChild)
  yield* TestClock.adjust("1 hour")
  return yield* Fiber.join(observing)
})

describe("on the emulator", () => {
  const test = <A, E>(effect: Effect.Effect<A, E, Survey | Sessions | Emulator>) =>
    effect.pipe(Effect.provide(Survey.layer.pipe(Layer.provideMerge(emulated))))

  it.effect("observes every field, in order, and leaves nothing behind", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* observe(["m31", "m33", "ngc253"]), [
        { field: "m31", result: Result.succeed("42 stars") },
        { field: "m33", result: Result.fail("clouds") },
        { field: "ngc253", result: Result.succeed("42 stars") }
      ])
      const sessions = yield* Sessions
      assert.deepStrictEqual(yield* sessions.fetch(), [])
    }).pipe(test)
  )

  it.effect("goes on without a field that the platform refuses", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator
      yield* emulator.setFaults([
        {
          match: { method: "POST", every: 2 },
          action: { _tag: "Reply", status: 429, headers: { "Retry-After": "600" } }
        }
      ])
      const results = (yield* observe(["m31", "m32", "ngc253"])).map(({ result }) => result)
      assert.deepStrictEqual(results, [
        Result.succeed("42 stars"),
        Result.fail("the server is busy: try again in 600 s"),
        Result.succeed("42 stars")
      ])
    }).pipe(test)
  )

  it.effect("destroys its sessions when it is given up", () =>
    Effect.gen(function* () {
      const survey = yield* Survey
      const sessions = yield* Sessions
      const observing = yield* survey.observe(["m31", "ngc253"]).pipe(Effect.delay("1 second"), Effect.forkChild)
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* sessions.fetch({ status: "Running" }), 2)
      yield* Fiber.interrupt(observing)
      assert.deepStrictEqual(yield* sessions.fetch(), [])
    }).pipe(test)
  )
})

layer(Survey.layer.pipe(Layer.provide(mocked)))("on a mock", (it) => {
  it.effect("tells a refused field from a session that vanished", () =>
    Effect.gen(function* () {
      const survey = yield* Survey
      assert.deepStrictEqual(yield* survey.observe(["m31", "secret", "lost"]), [
        { field: "m31", result: Result.succeed("42 stars") },
        {
          field: "secret",
          result: Result.fail("the image is unknown or private: check its name or give registry credentials")
        },
        { field: "lost", result: Result.fail("the session vanished") }
      ])
    })
  )

  it.effect("asks for nothing when there is nothing to observe", () =>
    Effect.gen(function* () {
      const survey = yield* Survey
      assert.deepStrictEqual(yield* survey.observe([]), [])
    })
  )
})
