import { assert, describe, it } from "@effect/vitest"
import type { Fault } from "@skaha/emulator"
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
import { root, server } from "./support/server.ts"

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

/** From now on the platform lists these sessions, and destroys them unless other faults come first. */
const listing = (list: unknown, ...faults: ReadonlyArray<Fault>) =>
  platform.fail(
    ...faults,
    {
      match: { method: "GET", path: `${root}/session` },
      action: { _tag: "Reply", status: 200, body: JSON.stringify(list) }
    },
    { match: { method: "DELETE" }, action: { _tag: "Reply", status: 200 } }
  )

describe("AsyncSession.destroy_with", () => {
  it("destroys the headless sessions that succeeded, whatever the server says of them", async () => {
    const { fit } = await given()
    assert.deepStrictEqual(await platform.sessions().destroy_with("fit"), { [fit]: true })
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session?type=headless`, `DELETE ${root}/session/${fit}`])
    assert.strictEqual((await platform.sessions().fetch()).length, 4)
  })

  it("takes the words of all servers for the same", async () => {
    const failed = ["Error", "Failed", "Failed (BackoffLimitExceeded)"]
    await listing(rows(["Succeeded", "Completed", ...failed, "Running"]))
    assert.deepStrictEqual(await platform.sessions().destroy_with("fit"), all(["id0", "id1"]))
    const error = await platform.sessions().destroy_with("fit", { status: "Error" })
    assert.deepStrictEqual(error, all(["id2", "id3", "id4"]))
  })

  it("has the same method under its TypeScript name", async () => {
    const { fit } = await given()
    assert.deepStrictEqual(await platform.sessions().destroyWith("fit"), { [fit]: true })
  })

  it.each([
    [{ status: "Succeeded" }, "fit"],
    [{ status: "Completed" }, "fit"],
    [{ status: "Failed" }, "failed"],
    [{ status: "Error" }, "failed"],
    [{ status: server.failed }, "failed"],
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
      assert.deepStrictEqual(platform.sent, [`GET ${root}/session?type=headless`])
    }
  )

  it.each([/fit/, /fit/g, /fit/y, /FIT/i])("takes a pattern: %s", async (pattern) => {
    await listing(rows(["Completed", "Completed"]))
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
    await listing([nameless])
    assert.deepStrictEqual(await platform.sessions().destroy_with(/./), {})
  })

  it("marks what could not be destroyed, and logs why", async () => {
    await listing(rows(["Completed", "Completed", "Completed"]), {
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
    await listing(rows(["Completed", "Completed"]), {
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
    await platform.fail({ match: { path: `${root}/session` }, action: { _tag: "Reply", status } })
    await rejectionOf(expected, platform.sessions().destroy_with("fit"))
    assert.strictEqual(platform.sent.length, 1)
  })
})
