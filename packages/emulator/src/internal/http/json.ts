/** Two blanks of indent and no newline at the end. Two separators are escaped which JSON itself does not care about. */
export const prettyJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")

/** `Instant.toString`: the seconds are always there. */
export const instant = (millis: number): string => new Date(millis).toISOString().replace(".000Z", "Z")

/** `OffsetDateTime.toString`: seconds of zero are left out. */
export const offsetDateTime = (millis: number): string => instant(millis).replace(/:00Z$/, "Z")

/** A number as Java writes a double. */
export const double = (value: number): string =>
  Number.isInteger(value) ? value.toFixed(1) : String(Number(value.toFixed(3)))
