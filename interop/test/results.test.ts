import { assert, describe, inject, test } from "vitest"
import { declared, sameErrors, type ClientName } from "../differences.ts"
import { scenario } from "../scenario/index.ts"
import { compare, type Difference, type SameError } from "../support/difference.ts"
import { libraryOf, seen } from "../support/runs.ts"
import { show, unsettled } from "../support/unsettled.ts"

const clients: ReadonlyArray<ClientName> = [
  "skaha Session",
  "skaha AsyncSession",
  "canfar Session",
  "canfar AsyncSession"
]
const isMissing = (client: ClientName) => inject("environments")[libraryOf(client)] === undefined

const stepsOf = (client: ClientName) =>
  scenario
    .flatMap(({ steps }) => steps)
    .filter(({ only }) => only === undefined || only === libraryOf(client))
    .map(({ name }) => name)

const tell = ({ at, python, ours }: Difference) =>
  `${at === "" ? "" : `at ${at} `}Python has ${show(python)}, we have ${show(ours)}`

const compareAt = async (client: ClientName, step: string, used: (pair: SameError) => void = () => {}) => {
  const [python, ours] = [await seen(client, step), await seen(`ours beside ${libraryOf(client)}`, step)]
  return compare(python.outcome, ours.outcome, sameErrors, used)
}

describe.each(clients)("%s", (client) => {
  test.skipIf(isMissing(client)).each(stepsOf(client))("%s", async (step) => {
    const expected = declared
      .filter((each) => each.steps.includes(step) && each.clients.includes(client))
      .map(({ at, python, ours }) => ({ at, python, ours }))
    const open = unsettled(await compareAt(client, step), expected, tell)
    assert.deepStrictEqual(open, [], open.join("\n"))
  })
})

test.skipIf(clients.some(isMissing))("every pair of errors occurs", async () => {
  const used = new Set<SameError>()
  for (const client of clients) {
    for (const step of stepsOf(client)) await compareAt(client, step, (pair) => used.add(pair))
  }
  assert.deepStrictEqual(
    sameErrors.filter((pair) => !used.has(pair)),
    []
  )
})
