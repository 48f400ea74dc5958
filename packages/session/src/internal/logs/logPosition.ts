/**
 * Where to go on in a log that is only ever given whole.
 */

/** So many characters of the beginning and of the end of what has been given are kept, to find the place again. */
export const kept = 1024

/** How far a log has been given out. Not the log itself: that may be long. */
export interface LogPosition {
  /** How many characters have been given: all lines up to the last line feed. */
  readonly given: number
  /** Their beginning. */
  readonly head: string
  /** Their end. */
  readonly tail: string
  /** What came last after them: a line that is not finished. */
  readonly rest: string
}

/** Nothing has been given yet. */
export const beginning: LogPosition = { given: 0, head: "", tail: "", rest: "" }

/** What a reading of the log adds. */
export interface Addition {
  /** Whether it goes on, or is another text; that may also be one that goes on somewhere after the place. */
  readonly _tag: "Continued" | "Restarted"
  /** The lines that are new, each with its line feed; of another text all. */
  readonly fresh: string
  /** The place after them. */
  readonly position: LogPosition
}

/** The part as a text of its own: a part of a text keeps all of it in memory. */
const detached = (part: string, whole: string): string =>
  // As JSON, since a part may begin or end within a pair of surrogates.
  part.length * 2 < whole.length ? JSON.parse(JSON.stringify(part)) : part

/** Where the text ends without a character that was cut, which is decoded as a replacement. */
const endOf = (text: string): number => {
  let end = text.length
  while (end > 0 && text.charAt(end - 1) === "\uFFFD") end--
  return end
}

/** Goes on in the text, of which so many characters have been given. */
const goOn = (_tag: Addition["_tag"], text: string, given: number): Addition => {
  const end = Math.max(given, text.lastIndexOf("\n") + 1)
  return {
    _tag,
    fresh: detached(text.slice(given, end), text),
    position: {
      given: end,
      head: detached(text.slice(0, Math.min(end, kept)), text),
      tail: detached(text.slice(Math.max(0, end - kept), end), text),
      rest: detached(text.slice(end), text)
    }
  }
}

/** Takes the text as another one: all of it is new. */
export const restart = (text: string): Addition => goOn("Restarted", text, 0)

/**
 * Compares a reading with what has been given; `undefined` when it ends before that: a reply that was cut, or a replica
 * that lags behind.
 */
export const compare = ({ given, head, rest, tail }: LogPosition, text: string): Addition | undefined => {
  const end = endOf(text)
  const isSameBeginning = text.startsWith(head)
  let from = given
  if (!isSameBeginning || !text.startsWith(tail, given - tail.length)) {
    const read = text.slice(0, end)
    if (
      end < given &&
      (read.startsWith(head) || head.startsWith(read)) &&
      tail.startsWith(read.slice(given - tail.length))
    ) {
      return undefined
    }
    // A long log loses its beginning. So its end stands further ahead, unlike that of one that others are joined with.
    const found = isSameBeginning ? -1 : text.indexOf(tail)
    if (found === -1 || found + kept >= given) return restart(text)
    from = found + kept
  }
  // The line that was not finished has to go on, too.
  const known = rest.slice(0, endOf(rest))
  const open = text.slice(from, Math.max(from, end))
  if (open.startsWith(known)) return goOn("Continued", text, from)
  return known.startsWith(open) ? undefined : restart(text)
}

/** The lines of a text that ends with a line feed, without their line feeds. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0, end = text.indexOf("\n"); end !== -1; start = end + 1, end = text.indexOf("\n", start)) {
    yield text.slice(start, end)
  }
}
