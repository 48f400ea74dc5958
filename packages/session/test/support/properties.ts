/**
 * Generators that schemas alone do not give, and how properties are checked: always with the same inputs.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/** Options of a property: seeded, so that a run is like every other. */
export const seeded = (runs: number) => ({ arbitrary: { seed: 20260117, runs } })

/** A whole number from `minimum` to `maximum`. */
export const between = (minimum: number, maximum: number): Arbitrary.Arbitrary<number> =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

/** One of the values, each as likely as the others. */
export const pick = <const A>(...values: readonly [A, ...ReadonlyArray<A>]): Arbitrary.Arbitrary<A> =>
  Arbitrary.map(between(0, values.length - 1), (index) => values[index] ?? values[0])

/** A text of these characters. */
export const textOf = (characters: string, maxLength: number): Arbitrary.Arbitrary<string> => {
  const [first = "", ...others] = characters
  return Arbitrary.map(Arbitrary.array(pick(first, ...others), { maxLength }), (parts) => parts.join(""))
}
