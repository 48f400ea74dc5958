import { assert, describe, inject, test } from "vitest"
import { beforeCreates, declaredRequests, declaredTraits } from "../requestDifferences.ts"
import { scenario } from "../scenario/index.ts"
import { isCreate, traitsThatDiffer, unshared, type Trait } from "../support/requests.ts"
import { seen } from "../support/runs.ts"
import { show, unsettled } from "../support/unsettled.ts"

const steps = scenario
  .flatMap((chapter) => chapter.steps)
  .filter(({ only }) => only !== "skaha")
  .map(({ name }) => name)

const askedAt = async (step: string) => ({
  python: (await seen("canfar AsyncSession", step)).asked,
  ours: (await seen("ours beside canfar", step)).asked
})

const withoutVersion = (value: string | undefined) =>
  value?.replace(/(python-canfar|skaha-typescript)\/[\d.]+$/, "$1/…")

describe.skipIf(inject("environments").canfar === undefined)("requests", () => {
  test.each(steps)("%s", async (step) => {
    const asked = await askedAt(step)
    const found = unshared(asked.python, asked.ours)
    const { python, ours } = declaredRequests.find((each) => each.steps.includes(step)) ?? { python: [], ours: [] }
    // Where one of the two asks nothing, the other's requests are all that differs.
    const expected = {
      python: python === "some" ? found.python : python,
      ours: ours === "some" ? found.ours : [...ours, ...(asked.ours.some(isCreate) ? [beforeCreates.line] : [])]
    }
    const open = [
      ...unsettled(found.python, expected.python, (line) => `Python asks ${line}`),
      ...unsettled(found.ours, expected.ours, (line) => `we ask ${line}`)
    ]
    assert.deepStrictEqual(open, [], open.join("\n"))
    if (python === "some") assert.deepStrictEqual([asked.python.length > 0, asked.ours.length], [true, 0])
    if (ours === "some") assert.deepStrictEqual([asked.python.length, asked.ours.length > 0], [0, true])
  })

  test("headers, and where parameters stand", async () => {
    const found: Array<Trait> = []
    for (const step of steps) {
      const { python, ours } = await askedAt(step)
      found.push(...traitsThatDiffer(python, ours))
    }
    const open = unsettled(
      found.map(({ name, python, ours }) => ({ name, python: withoutVersion(python), ours: withoutVersion(ours) })),
      declaredTraits.map(({ name, python, ours }) => ({ name, python, ours })),
      ({ name, python, ours }) => `${name}: Python sends ${show(python)}, we send ${show(ours)}`
    )
    assert.deepStrictEqual(open, [], open.join("\n"))
  })
})
