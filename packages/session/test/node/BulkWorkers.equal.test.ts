import { assert, describe, it } from "@effect/vitest"
import { UndiciTransport } from "@skaha/core/node"
import { Emulator, type Fault, type FaultAction } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import { Sessions, Skaha, type Outcome } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { between, pick, seeded } from "../support/properties.ts"
import { plain } from "../support/plain.ts"
import { token } from "../support/platforms.ts"
import { crashingLayer } from "./support/crashing.ts"

const body = "line of a log\n"

/** What may become of a request. */
const actions = {
  good: { _tag: "Reply", status: 200, body },
  large: { _tag: "Reply", status: 200, body: body.repeat(10_000) },
  foreign: { _tag: "Reply", status: 200, body: "été 星 ✨" },
  page: { _tag: "Page", page: "proxy-502" },
  refused: { _tag: "Reply", status: 403, body: "not yours" },
  unknown: { _tag: "Reply", status: 404, body: "no such session" },
  busy: { _tag: "Reply", status: 503, headers: { "Retry-After": "7" }, body: "busy" },
  failure: { _tag: "Reply", status: 500, body: "unexpected exception: boom" },
  moved: { _tag: "Reply", status: 302, headers: { Location: "https://elsewhere.example/x?y" } },
  reset: { _tag: "Reset" },
  cut: { _tag: "Truncate", bytes: 0 },
  cutChunked: { _tag: "Truncate", bytes: 0, chunked: true },
  garbled: { _tag: "Garble", bytes: 3, with: "invalid-utf8" },
  slow: { _tag: "Slow", head: 15, body: { bytes: 40, every: 2 } },
  late: { _tag: "Delay", duration: 20, next: { _tag: "Page", page: "tomcat-500" } },
  never: { _tag: "Never" }
} satisfies Record<string, FaultAction>

type Mishap = keyof typeof actions

const isMishap = (name: string): name is Mishap => name in actions

const [first = "good", ...others] = Object.keys(actions).filter(isMishap)

/** Of so many ids workers may crash: with more, none might be left. */
const mostCrashing = 8

/** What becomes of each request; and of its worker, or whether it is no id. */
const inputs = Arbitrary.array(
  Arbitrary.all([pick(first, ...others), pick("", "", "exit1x", "throw1x", "late1x", "../")]),
  { minLength: 1, maxLength: 24 }
)

const told = ({ index, input, result }: Outcome.Outcome<unknown>): ReadonlyArray<unknown> => {
  if (Result.isSuccess(result)) return [index, input, result.success]
  const { cause: _, ...failure } = { cause: undefined, ...plain(result.failure) }
  return [index, input, result.failure.message, failure]
}

/** A client whose workers, where it has any, crash when they are told to. */
const client = (executor?: ReturnType<typeof crashingLayer>) =>
  Layer.unwrap(
    Effect.map(EmulatorServer, ({ url }) =>
      Skaha.layer({ url, token, timeout: 1, concurrency: 24, transport: UndiciTransport.layer, executor })
    )
  ).pipe(Layer.orDie)

const platform = EmulatorServer.layer().pipe(
  Layer.orDie,
  Layer.provideMerge(Emulator.layer({ token, seed: "equal", pending: 0 }))
)

/** Each case crashes workers that were started for it, lest too many crash in a minute. */
const both = <A>(one: Effect.Effect<A, never, Sessions>) =>
  Effect.all({ fibers: Effect.provide(one, client()), workers: Effect.provide(one, client(crashingLayer(3))) })

/** An operation on one id or many. */
interface Each<A> {
  (ids: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Outcome.Outcome<A>>>
  readonly stream: (ids: Iterable<string>) => Stream.Stream<Outcome.Outcome<A>>
}

/** Begins a stream, begins them all, and then asks for all. What was given up changes nothing of what comes later. */
const run = Effect.fnUntraced(function* <A>(each: Each<A>, ids: ReadonlyArray<string>, taken: number) {
  const some = yield* Stream.runCollect(Stream.take(each.stream(ids), taken))
  const interrupted = yield* Effect.forkChild(each(ids))
  yield* Effect.sleep(taken)
  yield* Fiber.interrupt(interrupted)
  return { some: some.length, all: (yield* each(ids)).map(told) }
})

describe("Fibers and workers", () => {
  it.live.prop(
    "come to the same for any mix of replies, mishaps, crashes and interruptions",
    { inputs, operation: pick("logs", "eventsText", "destroy"), taken: between(0, 24) },
    ({ inputs, operation, taken }) =>
      Effect.gen(function* () {
        const { setFaults } = yield* Emulator
        const ids = inputs.map(([, prefix], index) => `${index < mostCrashing ? prefix : ""}a${index}`)
        const faults = inputs.map(([name], index): Fault => ({
          match: { ids: [`${ids[index]}`] },
          action: actions[name]
        }))
        yield* setFaults(faults)
        const { fibers, workers } = yield* both(
          Sessions.use((sessions) => {
            switch (operation) {
              case "logs":
                return run(sessions.logs, ids, taken)
              case "eventsText":
                return run(sessions.eventsText, ids, taken)
              case "destroy":
                return run(sessions.destroy, ids, taken)
            }
          })
        )
        assert.strictEqual(workers.some, Math.min(taken, ids.length))
        assert.deepStrictEqual(workers, fibers)
      }).pipe(Effect.provide(platform)),
    { ...seeded(8), timeout: 60_000 }
  )
})
