import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Emulator, type EmulatorOptions, type ScriptedOptions } from "../src/index.ts"
import { FileState, ProcessRunner, StateError } from "../src/node/index.ts"
import { start, started } from "./support-cli.ts"
import { fetchRaw } from "./support-http.ts"
import { create, info, list, logOf, type Row, send, statusOf, terminal } from "./support.ts"

/** The path of a folder that is not there yet. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "skaha-state-test-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
).pipe(Effect.map((path) => join(path, "state")))

const scripted = (path: string, options: ScriptedOptions = {}) =>
  Effect.provide(Emulator.layer(options).pipe(Layer.provide(FileState.layer(path))))

const processes = (path: string, options: EmulatorOptions = {}) =>
  Effect.provide(
    Layer.effect(Emulator, Emulator.make({ pending: 0, ...options })).pipe(
      Layer.provide(ProcessRunner.layer({ grace: "100 millis" })),
      Layer.provide(FileState.layer(path))
    )
  )

const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>, holds: (value: A) => boolean): Effect.Effect<A, E, R> =>
  Effect.flatMap(effect, (value) =>
    holds(value) ? Effect.succeed(value) : Effect.delay(eventually(effect, holds), "10 millis")
  )

const filesIn = (path: string) =>
  readdirSync(path)
    .filter((name) => name !== "lock")
    .toSorted()

const lost = "\n[the emulator ended, and with it this session's process]\n"

describe("sessions that are stored", () => {
  it.effect("are the same after a restart, and go on as if nothing had happened", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const before = yield* Effect.gen(function* () {
        const done = yield* create({ cmd: "echo", args: "hello", name: "done" })
        yield* create({ cmd: "false" })
        const desktop = yield* create({ type: "desktop" })
        yield* send("POST", `/v1/session/${desktop}/app`, { form: { image: "x/y/terminal:1" } })
        const renewed = yield* create({ type: "notebook" })
        yield* TestClock.adjust("30 minutes")
        yield* send("POST", `/v1/session/${renewed}`, { form: { action: "renew" } })
        yield* create({ cmd: "sleep", args: "2h" })
        const destroyed = yield* create()
        yield* send("DELETE", `/v1/session/${destroyed}`)
        yield* TestClock.adjust("10 seconds")
        return { done, rows: [...(yield* list()), ...(yield* list("?type=desktop-app"))] }
      }).pipe(scripted(path))
      assert.deepStrictEqual(before.rows.map((row) => row.status).toSorted(), [
        "Completed",
        "Failed",
        "Running",
        "Running",
        "Running",
        "Running"
      ])
      yield* Effect.gen(function* () {
        assert.deepStrictEqual([...(yield* list()), ...(yield* list("?type=desktop-app"))], before.rows)
        assert.strictEqual(yield* logOf(before.done), "hello\n")
        // an hour after their ends
        yield* TestClock.adjust("30 minutes")
        assert.deepStrictEqual(
          (yield* list("?type=headless")).map((row) => row.status),
          ["Running"]
        )
        yield* TestClock.adjust("91 minutes")
        assert.deepStrictEqual(
          (yield* list("?type=headless")).map((row) => row.status),
          ["Completed"]
        )
      }).pipe(scripted(path))
      // its file went with it, and so did its log
      assert.isFalse(filesIn(path).some((name) => name.startsWith(before.done)))
      yield* TestClock.adjust("6 days")
      assert.deepStrictEqual(yield* list().pipe(scripted(path)), [])
      assert.deepStrictEqual(filesIn(path), [])
    })
  )

  it.effect("that wait still wait, in their order, and are pending anew", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const cluster = scripted(path, { capacity: { cores: 1, ram: 8 }, seed: "a" })
      const one = (name: string) => create({ cmd: "printenv", args: "A", env: "A=secret", name, cores: "1", ram: "1" })
      const ids = yield* Effect.forEach(["a", "b", "c"], one).pipe(cluster)
      const [first = "", second = "", third = ""] = ids
      const text = (id: string) => readFileSync(join(path, `${id}.json`), "utf8")
      assert.notInclude(text(first), "secret")
      assert.include(text(second), "secret")
      yield* TestClock.adjust("1 day")
      yield* Effect.gen(function* () {
        const fourth = yield* one("d")
        assert.notInclude(ids, fourth)
        assert.strictEqual(yield* statusOf(second), "Pending")
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* Effect.forEach([second, third, fourth], statusOf), [
          "Completed",
          "Pending",
          "Pending"
        ])
        assert.strictEqual(yield* logOf(second), "secret\n")
        assert.notInclude(text(second), "secret")
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* Effect.forEach([third, fourth], statusOf), ["Completed", "Pending"])
      }).pipe(cluster)
    })
  )

  it.effect("have the owners they had, even one whom nobody knows now", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const id = yield* create({ type: "notebook" }).pipe(scripted(path, { user: "bob" }))
      const everybody = list("?view=all")
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* list(), [])
        assert.deepStrictEqual(
          (yield* everybody).map((row) => row["userid"]),
          ["bob"]
        )
      }).pipe(scripted(path, { user: "alice" }))
      assert.strictEqual((yield* info(id).pipe(scripted(path, { user: "bob" })))["userid"], "bob")
    })
  )

  it.effect("are only for their user's eyes", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const id = yield* create({ cmd: "echo", args: "hi" }).pipe(scripted(path))
      const modeOf = (name: string) => (statSync(join(path, name)).mode & 0o777).toString(8)
      assert.strictEqual(modeOf("."), "700")
      assert.deepStrictEqual(filesIn(path), [`${id}.json`, `${id}.log`])
      assert.deepStrictEqual(filesIn(path).map(modeOf), ["600", "600"])
    })
  )

  it.effect("of which one is broken are there without it, and its file stays", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const ids = yield* Effect.forEach([1, 2, 3], () => create({ type: "carta" })).pipe(scripted(path))
      const [first = "", second = "", third = ""] = ids
      const firstFile = join(path, `${first}.json`)
      const text = readFileSync(firstFile, "utf8")
      writeFileSync(firstFile, text.slice(0, 100))
      writeFileSync(join(path, "other.json"), readFileSync(join(path, `${second}.json`)))
      const messages: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void messages.push(message))])
      yield* Effect.gen(function* () {
        assert.sameMembers(
          (yield* list()).map((row) => row.id),
          [second, third]
        )
        yield* send("DELETE", `/v1/session/${first}`)
      }).pipe(scripted(path), Effect.provide(logger))
      assert.lengthOf(messages, 2)
      assert.include(messages.map(String).join(), firstFile)
      assert.include(messages.map(String).join(), join(path, "other.json"))
      assert.strictEqual(readFileSync(firstFile, "utf8"), text.slice(0, 100))
      assert.isTrue(existsSync(join(path, "other.json")))
    })
  )

  it.effect("leave nothing of a file that was never complete", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const id = yield* create({ type: "carta" }).pipe(scripted(path))
      writeFileSync(join(path, "abcd1234.json.tmp"), '{"env":[["SECRET",')
      yield* list().pipe(scripted(path))
      assert.deepStrictEqual(filesIn(path), [`${id}.json`, `${id}.log`])
    })
  )
})

describe("the folder of sessions", () => {
  const failure = (path: string) => Effect.flip(Effect.scoped(Layer.build(FileState.layer(path))))

  it.effect("must be a folder", () =>
    Effect.gen(function* () {
      const path = yield* folder
      writeFileSync(path, "")
      for (const unusable of [path, join(path, "below"), "/proc/nothing"]) {
        const error = yield* failure(unusable)
        assert.instanceOf(error, StateError)
        assert.strictEqual(error.folder, unusable)
        assert.include(error.message, `cannot keep sessions in ${unusable}: `)
      }
      assert.isTrue(statSync(path).isFile())
    })
  )

  it.effect("is one emulator's at a time, and free when that has ended or crashed", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const lock = join(path, "lock")
      const held = readLock(lock).pipe(Effect.zip(failure(path)), scripted(path))
      const [left, error] = yield* held
      assert.strictEqual(error.reason, `process ${process.pid} is using it`)
      assert.isFalse(existsSync(lock))
      // what a crash leaves: of a process that is no more, of one whose number another has now, and half a lock
      for (const stale of [{ ...left, pid: 2 ** 22 }, { ...left, started: "1" }, ""]) {
        writeFileSync(lock, stale === "" ? "" : JSON.stringify(stale))
        assert.deepStrictEqual((yield* held)[0], left)
      }
      assert.deepStrictEqual(readdirSync(path), [])
    })
  )

  it.effect("is that of another who is just about to say so", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const lock = join(path, "lock")
      mkdirSync(path)
      writeFileSync(lock, "")
      const others = JSON.stringify({ pid: process.pid, started: null })
      setTimeout(() => writeFileSync(lock, others), 1)
      const error = yield* failure(path)
      assert.strictEqual(error.reason, `process ${process.pid} is using it`)
      assert.strictEqual(readFileSync(lock, "utf8"), others)
    })
  )
})

const readLock = (path: string) => Effect.sync(() => JSON.parse(readFileSync(path, "utf8")))

describe("processes whose sessions are stored", () => {
  it.live("have ended as they had, are lost if they ran, and start if they waited", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const cluster = processes(path, { capacity: { cores: 2, ram: 8 } })
      const one = (fields: Record<string, string>) => create({ cores: "1", ram: "1", ...fields })
      const { done, running, rows, waiting } = yield* Effect.gen(function* () {
        const done = yield* one({ cmd: process.execPath, args: "-e process.exit(3)" })
        yield* eventually(statusOf(done), (status) => status === "Failed")
        const echo = yield* one({ cmd: "echo", args: "hello" })
        yield* eventually(statusOf(echo), (status) => status === "Completed")
        const script = "-e console.log('working');setInterval(()=>{},1000)"
        const running = yield* one({ cmd: process.execPath, args: script })
        yield* eventually(logOf(running), (log) => log === "working\n")
        yield* one({ cmd: "sleep", args: "100" })
        const waiting = yield* one({ cmd: "printenv", args: "A", env: "A=b" })
        const rows = yield* list("?status=Completed")
        return { done, echo, running, rows, waiting }
      }).pipe(cluster)
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(
          (yield* list("?status=Completed")).filter((row) => row.id !== waiting),
          rows
        )
        assert.strictEqual(yield* statusOf(done), "Failed")
        assert.deepStrictEqual([yield* statusOf(running), yield* logOf(running)], ["Failed", `working\n${lost}`])
        yield* eventually(statusOf(waiting), (status) => status === "Completed")
        assert.strictEqual(yield* logOf(waiting), "b\n")
      }).pipe(cluster)
      // once lost is lost, and said once
      assert.strictEqual(yield* logOf(running).pipe(cluster), `working\n${lost}`)
    })
  )

  it.live("survive the emulator's sudden death as far as they had come", () =>
    Effect.gen(function* () {
      const path = yield* folder
      const token = "sesame"
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" }
      const flags = ["--port", "0", "--pending", "0", "--token", token, "--capacity-cores", "1", "--state", path]
      const post = (url: string, fields: Record<string, string>) =>
        Effect.map(
          fetchRaw(`${url}/v1/session`, {
            method: "POST",
            headers,
            body: new URLSearchParams({ name: "x", image: terminal, cores: "1", ram: "1", ...fields }).toString()
          }),
          (answer) => answer.text.trim()
        )
      const read = (url: string, query: string) =>
        Effect.map(fetchRaw(`${url}/v1/session${query}`, { headers }), (answer) => answer.text)

      const first = yield* start(...flags)
      const { url } = yield* started(first)
      const script = "-e console.log('working');setTimeout(()=>{},3000)"
      const running = yield* post(url, { cmd: process.execPath, args: script })
      const waiting = yield* post(url, { cmd: "echo", args: "at last" })
      yield* eventually(read(url, `/${running}?view=logs`), (log) => log === "working\n")
      const second = yield* start(...flags)
      assert.strictEqual(yield* second.ended, 1)
      assert.match(second.errors(), /^skaha-emulator: cannot keep sessions in .+: process \d+ is using it\n$/)
      first.kill("SIGKILL")
      yield* first.ended

      writeFileSync(join(path, "broken.json"), "{")
      const third = yield* start(...flags)
      const { url: again } = yield* started(third)
      const rows = eventually(
        Effect.map(read(again, ""), (text): ReadonlyArray<Row> => JSON.parse(text)),
        (rows) => rows.every((row) => row.status !== "Pending" && row.status !== "Running")
      )
      assert.deepStrictEqual(
        new Map((yield* rows).map((row) => [row.id, row.status])),
        new Map([
          [running, "Failed"],
          [waiting, "Completed"]
        ])
      )
      assert.strictEqual(yield* read(again, `/${running}?view=logs`), `working\n${lost}`)
      assert.strictEqual(yield* read(again, `/${waiting}?view=logs`), "at last\n")
      assert.include(third.errors(), "broken.json")
      assert.isTrue(existsSync(join(path, "broken.json")))
    })
  )
})
