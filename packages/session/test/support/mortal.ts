/**
 * A platform with one session, that ends when it is not renewed in time; and what is written to the log meanwhile.
 */
import { Transport, type TransportReply, type TransportRequest } from "@skaha/core"
import { Skaha } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"

export const mortalId = "abcd1234"

/** What can be done to the session, and what has been. */
export interface Mortality {
  /** Seconds that it has after a renewal; `undefined` when the server does not say, and it never ends. */
  life: number | undefined
  /** Seconds by which the caller's clock is ahead of the server's. */
  ahead: number
  status: string
  /** What every request gets; `undefined` when it works. */
  trouble: Partial<TransportReply> | undefined
  /** What every renewal gets; `undefined` when it works. */
  refusal: Partial<TransportReply> | undefined
  /** When it was renewed, or tried to be, in seconds. */
  readonly renewals: Array<number>
  requests: number
  readonly logged: Array<string>
}

export class Mortal extends Context.Service<Mortal, Mortality>()("test/Mortal") {}

/** What today's servers say of a session that cannot be renewed. */
const inactive = { status: 400, body: `No active job for user x with session ${mortalId}` }

const answer = (session: Mortality) => {
  let end: number | undefined
  return Effect.fnUntraced(function* ({ method }: TransportRequest) {
    const now = yield* Clock.currentTimeMillis
    session.requests++
    end ??= now + (session.life ?? 0) * 1000
    const isOver = session.life !== undefined && now >= end
    if (method === "POST") session.renewals.push(now / 1000)
    if (session.trouble !== undefined) return session.trouble
    if (method === "POST") {
      if (session.refusal !== undefined) return session.refusal
      if (isOver || session.status !== "Running") return inactive
      end = now + (session.life ?? 0) * 1000
      return {}
    }
    const expiryTime = new Date(end - session.ahead * 1000).toISOString()
    return {
      body: JSON.stringify({
        id: mortalId,
        userid: "alice",
        type: "notebook",
        status: isOver ? "Failed" : session.status,
        ...(session.life === undefined ? {} : { expiryTime })
      })
    }
  })
}

/** A client of such a platform. */
export const mortal = (life: number | undefined): Layer.Layer<Skaha.Skaha | Mortal> =>
  Layer.unwrap(
    Effect.map(Mortal, (session) => {
      const reply = answer(session)
      return Layer.mergeAll(
        Skaha.layer({
          token: "a-token",
          url: "http://platform.invalid/skaha",
          transport: Layer.succeed(Transport, {
            send: (request) =>
              Effect.map(reply(request), (partial) => ({ status: 200, headers: {}, body: "", ...partial }))
          })
        }),
        Logger.layer([
          Logger.make(({ logLevel, message }) => session.logged.push(`${logLevel} ${[message].flat().join(" ")}`))
        ])
      )
    })
  ).pipe(
    Layer.orDie,
    Layer.provideMerge(
      Layer.sync(Mortal, () => ({
        life,
        ahead: 0,
        status: "Running",
        trouble: undefined,
        refusal: undefined,
        renewals: [],
        requests: 0,
        logged: []
      }))
    )
  )
