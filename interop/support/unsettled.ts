import { isDeepStrictEqual } from "node:util"

const without = <D>(these: ReadonlyArray<D>, others: ReadonlyArray<D>): ReadonlyArray<D> =>
  these.filter((each) => !others.some((other) => isDeepStrictEqual(each, other)))

/** A line for every difference that is not declared, and for every declared one that did not occur. */
export const unsettled = <D>(
  found: ReadonlyArray<D>,
  expected: ReadonlyArray<D>,
  tell: (difference: D) => string
): ReadonlyArray<string> => [
  ...new Set([
    ...without(found, expected).map((each) => `not declared: ${tell(each)}`),
    ...without(expected, found).map((each) => `declared, and does not occur: ${tell(each)}`)
  ])
]

/** A value in such a line. */
export const show = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value))
