import { assert, describe } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { BulkExecutor, Outcome, Progress } from "@skaha/session"
import { saveLogs } from "@skaha/session/node"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { filesIn, folder } from "../support/folders.ts"
import { failedAt, inOrder, valuesOrTags } from "../support/outcomes.ts"
import { ways } from "../support/platforms.ts"
import { api } from "../support/server.ts"
import { createAll, createOne, headless } from "../support/sessions.ts"
import { sent, Wire } from "../support/wire.ts"

const unknown = "zzzzzzzz"

/** Sessions whose logs are `1`, `2`, … */
const numbered = (replicas: number) => createAll(headless({ cmd: "printenv", args: "REPLICA_ID", replicas }))

describe.each(ways)("saveLogs $way", ({ test, live }) => {
  /** Waits for an effect that needs time to pass. */
  const settled = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      if (live) return yield* effect
      const fiber = yield* Effect.forkChild(effect)
      // Files take their own time, however far the clock is.
      while (fiber.pollUnsafe() === undefined) {
        yield* TestClock.adjust("1 second")
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      return yield* Fiber.join(fiber)
    })

  const logRequests = Effect.map(sent, (requests) => requests.filter((request) => request.endsWith("?view=logs")))

  test("puts each log into a file of its own", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [first = "", second = ""] = yield* numbered(2)
      const text = yield* createOne(headless({ cmd: "echo", args: "Größe ✨" }))
      const ids = [second, unknown, text, first]
      const outcomes = yield* saveLogs(ids, directory)
      assert.isTrue(inOrder(outcomes, ids))
      assert.deepStrictEqual(
        Outcome.values(outcomes),
        [
          { id: second, bytes: 2 },
          { id: unknown, bytes: 0 },
          { id: text, bytes: 12 },
          { id: first, bytes: 2 }
        ].map(({ id, bytes }) => ({ id, file: join(directory, `${id}.log`), bytes, resumed: false }))
      )
      assert.deepStrictEqual(filesIn(directory), {
        [`${first}.log`]: "1\n",
        [`${second}.log`]: "2\n",
        [`${text}.log`]: "Größe ✨\n",
        [`${unknown}.log`]: ""
      })
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session/${first}?view=logs`)
      // The transport may write the file by itself.
      assert.strictEqual((yield* Wire).requests.at(-1)?.saveAs, join(directory, `${first}.log`))
    })
  )

  test("one id gives the log or fails", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [id = ""] = yield* numbered(1)
      assert.deepInclude(yield* saveLogs(id, directory), { id, bytes: 2 })
      assert.strictEqual((yield* Effect.flip(saveLogs("../image", directory)))._tag, "InvalidInput")
      // Wherever lists are saved from, one is, too.
      let within = 0
      const executor = BulkExecutor.make(1, (effect) =>
        Effect.andThen(
          Effect.sync(() => within++),
          effect
        )
      )
      yield* Effect.provideService(saveLogs(id, directory), BulkExecutor, executor)
      assert.strictEqual(within, 1)
      assert.deepStrictEqual(Object.keys(filesIn(directory)), [`${id}.log`])
    })
  )

  test("makes the directory, also from where the process is", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [id = ""] = yield* numbered(1)
      const deep = join(directory, "a", "b", "c")
      const { file } = yield* saveLogs(id, relative(process.cwd(), deep))
      assert.strictEqual(file, join(deep, `${id}.log`))
      assert.deepStrictEqual(filesIn(deep), { [`${id}.log`]: "1\n" })
      assert.deepStrictEqual(yield* saveLogs([], join(directory, "empty")), [])
      assert.deepStrictEqual(filesIn(join(directory, "empty")), {})
    })
  )

  test("what cannot be a directory fails, and nothing is sent", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const file = join(directory, "file")
      writeFileSync(file, "")
      const failureOf = (path: string) => Effect.flip(saveLogs([unknown], path))
      for (const path of ["", "a\0b"]) {
        assert.deepInclude(yield* failureOf(path), { _tag: "InvalidInput", operation: "saveLogs" })
      }
      assert.deepInclude(yield* failureOf(file), { _tag: "FileUnwritable", file, systemCode: "ENOTDIR" })
      assert.deepInclude(yield* failureOf(join(file, "logs")), { _tag: "FileUnwritable", systemCode: "ENOTDIR" })
      const streamed = yield* Effect.flip(Stream.runDrain(saveLogs.stream([unknown], file)))
      assert.deepInclude(streamed, { _tag: "FileUnwritable", message: `${file}: it is not a folder` })
      if (process.platform === "linux") {
        assert.deepInclude(yield* failureOf("/proc/logs/of/mine"), { _tag: "FileUnwritable", file: "/proc/logs" })
      }
      assert.deepStrictEqual(yield* sent, [])
    })
  )

  test("what is no id is an outcome, and nothing is sent for it", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const ids = ["../image", "", ".hidden", "a/b", "a".repeat(64)]
      const outcomes = yield* saveLogs(ids, directory)
      assert.isTrue(inOrder(outcomes, ids))
      assert.isTrue(Outcome.failures(outcomes).every(({ error }) => error._tag === "InvalidInput"))
      assert.deepStrictEqual(failedAt(outcomes), [0, 1, 2, 3, 4])
      assert.deepStrictEqual(filesIn(directory), {})
      assert.deepStrictEqual(yield* sent, [])
    })
  )

  test("what fails leaves what was there, and loses no other", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const ids = yield* numbered(4)
      const [first = "", second = "", third = "", fourth = ""] = ids
      writeFileSync(join(directory, `${first}.log`), "from before")
      writeFileSync(join(directory, `${fourth}.log`), "from before")
      const obstacle = join(directory, `${third}.log`)
      mkdirSync(obstacle)
      const { setFaults } = yield* Emulator
      yield* setFaults([{ match: { ids: [first, second] }, action: { _tag: "Reply", status: 500, body: "boom" } }])
      const outcomes = yield* saveLogs(ids, directory)
      assert.deepStrictEqual(failedAt(outcomes), [0, 1, 2])
      assert.deepStrictEqual(valuesOrTags(outcomes).slice(0, 3), ["ServerFailure", "ServerFailure", "FileUnwritable"])
      const [, , { error } = { error: undefined }] = Outcome.failures(outcomes)
      assert.deepInclude(error, { file: obstacle, systemCode: "EISDIR" })
      rmdirSync(obstacle)
      assert.deepEqual(filesIn(directory), { [`${first}.log`]: "from before", [`${fourth}.log`]: "4\n" })
    })
  )

  test("a page is no log", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const { setFaults } = yield* Emulator
      const page = {
        _tag: "Reply",
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html>sign in</html>"
      } as const
      yield* setFaults([{ match: {}, action: page }])
      assert.deepStrictEqual(valuesOrTags(yield* saveLogs([unknown], directory)), ["ReplyUndecodable"])
      assert.deepStrictEqual(filesIn(directory), {})
    })
  )

  test("an id that comes twice is asked for once, and has two outcomes", { sdk: { concurrency: 1 } }, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const [id = "", other = ""] = yield* numbered(2)
      const ids = [id, other, id, "../image", id, "../image"]
      let progress: Progress.Progress | undefined
      const outcomes = yield* Progress.observe(saveLogs(ids, directory), (last) => (progress = last))
      assert.deepInclude(progress, { done: 6, failed: 2, total: 6, bytes: 4 })
      assert.isTrue(inOrder(outcomes, ids))
      assert.deepStrictEqual(failedAt(outcomes), [3, 5])
      assert.deepStrictEqual(
        Outcome.values(outcomes).map(({ id }) => id),
        [id, other, id, id]
      )
      assert.deepStrictEqual(yield* logRequests, [
        `GET ${api}/session/${id}?view=logs`,
        `GET ${api}/session/${other}?view=logs`
      ])
    })
  )

  test("as a stream has the same outcomes", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const created = yield* numbered(30)
      const { setFaults } = yield* Emulator
      yield* setFaults([{ match: { ids: created.slice(5, 9) }, action: { _tag: "Reply", status: 500, body: "boom" } }])
      const ids = [...created, unknown, "../image"]
      function* oneByOne() {
        yield* ids
      }
      const streamed = yield* Stream.runCollect(saveLogs.stream(oneByOne(), directory))
      const outcomes = streamed.toSorted((a, b) => a.index - b.index)
      assert.isTrue(inOrder(outcomes, ids))
      assert.deepStrictEqual(valuesOrTags(outcomes), valuesOrTags(yield* saveLogs(ids, directory)))
    })
  )

  test("in a stream an id that comes while it is being saved shares the outcome", { latency: 50 }, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const ids = [unknown, unknown, "a", unknown]
      const outcomes = yield* settled(Stream.runCollect(saveLogs.stream(ids, directory)))
      assert.deepStrictEqual(outcomes.map(({ input }) => input).toSorted(), ids.toSorted())
      assert.deepStrictEqual(failedAt(outcomes), [])
      assert.strictEqual((yield* logRequests).length, 2)
      assert.sameMembers(Object.keys(filesIn(directory)), ["a.log", `${unknown}.log`])
    })
  )

  test("calls that save to the same files take turns", { latency: 20 }, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const link = join(yield* folder, "link")
      symlinkSync(directory, link)
      const [id = ""] = yield* settled(numbered(1))
      const { clear, maxInFlight } = yield* Emulator
      yield* clear
      const calls = [saveLogs([id], directory), saveLogs([id], link), saveLogs([id], directory)]
      const outcomes = yield* settled(Effect.all(calls, { concurrency: "unbounded" }))
      assert.deepStrictEqual(failedAt(outcomes.flat()), [])
      assert.strictEqual((yield* logRequests).length, 3)
      assert.strictEqual(yield* maxInFlight, 1)
      assert.deepStrictEqual(filesIn(directory), { [`${id}.log`]: "1\n" })
    })
  )

  test("resumes: what is there is not asked for, and parts are written anew", {}, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const ids = yield* numbered(3)
      const [first = "", second = "", third = ""] = ids
      writeFileSync(join(directory, `${first}.log`), "from before")
      writeFileSync(join(directory, `${second}.log.partial`), "half of what there was, which is longer")
      const seen: Array<number> = []
      const outcomes = yield* saveLogs(ids, directory, { resume: true }).pipe(
        Progress.observe(({ bytes }) => seen.push(bytes))
      )
      assert.deepStrictEqual(
        Outcome.values(outcomes).map(({ id, bytes, resumed }) => [id, bytes, resumed]),
        [
          [first, 11, true],
          [second, 2, false],
          [third, 2, false]
        ]
      )
      assert.strictEqual(seen.at(-1), 4)
      assert.strictEqual((yield* logRequests).length, 2)
      const files = { [`${first}.log`]: "from before", [`${second}.log`]: "2\n", [`${third}.log`]: "3\n" }
      assert.deepEqual(filesIn(directory), files)
      const again = yield* Stream.runCollect(saveLogs.stream(ids, directory, { resume: true }))
      assert.isTrue(Outcome.values(again).every(({ resumed }) => resumed))
      assert.strictEqual((yield* logRequests).length, 2)
      yield* saveLogs(ids, directory)
      assert.deepEqual(filesIn(directory), { ...files, [`${first}.log`]: "1\n" })
    })
  )

  test("interrupted leaves whole files and parts, and what is left can be had", { sdk: { concurrency: 8 } }, () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const { setFaults, inFlight } = yield* Emulator
      const { requests } = yield* Wire
      const ids = yield* numbered(40)
      const [slow, others] = [ids.slice(0, 4), ids.slice(4)]
      yield* setFaults([{ match: { ids: slow }, action: { _tag: "Never" } }])
      const fiber = yield* Effect.forkChild(saveLogs(ids, directory))
      const moment = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
      yield* Effect.repeat(moment, { while: () => others.some((id) => !existsSync(join(directory, `${id}.log`))) })
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
      yield* Effect.repeat(Effect.andThen(moment, inFlight), {
        until: (number) => number === 0,
        schedule: Schedule.forever
      })
      const whole = Object.entries(filesIn(directory)).filter(([name]) => !name.endsWith(".partial"))
      assert.deepStrictEqual(
        Object.fromEntries(whole),
        Object.fromEntries(others.map((id, index) => [`${id}.log`, `${index + 5}\n`]))
      )
      yield* setFaults([])
      const before = requests.length
      assert.deepStrictEqual(failedAt(yield* saveLogs(ids, directory, { resume: true })), [])
      assert.strictEqual(requests.length, before + slow.length)
      assert.deepStrictEqual(Object.keys(filesIn(directory)).length, ids.length)
    })
  )
})
