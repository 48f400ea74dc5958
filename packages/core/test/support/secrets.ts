/**
 * Whether a value gives a secret away.
 */
import { assert } from "@effect/vitest"
import { inspect } from "node:util"

/** Every way in which a value is usually written down: a console, a log line, JSON, a template. */
const writings = (value: unknown): ReadonlyArray<string> => [
  inspect(value, { depth: Infinity, showHidden: true, getters: false }),
  inspect(value, { depth: Infinity, getters: true }),
  JSON.stringify(value) ?? "",
  String(value),
  ...(value instanceof Error ? [value.message, value.stack ?? ""] : [])
]

/** Fails where a secret shows, however the value is written down. */
export const assertHides = (value: unknown, ...secrets: ReadonlyArray<string>): void => {
  for (const text of writings(value)) {
    for (const secret of secrets) assert.notInclude(text, secret)
  }
}
