/**
 * Rows of a reply, read straight.
 *
 * The schema of a row is the contract. A row that holds nothing but texts, which must be there, and tolerant values can
 * also be read in one pass by a plain function, made here of the same fields: it gives what the schema gives, several
 * times as fast.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Tolerant } from "./Tolerant.ts"

/** What a row can hold. */
type Field = typeof Schema.String | typeof Schema.NonEmptyString | Tolerant

type Values = Record<string, unknown>

interface Column {
  readonly name: string
  readonly isRequired: boolean
  /** Of what is required, `undefined` means that there is no such row. */
  readonly read: (value: unknown) => unknown
}

const anyText = (value: unknown): string | undefined => (Predicate.isString(value) ? value : undefined)
const someText = (value: unknown): string | undefined => anyText(value) || undefined

const column = ([name, field]: readonly [name: string, field: Field]): Column =>
  "read" in field
    ? { name, isRequired: false, read: field.read }
    : { name, isRequired: true, read: field === Schema.NonEmptyString ? someText : anyText }

/** Reads rows of JSON with these columns; gives `undefined` for what is none. */
const rowReader =
  (columns: ReadonlyArray<Column>) =>
  (json: unknown): Values | undefined => {
    if (!Predicate.isObject(json)) return undefined
    const values: Values = {}
    for (const { name, isRequired, read } of columns) {
      const wire = json[name]
      if (wire !== undefined) {
        const value = read(wire)
        if (isRequired && value === undefined) return undefined
        values[name] = value
      } else if (isRequired) return undefined
    }
    return values
  }

const readers = new WeakMap<Schema.Top, (json: unknown) => Values | undefined>()

/** The schema of a row with these fields, which can also be read straight. */
export const row = <const Fields extends Readonly<Record<string, Field>>>(fields: Fields): Schema.Struct<Fields> => {
  const schema = Schema.Struct(fields)
  readers.set(schema, rowReader(Object.entries(fields).map(column)))
  return schema
}

/**
 * The function that reads a row of JSON straight, for a schema that {@link row} made. It gives what decoding by the
 * schema would give, or `undefined` where that would fail.
 */
export const straightReader = <A, I>(schema: Schema.Codec<A, I>): ((json: unknown) => A | undefined) | undefined =>
  readers.get(schema) as ((json: unknown) => A | undefined) | undefined
