import { assert, describe } from "@effect/vitest"
import { Outcome, Session, Sessions } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { failedAt, inOrder, valuesOrTags } from "./support/outcomes.ts"
import { waysOfMany } from "./support/platforms.ts"
import { api, capacity, gigabytes, server } from "./support/server.ts"
import { createAll, createOne, desktop, headless, notebook } from "./support/sessions.ts"
import { sent, sentForms } from "./support/wire.ts"

const unknown = "zzzzzzzz"

describe.each(waysOfMany)("Sessions by id $way", ({ test }) => {
  test("info", {}, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const [first = "", second = ""] = yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 2 }))
      const session = yield* info(first)
      assert.instanceOf(session, Session)
      assert.strictEqual(session.name, "job-1")
      assert.isTrue(Result.isFailure(yield* Effect.result(info(unknown))))

      const ids = [second, unknown, first, second]
      const outcomes = yield* info(ids)
      assert.isTrue(inOrder(outcomes, ids))
      assert.deepStrictEqual(failedAt(outcomes), [1])
      assert.deepStrictEqual(
        Outcome.values(outcomes).map(({ id }) => id),
        [second, first, second]
      )
      assert.deepInclude(Outcome.failures(outcomes)[0]?.error, { _tag: "SessionNotFound", id: unknown, status: 404 })
      assert.deepStrictEqual((yield* sent).slice(-4).toSorted(), ids.map((id) => `GET ${api}/session/${id}`).toSorted())
    })
  )

  test("an empty list has no outcomes and sends nothing", {}, () =>
    Effect.gen(function* () {
      const { info, logs, events, eventsText, renew, destroy, connectUrl } = yield* Sessions
      for (const each of [info, logs, events, eventsText, renew, destroy, connectUrl]) {
        assert.deepStrictEqual(yield* each([]), [])
      }
      assert.deepStrictEqual(yield* sent, [])
    })
  )

  test("logs", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const [first = "", second = ""] = yield* createAll(headless({ cmd: "printenv", args: "REPLICA_ID", replicas: 2 }))
      assert.strictEqual(yield* logs(first), "1\n")
      assert.deepStrictEqual(valuesOrTags(yield* logs([second, unknown, first])), ["2\n", "", "1\n"])
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session/${first}?view=logs`)
    })
  )

  test("logs keep every character", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const id = yield* createOne(headless({ cmd: "echo", args: "Größe été 星雲 ✨" }))
      assert.strictEqual(yield* logs(id), "Größe été 星雲 ✨\n")
    })
  )

  test("events, as values and as the table they come in", {}, () =>
    Effect.gen(function* () {
      const { events, eventsText } = yield* Sessions
      const id = yield* createOne(headless({ cmd: "sleep", args: "60" }))
      const list = yield* events(id)
      assert.deepStrictEqual(
        list.map(({ type, reason }) => [type, reason]),
        [
          ["Normal", "Scheduled"],
          ["Normal", "Pulled"],
          ["Normal", "Created"],
          ["Normal", "Started"]
        ]
      )
      assert.isUndefined(list[0]?.firstTime)
      assert.isDefined(list[1]?.firstTime)
      assert.match(yield* eventsText(id), /^TYPE +REASON +MESSAGE +FIRST-TIME +LAST-TIME\nNormal +Scheduled /)
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session/${id}?view=events`)
      assert.strictEqual((yield* Effect.flip(events(unknown)))._tag, "SessionNotFound")
      assert.deepStrictEqual(failedAt(yield* events([unknown, id])), [0])
      assert.deepStrictEqual(failedAt(yield* eventsText([id, unknown])), [1])
    })
  )

  test("renew", {}, () =>
    Effect.gen(function* () {
      const { renew } = yield* Sessions
      const id = yield* createOne(notebook())
      const done = yield* createOne(headless({ cmd: "true" }))
      assert.isUndefined(yield* renew(id))
      assert.strictEqual((yield* sent).at(-1), `POST ${api}/session/${id}`)
      assert.strictEqual((yield* sentForms).at(-1), "action=renew")
      assert.deepInclude(yield* Effect.flip(renew(done)), { _tag: "SessionNotReady", id: done })
      assert.deepStrictEqual(valuesOrTags(yield* renew([unknown, id])), ["SessionNotReady", undefined])
    })
  )

  test("destroy", {}, () =>
    Effect.gen(function* () {
      const { destroy, fetch } = yield* Sessions
      const ids = yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 3 }))
      const [first = "", ...others] = ids
      assert.isUndefined(yield* destroy(first))
      assert.strictEqual((yield* sent).at(-1), `DELETE ${api}/session/${first}`)
      assert.strictEqual((yield* fetch()).length, 2)
      const outcomes = yield* destroy([...others, unknown])
      assert.deepStrictEqual(valuesOrTags(outcomes), [undefined, undefined, server.destroys.unknown])
      assert.deepStrictEqual(yield* fetch(), [])
    })
  )

  test("connectUrl of a running interactive session", {}, () =>
    Effect.gen(function* () {
      const { connectUrl } = yield* Sessions
      const id = yield* createOne(notebook())
      const job = yield* createOne(headless({ cmd: "sleep", args: "60" }))
      const url = yield* connectUrl(id)
      assert.match(Redacted.value(url), new RegExp(`^http://[^/]+/session/notebook/${id}/lab/tree/.*\\?token=${id}$`))
      assert.deepInclude(yield* Effect.flip(connectUrl(job)), {
        _tag: "SessionNotReady",
        sessionStatus: "Running",
        reason: "it has no page to open"
      })
      assert.deepStrictEqual(failedAt(yield* connectUrl([job, id, unknown])), [0, 2])
    })
  )

  test("connectUrl of a session that still waits", { pending: 3600 }, () =>
    Effect.gen(function* () {
      const { connectUrl, logs } = yield* Sessions
      const id = yield* createOne(notebook())
      assert.deepInclude(yield* Effect.flip(connectUrl(id)), {
        _tag: "SessionNotReady",
        id,
        sessionStatus: "Pending",
        isRetryable: true
      })
      assert.strictEqual(yield* logs(id), "")
    })
  )

  test("stats", { capacity }, () =>
    Effect.gen(function* () {
      const { stats } = yield* Sessions
      yield* createOne(headless({ cmd: "sleep", args: "60", cores: 4, ram: 8 }))
      const { cores, ram, instances } = yield* stats
      assert.deepInclude(cores, { requested: 4, available: 64, max: server.most.cores })
      assert.closeTo(cores.maxWithRam ?? 0, gigabytes(server.most.gibibytes), 0.01)
      assert.closeTo(ram.requested ?? 0, 8.59, 0.01)
      assert.closeTo(ram.available ?? 0, 549.756, 0.001)
      assert.strictEqual(ram.maxWithCores, server.most.cores)
      const counted = { session: 0, desktopApp: 0, headless: 1, total: 1 }
      assert.deepStrictEqual(instances, server.countsInstances ? counted : undefined)
      assert.strictEqual((yield* sent).at(-1), `GET ${api}/session?view=stats`)
    })
  )

  test("the apps of a desktop", {}, () =>
    Effect.gen(function* () {
      const { apps, fetch } = yield* Sessions
      const id = yield* createOne(desktop())
      assert.deepStrictEqual(yield* apps.list(id), [])
      const appId = yield* apps.create(id, { image: "skaha/terminal:1.1.2", cores: 1, ram: 4 })
      assert.match(appId, /^[a-z][a-z0-9]{2}$/)
      assert.strictEqual((yield* sent).at(-1), `POST ${api}/session/${id}/app`)
      assert.strictEqual((yield* sentForms).at(-1), "image=images.canfar.net%2Fskaha%2Fterminal%3A1.1.2&cores=1&ram=4")
      const app = yield* apps.info(id, appId)
      assert.deepInclude(app, { id, appId, kind: "desktop-app", status: "Running", name: "terminal-1-1-2" })
      assert.isUndefined(app.connectUrl)
      assert.deepStrictEqual(
        (yield* apps.list(id)).map(({ appId }) => appId),
        [appId]
      )
      assert.isUndefined(yield* apps.destroy(id, appId))
      assert.strictEqual((yield* sent).at(-1), `DELETE ${api}/session/${id}/app/${appId}`)
      assert.deepStrictEqual(yield* apps.list(id), [])
      assert.deepInclude(yield* Effect.flip(apps.info(id, appId)), { _tag: "SessionNotFound", id: appId })
      assert.strictEqual((yield* fetch()).length, 1)
    })
  )

  test("no app for what is no desktop, and none with bad input", {}, () =>
    Effect.gen(function* () {
      const { apps } = yield* Sessions
      const id = yield* createOne(notebook())
      const image = "skaha/terminal:1.1.2"
      assert.strictEqual((yield* Effect.flip(apps.create(id, { image })))._tag, "SessionNotFound")
      assert.strictEqual((yield* Effect.flip(apps.create(id, { image, cores: 17 })))._tag, "ResourceUnavailable")
      const { clear, requests } = yield* Emulator
      yield* clear
      const problems = [
        apps.create(id, { image: "ubuntu", cores: 0, ram: NaN }),
        apps.list("../x"),
        apps.create("", { image }),
        apps.info(id, "a/b"),
        apps.destroy("a b", "abc"),
        apps.destroy(id, "")
      ].map((effect) =>
        Effect.map(Effect.flip(effect), (error) =>
          error._tag === "InvalidInput" ? error.problems.map(({ field }) => field) : error._tag
        )
      )
      assert.deepStrictEqual(yield* Effect.all(problems), [
        ["image", "cores", "ram"],
        ["id"],
        ["id"],
        ["appId"],
        ["id"],
        ["appId"]
      ])
      assert.deepStrictEqual(yield* requests, [])
    })
  )
})
