/**
 * What a YAML or JSON file holds, as plain data, and what differs between two of them.
 */
import * as Predicate from "effect/Predicate"

/** A mapping of a file. */
export type Mapping = { readonly [key: string]: unknown }

/** Where something stands: the keys that lead to it. */
export type Path = ReadonlyArray<string>

/** One change: what is to stand at a path, or that nothing is. */
export type Edit =
  | { readonly path: Path; readonly _tag: "Set"; readonly value: unknown }
  | { readonly path: Path; readonly _tag: "Remove" }

export const isMapping = (value: unknown): value is Mapping =>
  Predicate.isObject(value) && !Array.isArray(value) && !(value instanceof Date)

/** The mapping at a key, or an empty one where there is none. */
export const mappingAt = (value: unknown, key: string): Mapping => {
  const inner = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return isMapping(inner) ? inner : {}
}

/** The same mapping with each of its values changed. */
export const mapValues = <A>(mapping: Mapping, change: (value: unknown, key: string) => A): Record<string, A> =>
  Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key, change(value, key)]))

/** Without the keys, at any depth, that have no value. */
export const withoutNulls = (value: unknown): unknown =>
  isMapping(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, inner]) => inner !== null && inner !== undefined)
          .map(([key, inner]) => [key, withoutNulls(inner)])
      )
    : value

const same = (one: unknown, other: unknown): boolean => {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]))
  }
  if (isMapping(one) && isMapping(other)) {
    const keys = Object.keys(one)
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]))
    )
  }
  return Object.is(one, other)
}

/**
 * The changes that lead from one reading of a file to another. `written` is what really stands there, which holds more
 * than the reading (keys that it does not know) and less (defaults).
 */
export const differences = (before: Mapping, after: Mapping, written: Mapping, path: Path = []): ReadonlyArray<Edit> =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key): ReadonlyArray<Edit> => {
    const [was, is, there] = [before, after, written].map((mapping) =>
      Object.hasOwn(mapping, key) ? mapping[key] : undefined
    )
    const here = [...path, key]
    if (same(was, is)) return []
    if (is === undefined) return Object.hasOwn(written, key) ? [{ _tag: "Remove", path: here }] : []
    return isMapping(was) && isMapping(is) && isMapping(there)
      ? differences(was, is, there, here)
      : [{ _tag: "Set", path: here, value: is }]
  })

/** What a mapping is after a change. */
export const edited = (mapping: Mapping, edit: Edit): Mapping => {
  const [key, ...rest] = edit.path
  if (key === undefined) return mapping
  if (rest.length > 0) return { ...mapping, [key]: edited(mappingAt(mapping, key), { ...edit, path: rest }) }
  return edit._tag === "Set"
    ? { ...mapping, [key]: edit.value }
    : Object.fromEntries(Object.entries(mapping).filter(([other]) => other !== key))
}
