import { parseEvents, type SessionEvent } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import { eventTables } from "../support/eventTables.ts"
import { anyText, below, oneOf, pick, seeded, wellFormed } from "../support/properties.ts"

type Cells = (typeof eventTables)[number]["rows"][number]

/** An event as the cells it was printed from. */
const cellsOf = ({ type, reason, message, firstTime, lastTime }: SessionEvent): Cells => {
  const written = (time: DateTime.Utc | undefined) =>
    time === undefined ? "<none>" : DateTime.formatIso(time).replace(".000Z", "Z")
  return [type, reason, message, written(firstTime), written(lastTime)]
}

const heading: Cells = ["TYPE", "REASON", "MESSAGE", "FIRST-TIME", "LAST-TIME"]

/** Prints rows without line breaks: columns at least six wide and three blanks apart. */
const print = (rows: ReadonlyArray<Cells>): string => {
  const width = (cell: string) => Array.from(cell).length
  const widths = heading.map((_, column) => Math.max(6, ...rows.map((row) => width(row[column] ?? "") + 3)))
  return rows
    .map((row) =>
      row.map((cell, column) => (column < 4 ? cell + " ".repeat((widths[column] ?? 0) - width(cell)) : cell)).join("")
    )
    .join("\n")
}

const time = oneOf(
  Arbitrary.Constant("<none>"),
  Arbitrary.map(below(2 ** 31), (seconds) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z"))
)
const message = Arbitrary.map(
  Arbitrary.array(oneOf(wellFormed, pick("   ", "      ", "<none>", "2026-01-01T00:00:05Z", "星雲")), { maxLength: 5 }),
  (parts) => {
    const text = parts.join(" ").replace(/\s/g, " ").trim()
    return text === "<none>" || text === "not-applicable" ? "x" : text
  }
)
const cells = Arbitrary.map(
  Arbitrary.all([pick("Normal", "Warning"), pick("Pulled", "FailedScheduling", "BackOff"), message, time, time]),
  (row): Cells => row
)

describe("parseEvents", () => {
  it.each(eventTables)("reads what kubectl prints (%#)", ({ rows, text }) => {
    assert.deepStrictEqual(
      parseEvents(text).map(cellsOf),
      rows.map(([type, reason, words, first, last]): Cells => [type, reason, words.trimEnd(), first, last])
    )
  })

  it("reads the table of the contract", () => {
    const text = `TYPE     REASON      MESSAGE                                      FIRST-TIME             LAST-TIME
Normal   Scheduled   Successfully assigned skaha-workload/… to n1   <none>                 <none>
Normal   Pulled      Container image "…" already present            2026-01-01T00:00:05Z   2026-01-01T00:00:05Z
`
    const at = DateTime.makeUnsafe("2026-01-01T00:00:05Z")
    assert.deepStrictEqual(parseEvents(text), [
      { type: "Normal", reason: "Scheduled", message: "Successfully assigned skaha-workload/… to n1" },
      {
        type: "Normal",
        reason: "Pulled",
        message: 'Container image "…" already present',
        firstTime: at,
        lastTime: at
      }
    ])
  })

  it.each([
    "",
    "\n",
    "<none>",
    "<none>\n",
    "error: a resource cannot be retrieved by name across all namespaces\n",
    "<html><body>oops</body></html>",
    "TYPE REASON\nNormal   Pulled   x   <none>   <none>",
    "Normal   Pulled   x   <none>   <none>",
    "TYPE   REASON   MESSAGE   FIRST-TIME   LAST-TIME",
    "TYPE   REASON   MESSAGE   FIRST-TIME   LAST-TIME\n\n   \n",
    "TYPE   REASON   MESSAGE   FIRST-TIME   LAST-TIME\nsomething else\n"
  ])("finds no events in %j", (text) => {
    assert.deepStrictEqual(parseEvents(text), [])
  })

  it("keeps the beginning of a table that is cut", () => {
    const text =
      "TYPE     REASON   MESSAGE   FIRST-TIME   LAST-TIME\nNormal   A        one       <none>       <none>\nNormal   B        tw"
    assert.deepStrictEqual(parseEvents(text), [
      { type: "Normal", reason: "A", message: "one" },
      { type: "Normal", reason: "B", message: "tw" }
    ])
  })

  it("makes one time of those that are alike in a row", () => {
    const [first, second, third] = parseEvents(`TYPE     REASON   MESSAGE   FIRST-TIME             LAST-TIME
Normal   A        one       2026-01-01T00:00:05Z   2026-01-01T00:00:05Z
Normal   B        two       2026-01-01T00:00:05Z   2026-01-01T00:00:06Z
Normal   C        three     <none>                 2026-01-01T00:00:05Z
`)
    const at = DateTime.makeUnsafe("2026-01-01T00:00:05Z")
    const later = DateTime.makeUnsafe("2026-01-01T00:00:06Z")
    assert.deepInclude(second, { firstTime: at, lastTime: later })
    assert.deepStrictEqual(third, { type: "Normal", reason: "C", message: "three", lastTime: at })
    assert.strictEqual(first?.firstTime, second?.firstTime)
  })

  it.each([
    ["Normal   Pulled", { type: "Normal", reason: "Pulled", message: "" }],
    ["Normal   Pulled  ", { type: "Normal", reason: "Pulled", message: "" }],
    ["Normal      Pulled", { type: "Normal", reason: "Pulled", message: "" }],
    ["Normal      two words", { type: "Normal", reason: "", message: "two words" }]
  ] as const)("reads a line where something is missing: %j", (line, event) => {
    const heading = "TYPE   REASON   MESSAGE   FIRST-TIME   LAST-TIME"
    assert.deepStrictEqual(parseEvents(`${heading}\n${line}`), [event])
    assert.deepStrictEqual(parseEvents(`${heading}\n${line}   <none>   <none>`), [event])
  })

  it("reads line ends of any kind, and times that are written otherwise", () => {
    const text =
      "TYPE     REASON   MESSAGE   FIRST-TIME                    LAST-TIME\r\n" +
      "Normal   A        one       2026-01-01T00:00:05.123456Z   <nil>\r\n"
    assert.deepStrictEqual(parseEvents(text), [
      { type: "Normal", reason: "A", message: "one", firstTime: DateTime.makeUnsafe("2026-01-01T00:00:05.123Z") }
    ])
  })

  it.prop(
    "reads every table whose messages have one line",
    [Arbitrary.array(cells, { maxLength: 6 })],
    ([rows]) => {
      assert.deepStrictEqual(parseEvents(`${print([heading, ...rows])}\n`).map(cellsOf), rows)
    },
    seeded(300)
  )

  it.prop(
    "gives a list for any text at all",
    [
      anyText,
      Arbitrary.array(oneOf(anyText, pick("Normal   ", "   ", "<none>", "\n", "2026-01-01T00:00:05Z")), {
        maxLength: 20
      })
    ],
    ([before, parts]) => {
      assert.isArray(parseEvents(before))
      for (const event of parseEvents(`${print([heading])}\n${parts.join("")}`)) {
        assert.isAbove(event.type.length, 0)
      }
    },
    seeded(300)
  )
})
