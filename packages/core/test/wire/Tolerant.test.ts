import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import {
  Count,
  Gigabytes,
  Integers,
  readBoolean,
  readCount,
  readGibibytes,
  readGigabytes,
  readIntegers,
  readPercent,
  readText,
  readTexts,
  readTime,
  Time
} from "../../src/wire/Tolerant.ts"
import { anyJson, seeded } from "../support/properties.ts"

/** What means that there is no value, of whatever kind. */
const absent = ["", " ", "<none>", " <none> ", "not-applicable", null, undefined, {}, [], ["x"], { a: 1 }, NaN]

describe("readText", () => {
  it.each(absent.filter((value) => !Number.isNaN(value)))("of %j is absent", (value) => {
    assert.isUndefined(readText(value))
  })
  it.each([
    ["x", "x"],
    [" a b\n", "a b"],
    ["none", "none"],
    ["<NONE>", "<NONE>"],
    [1001, "1001"],
    [0, "0"]
  ])("of %j is %j", (value, text) => {
    assert.strictEqual(readText(value), text)
  })
})

describe("readGigabytes", () => {
  it.each([...absent, "much", "4 Go", "-1G", "1.2.3", "G", "1e999", true, "0x10"])("of %j is absent", (value) => {
    assert.isUndefined(readGigabytes(value))
  })
  it.each<readonly [value: unknown, gigabytes: number]>([
    // Today's servers: GB with two digits and no unit.
    ["1.07", 1.07],
    ["4.29", 4.29],
    ["8.59", 8.59],
    ["17.18", 17.18],
    ["0", 0],
    [4.29, 4.29],
    [0, 0],
    // Stats.
    ["137.439G", 137.439],
    ["549.756G", 549.756],
    ["32Gi", 34.359738368],
    ["96G", 96],
    ["4G", 4],
    ["101Mi", 0.105906176],
    ["512M", 0.512],
    ["6420K", 0.00642],
    ["6420k", 0.00642],
    ["1536Mi", 1.610612736],
    ["2T", 2000],
    ["1Ti", 1099.511627776],
    ["1P", 1e6],
    ["1Pi", 1125899.906842624],
    ["1E", 1e9],
    ["1Ei", 2 ** 60 / 1e9],
    ["4 GB", 4],
    ["4.", 4],
    ["1e3M", 1],
    ["1024Ki", 0.001048576]
  ])("of %j is %d GB", (value, gigabytes) => {
    assert.approximately(readGigabytes(value) ?? NaN, gigabytes, gigabytes * 1e-12)
  })
})

describe("readGibibytes", () => {
  it.each([...absent, "much", "-1G", "G"])("of %j is absent", (value) => {
    assert.isUndefined(readGibibytes(value))
  })
  it.each<readonly [value: unknown, gigabytes: number]>([
    // Today's servers.
    ["4.29", 4.29],
    ["32Gi", 34.359738368],
    // Limit ranges, and servers up to 0.30.
    ["96G", 103.079215104],
    ["4G", 4.294967296],
    ["48M", 0.050331648],
    ["101Mi", 0.105906176],
    ["6420K", 0.00657408],
    ["2T", 2199.023255552],
    ["4 GB", 4]
  ])("of %j is %d GB", (value, gigabytes) => {
    assert.approximately(readGibibytes(value) ?? NaN, gigabytes, gigabytes * 1e-12)
  })
})

describe("readCount", () => {
  it.each([...absent, "two", "2G", "-1", "1,5", "1M"])("of %j is absent", (value) => {
    assert.isUndefined(readCount(value))
  })
  it.each<readonly [value: unknown, count: number]>([
    ["2", 2],
    ["0.500", 0.5],
    ["0", 0],
    [64, 64],
    [12.5, 12.5],
    ["1367m", 1.367],
    ["900000n", 0.0009],
    ["3000000000n", 3],
    ["5u", 5e-6],
    ["1001", 1001]
  ])("of %j is %d", (value, count) => {
    assert.approximately(readCount(value) ?? NaN, count, count * 1e-12)
  })
})

describe("readPercent", () => {
  it.each([...absent, "most", "5G"])("of %j is absent", (value) => {
    assert.isUndefined(readPercent(value))
  })
  it.each<readonly [value: unknown, percent: number]>([
    ["0%", 0],
    ["12%", 12],
    ["12", 12],
    ["99.5 %", 99.5],
    [7, 7]
  ])("of %j is %d", (value, percent) => {
    assert.approximately(readPercent(value) ?? NaN, percent, percent * 1e-12)
  })
})

describe("readTime", () => {
  it.each([...absent, "yesterday", "2025", "2025-04-10", "2025-04-10T15:45", 1744299900000, "2025-13-40T99:99Z"])(
    "of %j is absent",
    (value) => {
      assert.isUndefined(readTime(value))
    }
  )
  it.each([
    ["2025-04-10T15:45Z", "2025-04-10T15:45:00.000Z"],
    ["2025-04-10T15:45:07Z", "2025-04-10T15:45:07.000Z"],
    ["2025-04-10T15:45:07.1Z", "2025-04-10T15:45:07.100Z"],
    ["2025-04-10T15:45:07.123456789Z", "2025-04-10T15:45:07.123Z"],
    ["2025-04-10T15:45+02:00", "2025-04-10T13:45:00.000Z"],
    ["2025-04-10T15:45:07-0330", "2025-04-10T19:15:07.000Z"],
    [" 2025-04-10T15:45Z ", "2025-04-10T15:45:00.000Z"]
  ])("of %j is %s", (value, iso) => {
    const time = readTime(value)
    assert.strictEqual(time && DateTime.formatIso(time), iso)
  })
})

describe("readBoolean", () => {
  it.each([...absent, "yes", 1, 0, "0"])("of %j is absent", (value) => {
    assert.isUndefined(readBoolean(value))
  })
  it.each([
    [true, true],
    [false, false],
    ["true", true],
    ["False", false],
    [" TRUE ", true]
  ])("of %j is %j", (value, truth) => {
    assert.strictEqual(readBoolean(value), truth)
  })
})

describe("lists", () => {
  it("keep what they are lists of", () => {
    assert.deepStrictEqual(readIntegers([1, "2", 3.5, null, -4, {}]), [1, 2, -4])
    assert.deepStrictEqual(readTexts(["a", 1, "", null, ["b"], "c"]), ["a", "", "c"])
  })
  it.each([null, undefined, "1", 1, {}])("of %j are empty", (value) => {
    assert.deepStrictEqual(readIntegers(value), [])
    assert.deepStrictEqual(readTexts(value), [])
  })
})

describe("fields", () => {
  const schema = Schema.Struct({ ram: Gigabytes, cores: Count, groups: Integers, start: Time })

  it("that do not come are not there", () => {
    assert.deepStrictEqual(Schema.decodeSync(schema)({}), {})
  })

  it.prop(
    "read anything at all, and never throw",
    [anyJson(["a"]), anyJson(["b"])],
    ([ram, start]) => {
      const decoded = Schema.decodeUnknownSync(schema)({ ram, start, cores: ram, groups: start })
      assert.isTrue(decoded.ram === undefined || Number.isFinite(decoded.ram))
      assert.isTrue(decoded.start === undefined || DateTime.isDateTime(decoded.start))
      assert.isTrue(decoded.groups?.every(Number.isInteger))
    },
    seeded(300)
  )
})
