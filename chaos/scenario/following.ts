import { Runner, type Job, type JobRun, type JobState } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import type { Scenario } from "./Scenario.ts"

/** Of one to four bytes each, and what parts lines. */
const letters = ["a", "b", " ", "é", "ß", "→", "漢", "🪐", "\n", "\n\n", "\r\n", "\t"] as const

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A job that writes its text evenly, byte by byte, while it runs: at any time it can be within a letter. */
const writing = (text: string, { args: [seconds = "1"], startsAt }: Job): JobRun => {
  const all = bytesOf(text)
  const end = startsAt + Number(seconds) * 1000
  const state = (now: number): JobState => {
    if (now < startsAt) return { _tag: "Waiting" }
    return now < end ? { _tag: "Running", since: startsAt } : { _tag: "Exited", since: startsAt, at: end, exitCode: 0 }
  }
  const written = (now: number): number =>
    Math.floor(Math.min(Math.max((now - startsAt) / (end - startsAt), 0), 1) * all.length)
  return {
    endsAt: end,
    state,
    log: (now) => Effect.sync(() => all.slice(0, written(now))),
    destroy: Effect.void
  }
}

/** What a session of that name writes: the same whoever asks. */
const textOf = (name: string): Effect.Effect<string> =>
  Effect.gen(function* () {
    const length = yield* Random.nextIntBetween(0, 2000)
    const drawn = yield* Effect.forEach(Array.from({ length }), () => Random.nextIntBetween(0, letters.length))
    return drawn.map((index) => letters[index]).join("")
  }).pipe(Random.withSeed(name))

const runner = Layer.succeed(Runner, {
  start: (job) => Effect.map(textOf(job.name), (text) => writing(text, job))
})

/** Logs are followed while they are written: put together, the lines are the log, and each session's end is told. */
export const following: Scenario = {
  name: "following",
  mostLists: 1,
  runner,
  run: Effect.fnUntraced(function* (world, findings) {
    const { followed, lifetime } = world.scale
    const names = yield* Effect.forEach(Array.from({ length: followed }), (_, index) =>
      Effect.map(Random.nextInt, (salt) => `writer-${index}-${Math.abs(salt)}`)
    )
    const ids = yield* Effect.forEach(names, (name) =>
      Effect.flatMap(Random.nextIntBetween(1, lifetime), (seconds) => world.put(name, String(seconds)))
    )
    const { followLogs } = yield* world.connect
    const texts = ids.map(() => "")
    const ends = ids.map(() => 0)
    yield* world.storm
    yield* Stream.runForEach(followLogs(ids), (event) =>
      Effect.sync(() => {
        findings.expect(ends[event.index] === 0, `${event.id} went on after its end`)
        switch (event._tag) {
          case "Line":
            texts[event.index] += event.ended ? `${event.text}\n` : event.text
            findings.figures.followed++
            break
          case "Ended":
            ends[event.index] = 1
            findings.expect(event.status === "Completed", `${event.id} ended as ${event.status}`)
            break
          case "Restarted":
            findings.expect(false, `${event.id} was said to have started again`)
            break
          case "Failed":
            findings.expect(false, `${event.id} could not be followed: ${event.error.message}`)
        }
      })
    )
    const expected = yield* Effect.forEach(names, textOf)
    findings.listed(
      ids.filter((_, index) => texts[index] !== expected[index]),
      "logs are not what was written"
    )
    findings.expect(!ends.includes(0), "not every end was told")
  })
}
