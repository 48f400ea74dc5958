/**
 * What was decoded, in plain values.
 */
import { assert } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"

/** Times as milliseconds, and what is absent left out. */
export const plain = (value: unknown): unknown => {
  if (DateTime.isDateTime(value)) return DateTime.toEpochMillis(value)
  if (Array.isArray(value)) return value.map(plain)
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, plain(inner)]]))
  )
}

/** That two values mean the same, but for the last bit of a number. */
export const assertMeans = (actual: unknown, expected: unknown): void => {
  if (typeof actual === "number" && typeof expected === "number") {
    assert.approximately(actual, expected, Math.abs(expected) * 1e-12)
  } else if (Array.isArray(actual) && Array.isArray(expected)) {
    assert.strictEqual(actual.length, expected.length)
    actual.forEach((inner, index) => assertMeans(inner, expected[index]))
  } else if (Predicate.isObject(actual) && Predicate.isObject(expected)) {
    const [entries, others] = [Object.entries(actual), new Map(Object.entries(expected))]
    assert.sameMembers(
      entries.map(([key]) => key),
      Array.from(others.keys())
    )
    for (const [key, inner] of entries) assertMeans(inner, others.get(key))
  } else assert.strictEqual(actual, expected)
}
