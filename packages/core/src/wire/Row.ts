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

/** What a row means, and the row itself. */
export interface Reading<A, I> {
  readonly reply: A
  readonly wire: I
}

type Read<A, I> = (json: unknown) => Reading<A, I> | undefined

/** Reads rows of JSON with these columns; gives `undefined` for what is none. */
const rowReader =
  (columns: ReadonlyArray<Column>): Read<Values, Values> =>
  (json) => {
    if (!Predicate.isObject(json)) return undefined
    const reply: Values = {}
    for (const { name, isRequired, read } of columns) {
      const wire = json[name]
      if (wire !== undefined) {
        const value = read(wire)
        if (isRequired && value === undefined) return undefined
        reply[name] = value
      } else if (isRequired) return undefined
    }
    return { reply, wire: json }
  }

const readers = new WeakMap<Schema.Top, Read<unknown, unknown>>()

/** The schema of a row with these fields, which can also be read straight. */
export const row = <const Fields extends Readonly<Record<string, Field>>>(fields: Fields): Schema.Struct<Fields> => {
  const schema = Schema.Struct(fields)
  readers.set(schema, rowReader(Object.entries(fields).map(column)))
  return schema
}

/** What stands among the readers for a schema was made of its fields, and reads what it describes. */
const isReaderOf = <A, I>(_: Schema.Codec<A, I>, reader: Read<unknown, unknown> | undefined): reader is Read<A, I> =>
  reader !== undefined

/**
 * The function that reads a row of JSON straight, for a schema that {@link row} made. It gives what decoding by the
 * schema would give, with the row itself, or `undefined` where that would fail.
 */
export const straightReader = <A, I>(schema: Schema.Codec<A, I>): Read<A, I> | undefined => {
  const reader = readers.get(schema)
  return isReaderOf(schema, reader) ? reader : undefined
}
