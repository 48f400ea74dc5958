import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import { Emulator, type ScriptedOptions } from "../src/index.ts"
import { create, type Fields, info, list, logOf, type Row, send, statusOf } from "./support.ts"

const small = (options: ScriptedOptions = {}) =>
  Effect.provide(Emulator.layer({ capacity: { cores: 4, ram: 8 }, ...options }))

const sleeper = (seconds: number, more: Record<string, string> = {}): Fields => ({
  cmd: "sleep",
  args: String(seconds),
  cores: "2",
  ram: "2",
  ...more
})

const statuses = (...ids: ReadonlyArray<string>) => Effect.forEach(ids, statusOf)

const events = (id: string) =>
  Effect.map(send("GET", `/v1/session/${id}?view=events`), ({ text }) =>
    text
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ {3,}/))
  )

const requested = Effect.map(send("GET", "/v1/session?view=stats"), (answer) => {
  const { cores, ram } = answer.json() as { cores: Record<string, unknown>; ram: Record<string, unknown> }
  return [cores["requestedCPUCores"], ram["requestedRAM"]]
})

const destroy = (id: string) => send("DELETE", `/v1/session/${id}`)

describe("a session for which there is no room", () => {
  it.effect("waits until another ends, and is pending for its own time from then on", () =>
    Effect.gen(function* () {
      const first = yield* create(sleeper(10))
      const second = yield* create(sleeper(60))
      const third = yield* create(sleeper(10))
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(yield* statuses(first, second, third), ["Running", "Running", "Pending"])
      assert.deepStrictEqual(yield* requested, [4, "4.295G"])
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* statuses(first, second, third), ["Completed", "Running", "Pending"])
      assert.deepStrictEqual(yield* requested, [4, "4.295G"])
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(yield* statusOf(third), "Pending")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* statusOf(third), "Running")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* statusOf(third), "Completed")
      assert.deepStrictEqual(yield* requested, [2, "2.147G"])
    }).pipe(small())
  )

  it.effect("is a job like any other: started, listed, renewed, counted, without a log", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-04-10T15:45:07Z"))
      yield* create(sleeper(7200, { cores: "4" }))
      const id = yield* create({ type: "notebook", name: "wait", cores: "1", ram: "1" })
      const row = yield* info(id)
      assert.include(row, {
        status: "Pending",
        startTime: "2025-04-10T15:45:07Z",
        expiryTime: "2025-04-14T15:45:07Z"
      })
      assert.deepStrictEqual(yield* list("?status=pending&type=notebook"), [row])
      assert.strictEqual(yield* logOf(id), "")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* send("POST", `/v1/session/${id}`, { form: { action: "renew" } })).status, 200)
      assert.strictEqual((yield* info(id))["expiryTime"], "2025-04-14T16:45:07Z")
      const refused = yield* send("POST", "/v1/session", {
        form: { name: "x", image: "images.canfar.net/skaha/carta:5.1.0", type: "carta" }
      })
      assert.include(refused.text, "maximum of 1 active sessions")
    }).pipe(small({ maxInteractiveSessions: 1 }))
  )

  it.effect("says in its events what there is too little of", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-04-10T15:45:00Z"))
      yield* create(sleeper(7200, { ram: "4", gpus: "1" }))
      const wanting = Effect.fnUntraced(function* (more: Record<string, string>) {
        const id = yield* create(sleeper(1, more))
        const rows = yield* events(id)
        yield* destroy(id)
        return rows.map((row) => row[2])
      })
      assert.deepStrictEqual(yield* wanting({ cores: "4" }), ["0/1 nodes are available: 1 Insufficient cpu."])
      assert.deepStrictEqual(yield* wanting({ ram: "6" }), ["0/1 nodes are available: 1 Insufficient memory."])
      assert.deepStrictEqual(yield* wanting({ cores: "3", ram: "6", gpus: "2" }), [
        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Insufficient nvidia.com/gpu."
      ])
      const id = yield* create(sleeper(60, { gpus: "2" }))
      const failed = [
        "Warning",
        "FailedScheduling",
        "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
        "<none>",
        "<none>"
      ]
      assert.deepStrictEqual(yield* events(id), [failed])
      // it is tried again and again, so the event does not grow old
      yield* TestClock.adjust("7201 seconds")
      assert.deepStrictEqual(yield* events(id), [failed])
      yield* TestClock.adjust("1 seconds")
      const [first, scheduled, pulling] = yield* events(id)
      assert.deepStrictEqual(first, failed)
      assert.deepStrictEqual(scheduled?.slice(0, 2), ["Normal", "Scheduled"])
      assert.deepStrictEqual([pulling?.[1], pulling?.[3]], ["Pulling", "2025-04-10T17:45:02Z"])
      yield* TestClock.adjust("3599 seconds")
      const reasons = (yield* events(id)).map((row) => row[1])
      assert.deepStrictEqual(reasons, ["FailedScheduling", "Scheduled", "Pulled", "Created", "Started"])
    }).pipe(small({ capacity: { cores: 4, ram: 8, gpus: 2 } }))
  )

  it.effect("has its page as soon as it runs, whoever asks first", () =>
    Effect.gen(function* () {
      yield* create(sleeper(10, { cores: "4" }))
      const id = yield* create({ type: "notebook", cores: "1", ram: "1" })
      const { handle } = yield* Emulator
      const page = handle({
        method: "GET",
        target: `/session/notebook/${id}/lab/`,
        headers: { host: "emulator.invalid" },
        body: new Uint8Array(0)
      })
      assert.strictEqual((yield* page).status, 404)
      yield* TestClock.adjust("14 seconds")
      assert.strictEqual((yield* page).status, 200)
    }).pipe(small())
  )

  it.effect("is overtaken by one that fits, and by no other", () =>
    Effect.gen(function* () {
      yield* create(sleeper(10, { cores: "3" }))
      const large = yield* create(sleeper(10, { cores: "4" }))
      const next = yield* create(sleeper(10))
      const tiny = yield* create(sleeper(10, { cores: "1" }))
      const later = yield* create(sleeper(10))
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* statuses(large, next, tiny, later), ["Pending", "Pending", "Running", "Pending"])
      // the first one and the tiny one end at the same time: there is room for the large one, which came first
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual(yield* statuses(large, next, tiny, later), ["Running", "Pending", "Completed", "Pending"])
      yield* TestClock.adjust("12 seconds")
      assert.deepStrictEqual(yield* statuses(large, next, later), ["Completed", "Running", "Running"])
    }).pipe(small())
  )

  it.effect("has its place as soon as another is destroyed, and can be destroyed itself", () =>
    Effect.gen(function* () {
      const first = yield* create(sleeper(999, { cores: "4" }))
      const gone = yield* create(sleeper(999, { cores: "4" }))
      const last = yield* create(sleeper(999, { cores: "4" }))
      yield* TestClock.adjust("10 seconds")
      yield* destroy(gone)
      assert.deepStrictEqual((yield* list()).map((row) => row.id).toSorted(), [first, last].toSorted())
      yield* destroy(first)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* statusOf(last), "Running")
      yield* destroy(last)
      assert.deepStrictEqual(yield* requested, [0, "0G"])
    }).pipe(small())
  )

  it.effect("has its place when another expires", () =>
    Effect.gen(function* () {
      yield* create({ type: "notebook", cores: "4", ram: "1" })
      const id = yield* create(sleeper(10))
      yield* TestClock.adjust("345599 seconds")
      assert.strictEqual(yield* statusOf(id), "Pending")
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(yield* statusOf(id), "Running")
    }).pipe(small())
  )

  it.effect("fails when its own time is over, and goes like any other", () =>
    Effect.gen(function* () {
      const id = yield* create({ type: "notebook", cores: "5", ram: "1" })
      const headless = yield* create(sleeper(1, { ram: "10" }))
      yield* TestClock.adjust("4 days")
      assert.deepStrictEqual(yield* statuses(id, headless), ["Failed", "Pending"])
      assert.lengthOf(yield* events(id), 1)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* events(id), [])
      yield* TestClock.adjust("239 hours")
      assert.deepStrictEqual(
        (yield* list()).map((row) => [row.id, row.status]),
        [[headless, "Failed"]]
      )
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(small())
  )

  it.effect("may be an app, which goes with its desktop", () =>
    Effect.gen(function* () {
      const desktop = yield* create({ type: "desktop" })
      const app = send("POST", `/v1/session/${desktop}/app`, {
        form: { image: "x/y/terminal:1", cores: "3", ram: "1" }
      })
      yield* app
      yield* app
      yield* TestClock.adjust("2 seconds")
      const rows = yield* list("?type=desktop-app")
      assert.sameMembers(
        rows.map((row) => row.status),
        ["Running", "Pending"]
      )
      assert.deepStrictEqual(yield* requested, [3.25, "2.147G"])
      const fits = yield* create(sleeper(1, { cores: "4" }))
      yield* destroy(desktop)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* statusOf(fits), "Running")
    }).pipe(small())
  )
})

describe("ten thousand sessions", () => {
  it.effect("are all served, as many at a time as there is room for", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(Array.from({ length: 10_000 }), () => create({ cmd: "sleep", args: "1" }))
      const count = (status: string) => Effect.map(list(`?status=${status}`), (rows) => rows.length)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([yield* count("Running"), yield* count("Pending")], [64, 9936])
      // 157 times three seconds
      yield* TestClock.adjust("468 seconds")
      assert.deepStrictEqual([yield* count("Completed"), yield* count("Running")], [9984, 16])
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* count("Completed"), 10_000)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

interface RandomJob {
  readonly at: number
  readonly seconds: number
  readonly cores: number
  readonly ram: number
}

const pick = (least: number, most: number) => Random.nextIntBetween(least, most)

const randomJobs = Effect.forEach(Array.from({ length: 60 }), () =>
  Effect.all({ at: pick(0, 90), seconds: pick(0, 40), cores: pick(1, 4), ram: pick(1, 4) })
).pipe(Effect.map((jobs) => jobs.map((job) => ({ ...job, ram: job.ram * 2 })).toSorted((a, b) => a.at - b.at)))

/** Creates the jobs at their times, looks every so many seconds in between, and waits for their ends. */
const history = Effect.fnUntraced(function* (jobs: ReadonlyArray<RandomJob>, every: number) {
  const seen: Array<ReadonlyArray<Row>> = []
  let time = 0
  const goTo = Effect.fnUntraced(function* (at: number) {
    while (time < at) {
      const step = Math.min(every, at - time)
      yield* TestClock.adjust(step * 1000)
      time += step
      if (every < 1000) seen.push(yield* list())
    }
  })
  const ids: Array<string> = []
  for (const [index, job] of jobs.entries()) {
    yield* goTo(job.at)
    const amounts = { cores: String(job.cores), ram: String(job.ram), name: `job-${index}` }
    ids.push(yield* create(sleeper(job.seconds, amounts)))
    if (index % 10 === 9) yield* destroy(ids[index - 5] ?? "")
  }
  yield* goTo(2000)
  const rows = yield* list()
  const tables = yield* Effect.forEach(ids, events)
  return { ids, rows, seen, tables }
})

describe.each(["a", "b", "c"])("sixty random jobs (seed %s)", (seed) => {
  const jobs = randomJobs.pipe(Random.withSeed(seed))

  it.effect("never have more than there is, and all come to their end", () =>
    Effect.gen(function* () {
      const { rows, seen } = yield* history(yield* jobs, 1)
      assert.lengthOf(rows, 54)
      assert.deepStrictEqual(
        rows.filter((row) => row.status !== "Completed"),
        []
      )
      const usage = seen.map((at) =>
        at.filter((row) => row.status === "Running").map((row) => [row["requestedCPUCores"], row["requestedRAM"]])
      )
      const most = (column: 0 | 1) =>
        Math.max(...usage.map((running) => running.reduce((sum, row) => sum + Number(row[column]), 0)))
      assert.strictEqual(most(0), 4)
      assert.isAtMost(most(1), 8.61)
      assert.isTrue(seen.some((at) => at.filter((row) => row.status === "Pending").length > 10))
    }).pipe(small({ seed }))
  )

  it.effect("have the same history whether the clock jumps or ticks", () =>
    Effect.gen(function* () {
      const given = yield* jobs
      const ticking = yield* history(given, 1).pipe(small({ seed }))
      yield* TestClock.setTime(0)
      const jumping = yield* history(given, 5000).pipe(small({ seed }))
      assert.lengthOf(jumping.seen, 0)
      assert.deepStrictEqual({ ...jumping, seen: [] }, { ...ticking, seen: [] })
    })
  )
})
