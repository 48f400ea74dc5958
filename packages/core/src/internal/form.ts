/**
 * `application/x-www-form-urlencoded`, byte for byte as Python's `urllib.parse.urlencode` writes it: a blank becomes
 * `+`, and everything but letters, digits and `_.-~` is percent-encoded as UTF-8. (`URLSearchParams` differs: it
 * leaves `*` and encodes `~`.)
 */

/** Parameters in the order in which they are sent; a name may come more than once. */
export type Parameters = ReadonlyArray<readonly [name: string, value: string]>

const hex = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

const encode = (text: string): string =>
  /^[\w.~-]*$/.test(text)
    ? text
    : encodeURIComponent(text.toWellFormed())
        .replace(/[!'()*]/g, hex)
        .replaceAll("%20", "+")

/** The parameters as one string. A lone surrogate, which has no UTF-8, is sent as U+FFFD. */
export const urlencode = (parameters: Parameters): string =>
  parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")
