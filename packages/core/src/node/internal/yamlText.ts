/**
 * Values as YAML, so plain that YAML 1.1 (PyYAML) and YAML 1.2 read them alike.
 */
import { isMapping, type Mapping } from "./plain.ts"

/** Text that nobody takes for anything else, in a block or in brackets. */
const plain = /^[A-Za-z/](?:[\w./+@~%=-]|:(?=\/))*$/
const words = /^(?:y|yes|n|no|true|false|on|off|null)$/i

/** JSON leaves them as they are; YAML 1.1 takes some for line breaks and refuses the others. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

const textOf = (text: string): string =>
  plain.test(text) && !words.test(text)
    ? text
    : JSON.stringify(text).replace(unprintable, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** YAML 1.1 wants a point in a number with an exponent. */
const numberOf = (number: number): string => {
  if (Number.isNaN(number)) return ".nan"
  if (Object.is(number, -0)) return "-0.0"
  if (!Number.isFinite(number)) return number < 0 ? "-.inf" : ".inf"
  return String(number).replace(/^(-?\d+)e/, "$1.0e")
}

/** A value on one line. */
export const inline = (value: unknown): string => {
  if (typeof value === "string") return textOf(value)
  if (typeof value === "number") return numberOf(value)
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`
  return isMapping(value) ? `{${inlinePairs(value)}}` : String(value)
}

/** A mapping's entries on one line, without its brackets. */
export const inlinePairs = (mapping: Mapping): string =>
  Object.entries(mapping)
    .map(([key, value]) => `${textOf(key)}: ${inline(value)}`)
    .join(", ")

/** Whether a value takes lines of its own. */
export const isBlock = (value: unknown): value is Mapping => isMapping(value) && Object.keys(value).length > 0

/** An entry as lines; the first is not indented. */
export const pairLines = (key: string, value: unknown, indent: number): ReadonlyArray<string> =>
  isBlock(value) ? [`${textOf(key)}:`, ...blockLines(value, indent + 2)] : [`${textOf(key)}: ${inline(value)}`]

/** A mapping as lines. */
export const blockLines = (mapping: Mapping, indent = 0): ReadonlyArray<string> =>
  Object.entries(mapping).flatMap(([key, value]) => {
    const [first = "", ...rest] = pairLines(key, value, indent)
    return [" ".repeat(indent) + first, ...rest]
  })
