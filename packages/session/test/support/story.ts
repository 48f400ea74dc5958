/**
 * A platform whose story is told beforehand: what is there in each second of the test's time.
 */
import { RetryPolicy, Transport, type TransportReply, type TransportRequest } from "@skaha/core"
import { Skaha } from "@skaha/session"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { rowOf } from "./held.ts"

/** What the platform says of a session; a status alone stands for a headless session of that status. */
export type Row = string | (Readonly<Record<string, unknown>> & { readonly status: string })

export interface Story {
  /** The sessions that are there, by id, or for an app by `<desktop's id>/app/<app's id>`. */
  readonly sessions: (second: number) => Readonly<Record<string, Row>>
  /** Which of them are not listed. Default none. */
  readonly isUnlisted?: (row: Row) => boolean
  /** What a session has written. Default nothing. */
  readonly log?: (id: string, second: number) => string
  /** The status that every request is answered with instead. Default none. */
  readonly refusal?: (request: string, second: number) => number | undefined
  /** How many seconds a request takes. Default 0. */
  readonly takes?: (request: string) => number
}

/** Every request, as `METHOD /path?query` below the versioned base, and in which second it was made. */
export class Told extends Context.Service<
  Told,
  { readonly requests: Array<{ readonly line: string; readonly second: number }> }
>()("test/Told") {}

/** How many requests of this kind there were, up to now. */
export const count = (pattern: RegExp) =>
  Effect.map(Told, ({ requests }) => requests.filter(({ line }) => pattern.test(line)).length)

/** When the requests of this kind were made, in seconds. */
export const times = (pattern: RegExp) =>
  Effect.map(Told, ({ requests }) => requests.flatMap(({ line, second }) => (pattern.test(line) ? [second] : [])))

/** The list of all sessions. */
export const lists = /^GET \/session$/

/** The reading of a log. */
export const readings = /view=logs$/

/** A session read by itself. */
export const singles = /^GET \/session\/[^?]+$/

const bodyOf = (key: string, row: Row) => {
  const [id = "", , appid] = key.split("/")
  return {
    ...rowOf(id),
    ...(appid === undefined ? {} : { appid, type: "desktop-app" }),
    ...(typeof row === "string" ? { status: row } : row)
  }
}

const replyOf = ({ isUnlisted, log, sessions }: Story, path: string, query: string, second: number) => {
  const rows = Object.entries(sessions(second))
  if (path === "session") {
    return {
      body: JSON.stringify(rows.flatMap(([key, row]) => (isUnlisted?.(row) === true ? [] : [bodyOf(key, row)])))
    }
  }
  const id = path.replace("session/", "")
  const row = sessions(second)[id]
  if (query === "?view=logs") return { body: row === undefined ? "" : (log?.(id, second) ?? "") }
  return row === undefined
    ? { status: 404, body: `session ${id} not found` }
    : { body: JSON.stringify(bodyOf(id, row)) }
}

/** A client of such a platform. */
export const telling = (story: Story): Layer.Layer<Skaha.Skaha | Told> =>
  Layer.unwrap(
    Effect.map(Told, ({ requests }) => {
      const send = Effect.fnUntraced(function* ({ method, path, query }: TransportRequest) {
        const below = path.replace(/^.*\/v1\//, "")
        const line = `${method} /${below}${query}`
        requests.push({ line, second: (yield* Clock.currentTimeMillis) / 1000 })
        const seconds = story.takes?.(line) ?? 0
        if (seconds > 0) yield* Effect.sleep(seconds * 1000)
        const second = (yield* Clock.currentTimeMillis) / 1000
        const status = story.refusal?.(line, second)
        const reply: TransportReply = { status: 200, headers: {}, body: "" }
        return { ...reply, ...(status === undefined ? replyOf(story, below, query, second) : { status }) }
      })
      return Skaha.layer({
        token: "a-token",
        url: "http://platform.invalid/skaha",
        transport: Layer.succeed(Transport, { send })
      })
    })
  ).pipe(
    Layer.orDie,
    Layer.provideMerge(Layer.sync(Told, () => ({ requests: [] }))),
    // A test sees each request that it makes.
    Layer.provide(Layer.succeed(RetryPolicy, RetryPolicy.none))
  )
