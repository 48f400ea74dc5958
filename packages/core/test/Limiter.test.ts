import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { MaxOpsBeforeYield } from "effect/Scheduler"
import * as TestClock from "effect/testing/TestClock"
import { Latency } from "../src/internal/Latency.ts"
import { Limiter, type Sign } from "../src/internal/Limiter.ts"
import { below, oneOf, pick, seeded } from "./support/properties.ts"

type Trouble = Exclude<Sign, undefined> | "nothing"

/** A limiter of requests that fail with what their failure tells. */
const limiterOf = (bound: number) =>
  new Limiter<Trouble>(bound, (trouble) => (trouble === "nothing" ? undefined : trouble))

/** Lets everything happen that can without time passing. */
const settled = Effect.promise(async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
})

/** Requests through a limiter, each of which ends when it is told to. */
const requests = <E>(limiter: Limiter<E>, opsBeforeYield = 2048) => {
  const started: Array<number> = []
  let running = 0
  let number = 0
  const send = Effect.fnUntraced(function* () {
    const id = number++
    const gate = Deferred.makeUnsafe<void, E>()
    const request = Effect.acquireUseRelease(
      Effect.sync(() => {
        started.push(id)
        running++
      }),
      () => Deferred.await(gate),
      () => Effect.sync(() => running--)
    )
    const fiber = yield* Effect.forkChild(
      limiter.run(request).pipe(Effect.provideService(MaxOpsBeforeYield, opsBeforeYield)),
      { startImmediately: true }
    )
    return {
      id,
      fiber,
      end: (exit: Exit.Exit<void, E> = Exit.void) => Effect.asVoid(Deferred.done(gate, exit))
    }
  })
  return { send, started, running: () => running, isDone: () => running === 0 }
}

describe("Limiter", () => {
  it.effect("lets no more than the limit through, first come first served, and who gives up makes way", () =>
    Effect.gen(function* () {
      const { running, send, started } = requests(limiterOf(2))
      const first = yield* send()
      const second = yield* send()
      const third = yield* send()
      yield* Effect.all([send(), send()])
      assert.deepStrictEqual(started, [0, 1])
      yield* Fiber.interrupt(third.fiber)
      yield* second.end()
      yield* settled
      assert.deepStrictEqual(started, [0, 1, 3])
      yield* Fiber.interrupt(first.fiber)
      yield* settled
      assert.deepStrictEqual(started, [0, 1, 3, 4])
      assert.strictEqual(running(), 2)
    })
  )

  it.effect("shrinks once for all that was in flight, and grows by one for as many good replies as it is", () =>
    Effect.gen(function* () {
      const limiter = limiterOf(10)
      const { send } = requests(limiter)
      const all = yield* Effect.forEach(Array.from({ length: 10 }), () => send())
      for (const { end } of all) yield* end(Exit.fail("refusing"))
      yield* settled
      assert.strictEqual(limiter.limit, 7)
      let replies = 0
      while (limiter.limit < 8) {
        yield* limiter.run(Effect.void)
        replies++
      }
      assert.strictEqual(replies, 8)
    })
  )

  it.effect("is never below 1, nor above its bound, nor below a quarter of it for what is slow", () =>
    Effect.gen(function* () {
      const limiter = limiterOf(32)
      for (let failure = 0; failure < 50; failure++) yield* Effect.flip(limiter.run(Effect.fail("slow")))
      assert.strictEqual(limiter.limit, 8)
      for (let failure = 0; failure < 50; failure++) yield* Effect.flip(limiter.run(Effect.fail("refusing")))
      assert.strictEqual(limiter.limit, 1)
      // What is slow does not raise it.
      yield* Effect.flip(limiter.run(Effect.fail("slow")))
      assert.strictEqual(limiter.limit, 1)
      for (let reply = 0; reply < 1000; reply++) yield* limiter.run(Effect.void)
      assert.strictEqual(limiter.limit, 32)
    })
  )

  it.effect("stays as it is for failures that tell nothing, defects and interruptions", () =>
    Effect.gen(function* () {
      const limiter = limiterOf(4)
      yield* Effect.flip(limiter.run(Effect.fail("refusing")))
      const others = [Effect.fail("nothing" as const), Effect.die("a defect"), Effect.interrupt]
      for (const other of others) yield* Effect.exit(limiter.run(other))
      assert.strictEqual(limiter.limit, 2)
    })
  )

  it.effect("runs the same effect again and again", () =>
    Effect.gen(function* () {
      const limiter = limiterOf(1)
      let runs = 0
      const counted = limiter.run(Effect.sync(() => ++runs))
      yield* Effect.all([Effect.repeat(counted, { times: 9 }), Effect.repeat(counted, { times: 9 })], {
        concurrency: "unbounded"
      })
      assert.strictEqual(runs, 20)
    })
  )

  it.effect("takes any number who wait, with a transport that answers at once", () =>
    Effect.gen(function* () {
      const limiter = limiterOf(1)
      const { end } = yield* requests(limiter).send()
      const all = yield* Effect.forEach(Array.from({ length: 20_000 }), () =>
        Effect.forkChild(limiter.run(Effect.void))
      )
      yield* settled
      yield* end()
      assert.strictEqual((yield* Effect.forEach(all, Fiber.join)).length, 20_000)
    })
  )

  type Step = "send" | { readonly end: number; readonly as: Trouble } | { readonly interrupt: number }

  const step: Arbitrary.Arbitrary<Step> = oneOf<Step>(
    Arbitrary.Constant("send"),
    Arbitrary.Constant("send"),
    Arbitrary.map(Arbitrary.all([below(100), pick("well", "well", "nothing", "refusing", "slow")]), ([end, as]) => ({
      end,
      as
    })),
    Arbitrary.map(below(100), (interrupt) => ({ interrupt }))
  )

  it.effect.prop(
    "loses no request and no permit, whatever comes at whatever moment",
    [
      Arbitrary.map(below(6), (number) => number + 1),
      pick(3, 4, 5, 2048),
      Arbitrary.array(Arbitrary.array(step, { minLength: 1, maxLength: 4 }), { minLength: 12, maxLength: 40 })
    ],
    ([bound, opsBeforeYield, bursts]) =>
      Effect.gen(function* () {
        const limiter = limiterOf(bound)
        const { isDone, running, send, started } = requests(limiter, opsBeforeYield)
        const all: Array<Effect.Success<ReturnType<typeof send>>> = []
        const gone = new Set<number>()
        for (const burst of bursts) {
          let most = Math.max(running(), limiter.limit)
          for (const one of burst) {
            const chosen = (index: number) => all[index % all.length]
            if (one === "send") all.push(yield* send())
            else if ("end" in one) {
              const ending = chosen(one.end)
              if (ending !== undefined && started.includes(ending.id)) {
                yield* ending.end(one.as === "well" ? Exit.void : Exit.fail(one.as))
              }
            } else {
              const given = chosen(one.interrupt)
              if (given !== undefined) gone.add(given.id)
              given?.fiber.interruptUnsafe()
            }
            most = Math.max(most, limiter.limit)
          }
          yield* settled
          assert.isAtMost(running(), most)
          assert.isAtLeast(limiter.limit, 1)
          assert.isAtMost(limiter.limit, bound)
          const waiting = all.filter(({ id }) => !gone.has(id) && !started.includes(id))
          if (waiting.length > 0) assert.isAtLeast(running(), limiter.limit)
        }
        // With few steps at a time, who may start later can be there first.
        if (opsBeforeYield === 2048) {
          assert.deepStrictEqual(
            started,
            started.toSorted((a, b) => a - b)
          )
        }
        for (let round = 0; all.some(({ fiber }) => fiber.pollUnsafe() === undefined); round++) {
          assert.isBelow(round, 200)
          for (const { end, id } of all) if (started.includes(id)) yield* end()
          yield* settled
        }
        assert.isTrue(isDone())
        assert.isTrue(all.every(({ id }) => gone.has(id) || started.includes(id)))
        const { length } = started
        for (let extra = 0; extra <= limiter.limit; extra++) yield* send()
        yield* settled
        assert.strictEqual(started.length, length + limiter.limit)
      }),
    seeded(60)
  )
})

describe("Limiter: a server", () => {
  /** A server that does so many requests at once, and refuses the others; each takes `takes` milliseconds. */
  const serverOf = (capacity: number, takes: (request: number) => number) => {
    const server = { capacity, requests: 0, refused: 0, inFlight: 0, most: 0 }
    const refusal = Effect.delay(Effect.fail("refusing" as const), 5).pipe(
      Effect.tapError(() => Effect.sync(() => server.refused++))
    )
    const request = Effect.suspend(() => {
      server.requests++
      if (server.inFlight >= server.capacity) return refusal
      server.most = Math.max(server.most, ++server.inFlight)
      return Effect.ensuring(
        Effect.sleep(takes(server.requests)),
        Effect.sync(() => server.inFlight--)
      )
    })
    return Object.assign(server, { request })
  }

  /** Does so many jobs, each until it succeeds; gives the limit after each. */
  const work = (limiter: Limiter<Trouble>, request: Effect.Effect<void, Trouble>, jobs: number, latency?: Latency) =>
    Effect.gen(function* () {
      const limits: Array<number> = []
      const job = Effect.retry(limiter.run(request, latency), Schedule.spaced(10)).pipe(
        Effect.andThen(Effect.sync(() => limits.push(limiter.limit)))
      )
      const fiber = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: jobs }), () => job, { concurrency: 128, discard: true })
      )
      while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      return limits
    })

  const mean = (numbers: ReadonlyArray<number>) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

  it.effect.each([1, 2, 5, 10, 40])(
    "that does %i at once is asked for about as many, and for all when it can",
    (capacity) =>
      Effect.gen(function* () {
        const limiter = limiterOf(64)
        const server = serverOf(capacity, () => 20)
        const limits = yield* work(limiter, server.request, 4000)
        assert.strictEqual(limits.length, 4000)
        const later = limits.slice(1000)
        assert.isAtLeast(mean(later), 0.7 * capacity)
        assert.isAtMost(Math.max(...later), capacity + 1)
        server.capacity = Infinity
        yield* work(limiter, server.request, 4000)
        assert.strictEqual(limiter.limit, 64)
        assert.strictEqual(server.most, 64)
      })
  )

  it.effect.each<readonly [string, (request: number) => number]>([
    ["takes a millisecond", () => 1],
    ["takes 20 ms", () => 20],
    ["takes 50 to 150 ms", (request) => 50 * (1 + (request % 3))],
    ["takes 10 seconds", () => 10_000]
  ])("that %s is asked for as much as may be", ([, takes]) =>
    Effect.gen(function* () {
      const limiter = limiterOf(64)
      const server = serverOf(Infinity, takes)
      const limits = yield* work(limiter, server.request, 3000, new Latency(64))
      assert.isTrue(limits.every((limit) => limit === 64))
      assert.strictEqual(server.most, 64)
    })
  )

  it.effect("that takes longer the more it is asked for is asked for less, and for all when it has recovered", () =>
    Effect.gen(function* () {
      const limiter = limiterOf(64)
      const latency = new Latency(64)
      let eachTakes = 20
      const server = serverOf(Infinity, () => eachTakes)
      yield* work(limiter, server.request, 200, latency)
      assert.strictEqual(limiter.limit, 64)
      eachTakes = 400
      yield* work(limiter, server.request, 3000, latency)
      assert.strictEqual(limiter.limit, 16)
      eachTakes = 20
      yield* work(limiter, server.request, 3000, latency)
      assert.strictEqual(limiter.limit, 64)
    })
  )
})
