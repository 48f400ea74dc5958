import { assert, describe, it } from "@effect/vitest"
import { inspect } from "node:util"
import { type AsyncSession, Cancelled, InvalidInput, ReplyUndecodable, SessionRequestError } from "skaha"
import { image, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

const platform = usePlatform()

/** A call as JavaScript can make it: with anything for its options. */
const untyped = (sessions: AsyncSession, method: string, ...args: ReadonlyArray<unknown>): Promise<unknown> => {
  const call: unknown = Reflect.get(sessions, method)
  return typeof call === "function" ? Reflect.apply(call, sessions, args) : Promise.resolve(`no ${method}`)
}

describe("options", () => {
  it.each<readonly [method: string, args: ReadonlyArray<unknown>, field: string]>([
    ["destroyWith", ["fit", { dryRun: true }], "dryRun"],
    ["destroyWith", ["fit", "notebook"], "options"],
    ["fetch", ["headless"], "options"],
    ["fetch", [{ type: "headless" }], "type"],
    ["info", ["abcd1234", { error: "raise" }], "error"],
    ["logs", ["abcd1234", { Verbose: true }], "Verbose"],
    ["stats", [{ retries: 3 }], "retries"],
    ["create", [{ name: "fit", image, replica: 5 }], "replica"]
  ])("of %s%j are refused, and nothing is sent", async (method, args, field) => {
    const error = await rejectionOf(InvalidInput, untyped(platform.sessions(), method, ...args))
    assert.deepStrictEqual(
      error.problems.map((problem) => problem.field),
      [field]
    )
    assert.deepStrictEqual(platform.sent, [])
  })

  it.each([/^/, /x*/, /|q/])("select nothing when the pattern %s fits everything", async (pattern) => {
    await rejectionOf(InvalidInput, platform.sessions().destroyWith(pattern))
    assert.deepStrictEqual(platform.sent, [])
  })
})

describe("a page with status 200", () => {
  it("is no success of anything", async () => {
    await platform.fail({
      match: {},
      action: { _tag: "Reply", status: 200, headers: { "content-type": "text/html" }, body: "<html>sign in</html>" }
    })
    const sessions = platform.sessions({ loglevel: "critical" })
    assert.deepStrictEqual(await sessions.destroy("abcd1234"), { abcd1234: false })
    assert.deepStrictEqual(await sessions.renew("abcd1234"), { abcd1234: false })
    const error = await rejectionOf(SessionRequestError, sessions.logs("abcd1234", { errors: "raise" }))
    assert.instanceOf(error.cause, ReplyUndecodable)
  })
})

describe("what must not be lost, nor shown", () => {
  it("tells which sessions an aborted create had made", async () => {
    await platform.fail({ match: { method: "POST", every: 3 }, action: { _tag: "Never" } })
    const controller = new AbortController()
    const sessions = platform.sessions({ concurrency: 1 })
    const create = sessions.create({ name: "fit", image, replicas: 5, signal: controller.signal })
    const failure = rejectionOf(Cancelled, create)
    // The third never ends.
    while (platform.sent.filter((target) => target.startsWith("POST")).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    controller.abort()
    const error = await failure
    await platform.fail()
    const ids = (await sessions.fetch()).map(({ id }) => id)
    assert.strictEqual(ids.length, 2)
    assert.sameMembers([...(error.created ?? [])], ids)
    assert.deepStrictEqual(error.unresolved, ["fit-3"])
  })

  it("keeps results out of what prints an error", () => {
    const error = new SessionRequestError("connect", { a: "https://h/?token=PASSWORD" }, new Map())
    assert.notInclude(inspect(error) + JSON.stringify(error), "PASSWORD")
    assert.deepStrictEqual(error.results, { a: "https://h/?token=PASSWORD" })
  })
})
