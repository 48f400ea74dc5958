import { parseRegistry, type RegistryEntry } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { anyText, below, oneOf, pick, seeded } from "../support/properties.ts"

describe("parseRegistry", () => {
  it("reads lines of a URI and an address", () => {
    const text = [
      "# comment = not an entry",
      "",
      "ivo://cadc.nrc.ca/skaha = https://ws-uv.canfar.net/skaha/capabilities",
      "  ivo://a/b=https://a/b?x=1&y=2  ",
      "ivo://no/address =",
      "= https://no/uri",
      "neither",
      "  # indented = comment"
    ]
    const expected = [
      { uri: "ivo://cadc.nrc.ca/skaha", url: "https://ws-uv.canfar.net/skaha/capabilities" },
      { uri: "ivo://a/b", url: "https://a/b?x=1&y=2" }
    ]
    for (const end of ["\n", "\r\n", "\r"]) assert.deepStrictEqual(parseRegistry(text.join(end)), expected)
  })

  it.each(["", "\n\n", "# nothing"])("%j has no entries", (text) => {
    assert.deepStrictEqual(parseRegistry(text), [])
  })

  it.each(["<html><a href='x'>y</a></html>", '\n <?xml version="1.0"?><a/>'])("%j is a page", (text) => {
    assert.strictEqual(parseRegistry(text), undefined)
  })

  const word = Arbitrary.map(Arbitrary.array(pick("a", "-", ".", "/", ":", "é", "%"), { maxLength: 8 }), (parts) =>
    parts.join("")
  )
  const entry = Arbitrary.map(Arbitrary.all([word, word, pick("", "=")]), ([uri, url, more]) => ({
    uri: `ivo://${uri}`,
    url: `https://${url}${more}`
  }))
  const noise = oneOf(
    pick("", " ", "\t", "# a = b", "words", "= x", "y ="),
    Arbitrary.map(anyText, (text) => `#${text.replaceAll(/[\r\n]/g, "")}`)
  )
  const blanks = pick("", " ", "\t ")

  it.effect.prop(
    "finds every entry of a random registry, in order, whatever stands in between",
    [Arbitrary.array(Arbitrary.all([entry, noise, blanks]), { maxLength: 8 }), pick("\n", "\r\n"), below(2)],
    ([rows, end, last]) =>
      Effect.sync(() => {
        const lines = rows.flatMap(([{ uri, url }, other, blank]) => [
          `${blank}${uri}${blank}=${blank}${url}${blank}`,
          other
        ])
        const text = lines.join(end) + end.repeat(last)
        assert.deepStrictEqual(
          parseRegistry(text),
          rows.map(([{ uri, url }]) => ({ uri, url }))
        )
      }),
    seeded(300)
  )

  it.effect.prop(
    "gives whole entries, whatever comes",
    [Arbitrary.array(oneOf(anyText, pick("=", "\n", "ivo://a/skaha")), { maxLength: 8 })],
    ([parts]) =>
      Effect.sync(() => {
        const entries: ReadonlyArray<RegistryEntry> = parseRegistry(parts.join("")) ?? []
        for (const { uri, url } of entries) {
          assert.notStrictEqual(uri, "")
          assert.notStrictEqual(url, "")
          assert.notMatch(uri + url, /[\r\n]/)
        }
      }),
    seeded(500)
  )
})
