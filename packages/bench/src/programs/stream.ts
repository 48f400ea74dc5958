/**
 * Whether memory grows while outcomes are streamed.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { serve } from "../child/serve.ts"
import { Peak, residentMib, settle, usedMib } from "./memory.ts"
import { idsTo, openSessions, type Opened } from "./platform.ts"
import type { Target } from "./senders/Sender.ts"

export interface Growth {
  /** Resident memory in MiB after each part of the outcomes, when all garbage was collected. */
  readonly resident: ReadonlyArray<number>
  /** What is in use of it, in MiB. */
  readonly used: ReadonlyArray<number>
  /** The most resident memory in between, with garbage. */
  readonly peak: number
}

/** Streams the events of so many sessions through one call, and does something after each part of them. */
const streamEvents = async ({ runtime, sessions }: Opened, count: number, part: number, look: () => Promise<void>) => {
  let done = 0
  await runtime.runPromise(
    Stream.runForEach(sessions.events.stream(idsTo(count)), ({ result }) =>
      Effect.gen(function* () {
        if (Result.isFailure(result)) return yield* result.failure
        if (++done % part === 0) yield* Effect.promise(look)
      })
    )
  )
  if (done !== count) throw new Error(`${done} outcomes of ${count}`)
}

const tasks = {
  /**
   * Streams `warmUp` outcomes in one call and `count` in the next, and looks at the memory after each `part` of these.
   * The first call is there for V8, which makes room for short-lived objects as it goes: by then it has made all it
   * makes, and what is added in the second call is the call's own.
   */
  events: async (target: Target, warmUp: number, count: number, part: number): Promise<Growth> => {
    const opened = await openSessions(target)
    await streamEvents(opened, warmUp, warmUp, settle)
    const resident: Array<number> = []
    const used: Array<number> = []
    const peak = new Peak()
    await streamEvents(opened, count, part, async () => {
      await settle()
      resident.push(residentMib())
      used.push(usedMib())
    })
    await opened.runtime.dispose()
    return { resident, used, peak: peak.stop() }
  }
}

export type StreamTasks = typeof tasks

serve(tasks)
