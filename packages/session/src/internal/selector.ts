/**
 * Choosing sessions by name.
 */
import { InvalidInput } from "@skaha/core"
import * as Effect from "effect/Effect"

/**
 * Which names: those that start with a text, or those that a regular expression finds something in. The server
 * stores names in lower case, and both compare letter case.
 */
export type Selector = { readonly prefix: string } | { readonly pattern: RegExp }

/** The test that a selector stands for. An empty one would be everything: it is refused. */
export const matcher = (
  operation: string,
  selector: Selector
): Effect.Effect<(name: string) => boolean, InvalidInput> => {
  const refused = (field: string) =>
    Effect.fail(
      new InvalidInput({
        operation,
        problems: [{ field, message: "is empty, or fits the empty text: it would select everything" }]
      })
    )
  if ("prefix" in selector) {
    const { prefix } = selector
    return prefix === "" ? refused("prefix") : Effect.succeed((name) => name.startsWith(prefix))
  }
  // A pattern with the flag g or y remembers where it stood.
  const pattern = new RegExp(selector.pattern.source, selector.pattern.flags.replace(/[gy]/g, ""))
  return pattern.test("") ? refused("pattern") : Effect.succeed((name) => pattern.test(name))
}
