import { assert, describe, test } from "vitest"
import { declared, sameErrors } from "../differences.ts"
import { declaredRequests, declaredTraits } from "../requestDifferences.ts"
import { scenario } from "../scenario/index.ts"
import { documentedRows } from "../support/documentedRows.ts"

const steps = scenario.flatMap((chapter) => chapter.steps.map(({ name }) => name))
const repeated = (names: ReadonlyArray<string>) => names.filter((name, index) => names.indexOf(name) !== index)

describe("the tables of differences", () => {
  test("steps have names of their own", () => {
    assert.deepStrictEqual(repeated(steps), [])
  })

  test("every step that is named exists", () => {
    const named = [...declared, ...declaredRequests].flatMap((each) => each.steps)
    assert.deepStrictEqual(
      named.filter((name) => !steps.includes(name)),
      []
    )
  })

  test("the requests of a step are declared once", () => {
    assert.deepStrictEqual(repeated(declaredRequests.flatMap((each) => each.steps)), [])
  })

  const reasons = [...declared, ...sameErrors, ...declaredRequests, ...declaredTraits].map(({ because }) => because)
  test.each([...new Set(reasons)])("docs/compatibility.md has the row %s", (because) => {
    assert.include(documentedRows(), because)
  })
})
