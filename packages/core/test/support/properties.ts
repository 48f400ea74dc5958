/**
 * Generators that schemas alone do not give, and how properties are checked: always the same inputs.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/** Options of a property: seeded, so that a run is like every other. */
export const seeded = (runs: number) => ({ arbitrary: { seed: 20260117, runs } })

/** One of several generators, each as likely as the others. */
export const oneOf = <A>(...arbitraries: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> => {
  const [first, ...others] = arbitraries
  if (first === undefined) throw new Error("nothing to choose from")
  return Arbitrary.flatMap(below(arbitraries.length), (index) => others[index - 1] ?? first)
}

/** A whole number from 0 to one less than `end`. */
export const below = (end: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: end - 1 })))

/** One of the values. */
export const pick = <const A>(...values: ReadonlyArray<A>): Arbitrary.Arbitrary<A> =>
  oneOf(...values.map((value) => Arbitrary.Constant(value)))

/** Any text; of every kind of character, lone surrogates too. */
export const anyText: Arbitrary.Arbitrary<string> = Arbitrary.map(
  Arbitrary.array(
    oneOf(
      Arbitrary.map(below(0x80), (code) => String.fromCharCode(code)),
      Arbitrary.map(below(0x800), (code) => String.fromCharCode(code)),
      Arbitrary.map(below(0x10000), (code) => String.fromCharCode(code)),
      Arbitrary.map(below(0x110000), (code) => String.fromCodePoint(code)),
      pick(" ", "+", "&", "=", "%", "*", "~", "/", "\n", "é", "星", "🛰️")
    ),
    { maxLength: 30 }
  ),
  (characters) => characters.join("")
)

/** Any text that has a UTF-8 form. */
export const wellFormed: Arbitrary.Arbitrary<string> = Arbitrary.map(anyText, (text) => text.toWellFormed())

const scalar: Arbitrary.Arbitrary<unknown> = oneOf<unknown>(
  Arbitrary.Constant(null),
  Arbitrary.schema(Schema.Boolean),
  Arbitrary.schema(Schema.Finite),
  Arbitrary.map(below(1000), (number) => number),
  wellFormed,
  pick("", "<none>", "Running", "1.5Gi", "2025-04-10T15:45Z", "true")
)

/** Any JSON value, of some depth; objects favour the given keys. */
export const anyJson = (keys: ReadonlyArray<string>, depth = 3): Arbitrary.Arbitrary<unknown> => {
  if (depth === 0) return scalar
  const inner = anyJson(keys, depth - 1)
  const key = oneOf(pick(...keys), wellFormed)
  return oneOf<unknown>(
    scalar,
    Arbitrary.array(inner, { maxLength: 4 }),
    Arbitrary.map(Arbitrary.array(Arbitrary.all([key, inner]), { maxLength: keys.length }), (entries) =>
      Object.fromEntries(entries)
    )
  )
}
