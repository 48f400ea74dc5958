import { assert, describe, it } from "@effect/vitest"
import { UndiciTransport } from "@skaha/core/node"
import { Emulator, type Fault, type FaultAction, type ProfileName } from "@skaha/emulator"
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
import { serverOf } from "../support/server.ts"
import { once } from "../support/wire.ts"
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
  // All of its bytes: which ones are chosen is not always the same.
  garbled: { _tag: "Garble", bytes: 1_000, with: "invalid-utf8" },
  slow: { _tag: "Slow", head: 15, body: { bytes: 40, every: 2 } },
  late: { _tag: "Delay", duration: 20, next: { _tag: "Page", page: "tomcat-500" } },
  never: { _tag: "Never" }
} satisfies Record<string, FaultAction>

type Mishap = keyof typeof actions

const isMishap = (name: string): name is Mishap => name in actions

const [first = "good", ...others] = Object.keys(actions).filter(isMishap)

/** Of so many ids workers may crash: with more, none might be left. */
const mostCrashing = 8

/**
 * What becomes of each request; and of its worker, or whether it is no id. None crashes it late: when its request has
 * been answered by then, it is another's that is taken for the cause.
 */
const inputs = Arbitrary.array(Arbitrary.all([pick(first, ...others), pick("", "", "exit1x", "throw1x", "../")]), {
  minLength: 1,
  maxLength: 24
})

/** Whether the first request for this id crashes its worker. */
const crashes = (id: string): boolean => /^(exit|throw)/.test(id)

const told = ({ index, input, result }: Outcome.Outcome<unknown>): ReadonlyArray<unknown> => {
  // A destroy that was sent again, and finds nothing, counts as done: it is not told from one that found nothing before.
  const isGone = Result.isFailure(result)
    ? result.failure._tag === "SessionNotFound" && result.failure.method === "DELETE"
    : result.success === undefined
  if (isGone && crashes(input)) return [index, input, "destroyed"]
  if (Result.isSuccess(result)) return [index, input, result.success]
  const { cause: _, ...failure } = { cause: undefined, ...plain(result.failure) }
  return [index, input, result.failure.message, failure]
}

/** A client whose workers, where it has any, crash when they are told to. */
const client = (version: string, executor?: ReturnType<typeof crashingLayer>) =>
  Layer.unwrap(
    Effect.map(EmulatorServer, ({ url }) =>
      Skaha.layer({ url, version, token, timeout: 1, concurrency: 24, transport: UndiciTransport.layer, executor })
    )
  ).pipe(Layer.orDie, Layer.merge(once))

const platform = (profile: ProfileName) =>
  EmulatorServer.layer().pipe(
    Layer.orDie,
    Layer.provideMerge(Emulator.layer({ profile, token, seed: "equal", pending: 0 }))
  )

/** Each case crashes workers that were started for it, lest too many crash in a minute. */
const both = <A>(version: string, one: Effect.Effect<A, never, Sessions>) =>
  Effect.all({
    fibers: Effect.provide(one, client(version)),
    workers: Effect.provide(one, client(version, crashingLayer(3)))
  })

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
  return { some: some.map(told), all: (yield* each(ids)).map(told) }
})

describe("Fibers and workers", () => {
  it.live.prop(
    "come to the same for any mix of replies, mishaps, crashes and interruptions",
    {
      profile: pick("1.4", "0.29"),
      inputs,
      operation: pick("logs", "eventsText", "destroy"),
      taken: between(0, 24)
    },
    ({ inputs, operation, profile, taken }) =>
      Effect.gen(function* () {
        const { setFaults } = yield* Emulator
        const ids = inputs.map(([, prefix], index) => `${index < mostCrashing ? prefix : ""}a${index}`)
        const faults = inputs.map(([name], index): Fault => ({
          match: { ids: [`${ids[index]}`] },
          action: actions[name]
        }))
        yield* setFaults(faults)
        const { fibers, workers } = yield* both(
          serverOf(profile).version,
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
        assert.deepStrictEqual(workers.all, fibers.all)
        for (const { some } of [fibers, workers]) {
          assert.strictEqual(new Set(some.map(([index]) => index)).size, Math.min(taken, ids.length))
          for (const outcome of some) {
            const [index, input, message] = outcome
            // Who crashes a worker can be the third to do so, where two others have before it was read there.
            if (crashes(String(input)) && /3 of them crashed/.test(String(message))) continue
            assert.deepStrictEqual(outcome, fibers.all[Number(index)])
          }
        }
      }).pipe(Effect.provide(platform(profile))),
    { ...seeded(8), timeout: 60_000 }
  )
})
