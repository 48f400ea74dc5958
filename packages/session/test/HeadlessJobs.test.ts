import { assert, describe, it } from "@effect/vitest"
import { Outcome, Sessions, type Session } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import { EmulatorServer } from "@skaha/emulator/node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { failedAt, inOrder, valuesOrTags } from "./support/outcomes.ts"
import { overSockets, token, type PlatformOptions } from "./support/platforms.ts"
import { server } from "./support/server.ts"
import { createAll, createOne, headless } from "./support/sessions.ts"

/** A platform on a port, whose headless sessions are processes of this machine. */
const platform = ({ sdk, ...options }: PlatformOptions = {}) =>
  overSockets({ sdk }).pipe(
    Layer.provideMerge(
      EmulatorServer.layerProcess({ profile: server.profile, token, pending: 0, grace: "100 millis", ...options })
    ),
    Layer.orDie
  )

/** Asks again and again, as a program that waits would. */
const until = <A, E, R>(effect: Effect.Effect<A, E, R>, done: (value: A) => boolean) =>
  effect.pipe(
    Effect.repeat({ until: done, schedule: Schedule.spaced("10 millis") }),
    Effect.timeout("10 seconds"),
    Effect.map((value): A => value)
  )

const hasEnded = ({ status }: Session) => status === "Completed" || status === "Failed"

const allEnded = (sessions: ReadonlyArray<Session>) => sessions.every(hasEnded)

/** Writes its process id down and then waits for ever. No blanks: the platform would part it there. */
const waiting = { cmd: process.execPath, args: "-e console.log(process.pid);setInterval(()=>{},1e6)" }

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe("Headless jobs, as processes behind a real server", () => {
  it.live("create replicas, watch them end, read their logs, destroy them", () =>
    Effect.gen(function* () {
      const { create, fetch, info, logs, destroy } = yield* Sessions
      const created = yield* create(
        headless({ name: "fit", cmd: "printenv", args: "REPLICA_ID", cores: 1, ram: 1, replicas: 5 })
      )
      assert.isTrue(inOrder(created, ["fit-1", "fit-2", "fit-3", "fit-4", "fit-5"]))
      const ids = Outcome.values(created)
      assert.strictEqual(new Set(ids).size, 5)

      const ended = yield* until(fetch({ kind: "headless" }), allEnded)
      assert.deepStrictEqual(
        ended.map(({ status }) => status),
        Array.from({ length: 5 }, () => "Completed")
      )
      assert.deepStrictEqual(
        Outcome.values(yield* info(ids)).map(({ name }) => name),
        ["fit-1", "fit-2", "fit-3", "fit-4", "fit-5"]
      )
      assert.deepStrictEqual(Outcome.values(yield* logs(ids)), ["1\n", "2\n", "3\n", "4\n", "5\n"])

      assert.deepStrictEqual(failedAt(yield* destroy(ids)), [])
      assert.deepStrictEqual(yield* fetch(), [])
      assert.isTrue(valuesOrTags(yield* info(ids)).every((tag) => tag === "SessionNotFound"))
    }).pipe(Effect.provide(platform()))
  )

  it.live("tells a job that failed from one that did not", () =>
    Effect.gen(function* () {
      const { fetch, logs, destroyWith } = yield* Sessions
      const good = yield* createOne(headless({ name: "good", cmd: "printenv", args: "REPLICA_COUNT" }))
      const bad = yield* createOne(headless({ name: "bad", cmd: "printenv", args: "NO_SUCH_VARIABLE" }))
      const none = yield* createOne(headless({ name: "none", cmd: "no-such-program" }))
      yield* until(fetch(), allEnded)
      const ofStatus = (status: string) => Effect.map(fetch({ status }), (sessions) => sessions.map(({ id }) => id))
      assert.deepStrictEqual(yield* ofStatus("Succeeded"), [good])
      assert.deepStrictEqual(new Set(yield* ofStatus("Error")), new Set([bad, none]))
      assert.match(yield* logs(none), /no-such-program/)

      const { outcomes } = yield* destroyWith({ pattern: /./ }, { status: "Failed" })
      assert.deepStrictEqual(failedAt(outcomes), [])
      assert.deepStrictEqual(yield* ofStatus(""), [good])
    }).pipe(Effect.provide(platform()))
  )

  it.live("a destroyed session's process is gone", () =>
    Effect.gen(function* () {
      const { destroy, logs } = yield* Sessions
      const id = yield* createOne(headless(waiting))
      const pid = Number(yield* until(logs(id), (text) => text.endsWith("\n")))
      assert.isTrue(isAlive(pid))
      yield* destroy(id)
      assert.isFalse(
        yield* until(
          Effect.sync(() => isAlive(pid)),
          (alive) => !alive
        )
      )
    }).pipe(Effect.provide(platform()))
  )

  it.live("a create that is interrupted, and a platform that is closed, leave no process behind", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const services = yield* Layer.buildWithScope(platform({ latency: 20, sdk: { concurrency: 2 } }), scope)
      const { fetch, logs } = Context.get(services, Sessions)
      const { inFlight, requests } = Context.get(services, Emulator)

      const creating = yield* Effect.forkChild(
        createAll(headless({ ...waiting, replicas: 200 })).pipe(Effect.provideContext(services))
      )
      yield* until(fetch(), (sessions) => sessions.length >= 3)
      yield* Fiber.interrupt(creating)
      yield* until(inFlight, (number) => number === 0)
      const asked = (yield* requests).filter(({ method }) => method === "POST").length

      const sessions = yield* fetch()
      assert.isAtLeast(sessions.length, 3)
      assert.isBelow(sessions.length, 20)
      const texts = yield* until(
        Effect.map(logs(sessions.map(({ id }) => id)), Outcome.values),
        (all) => all.length === sessions.length && all.every((text) => text.endsWith("\n"))
      )
      const pids = texts.map(Number)
      assert.isTrue(pids.every(isAlive))
      // Nothing was created after the interruption.
      assert.strictEqual((yield* fetch()).length, sessions.length)
      assert.strictEqual((yield* requests).filter(({ method }) => method === "POST").length, asked)

      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(pids.filter(isAlive), [])
    })
  )
})
