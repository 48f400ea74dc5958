import { assert, describe } from "@effect/vitest"
import { Emulator, type Job, type Script } from "@skaha/emulator"
import { Progress, Sessions, type BatchReplica, type BatchSpec } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { count, elsewhere, holds, names, onCreate, roomy, setFaults } from "./support/creating.ts"
import { testInMemory as test, type PlatformOptions } from "./support/platforms.ts"
import { createAll, headless } from "./support/sessions.ts"
import { inItsTime, pass } from "./support/time.ts"

const batch = (spec: Partial<BatchSpec> = {}): BatchSpec => ({
  name: "fit",
  image: "skaha/terminal:1.1.2",
  cmd: "fit",
  replicas: 3,
  ...spec
})

/** Which replica a job is, from 1. */
const replicaOf = (job: Job): number => Number(job.env.find(([name]) => name === "REPLICA_ID")?.[1])

/** A platform whose replicas end after so many seconds as their number, in the way that is told for each attempt. */
const platform = (exitCode: (replica: number, attempt: number) => number = () => 0): PlatformOptions => {
  const attempts = new Map<number, number>()
  const script = (job: Job): Script => {
    const replica = replicaOf(job)
    const attempt = (attempts.get(replica) ?? 0) + 1
    attempts.set(replica, attempt)
    return { seconds: replica * 10, exitCode: exitCode(replica, attempt), log: `${replica}, attempt ${attempt}\n` }
  }
  return { ...roomy, script }
}

const run = (spec: BatchSpec, onReplica?: (replica: BatchReplica) => void) =>
  inItsTime(Sessions.use(({ runBatch }) => runBatch(spec, onReplica)))

const deletes = count("DELETE")

describe("Sessions.runBatch", () => {
  test("gives what each replica wrote, as soon as it has ended, and leaves nothing", platform(), () =>
    Effect.gen(function* () {
      const heard: Array<string> = []
      const replicas = yield* run(batch(), ({ name }) => void heard.push(name))
      assert.deepStrictEqual(
        replicas.map(({ attempts, index, log, name, status }) => ({ name, index, attempts, status, log })),
        [1, 2, 3].map((number, index) => ({
          name: `fit-${number}`,
          index,
          attempts: 1,
          status: "Completed",
          log: `${number}, attempt 1\n`
        }))
      )
      assert.strictEqual(new Set(replicas.map(({ id }) => id)).size, 3)
      assert.deepStrictEqual(heard, ["fit-1", "fit-2", "fit-3"])
      assert.deepStrictEqual(yield* names, [])
      assert.strictEqual(yield* count("POST"), 3)
    })
  )

  const failsOnce = platform((replica, attempt) => (replica === 2 && attempt === 1 ? 1 : 0))

  test("runs again what failed, under its name", failsOnce, () =>
    Effect.gen(function* () {
      const replicas = yield* run(batch({ retries: 1 }))
      assert.deepStrictEqual(
        replicas.map(({ attempts, log, status }) => [attempts, status, log]),
        [
          [1, "Completed", "1, attempt 1\n"],
          [2, "Completed", "2, attempt 2\n"],
          [1, "Completed", "3, attempt 1\n"]
        ]
      )
      assert.strictEqual(yield* count("POST"), 4)
      assert.strictEqual(yield* deletes, 4)
      assert.deepStrictEqual(yield* names, [])
    })
  )

  test(
    "keeps what is known of a replica that cannot be made again",
    platform(() => 1),
    () =>
      Effect.gen(function* () {
        yield* setFaults(onCreate({ _tag: "Reply", status: 400, body: "no" }, { after: 1 }))
        const [only] = yield* run(batch({ replicas: 1, retries: 3 }))
        assert.strictEqual(only?.error?._tag, "RequestRefused")
        assert.deepStrictEqual([only?.attempts, only?.status, only?.log], [1, "Failed", "1, attempt 1\n"])
      })
  )

  test("tells of twins", { ...platform(), sdk: { createTimeout: 10, settle: 5 } }, () =>
    Effect.gen(function* () {
      // Carried out when it cannot be any more, by all that is assumed.
      yield* setFaults(onCreate({ _tag: "Never", handled: { after: "20 seconds" } }, { times: 1 }))
      const [only] = yield* run(batch({ replicas: 1, keep: "all" }))
      assert.strictEqual(only?.status, "Completed")
      const others = [...(yield* holds).keys()].filter((id) => id !== only?.id)
      assert.strictEqual(others.length, 1)
      assert.deepStrictEqual(only?.twins, others)
    })
  )

  test(
    "tells of a replica that fails each time, with its last log and why",
    platform((replica) => replica - 1),
    () =>
      Effect.gen(function* () {
        const [, second, third] = yield* run(batch({ retries: 2 }))
        assert.strictEqual(second?.error?._tag, "SessionEnded")
        assert.strictEqual(second?.status, "Failed")
        assert.strictEqual(second?.log, "2, attempt 3\n")
        assert.strictEqual(third?.attempts, 3)
        assert.isUndefined(third?.left)
        assert.deepStrictEqual(yield* names, [])
      })
  )

  describe.each([
    { keep: "none", left: [] },
    { keep: "failed", left: ["fit-2"] },
    { keep: "all", left: ["fit-1", "fit-2", "fit-3"] }
  ] as const)("keep: $keep", ({ keep, left }) => {
    test(
      "leaves what it should",
      platform((replica) => (replica === 2 ? 1 : 0)),
      () =>
        Effect.gen(function* () {
          const replicas = yield* run(batch({ keep }))
          assert.deepStrictEqual(
            replicas.filter((replica) => replica.left).map(({ name }) => name),
            [...left]
          )
          assert.deepStrictEqual(yield* names, [...left])
        })
    )
  })

  test("ends a replica that takes too long", platform(), () =>
    Effect.gen(function* () {
      const [first, , third] = yield* run(batch({ timeout: 25 }))
      assert.strictEqual(first?.status, "Completed")
      assert.strictEqual(third?.error?._tag, "WaitTimedOut")
      assert.strictEqual(third?.status, "Running")
      assert.isUndefined(third?.left)
      assert.deepStrictEqual(yield* names, [])
    })
  )

  test("given up and resumed, takes up all that there is, also what has ended meanwhile", platform(), () =>
    Effect.gen(function* () {
      const { runBatch } = yield* Sessions
      const first = yield* Effect.forkChild(runBatch(batch({ resume: true, replicas: 4 })))
      // After the first has ended, and been done with.
      yield* pass(15)
      yield* Fiber.interrupt(first)
      const there = yield* holds
      assert.sameMembers([...there.values()], ["fit-1", "fit-2", "fit-3", "fit-4"])
      yield* pass(10)
      const replicas = yield* elsewhere(run(batch({ resume: true, replicas: 4 })))
      const ids = new Map(replicas.map(({ id, name }) => [id, name]))
      assert.isTrue([...there.keys()].every((id) => ids.has(id)))
      assert.strictEqual(yield* count("POST"), 4)
      assert.isTrue(replicas.every(({ status }) => status === "Completed"))
      assert.deepStrictEqual(yield* names, [])
    })
  )

  test("leaves a session whose log could not be read", platform(), () =>
    Effect.gen(function* () {
      const unreadable = { match: { view: "logs" }, action: { _tag: "Reply", status: 403, body: "forbidden" } } as const
      yield* setFaults(unreadable)
      const replicas = yield* run(batch())
      assert.deepStrictEqual(
        replicas.map(({ left, log, status }) => [left, log, status]),
        [1, 2, 3].map(() => [true, undefined, "Completed"])
      )
      assert.strictEqual((yield* names).length, 3)
    })
  )

  test("says that a session is left which cannot be destroyed", platform(), () =>
    Effect.gen(function* () {
      yield* setFaults({
        match: { method: "DELETE", path: /session/ },
        action: { _tag: "Reply", status: 403, body: "forbidden" }
      })
      const [only] = yield* run(batch({ replicas: 1 }))
      assert.strictEqual(only?.status, "Completed")
      assert.isTrue(only?.left)
    })
  )

  test("a replica whose create is refused has no session, and the others go on", platform(), () =>
    Effect.gen(function* () {
      yield* setFaults(onCreate({ _tag: "Reply", status: 400, body: "no" }, { after: 1, times: 1 }))
      const replicas = yield* run(batch())
      const [refused, ...others] = replicas.filter(({ error }) => error !== undefined)
      assert.strictEqual(refused?.error?._tag, "RequestRefused")
      assert.isUndefined(refused?.id)
      assert.strictEqual(refused?.attempts, 0)
      assert.deepStrictEqual(others, [])
    })
  )

  test("a replica that somebody else destroys is run again", platform(), () =>
    Effect.gen(function* () {
      const running = yield* Effect.forkChild(Sessions.use(({ runBatch }) => runBatch(batch({ retries: 1 }))))
      yield* pass(3)
      const [id = ""] = [...(yield* holds)].find(([, name]) => name === "fit-3") ?? []
      yield* elsewhere(Sessions.use(({ destroy }) => destroy(id)))
      const replicas = yield* inItsTime(Fiber.join(running))
      assert.strictEqual(replicas[2]?.attempts, 2)
      assert.strictEqual(replicas[2]?.status, "Completed")
      assert.notStrictEqual(replicas[2]?.id, id)
    })
  )

  test("leaves the sessions of others alone", platform(), () =>
    Effect.gen(function* () {
      const others = yield* elsewhere(createAll(headless({ name: "other", cmd: "sleep", args: "9999", replicas: 2 })))
      yield* run(batch())
      assert.sameMembers([...(yield* holds).keys()], [...others])
    })
  )

  test(
    "is followed by replicas",
    platform((replica) => (replica === 3 ? 1 : 0)),
    () =>
      Effect.gen(function* () {
        const seen: Array<Progress.Progress> = []
        const { runBatch } = yield* Sessions
        yield* inItsTime(Progress.observe(runBatch(batch()), (progress) => void seen.push(progress)))
        const last = seen.at(-1)
        assert.deepStrictEqual([last?.done, last?.failed, last?.total], [3, 1, 3])
      })
  )

  test("refuses options that make no sense, all at once, before anything is sent", platform(), () =>
    Effect.gen(function* () {
      const { runBatch } = yield* Sessions
      const error = yield* Effect.flip(runBatch(batch({ retries: -1, timeout: 0, keep: "some" as "all", name: "" })))
      assert.strictEqual(error._tag, "InvalidInput")
      if (error._tag !== "InvalidInput") return
      assert.sameMembers(
        error.problems.map(({ field }) => field),
        ["retries", "timeout", "keep", "name"]
      )
      assert.deepStrictEqual(yield* Emulator.use(({ requests }) => requests), [])
    })
  )

  test("goes on while the platform is away", platform(), () =>
    Effect.gen(function* () {
      const running = yield* Effect.forkChild(Sessions.use(({ runBatch }) => runBatch(batch())))
      yield* pass(5)
      yield* setFaults({ match: {}, action: { _tag: "Page", page: "proxy-502" } })
      yield* pass(60)
      yield* setFaults()
      const replicas = yield* inItsTime(Fiber.join(running))
      assert.deepStrictEqual(
        replicas.map(({ log }) => log),
        [1, 2, 3].map((number) => `${number}, attempt 1\n`)
      )
      assert.deepStrictEqual(yield* names, [])
    })
  )
})
