import { assert, describe, it } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { Context, Sessions, type Resources, type Session } from "@skaha/session"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { valuesOrTags } from "./support/outcomes.ts"
import { plain } from "./support/plain.ts"
import { testInMemory as test } from "./support/platforms.ts"
import { capacity, gigabytes, serverOf, servers } from "./support/server.ts"
import { createOne, desktop, headless, notebook } from "./support/sessions.ts"

// What users see of a session, and of the platform, is the same from every server, but for what a server does not say.

const names = (sessions: ReadonlyArray<Session>) => sessions.map(({ name = "" }) => name).toSorted()

/** RAM to two digits: that is all that today's servers tell. */
const rounded = ({ ram, ...others }: Resources) => ({
  ...others,
  ...(ram === undefined ? {} : { ram: Number(ram.toFixed(2)) })
})

/** All that a session has, in plain values. */
const view = ({ requested, inUse, startTime, expiryTime, connectUrl, ...others }: Session) => ({
  ...others,
  requested: rounded(requested),
  inUse: rounded(inUse),
  ...(startTime === undefined ? {} : { startTime: DateTime.formatIso(startTime) }),
  ...(expiryTime === undefined ? {} : { expiryTime: DateTime.formatIso(expiryTime) }),
  ...(connectUrl === undefined ? {} : { connectUrl: new URL(Redacted.value(connectUrl)).pathname })
})

/** Two weeks after the test clock begins, and four days. */
const headlessExpiry = "1970-01-15T00:00:00.000Z"
const interactiveExpiry = "1970-01-05T00:00:00.000Z"
const began = "1970-01-01T00:00:00.000Z"

const bobsToken = "token-of-bob"
const users = [{ name: "bob", token: bobsToken }]

const utf8 = new TextEncoder()

/** What bob is answered, who goes to the platform's door by himself. */
const asBob = (method: string, target: string, form = "") =>
  Effect.map(
    Emulator.use(({ handle }) =>
      handle({
        method,
        target: `/skaha/${target}`,
        headers: {
          host: "emulator.invalid",
          authorization: `Bearer ${bobsToken}`,
          "content-type": "application/x-www-form-urlencoded"
        },
        body: utf8.encode(form)
      })
    ),
    ({ status, body }) => ({ status, text: new TextDecoder().decode(body).trim() })
  )

describe.each(servers)("A server of $profile", (server) => {
  const { profile, version } = server
  /** What every session here has in common. */
  const common = {
    userId: "alice",
    uid: 1001,
    gid: 1001,
    supplementalGroups: [],
    inUse: {}
  }
  const fixed = (isFixedResources: boolean) => (server.tellsFixed ? { isFixedResources } : {})
  const job = {
    ...common,
    kind: "headless",
    image: "images.canfar.net/skaha/terminal:1.1.2",
    requested: { cores: 2, ram: 4.29, ...server.noGpus },
    startTime: began,
    expiryTime: headlessExpiry,
    ...fixed(true)
  }

  test("a session that waits, runs, and has been measured", { profile, pending: 60 }, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const id = yield* createOne(headless({ name: "Busy", cmd: "sleep", args: "1h", cores: 2, ram: 4, gpus: 1 }))
      const requested = { cores: 2, ram: 4.29, gpus: 1 }
      const { startTime, expiryTime, ...unstarted } = job
      const waiting = server.startsPending ? { startTime, expiryTime } : {}
      assert.deepStrictEqual<unknown>(view(yield* info(id)), {
        ...unstarted,
        ...waiting,
        id,
        name: "busy",
        status: "Pending",
        requested
      })
      yield* TestClock.adjust("61 seconds")
      const running = { ...job, id, name: "busy", status: "Running", requested }
      assert.deepStrictEqual<unknown>(view(yield* info(id)), running)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual<unknown>(view(yield* info(id)), { ...running, inUse: { cores: 0.001, ram: 0.05 } })
    })
  )

  test("sessions that ended well and badly", { profile }, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      for (const [cmd, status, word] of [
        ["true", "Completed", server.words.completed],
        ["false", "Failed", server.words.failed]
      ] as const) {
        const id = yield* createOne(headless({ name: cmd, cmd, cores: 2, ram: 4 }))
        const session = yield* info(id)
        assert.deepStrictEqual<unknown>(view(session), { ...job, id, name: cmd, status })
        assert.strictEqual(session.wire.status, word)
      }
    })
  )

  test("a job that ran out of time has failed, whatever it is called", { profile }, () =>
    Effect.gen(function* () {
      const { fetch, info } = yield* Sessions
      const id = yield* createOne(headless({ cmd: "sleep", args: "30d" }))
      yield* TestClock.adjust("336 hours")
      assert.strictEqual((yield* info(id)).status, "Failed")
      assert.strictEqual((yield* fetch({ status: "Failed" })).length, 1)
    })
  )

  test("a flexible session", { profile }, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const id = yield* createOne(notebook())
      assert.deepStrictEqual<unknown>(view(yield* info(id)), {
        ...common,
        id,
        kind: "notebook",
        name: "book",
        status: "Running",
        image: "images.canfar.net/skaha/astroml:latest",
        requested: { ...(server.tellsFixed ? {} : { cores: 1, ram: 4.29 }), ...server.noGpus },
        startTime: began,
        expiryTime: interactiveExpiry,
        connectUrl: `/session/notebook/${id}/lab/tree/cavern/home/alice`,
        ...fixed(false)
      })
    })
  )

  test("a desktop and its app", { profile }, () =>
    Effect.gen(function* () {
      const { apps, fetch, info } = yield* Sessions
      const id = yield* createOne(desktop())
      const appId = yield* apps.create(id, { image: "skaha/terminal:1.1.2", cores: 2, ram: 4 })
      const expected = {
        ...job,
        id,
        appId,
        kind: "desktop-app",
        name: "terminal-1-1-2",
        status: "Running",
        expiryTime: interactiveExpiry
      }
      assert.deepStrictEqual<unknown>(view(yield* apps.info(id, appId)), expected)
      assert.deepStrictEqual<unknown>((yield* apps.list(id)).map(view), [expected])
      assert.deepStrictEqual<unknown>((yield* fetch({ kind: "desktop-app" })).map(view), [expected])
      assert.deepStrictEqual(names(yield* fetch()), server.listsApps ? ["desk", "terminal-1-1-2"] : ["desk"])
      const desk = yield* info(id)
      assert.deepInclude(view(desk), { id, kind: "desktop", status: "Running", connectUrl: `/session/desktop/${id}/` })
      assert.notProperty(desk, "appId")
    })
  )

  test("statuses, in every word that there is for them", { profile, pending: 60 }, () =>
    Effect.gen(function* () {
      const { fetch, destroyWith } = yield* Sessions
      yield* createOne(headless({ name: "done", cmd: "true" }))
      yield* createOne(headless({ name: "broken", cmd: "false" }))
      yield* createOne(headless({ name: "busy", cmd: "sleep", args: "1h" }))
      yield* TestClock.adjust("2 minutes")
      yield* createOne(headless({ name: "late", cmd: "true" }))
      const found: ReadonlyArray<readonly [name: string, ...words: ReadonlyArray<string>]> = [
        ["done", "Completed", "Succeeded", "succeeded", "COMPLETED"],
        ["broken", "Failed", "Error", "error", "FAILED", server.words.failed],
        ["busy", "Running", "running"],
        ["late", "Pending", "pending"]
      ]
      for (const [name, ...words] of found) {
        for (const status of words) {
          assert.deepStrictEqual(names(yield* fetch({ status })), [name], status)
          const all = yield* fetch({ view: "all", status })
          assert.strictEqual(all.length, 1, status)
          const { selected } = yield* destroyWith({ pattern: /./ }, { status, dryRun: true })
          assert.deepStrictEqual(names(selected), [name], status)
        }
      }
      assert.deepStrictEqual(
        (yield* fetch({ view: "all" })).map(({ userId, kind, status }) => [userId, kind, status].join(" ")).toSorted(),
        ["Completed", "Failed", "Pending", "Running"].map((status) => `alice headless ${status}`)
      )
      assert.deepStrictEqual(yield* fetch({ status: "Failed (NoSuchReason)" }), [])
    })
  )

  test("ids that are unknown, and another user's", { profile, users }, () =>
    Effect.gen(function* () {
      const { connectUrl, destroy, events, fetch, info, logs, renew } = yield* Sessions
      const made = yield* asBob(
        "POST",
        `${version}/session`,
        "name=his&image=images.canfar.net/skaha/terminal:1.1.2&cmd=sleep&args=1h"
      )
      const ids = [made.text, "zzzzzzzz"]
      const twice = <A>(outcome: A) => [outcome, outcome]
      assert.deepStrictEqual<unknown>(valuesOrTags(yield* info(ids)), twice("SessionNotFound"))
      assert.deepStrictEqual<unknown>(valuesOrTags(yield* connectUrl(ids)), twice("SessionNotFound"))
      assert.deepStrictEqual<unknown>(valuesOrTags(yield* events(ids)), twice("SessionNotFound"))
      assert.deepStrictEqual<unknown>(valuesOrTags(yield* logs(ids)), twice(""))
      assert.deepStrictEqual<unknown>(valuesOrTags(yield* renew(ids)), twice("SessionNotReady"))
      assert.deepStrictEqual(valuesOrTags(yield* destroy(ids)), [server.destroys.foreign, server.destroys.unknown])
      // Whatever was answered: it is not hers to destroy, and not hers to see, but for what all may see.
      assert.strictEqual((yield* asBob("GET", `${version}/session/${made.text}`)).status, 200)
      assert.deepStrictEqual(yield* fetch(), [])
      assert.deepStrictEqual(
        (yield* fetch({ view: "all" })).map(({ userId, status }) => [userId, status]),
        [["bob", "Running"]]
      )
    })
  )

  test("what the platform has", { profile, capacity }, () =>
    Effect.gen(function* () {
      const { stats } = yield* Sessions
      yield* createOne(headless({ cmd: "sleep", args: "1h", cores: 4, ram: 8 }))
      yield* createOne(headless({ cmd: "true", cores: 16, ram: 16 }))
      const { cores, instances, ram } = yield* stats
      const mostRam = gigabytes(server.most.gibibytes)
      assert.deepStrictEqual(cores, {
        requested: 4,
        available: capacity.cores,
        max: server.most.cores,
        maxWithRam: mostRam
      })
      assert.deepStrictEqual(
        { ...ram, requested: ram.requested?.toFixed(3), available: ram.available?.toFixed(3) },
        {
          requested: gigabytes(8).toFixed(3),
          available: gigabytes(capacity.ram).toFixed(3),
          max: mostRam,
          maxWithCores: server.most.cores
        }
      )
      const counted = { session: 0, desktopApp: 0, headless: 1, total: 1 }
      assert.deepStrictEqual(instances, server.countsInstances ? counted : undefined)
    })
  )

  test("what a session may ask for", { profile, maxInteractiveSessions: 3 }, () =>
    Effect.gen(function* () {
      const { cores, ram, ...others } = plain(yield* Context.use(({ resources }) => resources))
      const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1)
      assert.deepStrictEqual(cores, { ...server.context.cores, options: upTo(16) })
      assert.deepInclude(ram, server.context.ram)
      assert.deepStrictEqual(others, {
        gpus: { options: upTo(28) },
        ...(server.context.tellsLimit ? { maxInteractiveSessions: 3 } : {})
      })
    })
  )

  test("an image with a label for another kind", { profile }, () =>
    Effect.gen(function* () {
      const { create } = yield* Sessions
      const made = yield* Effect.result(create(notebook({ image: "skaha/terminal:1.1.2" })))
      assert.strictEqual(made._tag, server.enforcesLabels ? "Failure" : "Success")
      if (made._tag === "Failure") {
        assert.deepInclude(made.failure, {
          _tag: "RequestRefused",
          serverText: "image/type mismatch: images.canfar.net/skaha/terminal:1.1.2/notebook"
        })
      }
    })
  )

  test("no credentials", { profile, sdk: { token: undefined } }, () =>
    Effect.gen(function* () {
      const { create, fetch } = yield* Sessions
      assert.strictEqual((yield* Effect.flip(fetch()))._tag, "CredentialsMissing")
      assert.strictEqual((yield* Effect.flip(create(headless())))._tag, "CredentialsMissing")
    })
  )
})

describe("SKAHA_TEST_PROFILE", () => {
  it("must be the name of a server", () => {
    assert.throws(() => serverOf("1.5"), "1.5 is none of 1.4, 1.4-limit-range, 1.0, 0.29")
  })
})
