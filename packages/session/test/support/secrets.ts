/**
 * Whether a value gives a secret away.
 */
import { inspect } from "node:util"

/** Every way in which a value is usually written down: a console, a log line, JSON, a template. */
export const written = (value: unknown): string =>
  [
    inspect(value, { depth: Infinity, showHidden: true }),
    JSON.stringify(value) ?? "",
    String(value),
    ...(value instanceof Error ? [value.message, value.stack ?? ""] : [])
  ].join("\n")
