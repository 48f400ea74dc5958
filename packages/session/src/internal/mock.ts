/**
 * A mock of the operations on sessions, made of their simplest forms.
 */
import type { SessionEvent, SkahaError } from "@skaha/core"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { BulkExecutor } from "../BulkExecutor.ts"
import { mockDesktopApps } from "../DesktopApps.ts"
import type { Outcome } from "../Outcome.ts"
import type { PublicSession, Session } from "../Session.ts"
import type { One, SessionOperations } from "../SessionOperations.ts"
import { makeEach } from "./each.ts"
import type { PublicFilter, SessionFilter } from "./lists/listing.ts"

/** What a mock of `Sessions` does: the same operations in their simplest form. */
export interface SessionsMock extends Partial<
  Omit<
    SessionOperations,
    | "fetch"
    | "info"
    | "get"
    | "logs"
    | "events"
    | "eventsText"
    | "renew"
    | "destroy"
    | "connectUrl"
    | "waitUntil"
    | "waitRunning"
    | "waitCompleted"
    | "waitGone"
    | "waitReady"
  >
> {
  readonly fetch?: (filter: SessionFilter) => Effect.Effect<ReadonlyArray<Session>, SkahaError>
  /** What `fetch` gives for `view: "all"`. */
  readonly fetchAll?: (filter: PublicFilter) => Effect.Effect<ReadonlyArray<PublicSession>, SkahaError>
  readonly info?: One<Session>
  /** Default what `info` does. */
  readonly get?: One<Session>
  readonly logs?: One<string>
  readonly events?: One<ReadonlyArray<SessionEvent>>
  readonly eventsText?: One<string>
  readonly renew?: One<void>
  readonly destroy?: One<void>
  readonly connectUrl?: One<Redacted.Redacted>
  readonly waitUntil?: (id: string, condition: (session: Session) => boolean) => Effect.Effect<Session, SkahaError>
  readonly waitRunning?: One<Session>
  readonly waitCompleted?: One<Session>
  readonly waitGone?: One<void>
  readonly waitReady?: One<Session>
}

/** A service of what is given. The lists' outcomes and the refusal of what is no id are those of the real one. */
export const fromMock = ({ apps = mockDesktopApps, fetch, fetchAll, ...mock }: SessionsMock) => {
  const missing = (name: string) => Effect.die(new Error(`the mock has no Sessions.${name}`))
  const each = <A>(name: string, one: One<A> = () => missing(name)) =>
    makeEach(`Sessions.${name}`, BulkExecutor.make(32), one)
  function list(filter: PublicFilter): Effect.Effect<ReadonlyArray<PublicSession>, SkahaError>
  function list(filter?: SessionFilter): Effect.Effect<ReadonlyArray<Session>, SkahaError>
  function list(
    filter: SessionFilter | PublicFilter = {}
  ): Effect.Effect<ReadonlyArray<Session | PublicSession>, SkahaError> {
    return filter.view === "all" ? (fetchAll?.(filter) ?? missing("fetchAll")) : (fetch?.(filter) ?? missing("fetch"))
  }
  const { waitUntil = () => missing("waitUntil") } = mock
  function until(id: string, condition: (session: Session) => boolean): Effect.Effect<Session, SkahaError>
  function until(
    ids: ReadonlyArray<string>,
    condition: (session: Session) => boolean
  ): Effect.Effect<ReadonlyArray<Outcome<Session>>>
  function until(
    ids: string | ReadonlyArray<string>,
    condition: (session: Session) => boolean
  ): Effect.Effect<Session | ReadonlyArray<Outcome<Session>>, SkahaError> {
    const wait = each("waitUntil", (id) => waitUntil(id, condition))
    return typeof ids === "string" ? wait(ids) : wait(ids)
  }
  return {
    ...mock,
    fetch: list,
    info: each("info", mock.info),
    get: (id: string) => each("get", mock.get ?? mock.info)(id),
    logs: each("logs", mock.logs),
    events: each("events", mock.events),
    eventsText: each("eventsText", mock.eventsText),
    renew: each("renew", mock.renew),
    destroy: each("destroy", mock.destroy),
    connectUrl: each("connectUrl", mock.connectUrl),
    waitUntil: until,
    waitRunning: each("waitRunning", mock.waitRunning),
    waitCompleted: each("waitCompleted", mock.waitCompleted),
    waitGone: each("waitGone", mock.waitGone),
    waitReady: each("waitReady", mock.waitReady),
    apps
  }
}
