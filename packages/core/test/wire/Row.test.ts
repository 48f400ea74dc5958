import { ImageReply, PublicSessionReply, SessionReply } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import type * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { row, straightReader } from "../../src/wire/Row.ts"
import { Count, Text } from "../../src/wire/Tolerant.ts"
import { anyJson, oneOf, seeded } from "../support/properties.ts"
import * as Wire from "../support/wireReplies.ts"

/** A row as its schema reads it, `undefined` where it cannot; beside it, as it is read straight. */
const bothWays = <A, I>(schema: Schema.Codec<A, I>, json: unknown) => {
  const straight = straightReader(schema)
  if (straight === undefined) throw new Error("it is not read straight")
  return { bySchema: Result.getOrUndefined(Schema.decodeUnknownResult(schema)(json)), straight: straight(json)?.reply }
}

const schemas: ReadonlyArray<{
  readonly name: string
  readonly schema: Schema.Codec<object, object> & { readonly fields: object }
  readonly rows: Arbitrary.Arbitrary<{ readonly wire: object }>
}> = [
  { name: "SessionReply", schema: SessionReply, rows: Wire.session },
  { name: "PublicSessionReply", schema: PublicSessionReply, rows: Wire.publicSession },
  { name: "ImageReply", schema: ImageReply, rows: Wire.image }
]

describe.each(schemas)("$name", ({ schema, rows }) => {
  const names = Object.keys(schema.fields)

  it.prop(
    "is read straight as by its schema, whatever some of its values are",
    [rows, anyJson(names), anyJson(names)],
    ([{ wire }, first, second]) => {
      for (const name of names) {
        const { bySchema, straight } = bothWays(schema, { ...wire, [name]: first, another: second })
        assert.deepStrictEqual(straight, bySchema)
        assert.deepStrictEqual(Object.keys(straight ?? {}), Object.keys(bySchema ?? {}))
      }
    },
    seeded(100)
  )

  it.prop(
    "is read straight as by its schema, whatever is missing",
    [rows],
    ([{ wire }]) => {
      for (const name of names) {
        const { bySchema, straight } = bothWays(
          schema,
          Object.fromEntries(Object.entries(wire).filter(([key]) => key !== name))
        )
        assert.deepStrictEqual(straight, bySchema)
        assert.deepStrictEqual(Object.keys(straight ?? {}), Object.keys(bySchema ?? {}))
      }
    },
    seeded(100)
  )

  it.prop(
    "is read straight as by its schema, whatever comes in its place",
    [oneOf(anyJson(names), anyJson(names, 1))],
    ([json]) => {
      const { bySchema, straight } = bothWays(schema, json)
      assert.deepStrictEqual(straight, bySchema)
    },
    seeded(300)
  )
})

describe("row", () => {
  const schema = row({ name: Schema.String, id: Schema.NonEmptyString, count: Count, text: Text })

  it.each([
    [
      { text: " x ", count: "1367m", id: "a", name: "", more: 1 },
      { name: "", id: "a", count: 1.367, text: "x" }
    ],
    [
      { name: "b", id: "a" },
      { name: "b", id: "a" }
    ],
    [
      { name: "b", id: "a", count: "many", text: "<none>" },
      { name: "b", id: "a", count: undefined, text: undefined }
    ],
    [{ name: "b", id: "" }, undefined],
    [{ name: null, id: "a" }, undefined],
    [{ id: "a" }, undefined],
    [[], undefined],
    [null, undefined],
    ["a", undefined]
  ])("of %j is %j", (json, means) => {
    assert.deepStrictEqual(bothWays(schema, json), { bySchema: means, straight: means })
  })

  it("is needed for reading straight", () => {
    assert.isUndefined(straightReader(Schema.Struct({ name: Schema.String })))
  })
})
