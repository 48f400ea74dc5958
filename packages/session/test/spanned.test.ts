import { assert, describe, it, vi } from "@effect/vitest"
import { Sessions } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { answering } from "./support/wire.ts"

const destroyed = Sessions.use(({ destroy }) => destroy("abcd1234"))

describe("the span of a call for one id", () => {
  it.effect("is made under a tracer, around that of the request", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* destroyed.pipe(Effect.provide(answering({})), Effect.withTracer(tracer))
      const [operation, request] = spans
      assert.deepStrictEqual(
        spans.map(({ name, status }) => [name, status._tag]),
        [
          ["Sessions.destroy", "Ended"],
          ["DELETE", "Ended"]
        ]
      )
      assert.strictEqual(request && Option.getOrUndefined(request.parent)?.spanId, operation?.spanId)
    })
  )

  it.effect("is not made without one", () =>
    Effect.gen(function* () {
      const made = vi.spyOn(Tracer.nativeTracer, "span")
      const asked = Effect.andThen(destroyed, Effect.exit(Sessions.use(({ get }) => get("abcd1234"))))
      yield* Effect.provide(asked, answering({}))
      const names = made.mock.calls.map(([{ name }]) => name)
      made.mockRestore()
      assert.deepStrictEqual(names, [])
    })
  )
})
