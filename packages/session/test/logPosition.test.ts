import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { beginning, compare, kept, linesOf, restart } from "../src/internal/logs/logPosition.ts"
import { between, pick, seeded } from "./support/properties.ts"

/** What somebody has been given by readings, one after the other: each event of the log in order. */
const follow = (readings: ReadonlyArray<string>) => {
  let position = beginning
  const given: Array<string> = []
  for (const reading of readings) {
    const addition = compare(position, reading)
    if (addition === undefined) continue
    if (addition._tag === "Restarted") given.push(position.rest, "<restarted>")
    for (const line of linesOf(addition.fresh)) given.push(`${line}\n`)
    position = addition.position
  }
  return { given, position, text: given.join("") + position.rest }
}

const encoder = new TextEncoder()

/** What comes of the first so many bytes of a text, as a transport decodes them. */
const cutAt = (bytes: Uint8Array, at: number) => new TextDecoder().decode(bytes.subarray(0, at))

/** Letters of one to four bytes, line ends of every kind, and what a decoder puts in the place of what it cannot read. */
const pieces = pick("a", "b", " ", "\n", "\n", "\r\n", "\r", "é", "ß", "世", "界", "€", "𝄞", "🚀", "\uFFFD", "")
const texts = Arbitrary.map(Arbitrary.array(pieces, { maxLength: 60 }), (parts) => parts.join(""))
/** Such texts, long enough for the place in them not to be all of them. */
const longTexts = Arbitrary.map(Arbitrary.all([texts, between(1, 150)]), ([text, times]) => text.repeat(times))
const cuts = Arbitrary.array(between(0, 1_000_000), { maxLength: 12 })

/** Lines that all differ. */
const linesFrom = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index} é\n`).join("")

describe("any way of cutting a text into readings gives the text back", () => {
  it.prop(
    "that only grow",
    [longTexts, cuts],
    ([text, places]) => {
      const bytes = encoder.encode(text)
      const whole = cutAt(bytes, bytes.length)
      const sorted = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b)
      const { given, text: followed } = follow([...sorted.map((at) => cutAt(bytes, at)), whole])
      assert.strictEqual(followed, whole)
      assert.notInclude(given, "<restarted>")
    },
    seeded(1000)
  )

  it.prop(
    "some of which end too early",
    [longTexts, cuts],
    ([text, places]) => {
      const bytes = encoder.encode(text)
      const whole = cutAt(bytes, bytes.length)
      const readings = places.map((place) => cutAt(bytes, place % (bytes.length + 1)))
      const { given, text: followed } = follow([...readings, whole])
      assert.strictEqual(followed, whole)
      assert.notInclude(given, "<restarted>")
    },
    seeded(1000)
  )
})

it.prop(
  "a log whose beginning is gone goes on where it was",
  [between(kept, 3000), between(1, 400), between(0, 400)],
  ([length, gone, more]) => {
    const start = linesFrom(0, length)
    const all = linesFrom(0, length + more)
    const { text } = follow([start, all.slice(linesFrom(0, gone).length)])
    assert.strictEqual(text, all)
  },
  seeded(200)
)

describe("a log that is another one comes whole", () => {
  const old = linesFrom(0, 500)

  it("when the container was started again", () => {
    const next = linesFrom(1000, 1002)
    assert.deepStrictEqual(follow([old + "unfinis", next]).given.slice(500), [
      "unfinis",
      "<restarted>",
      "line 1000 é\n",
      "line 1001 é\n"
    ])
  })

  it("when it begins as the old one did, once it is another", () => {
    const banner = linesFrom(0, 200)
    const next = banner + linesFrom(1000, 1500)
    const { given } = follow([old, "", banner, banner + linesFrom(1000, 1100), next])
    assert.deepStrictEqual(given, [...follow([old]).given, "", "<restarted>", ...follow([next]).given])
  })

  it("when what is new does not go on after the last line, which was not finished", () => {
    assert.deepStrictEqual(follow(["a\nunfin", "a\nother\n"]).given, ["a\n", "unfin", "<restarted>", "a\n", "other\n"])
  })

  it("when lines have come in between, as those of a desktop before those of its apps", () => {
    const apps = linesFrom(2000, 2500)
    const { given } = follow([old + apps, `${old}more\n${apps}`])
    assert.strictEqual(given.length, 1000 + 2 + 1001)
  })

  it("when it begins as the old one did, and what that ended with is further ahead", () => {
    const banner = linesFrom(0, 200)
    const { given } = follow([banner + "one\n".repeat(300), `${banner}${"one\n".repeat(280)}${linesFrom(0, 100)}`])
    assert.deepStrictEqual(given.slice(500, 503), ["", "<restarted>", "line 0 é\n"])
    assert.strictEqual(given.length, 500 + 2 + 580)
  })

  it("when its beginning is gone, and the place with it", () => {
    const { given } = follow([old, linesFrom(600, 1200)])
    assert.strictEqual(given.filter((event) => event === "<restarted>").length, 1)
    assert.strictEqual(given.length, 500 + 2 + 600)
  })

  it("when the place is too short to be told from others", () => {
    assert.deepStrictEqual(follow(["a\n", "b\na\nc\n"]).given, ["a\n", "", "<restarted>", "b\n", "a\n", "c\n"])
  })

  it("when it is taken as such", () => {
    assert.strictEqual(restart("a\nb").fresh, "a\n")
    assert.strictEqual(restart("a\nb").position.rest, "b")
  })
})

it("what is kept of a long log is short", () => {
  const { position } = follow([`${linesFrom(0, 100_000)}rest`])
  assert.strictEqual(position.head.length + position.tail.length, 2 * kept)
  assert.strictEqual(position.rest, "rest")
})

it("a long log of what could not be read is compared in no time", () => {
  const text = "\uFFFD".repeat(1_000_000)
  assert.strictEqual(follow([text.slice(1), text, `${text}\n`]).text, `${text}\n`)
})
