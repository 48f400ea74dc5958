import { assert, describe, it } from "@effect/vitest"
import { PlatformClient, type TransportRequest } from "@skaha/core"
import { Sessions } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { inspect } from "node:util"
import { makeExplain } from "../src/internal/diagnosing/explaining.ts"
import { settled } from "./support/held.ts"
import { testInMemory, ways } from "./support/platforms.ts"
import { server } from "./support/server.ts"
import { createOne, headless, notebook } from "./support/sessions.ts"
import { answering, sent } from "./support/wire.ts"

const explain = (id: string, status?: string) =>
  Effect.flatMap(PlatformClient, (client) => makeExplain(client)("Sessions.waitRunning", id, status))

const diagnose = (id: string) => Sessions.use((sessions) => sessions.diagnose(id))

const sleeper = (cores: number) => headless({ cmd: "sleep", args: "10d", cores, ram: 1 })

const failing = headless({ cmd: "exit", args: "3" })

describe.each(ways)("Sessions.diagnose $way", ({ test }) => {
  test("one that has no place", { capacity: { cores: 6, ram: 64 } }, () =>
    Effect.gen(function* () {
      yield* createOne(sleeper(4))
      const id = yield* createOne(sleeper(8))
      const { session, events, logTail, requested, available, cause } = yield* diagnose(id)
      assert.strictEqual(session.id, id)
      assert.strictEqual(session.status, "Pending")
      assert.strictEqual(events[0]?.reason, "FailedScheduling")
      assert.strictEqual(logTail, "")
      assert.deepStrictEqual(requested, session.requested)
      assert.isBelow(available?.cores ?? 99, 3)
      assert.isAtLeast(available?.cores ?? -1, 0)
      assert.isAbove(available?.ram ?? -1, 0)
      assert.isUndefined(available?.gpus)
      assert.strictEqual(cause.code, "too-large")
      assert.match(cause.message, /not enough cores left; it asked for 8 cores \([\d.]+ free\)/)
    })
  )

  test("one that waits for its image", { pending: 3600 }, () =>
    Effect.gen(function* () {
      const { cause } = yield* diagnose(yield* createOne(notebook()))
      assert.strictEqual(cause.code, "image")
    })
  )

  test("one that runs", {}, () =>
    Effect.gen(function* () {
      const id = yield* createOne(notebook())
      const diagnosis = yield* diagnose(id)
      assert.strictEqual(diagnosis.cause.code, "fine")
      assert.isFalse("reason" in (yield* explain(id)))
      // The address at which it can be opened is a secret.
      const url = diagnosis.session.wire.connectURL ?? "no url"
      assert.notInclude(inspect(diagnosis, { depth: 9 }) + JSON.stringify(diagnosis), url)
    })
  )

  test("one that is not there, and what is no id", {}, () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(diagnose("nosuchid")))._tag, "SessionNotFound")
      assert.lengthOf(yield* sent, 1)
      assert.strictEqual((yield* Effect.flip(diagnose("no id")))._tag, "InvalidInput")
      assert.lengthOf(yield* sent, 1)
      assert.deepStrictEqual(yield* explain("nosuchid"), {})
    })
  )

  test("without what cannot be had", {}, () =>
    Effect.gen(function* () {
      const { setFaults } = yield* Emulator
      const id = yield* createOne(failing)
      yield* setFaults(
        ["logs", "events", "stats"].map((view) => ({ match: { view }, action: { _tag: "Reset" as const } }))
      )
      const { events, logTail, cause, ...rest } = yield* diagnose(id)
      assert.deepStrictEqual(events, [])
      assert.strictEqual(logTail, "")
      assert.isFalse("available" in rest)
      assert.include(["fine", "program"], cause.code)
    })
  )
})

describe("Sessions.diagnose", () => {
  testInMemory("one that has failed", {}, () =>
    Effect.gen(function* () {
      const id = yield* createOne(failing)
      yield* TestClock.adjust(5000)
      const { session, cause } = yield* diagnose(id)
      assert.strictEqual(session.status, "Failed")
      assert.strictEqual(cause.code, "program")
      assert.strictEqual((yield* explain(id)).reason, cause.message)
    })
  )

  testInMemory("one whose time was over", {}, () =>
    Effect.gen(function* () {
      const id = yield* createOne(headless({ cmd: "sleep", args: "100d" }))
      yield* TestClock.adjust("14 days")
      const { cause, session } = yield* diagnose(id)
      assert.strictEqual(session.status, "Failed")
      assert.strictEqual(cause.code, "expired")
    })
  )

  testInMemory("gives the end of a long log", { script: () => ({ seconds: 1, exitCode: 1, log: longLog }) }, () =>
    Effect.gen(function* () {
      const id = yield* createOne(headless())
      yield* TestClock.adjust(5000)
      const { logTail } = yield* diagnose(id)
      assert.strictEqual(logTail.split("\n").length, 40)
      assert.isTrue(logTail.endsWith("line 9999"))
      assert.deepStrictEqual((yield* explain(id)).logTail, logTail)
    })
  )

  testInMemory("waits 10 s for what is only nice to have", {}, () =>
    Effect.gen(function* () {
      const { setFaults } = yield* Emulator
      const id = yield* createOne(sleeper(1))
      yield* setFaults(
        ["logs", "events", "stats"].map((view) => ({ match: { view }, action: { _tag: "Never" as const } }))
      )
      const fiber = yield* Effect.forkChild(Effect.all([diagnose(id), explain(id)], { concurrency: 2 }))
      yield* settled
      yield* TestClock.adjust(9999)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* settled
      assert.isDefined(fiber.pollUnsafe())
      const [diagnosis, explanation] = yield* Fiber.join(fiber)
      assert.strictEqual(diagnosis.cause.code, "fine")
      assert.deepStrictEqual(explanation, {})
      assert.strictEqual(yield* Emulator.use(({ inFlight }) => inFlight), 0)
    })
  )
})

const longLog = Array.from({ length: 10_000 }, (_, index) => `line ${index}\n`).join("")

const table = `TYPE      REASON    MESSAGE                                                                 FIRST-TIME   LAST-TIME
Normal    Pulling   Pulling image "images.canfar.net/me/fit:1"                              <none>       <none>
Warning   Failed    Failed to pull image "images.canfar.net/me/fit:1": manifest unknown     <none>       <none>
`

/** A server whose session waits for an image that there is not. */
const withoutImage = ({ path, query }: TransportRequest) => {
  if (query.includes("events")) return { body: table }
  if (query.includes("logs")) return { body: "" }
  if (query.includes("stats")) return { status: 503, body: "no" }
  return path.endsWith("/session/abcd1234")
    ? { body: JSON.stringify({ id: "abcd1234", userid: "alice", type: "headless", status: "Pending" }) }
    : { status: 404, body: "no" }
}

describe("The reason", () => {
  it.effect("of a wait that is in vain: the image is unknown", () =>
    Effect.gen(function* () {
      const { cause, events, available } = yield* diagnose("abcd1234")
      assert.strictEqual(cause.code, "image")
      assert.lengthOf(events, 2)
      assert.isUndefined(available)
      assert.deepStrictEqual(yield* explain("abcd1234", "Pending"), { events: table, reason: cause.message })
    }).pipe(Effect.provide(answering(withoutImage)))
  )

  it.effect("of one that is gone is told from the status that was seen last", () =>
    Effect.gen(function* () {
      assert.match((yield* explain("bcde2345", "Failed (OOMKilled)")).reason ?? "", /memory/)
      assert.deepStrictEqual(yield* explain("bcde2345"), {})
    }).pipe(Effect.provide(answering({ status: 404, body: "no" })))
  )

  it.effect("is no failure where nothing can be had", () =>
    Effect.gen(function* () {
      for (const status of [undefined, "", "Pending", "Failed"]) {
        const explanation = yield* explain("abcd1234", status)
        assert.hasAllKeys({ reason: "", ...explanation }, ["reason"])
      }
    }).pipe(Effect.provide(answering({ status: 401, body: "no" })))
  )

  testInMemory("of an old server, which says it in its own words", {}, () =>
    Effect.gen(function* () {
      const id = yield* createOne(failing)
      yield* TestClock.adjust(5000)
      const { session } = yield* diagnose(id)
      assert.strictEqual(session.wire.status, server.words.failed)
      assert.match((yield* explain(id)).reason ?? "", /what it ran has failed/)
    })
  )
})
