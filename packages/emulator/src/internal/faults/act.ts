import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { ConnectionReset, type EmulatorReply, type EmulatorRequest } from "../../Exchange.ts"
import type { FaultAction, Handled } from "../../Fault.ts"
import { utf8 } from "../http/replies.ts"
import { answer } from "../http/route.ts"
import type { Platform } from "../platform.ts"
import { jobNotFound } from "../sessions/create.ts"
import { garble } from "./garble.ts"
import { delayed, drawMillis } from "./latency.ts"
import { pages } from "./pages.ts"
import type { Hit } from "./plan.ts"

/** Says of the session that a create has made that its job cannot be found. */
const denyJob = (platform: Platform, request: EmulatorRequest, reply: EmulatorReply) =>
  Effect.map(Clock.currentTimeMillis, (now): EmulatorReply => {
    if (request.method !== "POST") return reply
    const session = platform.store.find(new TextDecoder().decode(reply.body).trim(), now)
    return session === undefined ? reply : { ...reply, ...jobNotFound(session.jobName), headers: reply.headers }
  })

/** What becomes of a request that a fault has met. What is handled late is handled while `scope` is open. */
export const makeAct = (platform: Platform, scope: Scope.Scope) => {
  const actWith = (
    action: FaultAction,
    request: EmulatorRequest,
    random: Random.Random
  ): Effect.Effect<EmulatorReply, ConnectionReset> => {
    const answered = answer(platform, request)

    /** The platform's part in a reply that is not its own. */
    const unheard = (handled: Handled = false): Effect.Effect<unknown> => {
      if (typeof handled === "boolean") return handled ? answered : Effect.void
      return Effect.forkIn(delayed(answered, drawMillis(handled.after, random)), scope)
    }

    switch (action._tag) {
      case "Reply": {
        const { body = "", headers = {}, status } = action
        return Effect.as(unheard(action.handled), { status, headers, body: utf8(body) })
      }
      case "Page":
        return Effect.as(unheard(action.handled), pages[action.page])
      case "Reset":
        return Effect.andThen(
          unheard(action.handled),
          Effect.fail(new ConnectionReset({ method: request.method, target: request.target }))
        )
      case "Never":
        return Effect.andThen(unheard(action.handled), Effect.never)
      case "JobNotFound":
        return Effect.flatMap(answered, (reply) => denyJob(platform, request, reply))
      case "Outage":
        return answer(platform, request, action.of)
      case "Delay": {
        const { duration, next } = action
        return delayed(next === undefined ? answered : actWith(next, request, random), drawMillis(duration, random))
      }
      case "Slow": {
        const { body, head = 0 } = action
        const pace = body && { bytes: body.bytes, millis: Duration.toMillis(body.every) }
        const slow = (reply: EmulatorReply) => delayed(Effect.succeed({ ...reply, pace }), drawMillis(head, random))
        return Effect.flatMap(answered, slow)
      }
      case "Truncate": {
        const { bytes, chunked = false } = action
        return Effect.map(answered, (reply) => ({ ...reply, truncateAt: bytes, chunked }))
      }
      case "Garble": {
        const { bytes = 1, with: how = "anything" } = action
        return Effect.map(answered, (reply) => ({ ...reply, body: garble(reply.body, bytes, how, random) }))
      }
    }
  }
  return ({ action, seed }: Hit, request: EmulatorRequest): Effect.Effect<EmulatorReply, ConnectionReset> =>
    Effect.flatMap(Random.withSeed(Random.Random, seed), (random) => actWith(action, request, random))
}
