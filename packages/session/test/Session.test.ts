import { assert, describe, it } from "@effect/vitest"
import type { WireSession } from "@skaha/core"
import { kinds, PublicSession, Session, Sessions } from "@skaha/session"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { plain } from "./support/plain.ts"
import { pick, seeded } from "./support/properties.ts"
import { written } from "./support/secrets.ts"
import { answering } from "./support/wire.ts"

/** As a server of today writes a notebook. */
const today = {
  id: "abcd1234",
  userid: "alice",
  runAsUID: "1001",
  runAsGID: "1002",
  supplementalGroups: [34241, 1454823273],
  image: "images.canfar.net/skaha/astroml:latest",
  type: "notebook",
  status: "Running",
  name: "book",
  startTime: "2025-04-10T15:45Z",
  expiryTime: "2025-04-14T15:45:00.5Z",
  connectURL: "https://ws.example/session/notebook/abcd1234/lab/tree/cavern/home/alice?token=t0psecret",
  requestedRAM: "4.29",
  requestedCPUCores: "0.500",
  requestedGPUCores: "0",
  ramInUse: "1.07",
  cpuCoresInUse: "0.031",
  isFixedResources: true
}

/** As a server of three years ago wrote a headless session. */
const old = {
  id: "bcde2345",
  userid: "alice",
  runAsUID: "<none>",
  runAsGID: "",
  appid: "<none>",
  image: "images.canfar.net/skaha/terminal:1.1.2",
  type: "headless",
  status: "Succeeded",
  name: "<none>",
  startTime: "<none>",
  expiryTime: "<none>",
  connectURL: "not-applicable",
  requestedRAM: "8G",
  requestedCPUCores: "2",
  requestedGPUCores: "<none>",
  ramInUse: "101Mi",
  gpuRAMInUse: "1M / 16160M",
  cpuCoresInUse: "1367m",
  gpuUtilization: "12%"
}

const one = Effect.flatMap(Sessions, ({ info }) => info("abcd1234"))

/** Reads a session as the platform's reply. */
const read = (wire: object) => Effect.provide(one, answering({ body: JSON.stringify(wire) }))

const time = (value: DateTime.Utc | undefined) => value && DateTime.formatIso(value)

describe("Session", () => {
  it.effect("of today's servers", () =>
    Effect.gen(function* () {
      const session = yield* read(today)
      const { startTime, expiryTime, connectUrl } = session
      assert.deepStrictEqual(
        { ...plain(session), startTime: 0, expiryTime: 0, connectUrl: 0 },
        {
          id: "abcd1234",
          userId: "alice",
          kind: "notebook",
          status: "Running",
          requested: { cores: 0.5, ram: 4.29, gpus: 0 },
          inUse: { cores: 0.031, ram: 1.07 },
          supplementalGroups: [34241, 1454823273],
          name: "book",
          image: "images.canfar.net/skaha/astroml:latest",
          isFixedResources: true,
          uid: 1001,
          gid: 1002,
          startTime: 0,
          expiryTime: 0,
          connectUrl: 0
        }
      )
      assert.strictEqual(time(startTime), "2025-04-10T15:45:00.000Z")
      assert.strictEqual(time(expiryTime), "2025-04-14T15:45:00.500Z")
      assert.strictEqual(connectUrl && Redacted.value(connectUrl), today.connectURL)
    })
  )

  it.effect("of old servers: what is absent in many words is not there at all", () =>
    Effect.gen(function* () {
      const session = yield* read(old)
      assert.closeTo(session.inUse.ram ?? 0, 0.105906, 1e-6)
      assert.deepStrictEqual(
        { ...plain(session), inUse: { cores: session.inUse.cores } },
        {
          id: "bcde2345",
          userId: "alice",
          kind: "headless",
          status: "Completed",
          requested: { cores: 2, ram: 8 },
          inUse: { cores: 1.367 },
          supplementalGroups: [],
          image: "images.canfar.net/skaha/terminal:1.1.2"
        }
      )
    })
  )

  it.effect("keeps the reply it was read from, in the server's own words", () =>
    Effect.gen(function* () {
      for (const wire of [today, old, { ...today, unheardOf: [1, { a: null }] }]) {
        assert.deepStrictEqual((yield* read(wire)).wire, wire)
      }
    })
  )

  it.effect("needs no more than its id, its owner, its kind and its status", () =>
    Effect.gen(function* () {
      const least = { id: "a", userid: "", type: "brand-new", status: "Sleeping" }
      assert.deepInclude(yield* read(least), { id: "a", userId: "", kind: "brand-new", status: "Sleeping" })
      for (const key of Object.keys(least)) {
        assert.strictEqual((yield* Effect.flip(read({ ...least, [key]: undefined })))._tag, "ReplyUndecodable", key)
        assert.strictEqual((yield* Effect.flip(read({ ...least, [key]: null })))._tag, "ReplyUndecodable", key)
      }
    })
  )

  const junk = pick<unknown>(
    null,
    "",
    "<none>",
    "not-applicable",
    "x",
    -1,
    1e300,
    "1e999",
    true,
    [],
    {},
    [null],
    "2025",
    "8 GB"
  )
  const optional = Object.keys(today).filter((key) => !["id", "userid", "type", "status"].includes(key))

  it.effect.prop(
    "is not lost to values that make no sense",
    [Arbitrary.array(junk, { minLength: optional.length, maxLength: optional.length })],
    ([values]) =>
      Effect.gen(function* () {
        const wire = { ...today, ...Object.fromEntries(optional.map((key, index) => [key, values[index]])) }
        const session = yield* read(wire)
        assert.strictEqual(session.id, "abcd1234")
        assert.isFalse(Object.values(session).includes(undefined))
        for (const number of Object.values({ ...session.requested, ...session.inUse })) {
          assert.isTrue(Number.isFinite(number))
        }
      }),
    seeded(200)
  )

  it.effect.each([
    ["Succeeded", "Completed"],
    ["Completed", "Completed"],
    ["Error", "Failed"],
    ["Failed", "Failed"],
    ["Pending", "Pending"],
    ["Failed (DeadlineExceeded)", "Failed"],
    ["Complete (CompletionsReached)", "Completed"],
    ["Suspended (JobSuspended)", "Suspended (JobSuspended)"]
  ])("what the server calls %s is %s", ([word, status]) =>
    Effect.gen(function* () {
      const session = yield* read({ ...today, status: word })
      assert.strictEqual(session.status, status)
      assert.strictEqual(session.wire.status, word)
    })
  )

  it.effect("does not show where it can be opened, whoever writes it down", () =>
    Effect.gen(function* () {
      const session = yield* read(today)
      assert.notInclude(written(session), "t0psecret")
      assert.notInclude(written([session, { session }]), "t0psecret")
      const { connectUrl } = yield* Sessions
      const url = yield* connectUrl("abcd1234")
      assert.strictEqual(Redacted.value(url), today.connectURL)
      assert.notInclude(written(url), "t0psecret")
      assert.notInclude(written(yield* connectUrl(["abcd1234"])), "t0psecret")
    }).pipe(Effect.provide(answering({ body: JSON.stringify(today) })))
  )

  it.effect("errors do not quote the reply", () =>
    Effect.gen(function* () {
      const { info, fetch, connectUrl } = yield* Sessions
      const errors = yield* Effect.forEach([info("a"), fetch(), connectUrl("a")], (effect) =>
        Effect.flip<unknown, Error, never>(effect)
      )
      assert.strictEqual(errors.length, 3)
      for (const error of errors) assert.notInclude(written(error), "t0psecret")
    }).pipe(Effect.provide(answering({ body: JSON.stringify({ ...today, id: 7, userid: "t0psecret" }) })))
  )

  it.effect("errors do not quote JSON that is cut", () =>
    Effect.gen(function* () {
      const { info, fetch } = yield* Sessions
      for (const effect of [info("a"), fetch()]) {
        assert.notInclude(written(yield* Effect.flip<unknown, Error, never>(effect)), "t0psecret")
      }
    }).pipe(Effect.provide(answering({ body: JSON.stringify(today).slice(0, -30) + "t0psecret" })))
  )

  it("knows the kinds that can be created", () => {
    assert.deepStrictEqual([...kinds], ["carta", "contributed", "desktop", "firefly", "headless", "notebook"])
  })
})

describe("PublicSession", () => {
  it.effect("has what everybody may see", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      const all = yield* fetch({ view: "all" })
      assert.deepStrictEqual(
        all.map(({ userId, kind, status, startTime }) => [userId, kind, status, time(startTime)]),
        [
          ["alice", "notebook", "Running", "2025-04-10T15:45:00.000Z"],
          ["bob", "headless", "Completed", undefined]
        ]
      )
      assert.instanceOf(all[0], PublicSession)
      assert.isFalse("startTime" in (all[1] ?? {}))
      assert.strictEqual(all[1]?.wire.status, "Succeeded")
    }).pipe(
      Effect.provide(
        answering({
          body: JSON.stringify([
            { userid: "alice", type: "notebook", status: "Running", startTime: "2025-04-10T15:45Z" },
            { userid: "bob", type: "headless", status: "Succeeded", startTime: "<none>" },
            { userid: "eve" }
          ])
        })
      )
    )
  )

  it("can be made of a reply, as a mock does", () => {
    const wire: WireSession = { id: "a", userid: "u", type: "headless", status: "Error" }
    const session = Session.fromWire(wire)
    assert.strictEqual(session.status, "Failed")
    assert.deepStrictEqual(Object.keys(session).toSorted(), [
      "id",
      "inUse",
      "kind",
      "requested",
      "status",
      "supplementalGroups",
      "userId"
    ])
  })
})
