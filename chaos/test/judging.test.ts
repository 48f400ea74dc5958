import { assert, describe, it } from "@effect/vitest"
import { Findings } from "../Findings.ts"
import { judgeCreated } from "../scenario/judging.ts"

const held = (...sessions: ReadonlyArray<readonly [id: string, name: string]>) =>
  sessions.map(([id, name]) => ({ id, name, status: "Running" }))

const judge = (sessions: ReturnType<typeof held>, ids: ReadonlyArray<string>) => {
  const findings = new Findings()
  judgeCreated(["a-1", "a-2"], sessions, ids, findings)
  const { duplicates, lost } = findings.figures
  return { duplicates, lost, problems: findings.problems.length }
}

describe("judgeCreated", () => {
  it("finds nothing where each replica exists once and its id was given", () => {
    assert.deepStrictEqual(judge(held(["x", "a-1"], ["y", "a-2"]), ["x", "y"]), { duplicates: 0, lost: 0, problems: 0 })
  })

  it("finds replicas that exist twice or not at all, and sessions that nobody was told of", () => {
    assert.deepStrictEqual(judge(held(["x", "a-1"], ["y", "a-2"], ["z", "a-2"]), ["x", "y"]), {
      duplicates: 1,
      lost: 1,
      problems: 2
    })
    assert.deepStrictEqual(judge(held(["x", "a-1"]), ["x"]), { duplicates: 0, lost: 1, problems: 1 })
    assert.deepStrictEqual(judge(held(["x", "a-1"], ["y", "a-2"]), ["x"]), { duplicates: 0, lost: 1, problems: 1 })
  })

  it("finds ids that were made up or given twice", () => {
    const sessions = held(["x", "a-1"], ["y", "a-2"])
    assert.strictEqual(judge(sessions, ["x", "y", "z"]).problems, 1)
    assert.strictEqual(judge(sessions, ["x", "y", "y"]).problems, 1)
  })
})
