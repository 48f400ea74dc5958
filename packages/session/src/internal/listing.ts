/**
 * Lists of sessions.
 */
import { PublicSessionReply, SessionReply, type PlatformClient, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import { hasOtherWords, PublicSession, Session, todaysStatus } from "../Session.ts"

/** What to list. What is empty or missing does not filter. */
export interface SessionFilter {
  /** Only this kind, such as `headless`; in any letter case. */
  readonly kind?: string | undefined
  /**
   * Only this status, in any letter case. `Succeeded` and `Completed` mean the same, as do `Error`, `Failed` and a
   * `Failed (…)` with whatever reason; only `Failed (…)` itself is for that reason alone.
   */
  readonly status?: string | undefined
  /** `interactive` leaves out headless sessions and adds desktop apps; the kind is not looked at. */
  readonly view?: "interactive" | undefined
}

/** What to list of all users' sessions. */
export interface PublicFilter {
  /** Only this kind; in any letter case. */
  readonly kind?: string | undefined
  /** Only this status, as in {@link SessionFilter}. */
  readonly status?: string | undefined
  readonly view: "all"
}

const call = (operation: string, { kind, status, view }: SessionFilter | PublicFilter) => ({
  operation,
  method: "GET" as const,
  path: "session",
  query: [
    ...(kind ? [["type", kind] as const] : []),
    // The server compares exactly, and does not know the others' words.
    ...(status && !hasOtherWords(status) ? [["status", status] as const] : []),
    ...(view ? [["view", view] as const] : [])
  ]
})

/** Keeps the sessions whose status the server could not be asked for. */
const ofStatus =
  (status: string | undefined) =>
  <S extends { readonly status: string }>(sessions: ReadonlyArray<S>): ReadonlyArray<S> =>
    status && hasOtherWords(status) ? sessions.filter((session) => session.status === todaysStatus(status)) : sessions

/** Reads a session of the caller's. */
export const toSession = (reply: typeof SessionReply.Type, wire: typeof SessionReply.Encoded): Session =>
  new Session(reply, wire)

/** Lists the caller's sessions. */
export const list = (
  client: PlatformClient["Service"],
  operation: string,
  filter: SessionFilter
): Effect.Effect<ReadonlyArray<Session>, SkahaError> =>
  Effect.map(client.rows(call(operation, filter), SessionReply, toSession), ofStatus(filter.status))

/** Lists what everybody may see of all users' sessions. */
export const listAll = (
  client: PlatformClient["Service"],
  operation: string,
  filter: PublicFilter
): Effect.Effect<ReadonlyArray<PublicSession>, SkahaError> =>
  Effect.map(
    client.rows(call(operation, filter), PublicSessionReply, (reply, wire) => new PublicSession(reply, wire)),
    ofStatus(filter.status)
  )
