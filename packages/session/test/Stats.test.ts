import { assert, describe, it } from "@effect/vitest"
import { Sessions, Stats } from "@skaha/session"
import * as Effect from "effect/Effect"
import { plain } from "./support/plain.ts"
import { answering } from "./support/wire.ts"

const read = (wire: unknown) =>
  Effect.provide(
    Sessions.use(({ stats }) => stats),
    answering({ body: JSON.stringify(wire) })
  )

describe("Stats", () => {
  it.effect("of today's servers", () =>
    Effect.gen(function* () {
      const wire = {
        cores: { requestedCPUCores: 12.5, cpuCoresAvailable: 64, maxCPUCores: { cpuCores: 8, withRam: "32Gi" } },
        ram: { requestedRAM: "137.439G", ramAvailable: "549.756G", maxRAM: { ram: "32Gi", withCPUCores: 8 } }
      }
      const stats = yield* read(wire)
      assert.instanceOf(stats, Stats)
      const gibibytes = (32 * 2 ** 30) / 1e9
      assert.deepStrictEqual(plain(stats), {
        cores: { requested: 12.5, available: 64, max: 8, maxWithRam: gibibytes },
        ram: { requested: 137.439, available: 549.756, max: gibibytes, maxWithCores: 8 }
      })
      assert.deepStrictEqual(stats.wire, wire)
    })
  )

  it.effect("of the servers of 2022", () =>
    Effect.gen(function* () {
      const stats = yield* read({
        instances: { session: 88, desktopApp: 30, headless: 0, total: 118 },
        cores: { requestedCPUCores: 377, coresAvailable: 960, maxCores: { cores: 32, withRam: "147Gi" } },
        ram: { maxRAM: { ram: "226Gi", withCores: 32 } }
      })
      assert.deepStrictEqual(stats.instances, { session: 88, desktopApp: 30, headless: 0, total: 118 })
      assert.deepInclude(stats.cores, { requested: 377, available: 960, max: 32 })
      assert.closeTo(stats.cores.maxWithRam ?? 0, 157.84, 0.01)
      assert.strictEqual(stats.ram.maxWithCores, 32)
      assert.isFalse("requested" in stats.ram)
    })
  )

  it.effect.each([{}, { cores: null, ram: null, instances: null }, { more: 1 }])(
    "of a server that says little: %j",
    (wire) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(plain(yield* read(wire)), { cores: {}, ram: {} })
      })
  )

  it.effect.each([[], "x", 7, null, { cores: 3 }])("cannot understand %j", (wire) =>
    Effect.gen(function* () {
      assert.deepInclude(yield* Effect.flip(read(wire)), { _tag: "ReplyUndecodable", operation: "Sessions.stats" })
    })
  )
})
