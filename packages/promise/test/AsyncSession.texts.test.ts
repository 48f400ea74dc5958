import { assert, describe, it } from "@effect/vitest"
import { SessionRequestError } from "skaha"
import { captured } from "./support/output.ts"
import { usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

const platform = usePlatform({
  script: ({ name }) => ({ seconds: 0, exitCode: 0, log: `\u{1f52d} ${name}\n\n  level=INFO [1;31m{}\n` })
})

const log = (name: string) => `\u{1f52d} ${name}\n\n  level=INFO [1;31m{}\n`

const two = async () => [await platform.given({ name: "one" }), await platform.given({ name: "two" })] as const

/** Columns of what the cluster did. */
const header = /^TYPE\s{3,}REASON\s{3,}MESSAGE\s{3,}FIRST-TIME\s{3,}LAST-TIME\n/

describe("AsyncSession.logs", () => {
  it("gives texts by id, byte for byte", async () => {
    const [one, other] = await two()
    assert.deepStrictEqual(await platform.sessions().logs([one, other]), { [one]: log("one-1"), [other]: log("two-1") })
    assert.deepStrictEqual(await platform.sessions().logs(one), { [one]: log("one-1") })
  })

  it("gives an empty text for an unknown session, as the server does", async () => {
    assert.deepStrictEqual(await platform.sessions().logs("nobody"), { nobody: "" })
  })

  it.each([10, 20, 50, "critical"] as const)("prints everything to stdout at the level %s", async (loglevel) => {
    const ids = await two()
    const sessions = platform.sessions({ loglevel })
    const { value, stdout, stderr } = await captured(() => sessions.logs(ids, { verbose: true }))
    assert.isUndefined(value)
    assert.deepStrictEqual(stdout, [`--- ${ids[0]}\n${log("one-1")}`, `--- ${ids[1]}\n${log("two-1")}`])
    assert.deepStrictEqual(stderr, [])
  })

  it("prints nothing and gives undefined for an empty list", async () => {
    const { value, stdout } = await captured(() => platform.sessions().logs([], { verbose: true }))
    assert.deepStrictEqual([value, stdout], [undefined, []])
  })

  it("prints what there is before it raises what failed", async () => {
    const [one, two] = [await platform.given({ name: "one" }), "missing"]
    await platform.fail({ match: { ids: [two] }, action: { _tag: "Reply", status: 500 } })
    const { stdout } = await captured(async () => {
      const call = platform.sessions().logs([one, two], { verbose: true, errors: "raise" })
      const error = await rejectionOf(SessionRequestError, call)
      assert.deepStrictEqual(error.results, { [one]: log("one-1") })
      assert.deepStrictEqual([...error.errors.keys()], [two])
    })
    assert.deepStrictEqual(stdout, [`--- ${one}\n${log("one-1")}`])
  })

  it("keeps what is printed and what is logged apart", async () => {
    const one = await platform.given({ name: "one" })
    await platform.fail({ match: { ids: ["missing"] }, action: { _tag: "Reply", status: 500 } })
    const sessions = platform.sessions({ loglevel: "info" })
    const { value, stdout, stderr } = await captured(() => sessions.logs([one, "missing"], { verbose: true }))
    assert.isUndefined(value)
    assert.deepStrictEqual(stdout, [`--- ${one}\n${log("one-1")}`])
    assert.strictEqual(stderr.length, 1)
    assert.include(stderr[0], "logs: missing: the server failed with 500")
  })

  it("prints nothing unless told to", async () => {
    const ids = await two()
    const { stdout, stderr } = await captured(() => platform.sessions().logs(ids, { verbose: false }))
    assert.deepStrictEqual([stdout, stderr], [[], []])
  })
})

describe("AsyncSession.events", () => {
  it("gives a list of records of one id and its table", async () => {
    const [one, other] = await two()
    const events = await platform.sessions().events([one, other])
    assert.deepStrictEqual(
      events.map((record) => Object.keys(record)),
      [[one], [other]]
    )
    for (const record of events) for (const table of Object.values(record)) assert.match(table, header)
  })

  it("passes on that there are none", async () => {
    const one = await platform.given({ name: "one" })
    await platform.fail({ match: { ids: [one] }, action: { _tag: "Reply", status: 200, body: "<none>\n" } })
    assert.deepStrictEqual(await platform.sessions().events(one), [{ [one]: "<none>\n" }])
  })

  it("prints the tables to stdout whatever the level", async () => {
    const ids = await two()
    const { value, stdout, stderr } = await captured(() => platform.sessions().events(ids, { verbose: true }))
    assert.isUndefined(value)
    assert.deepStrictEqual(stderr, [])
    assert.deepStrictEqual(
      stdout.map((text) => text.split("\n")[0]),
      ids.map((id) => `--- ${id}`)
    )
    for (const text of stdout) assert.match(text.slice(text.indexOf("\n") + 1), header)
  })

  it("leaves out unknown sessions", async () => {
    const one = await platform.given({ name: "one" })
    const { value } = await captured(() => platform.sessions().events([one, "unknown"]))
    assert.deepStrictEqual(
      value.map((record) => Object.keys(record)),
      [[one]]
    )
  })
})
