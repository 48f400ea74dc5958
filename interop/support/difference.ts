/**
 * How two outcomes differ, key by key.
 */
import { isDeepStrictEqual } from "node:util"
import type { Json } from "../scenario/Step.ts"
import type { Outcome } from "./outcome.ts"
import type { Raised } from "./Told.ts"

/** What only one of the two has is `undefined` for the other. */
export interface Difference {
  /** Such as `gives[0].name`; empty when one gives something and the other raises. */
  readonly at: string
  readonly python: Json | undefined
  readonly ours: Json | undefined
}

/** Two classes of errors that mean the same, and the status that stands behind them. */
export interface SameError {
  readonly python: string
  readonly ours: string
  readonly status?: number
}

const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A row by what names it: where a whole row differs, the reason is never in its details. */
const brief = <A extends Json | undefined>(value: A): Json | A => {
  if (Array.isArray(value)) return value.map((each) => brief(each))
  if (!isRecord(value)) return value
  const { id, name, userid, type } = value
  if (id !== undefined) return id
  if (typeof name === "string") return `<${name}>`
  if (userid !== undefined && type !== undefined) return type
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, brief(each)]))
}

/** Where two values differ: at the deepest keys that both have. */
export const differences = (python: Json | undefined, ours: Json | undefined, at = ""): ReadonlyArray<Difference> => {
  if (isDeepStrictEqual(python, ours)) return []
  if (isRecord(python) && isRecord(ours)) {
    const keys = new Set([...Object.keys(python), ...Object.keys(ours)])
    return [...keys].flatMap((key) => differences(python[key], ours[key], at === "" ? key : `${at}.${key}`))
  }
  if (Array.isArray(python) && Array.isArray(ours) && python.length === ours.length) {
    return python.flatMap((each, index) => differences(each, ours[index], `${at}[${index}]`))
  }
  return [{ at, python: brief(python), ours: brief(ours) }]
}

/** The error as it is compared: texts are each client's own. */
const plain = ({ text: _text, failures = {}, ...error }: Raised): { readonly [key: string]: Json } => ({
  raises: error.raises,
  ...(error.status === undefined ? {} : { status: error.status }),
  ...(error.operation === undefined ? {} : { operation: error.operation }),
  ...(error.results === undefined ? {} : { results: error.results }),
  ...Object.fromEntries(Object.entries(failures).map(([input, failure]) => [`failures.${input}`, plain(failure)]))
})

/** Puts our class in the place of Python's where the two mean the same, and notes that it did. */
const translated = (
  error: Raised,
  ours: Raised,
  same: ReadonlyArray<SameError>,
  used: (pair: SameError) => void
): Raised => {
  const pair = same.find(
    (each) => each.python === error.raises && each.ours === ours.raises && each.status === error.status
  )
  if (pair !== undefined) used(pair)
  const failures = Object.entries(error.failures ?? {}).map(([input, failure]) => {
    const other = ours.failures?.[input]
    return [input, other === undefined ? failure : translated(failure, other, same, used)] as const
  })
  const { status: _status, ...rest } = error
  return {
    ...(pair === undefined ? error : { ...rest, raises: ours.raises }),
    ...(pair === undefined || ours.status === undefined ? {} : { status: ours.status }),
    ...(error.failures === undefined ? {} : { failures: Object.fromEntries(failures) })
  }
}

const effects = ({ printed, opened, made, gone }: Outcome) => ({ printed, opened, made, gone })

/** Of two calls of which only one gives something, the other must have done nothing. */
const done = ({ made, gone }: Outcome) => differences({ made: [], gone: [] }, { made, gone })

/** Compares what a step came to in Python and here. `used` hears of each pair of errors that was met. */
export const compare = (
  python: Outcome,
  ours: Outcome,
  same: ReadonlyArray<SameError>,
  used: (pair: SameError) => void
): ReadonlyArray<Difference> => {
  if ("gives" in python) {
    return "gives" in ours
      ? differences({ gives: python.gives, ...effects(python) }, { gives: ours.gives, ...effects(ours) })
      : [{ at: "", python: brief({ gives: python.gives }), ours: plain(ours) }, ...done(ours)]
  }
  if ("gives" in ours) {
    return [{ at: "", python: plain(python), ours: brief({ gives: ours.gives }) }, ...done(python)]
  }
  const inOurWords = plain(translated(python, ours, same, used))
  return [...differences(inOurWords, plain(ours)), ...differences(effects(python), effects(ours))]
}
