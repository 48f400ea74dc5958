/**
 * Reading values that may be missing in many ways, from servers old and new.
 *
 * `"<none>"`, `""`, `"not-applicable"`, `null` and a missing key all mean that there is no value; a number may come
 * as a string, with or without a unit; a time may lack its seconds. A value that makes no sense is read as absent:
 * it must not lose the row it stands in.
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

const isAbsent = (text: string): boolean => text === "" || text === "<none>" || text === "not-applicable"

/** The value as text, or `undefined` where there is none. */
export const readText = (value: unknown): string | undefined => {
  if (!Predicate.isString(value)) return Predicate.isNumber(value) ? String(value) : undefined
  const text = value.trim()
  return isAbsent(text) ? undefined : text
}

// Most numbers have no unit: they take the short way.
const plain = /^\d+(?:\.\d*)?$/
const quantity = /^([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*([a-zA-Z%]*)$/

const finite = (number: number): number | undefined => (Number.isFinite(number) ? number : undefined)

const scaled =
  (units: Readonly<Record<string, number>>) =>
  (value: unknown): number | undefined => {
    if (Predicate.isString(value) && plain.test(value)) return finite(Number(value))
    const match = quantity.exec(readText(value) ?? "")
    const unit = match === null ? undefined : units[match[2] ?? ""]
    return unit === undefined ? undefined : finite(Number(match?.[1]) * unit)
  }

const gigabyte = 1e9

const binary = {
  E: 2 ** 60 / gigabyte,
  P: 2 ** 50 / gigabyte,
  T: 2 ** 40 / gigabyte,
  G: 2 ** 30 / gigabyte,
  M: 2 ** 20 / gigabyte,
  K: 2 ** 10 / gigabyte
}

/** What means the same wherever it stands. */
const unmistakable = {
  "": 1,
  GB: 1,
  MB: 1e-3,
  k: 1e-6,
  Ei: binary.E,
  Pi: binary.P,
  Ti: binary.T,
  Gi: binary.G,
  Mi: binary.M,
  Ki: binary.K
}

/** GB (10⁹ bytes) from `"8.59"`, `"32Gi"`, `"137.439G"`, `"101Mi"`, `"4 GB"`, … */
export const readGigabytes = scaled({ ...unmistakable, E: 1e9, P: 1e6, T: 1e3, G: 1, M: 1e-3, K: 1e-6 })

/** The same from where the platform takes off the `i`: what it writes as `"4G"` is 4 GiB. */
export const readGibibytes = scaled({ ...unmistakable, ...binary })

/** A number of cores or GPUs from `"2"`, `"0.500"`, `"1367m"`, `"900000n"`, `"5u"`, … */
export const readCount = scaled({ "": 1, m: 1e-3, u: 1e-6, n: 1e-9 })

/** A percentage from `"12%"` or `"12"`. */
export const readPercent = scaled({ "": 1, "%": 1 })

// Both of the platform's shapes: 2025-04-10T15:45Z and 2025-04-10T15:45:00.123Z, or with an offset.
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/

/** A time, with or without seconds. */
export const readTime = (value: unknown): DateTime.Utc | undefined => {
  const text = readText(value)
  if (text === undefined || !time.test(text)) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : DateTime.makeUnsafe(milliseconds)
}

/** A truth value, as such or in words. */
export const readBoolean = (value: unknown): boolean | undefined => {
  if (Predicate.isBoolean(value)) return value
  const text = readText(value)?.toLowerCase()
  return text === "true" ? true : text === "false" ? false : undefined
}

const numeral = /^\d+$/

/** The whole numbers in a list; one may come as text. */
export const readIntegers = (value: unknown): ReadonlyArray<number> => {
  const integers: Array<number> = []
  if (!Array.isArray(value)) return integers
  for (const item of value) {
    const number: unknown = Predicate.isString(item) && numeral.test(item) ? Number(item) : item
    if (Predicate.isNumber(number) && Number.isInteger(number)) integers.push(number)
  }
  return integers
}

/** The texts in a list. */
export const readTexts = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter(Predicate.isString) : []

/** A field that reads whatever comes: a schema for it, and the plain function in it. */
export type Tolerant = Schema.Top & { readonly read: (value: unknown) => unknown }

/**
 * A value that the contract says is of one type, and that may yet be anything: what comes is taken as it is and read
 * as far as it makes sense. Reading is one way: nothing of this is ever sent.
 */
const tolerant = <Wire>() => {
  const wire = Schema.declare((value): value is Wire => value !== undefined)
  return <A>(schema: Schema.Schema<A>, read: (value: unknown) => A | undefined) => {
    const field = wire.pipe(
      Schema.decodeTo(Schema.UndefinedOr(Schema.toType(schema)), {
        decode: SchemaGetter.transform(read),
        encode: SchemaGetter.forbidden(() => "a reply is read, not written")
      })
    )
    return Object.assign(Schema.optionalKey(field), { read })
  }
}

const ofText = tolerant<string>()
const ofNumber = tolerant<string | number>()

/** Text that may be absent. */
export const Text = ofText(Schema.String, readText)
/** GB (10⁹ bytes) that may be absent. */
export const Gigabytes = ofNumber(Schema.Finite, readGigabytes)
/** GB (10⁹ bytes) that may be absent, of a server that writes `G` for `Gi`. */
export const Gibibytes = ofNumber(Schema.Finite, readGibibytes)
/** A number of cores or GPUs that may be absent. */
export const Count = ofNumber(Schema.Finite, readCount)
/** A percentage that may be absent. */
export const Percent = ofNumber(Schema.Finite, readPercent)
/** A time that may be absent. */
export const Time = ofText(Schema.DateTimeUtc, readTime)
/** A truth value that may be absent. */
export const Truth = tolerant<boolean>()(Schema.Boolean, readBoolean)
/** Whole numbers; what is none is dropped. */
export const Integers = tolerant<ReadonlyArray<number>>()(Schema.Array(Schema.Finite), readIntegers)
/** Texts; what is none is dropped. */
export const Texts = tolerant<ReadonlyArray<string>>()(Schema.Array(Schema.String), readTexts)
