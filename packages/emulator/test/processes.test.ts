import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Emulator } from "../src/index.ts"
import { ProcessRunner, type ProcessRunnerOptions } from "../src/node/index.ts"
import { create, type Fields, list, logOf, send, statusOf } from "./support.ts"

// Real processes need real time: what is waited for here is waited for until it is there.

const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>, holds: (value: A) => boolean): Effect.Effect<A, E, R> =>
  Effect.flatMap(effect, (value) =>
    holds(value) ? Effect.succeed(value) : Effect.delay(eventually(effect, holds), "10 millis")
  )

const platform = (options: ProcessRunnerOptions = {}) =>
  Layer.effect(Emulator, Emulator.make({ pending: 0 })).pipe(Layer.provide(ProcessRunner.layer(options)))

const run = Effect.fnUntraced(function* (fields: Fields) {
  const id = yield* create(fields)
  const status = yield* eventually(statusOf(id), (status) => status === "Completed" || status === "Failed")
  return { id, status, log: yield* logOf(id) }
})

/** A process that has ended but was not yet taken notice of by its parent does not count. */
const isAlive = (pid: number): boolean => {
  try {
    return existsSync("/proc/self/stat")
      ? !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
      : process.kill(pid, 0)
  } catch {
    return false
  }
}

const family = (...args: ReadonlyArray<string>): Fields => ({
  cmd: process.execPath,
  args: [join(import.meta.dirname, "fixtures/family.mjs"), ...args].join(" ")
})

/** The numbers of so many processes, once they have all said them. */
const pidsOf = (id: string, count: number) =>
  Effect.map(
    eventually(logOf(id), (log) => log.split("\n").length > count),
    (log) => log.trim().split("\n").map(Number)
  )

const allDead = (pids: ReadonlyArray<number>) =>
  eventually(
    Effect.sync(() => pids.filter(isAlive)),
    (alive) => alive.length === 0
  )

describe("a session's process", () => {
  it.live("writes its log, and ends well", () =>
    Effect.gen(function* () {
      const { log, status } = yield* run({ cmd: "echo", args: "hello there" })
      assert.deepStrictEqual([status, log], ["Completed", "hello there\n"])
    }).pipe(Effect.provide(platform()))
  )

  it.live("has its output and its errors in the order in which it wrote them", () =>
    Effect.gen(function* () {
      const script = 'for(i=0;i<50;i++){fs.writeSync(1,"o"+i+"\\\\n");fs.writeSync(2,"e"+i+"\\\\n")}'.replaceAll(
        '"',
        "'"
      )
      const { log } = yield* run({ cmd: process.execPath, args: `-e ${script.replaceAll("\\\\n", ";")}` })
      assert.strictEqual(log, Array.from({ length: 50 }, (_, i) => `o${i};e${i};`).join(""))
    }).pipe(Effect.provide(platform()))
  )

  it.live.each([
    [{ cmd: "false" }, ""],
    [{ cmd: process.execPath, args: "-e process.exit(3)" }, ""],
    [{ cmd: process.execPath, args: "-e process.kill(process.pid,'SIGKILL')" }, ""],
    [
      { cmd: "no-such-command" },
      'failed to start container: exec: "no-such-command": executable file not found in $PATH\n'
    ],
    [{ cmd: "/etc/passwd" }, 'failed to start container: exec: "/etc/passwd": permission denied\n'],
    [{ cmd: "echo hello" }, 'failed to start container: exec: "echo hello": executable file not found in $PATH\n']
  ] as const)("fails: %j", ([fields, log]) =>
    Effect.gen(function* () {
      const ended = yield* run(fields)
      assert.deepStrictEqual([ended.status, ended.log], ["Failed", log])
    }).pipe(Effect.provide(platform()))
  )

  it.live.each([{ cmd: "" }, { cmd: "echo", args: "a\0b" }])("fails when it cannot even be tried: %j", (fields) =>
    Effect.gen(function* () {
      const { log, status } = yield* run(fields)
      assert.strictEqual(status, "Failed")
      assert.match(log, /^failed to start container: /)
    }).pipe(Effect.provide(platform()))
  )

  it.live("without a command has nothing to do", () =>
    Effect.gen(function* () {
      const { log, status } = yield* run({})
      assert.strictEqual(status, "Completed")
      assert.match(log, /^no cmd/)
    }).pipe(Effect.provide(platform()))
  )

  it.live("sees its own variables, and few others", () =>
    Effect.gen(function* () {
      process.env["SKAHA_EMULATOR_TEST"] = "secret"
      const { log } = yield* run([
        ["cmd", "env"],
        ["env", "A=b c"],
        ["env", "PATH=/nowhere:/bin:/usr/bin"]
      ])
      const env = new Map(
        log
          .trim()
          .split("\n")
          .map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)])
      )
      assert.strictEqual(env.get("A"), "b c")
      assert.strictEqual(env.get("PATH"), "/nowhere:/bin:/usr/bin")
      assert.strictEqual(env.get("USER"), "alice")
      assert.strictEqual(env.get("HOME"), env.get("TMPDIR"))
      assert.isFalse(env.has("SKAHA_EMULATOR_TEST"))
    }).pipe(Effect.provide(platform()))
  )

  it.live("has a folder of its own, which goes with it", () =>
    Effect.gen(function* () {
      const first = yield* run({ cmd: "pwd" })
      const second = yield* run({ cmd: "pwd" })
      assert.notStrictEqual(first.log, second.log)
      assert.isTrue(existsSync(dirname(first.log)))
      yield* eventually(
        Effect.sync(() => existsSync(first.log.trim())),
        (exists) => !exists
      )
    }).pipe(Effect.provide(platform()))
  )

  it.live("has the beginning of a long log kept", () =>
    Effect.gen(function* () {
      const { log } = yield* run({ cmd: "seq", args: "1 100000" })
      assert.strictEqual(log, "1\n2\n3\n4\n5\n\n[log truncated after 10 bytes]\n")
    }).pipe(Effect.provide(platform({ logLimit: 10 })))
  )

  it.live("takes nothing with it that outlives it", () =>
    Effect.gen(function* () {
      const { id, status } = yield* run(family("2", "leave"))
      assert.strictEqual(status, "Completed")
      yield* allDead(yield* pidsOf(id, 2))
    }).pipe(Effect.provide(platform()))
  )

  it.effect("waits for the end of Pending by the emulator's clock", () =>
    Effect.gen(function* () {
      const id = yield* create({ cmd: "echo", args: "hi" })
      const pause = TestClock.withLive(Effect.sleep("20 millis"))
      yield* pause
      assert.strictEqual(yield* statusOf(id), "Pending")
      yield* TestClock.adjust("5 seconds")
      let status = yield* statusOf(id)
      while (status !== "Completed") {
        yield* pause
        status = yield* statusOf(id)
      }
      assert.strictEqual(yield* logOf(id), "hi\n")
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(
      Effect.provide(Layer.effect(Emulator, Emulator.make({ pending: 5 })).pipe(Layer.provide(ProcessRunner.layer())))
    )
  )
})

describe("destroying a session", () => {
  it.live("ends its process, and the children's children, and hides it at once", () =>
    Effect.gen(function* () {
      const id = yield* create(family("3"))
      const pids = yield* pidsOf(id, 3)
      assert.isTrue(pids.every(isAlive))
      yield* send("DELETE", `/v1/session/${id}`)
      assert.deepStrictEqual(yield* list(), [])
      yield* allDead(pids)
    }).pipe(Effect.provide(platform()))
  )

  it.live("kills what does not listen", () =>
    Effect.gen(function* () {
      const id = yield* create(family("2", "stubborn"))
      const pids = yield* pidsOf(id, 2)
      yield* send("DELETE", `/v1/session/${id}`)
      yield* Effect.sleep("50 millis")
      assert.isTrue(pids.every(isAlive), "SIGTERM came first")
      yield* allDead(pids)
    }).pipe(Effect.provide(platform({ grace: "150 millis" })))
  )

  it.live("that is still pending keeps its process from starting", () =>
    Effect.gen(function* () {
      const id = yield* create({ cmd: "echo" })
      yield* send("DELETE", `/v1/session/${id}`)
      assert.deepStrictEqual(yield* list(), [])
    }).pipe(Effect.provide(Layer.effect(Emulator, Emulator.make()).pipe(Layer.provide(ProcessRunner.layer()))))
  )
})

describe("a cluster of two cores", () => {
  const cluster = Effect.provide(
    Layer.effect(Emulator, Emulator.make({ pending: 0, capacity: { cores: 2, ram: 8 } })).pipe(
      Layer.provide(ProcessRunner.layer({ grace: "100 millis" }))
    )
  )
  const one = (fields: Fields) => create([["cores", "1"], ["ram", "1"], ...Object.entries(fields)])
  const isOver = (status: string) => status === "Completed" || status === "Failed"
  const waiting: Fields = { cmd: process.execPath, args: "-e setInterval(()=>{},1000)" }

  it.live("never runs more than two of many processes, one after another without being asked", () =>
    Effect.gen(function* () {
      const count = 200
      const ids = yield* Effect.forEach(Array.from({ length: count }), (_, index) =>
        one(index % 10 === 0 ? { cmd: "no-such-command" } : { cmd: "sleep", args: "0.01" })
      )
      // whoever comes last has waited for all others
      const last = yield* one({ cmd: "echo", args: "last" })
      const seen: Array<number> = []
      const look = Effect.map(list(), (rows) => {
        seen.push(rows.filter((row) => row.status === "Running").length)
        return rows
      })
      yield* eventually(look, (rows) => rows.every((row) => isOver(row.status)))
      assert.isAtMost(Math.max(...seen), 2)
      const rows = yield* list()
      assert.sameMembers(
        rows.map((row) => row.id),
        [...ids, last]
      )
      assert.lengthOf(
        rows.filter((row) => row.status === "Failed"),
        count / 10
      )
      assert.strictEqual(yield* logOf(last), "last\n")
    }).pipe(cluster)
  )

  it.live("starts the next when a process has ended, though nobody asks", () =>
    Effect.gen(function* () {
      const path = join(mkdtempSync(join(tmpdir(), "skaha-emulator-test-")), "here")
      yield* one(waiting)
      yield* Effect.forEach([1, 2, 3], () => one({ cmd: "true" }))
      yield* one({ cmd: "touch", args: path })
      yield* eventually(
        Effect.sync(() => existsSync(path)),
        (exists) => exists
      )
      yield* Effect.sync(() => rmSync(dirname(path), { recursive: true }))
    }).pipe(cluster)
  )

  it.live("gives a destroyed session's place away when its process is gone", () =>
    Effect.gen(function* () {
      const stubborn = yield* create([["cores", "2"], ...Object.entries(family("2", "stubborn"))])
      const pids = yield* pidsOf(stubborn, 2)
      const next = yield* one({ cmd: "echo" })
      yield* send("DELETE", `/v1/session/${stubborn}`)
      assert.isTrue(pids.every(isAlive))
      assert.strictEqual(yield* statusOf(next), "Pending")
      yield* eventually(statusOf(next), isOver)
      assert.isFalse(isAlive(pids[0] ?? 0))
      yield* allDead(pids)
    }).pipe(cluster)
  )
})

describe("the end of the platform", () => {
  it.live("leaves no process and no folder", () =>
    Effect.gen(function* () {
      const { folder, pids } = yield* Effect.gen(function* () {
        const { log } = yield* run({ cmd: "pwd" })
        const ids = [yield* create(family("3")), yield* create(family("2", "stubborn"))]
        const pids = [...(yield* pidsOf(ids[0] ?? "", 3)), ...(yield* pidsOf(ids[1] ?? "", 2))]
        return { folder: dirname(log), pids }
      }).pipe(Effect.provide(platform({ grace: "100 millis" })))
      assert.lengthOf(pids, 5)
      yield* allDead(pids)
      assert.isFalse(existsSync(folder))
    })
  )
})
