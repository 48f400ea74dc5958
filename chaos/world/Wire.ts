/**
 * The way to the emulator on which what is asked is noted.
 */
import { ConnectionReset, Emulator } from "@skaha/emulator"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** What was asked of the emulator, and when. */
export class Wire {
  /** When each list of the caller's sessions was asked for, in milliseconds. */
  readonly #lists: Array<number> = []
  #requests = 0
  #creates = 0
  #awaited: { readonly creates: number; readonly reached: Deferred.Deferred<void> } | undefined
  /** The emulator, for clients: each of its requests is noted here. */
  readonly emulator: Emulator["Service"]

  /** With `breaks`, a reply that is cut breaks the connection, which in memory nobody would notice. */
  constructor(emulator: Emulator["Service"], breaks: boolean) {
    this.emulator = Emulator.of({
      ...emulator,
      handle: (request) =>
        Clock.clockWith((clock) => {
          this.#note(request.method, request.target, clock.currentTimeMillisUnsafe())
          const reply = emulator.handle(request)
          if (!breaks) return reply
          return Effect.filterOrFail(
            reply,
            ({ body, truncateAt = Number.POSITIVE_INFINITY }) => body.length <= truncateAt,
            () => new ConnectionReset({ method: request.method, target: request.target })
          )
        })
    })
  }

  #note(method: string, target: string, now: number): void {
    this.#requests++
    if (method === "GET" && /\/session(\?(?!.*view=)|$)/.test(target)) this.#lists.push(now)
    if (method === "POST" && target.endsWith("/session")) {
      this.#creates++
      if (this.#awaited?.creates === this.#creates) Deferred.doneUnsafe(this.#awaited.reached, Exit.void)
    }
  }

  /** How many requests have come so far. */
  get requests(): number {
    return this.#requests
  }

  /** Waits until so many creates have come, from the beginning. */
  reaches(creates: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#creates >= creates) return Effect.void
      const reached = Deferred.makeUnsafe<void>()
      this.#awaited = { creates, reached }
      return Deferred.await(reached)
    })
  }

  /** The most lists that were asked for within so many milliseconds. */
  mostListsWithin(millis: number): number {
    let first = 0
    let most = 0
    for (const [index, at] of this.#lists.entries()) {
      while (at - (this.#lists[first] ?? at) >= millis) first++
      most = Math.max(most, index - first + 1)
    }
    return most
  }
}
