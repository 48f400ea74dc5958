/**
 * Whether a value gives a secret away.
 */
import { inspect } from "node:util"

/** Every way in which a value is usually written down: a console, a log line, JSON, a template. */
const writings = (value: unknown): ReadonlyArray<string> => [
  inspect(value, { depth: Infinity, showHidden: true, getters: false }),
  inspect(value, { depth: Infinity, getters: true }),
  JSON.stringify(value) ?? "",
  String(value),
  ...(value instanceof Error ? [value.message, value.stack ?? ""] : [])
]

/** The writings of a value in which a secret shows. */
export const giveaways = (value: unknown, secrets: ReadonlyArray<string>): ReadonlyArray<string> =>
  writings(value).filter((text) => secrets.some((secret) => text.includes(secret)))
