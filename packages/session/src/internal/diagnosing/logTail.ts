/**
 * The end of a log, for a report.
 */

const mostLines = 40

/** 16 KiB. */
const mostBytes = 16_384

/** Notebooks and the like write the address at which they can be opened, with its password. */
const password = /([?&](?:token|password)=)[^\s&"'<>]+/gi

/** The last whole characters of a text that are so many bytes at most. */
const lastBytes = (text: string): string => {
  // One more than there can be: half a character at the beginning is cut off with it.
  const bytes = new TextEncoder().encode(text.slice(-mostBytes - 1))
  let start = Math.max(0, bytes.length - mostBytes)
  while (((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start++
  return new TextDecoder().decode(bytes.subarray(start))
}

/**
 * The last lines of a log, at most 40 and at most 16 KiB, without the blanks at its end. Passwords in addresses are left
 * out.
 */
export const tailOf = (log: string): string => {
  // A character is a byte at least; trimmed blanks and what is left out get as much again.
  const end = log.slice(-2 * mostBytes)
  // Of a word that is cut it cannot be told whether it is a password.
  const lines = (end.length < log.length ? end.replace(/^\S{1,1000}(?=\s)/, "") : end)
    .trimEnd()
    .split("\n")
    .slice(-mostLines)
    .join("\n")
  return lastBytes(lines.replace(password, "$1<redacted>"))
}
