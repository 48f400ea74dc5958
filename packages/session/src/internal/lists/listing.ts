/**
 * Lists of sessions.
 */
import { PublicSessionReply, SessionReply, type PlatformClient, type SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import { hasOtherWords, PublicSession, Session, todaysStatus } from "../../Session.ts"
import { keyOf } from "../creating/keys.ts"
import { monotonicMillis } from "../monotonicMillis.ts"
import { makeShared } from "./shared.ts"

/** What to list. What is empty or missing does not filter. */
export interface SessionFilter {
  /** Only this kind, such as `headless`; in any letter case. */
  readonly kind?: string | undefined
  /**
   * Only this status, in any letter case. `Succeeded` and `Completed` mean the same, as do `Error`, `Failed` and a
   * `Failed (…)` with whatever reason; only `Failed (…)` itself is for that reason alone.
   */
  readonly status?: string | undefined
  /**
   * `interactive` leaves out headless sessions and adds desktop apps; the kind is not looked at. Servers before 1.1.4
   * do not know it, and list as without it.
   */
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

/** The caller's sessions, as the server listed them at one moment. */
export class Listed {
  readonly sessions: ReadonlyArray<Session>
  /** When it was asked for, in milliseconds of a clock that never jumps. What came to be before that is in it. */
  readonly asked: number
  #byId: ReadonlyMap<string, Session> | undefined
  #byKey: ReadonlyMap<string, ReadonlyArray<Session>> | undefined

  /** Where it is not known when it was asked for, it was long ago. */
  constructor(sessions: ReadonlyArray<Session>, asked = Number.NEGATIVE_INFINITY) {
    this.sessions = sessions
    this.asked = asked
  }

  /** The session of that id; not a desktop app, which has the id of its desktop. */
  find(id: string): Session | undefined {
    this.#byId ??= new Map(
      this.sessions.flatMap((session) => (session.appId === undefined ? [[session.id, session]] : []))
    )
    return this.#byId.get(id)
  }

  /** The sessions with this key, in the order of the list; no desktop apps. */
  withKey(key: string): ReadonlyArray<Session> {
    this.#byKey ??= groupedByKey(this.sessions)
    return this.#byKey.get(key) ?? []
  }
}

const groupedByKey = (sessions: ReadonlyArray<Session>): ReadonlyMap<string, ReadonlyArray<Session>> => {
  const groups = new Map<string, Array<Session>>()
  for (const session of sessions) {
    const { appId, image, kind, name } = session
    if (appId !== undefined || name === undefined || image === undefined) continue
    const key = keyOf(name, kind, image)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [session])
    else group.push(session)
  }
  return groups
}

/** Lists of the caller's sessions, whose requests are shared by who asks at the same time: see {@link makeShared}. */
export interface SharedLists {
  /** All of them; servers between 1.0.0 and 1.0.3 leave out those that have ended. */
  readonly whole: (operation: string) => Effect.Effect<Listed, SkahaError>
  /** Those that fit. The server is asked for them, unless it is just being asked for all. */
  readonly fitting: (operation: string, filter: SessionFilter) => Effect.Effect<ReadonlyArray<Session>, SkahaError>
}

/**
 * The whole list, asked for at `time` or later: one that was under way by then may miss what came to be meanwhile, and
 * is only waited for.
 */
export const listedSince = (lists: SharedLists, operation: string, time: number): Effect.Effect<Listed, SkahaError> =>
  Effect.flatMap(lists.whole(operation), (listed) =>
    listed.asked >= time ? Effect.succeed(listed) : listedSince(lists, operation, time)
  )

/** Makes the lists that all share. */
export const makeSharedLists = (client: PlatformClient["Service"]): SharedLists => {
  const share = makeShared<Listed>(client.writes)
  const ask = (operation: string, filter: SessionFilter) => {
    const request = call(operation, filter)
    const keys = [queryKey(request), ...(isPartOfWhole(filter) ? [wholeKey] : [])] as const
    const read = Effect.flatMap(monotonicMillis, (asked) =>
      Effect.map(client.rows(request, SessionReply, toSession), (sessions) => new Listed(sessions, asked))
    )
    return share(operation, keys, read)
  }
  return {
    whole: (operation) => ask(operation, {}),
    fitting: (operation, filter) =>
      Effect.map(ask(operation, filter), ({ sessions }) => ofStatus(filter.status)(asTheServer(filter)(sessions)))
  }
}

const queryKey = ({ query }: ReturnType<typeof call>): string => JSON.stringify(query)

const wholeKey = queryKey(call("", {}))

/** Whether all that fits is in the list without filters: today's servers leave desktop apps out of it. */
const isPartOfWhole = ({ kind, view }: SessionFilter): boolean =>
  view === undefined && kind?.toLowerCase() !== "desktop-app"

/** Keeps what the server would keep, which compares in any letter case. */
const asTheServer =
  (filter: SessionFilter) =>
  (sessions: ReadonlyArray<Session>): ReadonlyArray<Session> => {
    if (!isPartOfWhole(filter)) return sessions
    const kind = filter.kind?.toLowerCase() ?? ""
    const status = filter.status === undefined || hasOtherWords(filter.status) ? "" : filter.status.toLowerCase()
    return sessions.filter(
      ({ wire }) =>
        (kind === "" || wire.type.toLowerCase() === kind) && (status === "" || wire.status.toLowerCase() === status)
    )
  }
