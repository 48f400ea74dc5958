import * as Result from "effect/Result"
import { badRequest, type Checked, refuse, unexpected } from "../http/replies.ts"

// `cmd`, `args` and `env` are pasted into the job's YAML template with Java's `String.replaceAll`, which gives `$`
// and `\` in them a meaning nobody asked for. This is that meaning.

/** Java's `String.split`: no part at all only when there is nothing but separators; trailing empty parts are dropped. */
export const javaSplit = (text: string, separator: string): ReadonlyArray<string> => {
  if (!text.includes(separator)) return [text]
  const parts = text.split(separator)
  while (parts.at(-1) === "") parts.pop()
  return parts
}

const illegal = (message: string) => refuse(badRequest(message))

/** What becomes of a text that is used as the replacement in `replaceAll` with a pattern that has no groups. */
export const asReplacement = (text: string): Checked<string> => {
  let result = ""
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === "\\") {
      at++
      if (at === text.length) return illegal("character to be escaped is missing")
      result += text.charAt(at)
    } else if (char === "$") {
      at++
      if (at === text.length) return illegal("Illegal group reference: group index is missing")
      const group = text.charAt(at)
      if (group === "{") {
        const name = /^[A-Za-z0-9]+(?=\})/.exec(text.slice(at + 1))?.[0]
        if (name === undefined) return illegal("named capturing group is missing trailing '}'")
        return illegal(
          /^\d/.test(name)
            ? `capturing group name {${name}} starts with digit character`
            : `No group with name {${name}}`
        )
      }
      if (!/\d/.test(group)) return illegal("Illegal group reference")
      // Group 0 is the whole match: the template's own placeholder.
      if (group !== "0") return refuse(unexpected(`java.lang.IndexOutOfBoundsException: No group ${group}`))
    } else {
      result += char
    }
  }
  return Result.succeed(result)
}

const yamlEscapes: Record<string, string> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\"
}

/** What YAML makes of a text between double quotes; `undefined` when the text breaks the document. */
export const asYamlScalar = (text: string): string | undefined => {
  if (!/["\\\n]/.test(text)) return text
  let result = ""
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') return undefined
    if (char === "\\") {
      const escaped = yamlEscapes[text.charAt(++at)]
      if (escaped === undefined) return undefined
      result += escaped
    } else {
      result += char === "\n" ? " " : char
    }
  }
  return result
}

/** `KEY=VALUE`, used only if splitting at `=` leaves exactly two parts. Anything else is dropped without a word. */
export const parseVariable = (text: string): readonly [name: string, value: string] | undefined => {
  const [name, value, ...more] = javaSplit(text, "=")
  return name === undefined || value === undefined || more.length > 0 ? undefined : [name, value]
}
