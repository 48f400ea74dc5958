/**
 * Launch, list, inspect and destroy sessions.
 */
import {
  InvalidInput,
  parseEvents,
  PlatformClient,
  SessionNotReady,
  Settings,
  StatsReply,
  type Problem,
  type SessionEvent,
  type SkahaError
} from "@skaha/core"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { BulkExecutor } from "./BulkExecutor.ts"
import { Context } from "./Context.ts"
import { makeDesktopApps, mockDesktopApps, type DesktopApps } from "./DesktopApps.ts"
import { Images } from "./Images.ts"
import { eachOf, makeEach, readId, type Each } from "./internal/each.ts"
import { list, listAll, makeSharedLists, type PublicFilter, type SessionFilter } from "./internal/listing.ts"
import { observed } from "./internal/observer.ts"
import { makeOffer } from "./internal/offer.ts"
import { makeGet, makeInfo, readOne } from "./internal/reading.ts"
import { matcher, type Selector } from "./internal/selector.ts"
import { sessionForm } from "./internal/sessionForm.ts"
import { spanned } from "./internal/spanned.ts"
import type { Outcome } from "./Outcome.ts"
import type { PublicSession, Session } from "./Session.ts"
import { checkSpec, type CheckedSpec, type SessionSpec } from "./SessionSpec.ts"
import { Stats } from "./Stats.ts"

export type { Each } from "./internal/each.ts"
export type { PublicFilter, SessionFilter } from "./internal/listing.ts"
export type { Selector } from "./internal/selector.ts"

/** Which of the selected sessions to destroy. */
export interface DestroyWithOptions {
  /** Default `headless`; empty for any. */
  readonly kind?: string | undefined
  /** Default `Completed`; empty for any. */
  readonly status?: string | undefined
  /** Only select; destroy nothing. Default `false`. */
  readonly dryRun?: boolean | undefined
}

/** What `destroyWith` did. */
export interface DestroyedWith {
  /** The sessions that the selector and the filter fit. */
  readonly selected: ReadonlyArray<Session>
  /** What became of each; empty on a dry run. The input of a desktop app is `<desktop's id>/app/<app's id>`. */
  readonly outcomes: ReadonlyArray<Outcome<void>>
}

/** An operation on one session. */
type One<A> = (id: string) => Effect.Effect<A, SkahaError>

/** What a mock of {@link Sessions} does: the same operations in their simplest form. */
export interface SessionsMock extends Partial<
  Pick<Sessions["Service"], "stats" | "create" | "check" | "destroyWith" | "apps">
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
}

/**
 * Launch, list, inspect and destroy sessions. Operations on sessions take one id or a list: see {@link Each}.
 *
 * @example
 * ```ts
 * import { Outcome, Sessions } from "@skaha/session"
 * import * as Effect from "effect/Effect"
 *
 * const run = Effect.gen(function* () {
 *   const sessions = yield* Sessions
 *   const created = yield* sessions.create({ name: "fit", image: "skaha/astroml", cmd: "fit.py", replicas: 100 })
 *   return yield* sessions.logs(Outcome.values(created))
 * })
 * ```
 */
export class Sessions extends EffectContext.Service<
  Sessions,
  {
    /**
     * The caller's sessions, or those of all users with what everybody may see of them. On servers before 1.1.5
     * desktop apps are among them; an app has the id of its desktop, and an `appId`.
     */
    readonly fetch: {
      (filter: PublicFilter): Effect.Effect<ReadonlyArray<PublicSession>, SkahaError>
      (filter?: SessionFilter): Effect.Effect<ReadonlyArray<Session>, SkahaError>
    }
    /** How much of the platform is in use. */
    readonly stats: Effect.Effect<Stats, SkahaError>
    /**
     * Sessions by id; `SessionNotFound` for one that is unknown, or another user's. From 8 different ids on the
     * caller's sessions are listed, which is one request, and only what is not among them is asked for by itself; where
     * the list cannot be had, each is. A stream does so for 1,000 ids at a time, or for as many as the last list had
     * rows, and holds these ids and their sessions in memory; an id whose turn comes after something was created,
     * renewed or destroyed through this client is asked for by itself.
     */
    readonly info: Each<Session>
    /**
     * The same for one id; calls made at the same time are answered together, as those of `info` with many ids are.
     * Each has its own answer and can be interrupted without the others, and an id that several ask for is asked for
     * once.
     *
     * @example
     * ```ts
     * import { Sessions } from "@skaha/session"
     * import * as Effect from "effect/Effect"
     *
     * const statusOf = (id: string) => Effect.map(Sessions.use((sessions) => sessions.get(id)), ({ status }) => status)
     *
     * // For many ids this is one request, wherever the calls of statusOf stand.
     * const all = (ids: ReadonlyArray<string>) => Effect.forEach(ids, statusOf, { concurrency: "unbounded" })
     * ```
     */
    readonly get: One<Session>
    /** What sessions have written so far. For an unknown or pending one the server gives an empty text. */
    readonly logs: Each<string>
    /** What the cluster did with sessions; `SessionNotFound` for one that is unknown. */
    readonly events: Each<ReadonlyArray<SessionEvent>>
    /** The same as the table that the server sends. */
    readonly eventsText: Each<string>
    /**
     * Creates the replicas of a session; the value of each outcome is the id of a session, its input the name. The
     * spec is checked first: `InvalidInput` lists everything that is wrong with it, and nothing is sent. Of several
     * replicas the first goes alone: if the server refuses it (a 4xx), the call fails and nothing was made.
     * A single replica's failure is the call's. Interruption leaves what was made: `onOutcome` hears of each replica as
     * it is done.
     */
    readonly create: (
      spec: SessionSpec,
      onOutcome?: (outcome: Outcome<string>) => void
    ) => Effect.Effect<ReadonlyArray<Outcome<string>>, SkahaError>
    /** What is wrong with a spec, by its own rules and by what this platform offers. Creates nothing. */
    readonly check: (spec: SessionSpec) => Effect.Effect<ReadonlyArray<Problem>, SkahaError>
    /** Moves the expiry to a full period from now. Only for pending or running sessions; headless ones stay as is. */
    readonly renew: Each<void>
    /**
     * Destroys sessions. Today's servers report no error for an id that is unknown or another user's; those up to 0.30
     * do: `SessionNotFound` and `Forbidden`.
     */
    readonly destroy: Each<void>
    /** Destroys the sessions of one kind and status whose names fit the selector. */
    readonly destroyWith: (selector: Selector, options?: DestroyWithOptions) => Effect.Effect<DestroyedWith, SkahaError>
    /** Where to open running interactive sessions in a browser; `SessionNotReady` for others. */
    readonly connectUrl: Each<Redacted.Redacted>
    /** The apps of desktop sessions. */
    readonly apps: DesktopApps
  }
>()("@skaha/session/Sessions") {
  static readonly make = Effect.gen(function* () {
    const client = yield* PlatformClient
    const settings = yield* Settings
    const offer = yield* makeOffer
    const executor = yield* BulkExecutor
    const here = BulkExecutor.make(settings.concurrency)
    const lists = makeSharedLists(client)

    function fetch(filter: PublicFilter): Effect.Effect<ReadonlyArray<PublicSession>, SkahaError>
    function fetch(filter?: SessionFilter): Effect.Effect<ReadonlyArray<Session>, SkahaError>
    function fetch(
      filter: SessionFilter | PublicFilter = {}
    ): Effect.Effect<ReadonlyArray<Session | PublicSession>, SkahaError> {
      const listing: Effect.Effect<ReadonlyArray<Session | PublicSession>, SkahaError> = filter.view === "all"
        ? listAll(client, "Sessions.fetch", filter)
        : list(client, "Sessions.fetch", filter)
      return Effect.withSpan(listing, "Sessions.fetch")
    }

    const text = (operation: string, id: string, view: "logs" | "events") =>
      client
        .call({ operation, method: "GET", path: `session/${id}`, query: [["view", view]], id, unbounded: true })
        .pipe(Effect.map(({ body }) => body))

    const createOne = (spec: CheckedSpec, index: number) =>
      client.text(
        {
          operation: "Sessions.create",
          method: "POST",
          path: "session",
          form: sessionForm(spec, index),
          creates: true
        },
        readId,
        "the id of a session"
      )

    const create = Effect.fn("Sessions.create")(function* (
      input: SessionSpec,
      onOutcome?: (outcome: Outcome<string>) => void
    ): Effect.fn.Return<ReadonlyArray<Outcome<string>>, SkahaError> {
      const operation = "Sessions.create"
      const checked = checkSpec(input, settings.imageRegistry)
      if ("problems" in checked) return yield* invalid(operation, checked.problems)
      const { spec } = checked
      const [firstName = "", ...otherNames] = spec.names
      if (otherNames.length > 0) {
        const problems = yield* offer.problemsIfKnown(spec)
        if (problems.length > 0) return yield* invalid(operation, problems)
      }
      const replicas = Effect.fnUntraced(function* (
        settled?: (outcome: Outcome<string>) => void
      ): Effect.fn.Return<ReadonlyArray<Outcome<string>>, SkahaError> {
        const replica = Effect.fnUntraced(function* (name: string, index: number) {
          const outcome = { input: name, index, result: yield* Effect.result(createOne(spec, index)) }
          settled?.(outcome)
          onOutcome?.(outcome)
          return outcome
        })
        const first = yield* replica(firstName, 0)
        if (Result.isFailure(first.result) && (otherNames.length === 0 || isRefusal(first.result.failure))) {
          return yield* first.result.failure
        }
        const others = yield* Effect.forEach(otherNames, (name, index) => replica(name, index + 1), {
          concurrency: settings.concurrency
        })
        return [first, ...others]
      })
      return yield* observed(spec.names.length, replicas)
    })

    const destroyOne = (operation: string) => (id: string) =>
      Effect.asVoid(client.call({ operation, method: "DELETE", path: `session/${id}`, id }))

    return Sessions.of({
      fetch,
      stats: client
        .decode(
          { operation: "Sessions.stats", method: "GET", path: "session", query: [["view", "stats"]] },
          StatsReply,
          (reply, wire) => new Stats(reply, wire)
        )
        .pipe(Effect.withSpan("Sessions.stats")),
      info: eachOf("Sessions.info", makeInfo(client, executor, lists)),
      get: spanned("Sessions.get", makeGet(client, executor, lists)),
      logs: makeEach("Sessions.logs", executor, (id) => text("Sessions.logs", id, "logs")),
      events: makeEach("Sessions.events", executor, (id) =>
        Effect.map(text("Sessions.events", id, "events"), parseEvents)
      ),
      eventsText: makeEach("Sessions.eventsText", executor, (id) => text("Sessions.eventsText", id, "events")),
      create,
      check: Effect.fn("Sessions.check")(function* (input) {
        const checked = checkSpec(input, settings.imageRegistry)
        return "problems" in checked ? checked.problems : yield* offer.problems(checked.spec)
      }),
      renew: makeEach("Sessions.renew", here, (id) =>
        Effect.asVoid(
          client.call({
            operation: "Sessions.renew",
            method: "POST",
            path: `session/${id}`,
            form: [["action", "renew"]],
            id
          })
        )
      ),
      destroy: makeEach("Sessions.destroy", executor, destroyOne("Sessions.destroy")),
      destroyWith: Effect.fn("Sessions.destroyWith")(function* (
        selector,
        { kind = "headless", status = "Completed", dryRun = false } = {}
      ) {
        const operation = "Sessions.destroyWith"
        const matches = yield* matcher(operation, selector)
        const sessions = yield* lists.fitting(operation, { kind, status })
        const selected = sessions.filter(({ name }) => name !== undefined && matches(name))
        return {
          selected,
          outcomes: dryRun
            ? []
            : yield* executor.run(
                // An app has the id of its desktop, which must not go in its place.
                selected.map(({ id, appId }) => (appId === undefined ? id : `${id}/app/${appId}`)),
                destroyOne(operation)
              )
        }
      }),
      connectUrl: makeEach(
        "Sessions.connectUrl",
        executor,
        Effect.fnUntraced(function* (id) {
          const operation = "Sessions.connectUrl"
          const { status, connectUrl } = yield* readOne(client, operation, id)
          if (status === "Running" && connectUrl !== undefined) return connectUrl
          const reason = status === "Running" ? "it has no page to open" : "it can be opened once it is running"
          return yield* new SessionNotReady({ operation, id, sessionStatus: status, reason })
        })
      ),
      apps: makeDesktopApps(client, settings)
    })
  })

  static readonly layer: Layer.Layer<Sessions, never, PlatformClient | Settings | BulkExecutor> = Layer.effect(
    Sessions,
    Sessions.make
  ).pipe(Layer.provide([Context.layer, Images.layer]))

  /**
   * A mock. An operation on sessions is given for one id, and lists are made of it; what is not given fails as
   * unimplemented when it is called.
   *
   * @example
   * ```ts
   * import { Sessions } from "@skaha/session"
   * import * as Effect from "effect/Effect"
   *
   * const nothingRuns = Sessions.layerTest({
   *   fetch: () => Effect.succeed([]),
   *   logs: (id) => Effect.succeed(`what ${id} wrote`)
   * })
   * ```
   */
  static readonly layerTest = (mock: SessionsMock): Layer.Layer<Sessions> => Layer.mock(Sessions)(fromMock(mock))
}

const invalid = (operation: string, problems: ReadonlyArray<Problem>) => new InvalidInput({ operation, problems })

/** Whether the server understood and said no, so that asking again for the next replica is in vain. */
const isRefusal = (error: SkahaError): boolean => "status" in error && error.status >= 400 && error.status < 500

/** A service of what is given. The lists' outcomes and the refusal of what is no id are those of the real one. */
const fromMock = ({ apps = mockDesktopApps, fetch, fetchAll, ...mock }: SessionsMock) => {
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
    apps
  }
}
