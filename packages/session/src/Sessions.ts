/**
 * Launch, list, inspect and destroy sessions.
 */
import { parseEvents, PlatformClient, SessionNotReady, Settings, Transport, type SkahaError } from "@skaha/core"
import * as EffectContext from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BulkExecutor } from "./BulkExecutor.ts"
import { Context } from "./Context.ts"
import { makeDesktopApps } from "./DesktopApps.ts"
import { Images } from "./Images.ts"
import { makeBatches } from "./internal/batches.ts"
import { makeCreating } from "./internal/creating/creating.ts"
import { makeDiagnosing } from "./internal/diagnosing/diagnosing.ts"
import { eachOf, makeEach } from "./internal/each.ts"
import { makeLogFollowing } from "./internal/logs/followingLogs.ts"
import { makeKeepingAlive } from "./internal/keepingAlive.ts"
import { list, listAll, makeSharedLists, type PublicFilter, type SessionFilter } from "./internal/lists/listing.ts"
import { makeLookout } from "./internal/looking/lookout.ts"
import { fromMock, type SessionsMock } from "./internal/mock.ts"
import { makeOffer } from "./internal/creating/offer.ts"
import { makeGet, makeInfo, readOne, readStats, readText } from "./internal/lists/reading.ts"
import { matcher } from "./internal/selector.ts"
import { spanned } from "./internal/spanned.ts"
import { makeConfirm } from "./internal/looking/unlisted.ts"
import { makeWaiting } from "./internal/looking/waiting.ts"
import { makeWatching } from "./internal/looking/watching.ts"
import type { PublicSession, Session } from "./Session.ts"
import type { SessionOperations } from "./SessionOperations.ts"
import { checkSpec } from "./SessionSpec.ts"

export type { SessionsMock } from "./internal/mock.ts"
export type * from "./SessionOperations.ts"

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
export class Sessions extends EffectContext.Service<Sessions, SessionOperations>()("@skaha/session/Sessions") {
  static readonly make = Effect.gen(function* () {
    const client = yield* PlatformClient
    const settings = yield* Settings
    const offer = yield* makeOffer
    const executor = yield* BulkExecutor
    const here = BulkExecutor.make(settings.concurrency)
    const lists = makeSharedLists(client)
    const lookout = makeLookout(lists)
    const confirm = makeConfirm(client)

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

    const renewOne = (operation: string) => (id: string) =>
      Effect.asVoid(client.call({ operation, method: "POST", path: `session/${id}`, form: [["action", "renew"]], id }))

    const destroyOne = (operation: string) => (id: string) =>
      Effect.asVoid(client.call({ operation, method: "DELETE", path: `session/${id}`, id }))

    const creating = makeCreating({ client, settings, offer, lists, lookout })
    const waiting = makeWaiting({ client, confirm, executor, lookout, transport: yield* Transport })

    return Sessions.of({
      fetch,
      stats: Effect.withSpan(readStats(client, "Sessions.stats"), "Sessions.stats"),
      info: eachOf("Sessions.info", makeInfo(client, executor, lists)),
      get: spanned("Sessions.get", makeGet(client, executor, lists)),
      logs: makeEach("Sessions.logs", executor, (id) => readText(client, "Sessions.logs", id, "logs")),
      events: makeEach("Sessions.events", executor, (id) =>
        Effect.map(readText(client, "Sessions.events", id, "events"), parseEvents)
      ),
      eventsText: makeEach("Sessions.eventsText", executor, (id) =>
        readText(client, "Sessions.eventsText", id, "events")
      ),
      create: creating.create,
      ...waiting,
      ...makeWatching({ confirm, lookout }),
      ...makeLogFollowing({ client, confirm, lookout }),
      ...makeKeepingAlive({ client, executor, create: creating.create, renewOne, destroyOne }),
      ...makeDiagnosing(client),
      ...makeBatches({
        begin: creating.begin,
        executor,
        waitCompleted: waiting.waitCompleted,
        readLog: (operation, id) => readText(client, operation, id, "logs"),
        destroyOne
      }),
      check: Effect.fn("Sessions.check")(function* (input) {
        const checked = checkSpec(input, settings.imageRegistry)
        return "problems" in checked ? checked.problems : yield* offer.problems(checked.spec)
      }),
      renew: makeEach("Sessions.renew", here, renewOne("Sessions.renew")),
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

  static readonly layer: Layer.Layer<Sessions, never, PlatformClient | Settings | BulkExecutor | Transport> =
    Layer.effect(Sessions, Sessions.make).pipe(Layer.provide([Context.layer, Images.layer]))

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
