import { ContextReply, ImageReply, PublicSessionReply, SessionReply, StatsReply, type PlatformCall } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Fixtures from "../support/fixtures.ts"
import { assertMeans, plain } from "../support/meaning.ts"
import { platform, reply } from "../support/platform.ts"

const call: PlatformCall = { operation: "Test.call", method: "GET", path: "session" }

const decoded = <A, I>(schema: Schema.Codec<A, I>, body: string) =>
  Effect.flatMap(platform(reply(body)), ({ client }) => client.decode(call, schema, (meaning) => plain(meaning)))

const rows = <A, I>(schema: Schema.Codec<A, I>, body: string) =>
  Effect.flatMap(platform(reply(body)), ({ client }) => client.rows(call, schema, (meaning) => plain(meaning)))

describe("sessions", () => {
  it.effect("of today's servers", () =>
    Effect.gen(function* () {
      const [notebook, headless, app, ...others] = yield* rows(SessionReply, Fixtures.sessionsToday)
      assert.deepStrictEqual(others, [])
      assertMeans(notebook, {
        id: "k7xq2m4p",
        userid: "alice",
        runAsUID: 1001,
        runAsGID: 1001,
        supplementalGroups: [2001, 2002],
        image: "images.canfar.net/skaha/astroml:latest",
        type: "notebook",
        status: "Running",
        name: "notebook1",
        startTime: Date.UTC(2025, 3, 10, 15, 45),
        expiryTime: Date.UTC(2025, 3, 14, 15, 45),
        connectURL: "https://H/session/notebook/k7xq2m4p/lab/tree/cavern/home/alice?token=k7xq2m4p",
        requestedRAM: 4.29,
        requestedCPUCores: 2,
        requestedGPUCores: 0,
        ramInUse: 0.53,
        cpuCoresInUse: 0.003,
        isFixedResources: true
      })
      assertMeans(headless, {
        id: "b3d8f0zz",
        userid: "alice",
        supplementalGroups: [],
        image: "images.canfar.net/skaha/terminal:1.1.2",
        type: "headless",
        status: "Pending",
        name: "fit-1",
        requestedGPUCores: 1,
        isFixedResources: false
      })
      assertMeans(app, {
        id: "k7xq2m4q",
        userid: "alice",
        runAsUID: 1001,
        runAsGID: 1001,
        supplementalGroups: [],
        appid: "a1b",
        image: "images.canfar.net/skaha/terminal:1.1.2",
        type: "desktop-app",
        status: "Completed",
        name: "terminal-1-1-2",
        startTime: Date.UTC(2025, 3, 10, 15, 45, 7),
        cpuCoresInUse: 5e-6,
        isFixedResources: false
      })
    })
  )

  it.effect("of servers up to 0.29", () =>
    Effect.gen(function* () {
      assertMeans(yield* decoded(SessionReply, Fixtures.sessionOfVersion0), {
        id: "ufx7g1ab",
        userid: "bob",
        runAsUID: 1002,
        supplementalGroups: [],
        image: "images.canfar.net/skaha/terminal:1.1.2",
        type: "headless",
        status: "Succeeded",
        name: "test",
        startTime: Date.UTC(2022, 10, 2, 2, 15, 44),
        requestedRAM: 4.294967296,
        requestedCPUCores: 2,
        ramInUse: 0.105906176,
        gpuRAMInUse: "1M / 16160M",
        cpuCoresInUse: 0.001,
        gpuUtilization: 0
      })
    })
  )

  it.effect("of all users have no id", () =>
    Effect.gen(function* () {
      const list =
        '[{"userid":"bob","type":"carta","status":"Running","startTime":"2025-04-10T15:45Z"},' +
        '{"userid":"eve","type":"headless","status":"Failed (DeadlineExceeded)"}]'
      assert.deepStrictEqual(yield* rows(PublicSessionReply, list), [
        { userid: "bob", type: "carta", status: "Running", startTime: Date.UTC(2025, 3, 10, 15, 45) },
        { userid: "eve", type: "headless", status: "Failed (DeadlineExceeded)" }
      ])
    })
  )

  it.effect.each(["id", "userid", "type", "status"])("need their %s", (key) =>
    Effect.gen(function* () {
      const wire = Object.fromEntries(
        Object.entries({ id: "a", userid: "b", type: "c", status: "d" }).filter(([name]) => name !== key)
      )
      const error = yield* Effect.flip(decoded(SessionReply, JSON.stringify(wire)))
      assert.include(error.message, `["${key}"]`)
    })
  )
})

describe("stats", () => {
  it.effect("of today's servers", () =>
    Effect.gen(function* () {
      assertMeans(yield* decoded(StatsReply, Fixtures.statsToday), {
        cores: { requestedCPUCores: 12.5, cpuCoresAvailable: 64, maxCPUCores: { cpuCores: 8, withRam: 34.359738368 } },
        ram: { requestedRAM: 137.439, ramAvailable: 549.756, maxRAM: { ram: 34.359738368, withCPUCores: 8 } }
      })
    })
  )

  it.effect("of a limit range: only what one session may have is written in GiB without their i", () =>
    Effect.gen(function* () {
      const written = Fixtures.statsToday.replaceAll('"32Gi"', '"32G"')
      assertMeans(yield* decoded(StatsReply, written), yield* decoded(StatsReply, Fixtures.statsToday))
    })
  )

  it.effect("of 2022", () =>
    Effect.gen(function* () {
      assertMeans(yield* decoded(StatsReply, Fixtures.statsOf2022), {
        instances: { session: 88, desktopApp: 30, headless: 0, total: 118 },
        cores: { requestedCPUCores: 377, coresAvailable: 960, maxCores: { cores: 32, withRam: 157.840048128 } },
        ram: { requestedRAM: 1709.396983808, ramAvailable: 5368.70912, maxRAM: { ram: 242.665652224, withCores: 10 } }
      })
    })
  )

  it.effect.each(["{}", '{"cores":null,"ram":{}}', '{"ram":{"maxRAM":null}}'])("may lack everything: %s", (body) =>
    Effect.gen(function* () {
      assert.isObject(yield* decoded(StatsReply, body))
    })
  )
})

describe("contexts", () => {
  it.effect.each([
    [Fixtures.contextOfFile, 5, [1, 2, 28], 2],
    [Fixtures.contextOfLimitRange, 3, [], 1],
    [Fixtures.contextOfVersion0, undefined, undefined, undefined]
  ] as const)("of every kind of server (%#)", ([body, sessions, gpus, cores]) =>
    Effect.gen(function* () {
      const { client } = yield* platform(reply(body))
      const context = yield* client.decode(call, ContextReply, (meaning) => meaning)
      assert.strictEqual(context.maxInteractiveSessions, sessions)
      assert.deepStrictEqual(context.gpus?.options, gpus)
      assert.strictEqual(context.cores.default, cores)
      assert.isAbove(context.memoryGB.options?.length ?? 0, 1)
    })
  )
})

describe("images", () => {
  it.effect("have labels of all sorts, or none", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* rows(ImageReply, Fixtures.imagesToday), [
        {
          id: "images.canfar.net/skaha/terminal:1.1.2",
          types: ["headless", "desktop-app", "my label"],
          digest: "sha256:1e6f0c"
        },
        { id: "images.canfar.net/skaha/bare:1" }
      ])
    })
  )
})
