import { assert, describe, it } from "@effect/vitest"
import {
  CredentialsRefused,
  InvalidInput,
  ServerBusy,
  ServerFailure,
  SessionRequestError,
  type SkahaError
} from "skaha"
import { captured } from "./support/output.ts"
import { usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

const platform = usePlatform()

/** Sessions of various names, kinds and fates, by a word of their own. */
const given = async () => ({
  fit: await platform.given({ name: "fit-a" }),
  refit: await platform.given({ name: "refit" }),
  failed: await platform.given({ name: "fit-b", cmd: "fail" }),
  running: await platform.given({ name: "fit-c", cmd: "stay" }),
  page: await platform.given({ name: "fit-d", kind: "notebook", image: "skaha/astroml" })
})

const all = (ids: ReadonlyArray<string>) => Object.fromEntries(ids.map((id) => [id, true]))

const rows = (statuses: ReadonlyArray<string>, name = "fit") =>
  statuses.map((status, index) => ({ id: `id${index}`, userid: "alice", type: "headless", status, name }))

const listing = (list: unknown) =>
  ({
    match: { method: "GET", path: "/v1/session" },
    action: { _tag: "Reply", status: 200, body: JSON.stringify(list) }
  }) as const

describe("AsyncSession.destroy_with", () => {
  it("destroys the headless sessions that succeeded: today's servers say Completed", async () => {
    const { fit } = await given()
    assert.deepStrictEqual(await platform.sessions().destroy_with("fit"), { [fit]: true })
    assert.deepStrictEqual(platform.sent, ["GET /v1/session?type=headless", `DELETE /v1/session/${fit}`])
    assert.strictEqual((await platform.sessions().fetch()).length, 4)
  })

  it("destroys what old servers say of the same", async () => {
    await platform.fail(listing(rows(["Succeeded", "Completed", "Error", "Failed", "Running"])))
    assert.deepStrictEqual(await platform.sessions().destroy_with("fit"), all(["id0", "id1"]))
    const error = await platform.sessions().destroy_with("fit", { status: "Error" })
    assert.deepStrictEqual(error, all(["id2", "id3"]))
  })

  it("has the same method under its TypeScript name", async () => {
    const { fit } = await given()
    assert.deepStrictEqual(await platform.sessions().destroyWith("fit"), { [fit]: true })
  })

  it.each([
    [{ status: "Failed" }, "failed"],
    [{ status: "Running" }, "running"],
    [{ kind: "notebook", status: "Running" }, "page"]
  ] as const)("takes the kind and status %o", async (options, which) => {
    const ids = await given()
    assert.deepStrictEqual(await platform.sessions().destroy_with("fit", options), { [ids[which]]: true })
  })

  it("takes any kind and status when they are empty", async () => {
    const { fit, failed, running, page } = await given()
    const destroyed = await platform.sessions().destroy_with("fit", { kind: "", status: "" })
    assert.deepStrictEqual(destroyed, all([fit, failed, running, page]))
  })

  it.each(["Fit", "fit.", "fit|refit", "^fit", ".*", "it", " fit", "\\w"])(
    "takes a prefix literally and by letter case: %s finds nothing",
    async (prefix) => {
      await given()
      assert.deepStrictEqual(await platform.sessions().destroy_with(prefix), {})
      assert.deepStrictEqual(platform.sent, ["GET /v1/session?type=headless"])
    }
  )

  it.each([/fit/, /fit/g, /fit/y, /FIT/i])("takes a pattern: %s", async (pattern) => {
    await platform.fail(listing(rows(["Completed", "Completed"])))
    assert.deepStrictEqual(await platform.sessions().destroy_with(pattern), all(["id0", "id1"]))
    assert.strictEqual(pattern.lastIndex, 0)
  })

  it("finds a pattern anywhere in a name", async () => {
    const { fit, refit } = await given()
    assert.deepStrictEqual(await platform.sessions().destroy_with(/it.*-1$/), all([fit, refit]))
    assert.deepStrictEqual(await platform.sessions().destroy_with(/^nothing/), {})
  })

  it.each([
    ["", "prefix: is empty, or fits the empty text: it would select everything"],
    [new RegExp(""), "pattern: is empty, or fits the empty text: it would select everything"]
  ])("refuses the empty selector %o", async (selector, message) => {
    const error = await rejectionOf(InvalidInput, platform.sessions().destroy_with(selector))
    assert.include(error.message, message)
    assert.deepStrictEqual(platform.sent, [])
  })

  it("leaves sessions without a name alone", async () => {
    const [{ name: _, ...nameless } = { name: "" }] = rows(["Completed"])
    await platform.fail(listing([nameless]))
    assert.deepStrictEqual(await platform.sessions().destroy_with(/./), {})
  })

  it("marks what could not be destroyed, and logs why", async () => {
    await platform.fail(listing(rows(["Completed", "Completed", "Completed"])), {
      match: { ids: ["id1"] },
      action: { _tag: "Reply", status: 500 }
    })
    const sessions = platform.sessions({ loglevel: "warning" })
    const { value, stderr } = await captured(() => sessions.destroy_with("fit"))
    assert.deepStrictEqual(value, { id0: true, id1: false, id2: true })
    assert.strictEqual(stderr.length, 1)
    assert.include(stderr[0], "destroyWith: id1: the server failed with 500")
  })

  it("raises what could not be destroyed", async () => {
    await platform.fail(listing(rows(["Completed", "Completed"])), {
      match: { ids: ["id1"] },
      action: { _tag: "Reply", status: 500 }
    })
    const error = await rejectionOf(SessionRequestError, platform.sessions().destroy_with("fit", { errors: "raise" }))
    assert.deepStrictEqual(error.results, { id0: true, id1: false })
    assert.instanceOf(error.errors.get("id1"), ServerFailure)
  })

  it.each<[number, new (...args: never) => SkahaError]>([
    [503, ServerBusy],
    [401, CredentialsRefused]
  ])("rejects when the list cannot be had: %i", async (status, expected) => {
    await platform.fail({ match: { path: "/v1/session" }, action: { _tag: "Reply", status } })
    await rejectionOf(expected, platform.sessions().destroy_with("fit"))
    assert.strictEqual(platform.sent.length, 1)
  })
})
