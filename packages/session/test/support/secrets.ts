/**
 * Whether a value gives a secret away.
 */
import { inspect } from "node:util"
import * as Formatter from "effect/Formatter"

/** Every way in which a value is usually written down: a console, a log line, JSON, a template. */
export const written = (value: unknown): string =>
  [
    inspect(value, { depth: Infinity, showHidden: true }),
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "",
    String(value),
    // How Effect's loggers write.
    Formatter.format(value),
    Formatter.formatJson(value),
    ...(value instanceof Error ? [value.message, value.stack ?? ""] : [])
  ].join("\n")
