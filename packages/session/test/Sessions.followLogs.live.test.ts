import { assert, it } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { EmulatorServer, ProcessRunner } from "@skaha/emulator/node"
import { Sessions, type LogEvent } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import { overSockets, token } from "./support/platforms.ts"
import { server } from "./support/server.ts"
import { createOne, headless } from "./support/sessions.ts"

const job = join(import.meta.dirname, "support/slowJob.mjs")

const platform = overSockets({}).pipe(
  Layer.provide(EmulatorServer.layer().pipe(Layer.orDie)),
  Layer.provideMerge(
    Layer.effect(Emulator, Emulator.make({ profile: server.profile, pending: 0, token })).pipe(
      Layer.provide(ProcessRunner.layer())
    )
  )
)

it.live("what a process writes comes while it runs, and all of it", () =>
  Effect.gen(function* () {
    const { followLogs } = yield* Sessions
    const id = yield* createOne(headless({ cmd: process.execPath, args: job }))
    const events = yield* Stream.runCollect(
      Stream.mapEffect(followLogs(id, { interval: 1 }), (event) =>
        Effect.map(Clock.currentTimeMillis, (at): [number, LogEvent] => [at, event])
      )
    )
    assert.deepStrictEqual(
      events.map(([, event]) => event),
      [
        { _tag: "Line", id, index: 0, text: "first", ended: true },
        { _tag: "Line", id, index: 0, text: "secónd\r", ended: true },
        { _tag: "Line", id, index: 0, text: "third", ended: false },
        { _tag: "Ended", id, index: 0, status: "Completed" }
      ]
    )
    const [first = 0, second = 0] = events.map(([at]) => at)
    assert.isAbove(second, first, "they did not come together")
  }).pipe(Effect.provide(platform))
)
