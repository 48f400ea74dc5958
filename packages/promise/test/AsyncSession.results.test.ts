import { assert, describe, it } from "@effect/vitest"
import { SessionNotFound, SessionNotReady, SessionRequestError } from "skaha"
import { captured } from "./support/output.ts"
import { image, logOf as log, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { itWhere, root, server } from "./support/server.ts"

const bob = "token-of-bob"
const platform = usePlatform({ users: [{ name: "bob", token: bob }] })

const notebook = () => platform.given({ name: "page", kind: "notebook", image: "skaha/astroml" })

describe("AsyncSession.info", () => {
  it("gives the rows of the list, as they are", async () => {
    const id = await platform.given({ name: "fit", cmd: "stay" })
    const sessions = platform.sessions()
    assert.deepStrictEqual(await sessions.info(id), await sessions.fetch())
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session/${id}`, `GET ${root}/session`])
  })

  it("knows who has no such session", async () => {
    const error = await rejectionOf(SessionRequestError, platform.sessions().info("unknown", { errors: "raise" }))
    assert.deepStrictEqual(error.results, [])
    assert.instanceOf(error.cause, SessionNotFound)
    assert.strictEqual(error.code, "session.not_found")
    assert.strictEqual(error.message, "info failed for 1: unknown: no session unknown: session unknown not found")
  })
})

describe("AsyncSession.destroy", () => {
  it("destroys, and says so by id", async () => {
    const [one, two] = [await notebook(), await platform.given({ cmd: "stay" })]
    const sessions = platform.sessions()
    assert.deepStrictEqual(await sessions.destroy([one, two]), { [one]: true, [two]: true })
    assert.deepStrictEqual(await sessions.fetch(), [])
  })

  it("passes on whether the server finds something wrong with an unknown id", async () => {
    assert.deepStrictEqual(await platform.sessions().destroy("unknown"), { unknown: !server.refusesOthers })
  })

  it("says that a session is destroyed whose id was given twice, though the second time there was none", async () => {
    const id = await platform.given({ cmd: "stay" })
    await platform.fail({ match: { every: 2 }, action: { _tag: "Reply", status: 404, body: `${id}\n` } })
    const sessions = platform.sessions({ concurrency: 1 })
    assert.deepStrictEqual(await sessions.destroy([id, id]), { [id]: true })
    assert.deepStrictEqual(platform.sent, [`DELETE ${root}/session/${id}`, `DELETE ${root}/session/${id}`])
  })

  it("leaves another user's session alone, and passes on whether the server says so", async () => {
    const [id = ""] = await platform.sessions({ token: bob }).create({ name: "mine", image, cmd: "stay" })
    assert.deepStrictEqual(await platform.sessions().destroy(id), { [id]: !server.refusesOthers })
    assert.deepStrictEqual(await platform.sessions({ token: bob }).destroy_with("mine", { status: "Running" }), {
      [id]: true
    })
  })

  itWhere(server.refusesOthers)("raises that there is no such session", async () => {
    const id = await platform.given({ cmd: "stay" })
    const call = platform.sessions().destroy([id, "unknown"], { errors: "raise" })
    const error = await rejectionOf(SessionRequestError, call)
    assert.deepStrictEqual(error.results, { [id]: true, unknown: false })
    assert.deepStrictEqual([...error.errors.keys()], ["unknown"])
    assert.instanceOf(error.cause, SessionNotFound)
  })
})

describe("AsyncSession.renew", () => {
  it("moves the expiry of what runs, and says what could not be moved", async () => {
    const [page, done] = [await notebook(), await platform.given({})]
    const sessions = platform.sessions()
    assert.deepStrictEqual(await sessions.renew([page, done]), { [page]: true, [done]: false })
    assert.sameMembers([...platform.sent], [`POST ${root}/session/${page}`, `POST ${root}/session/${done}`])
    assert.deepStrictEqual(
      platform.arrived.map(({ body }) => body),
      ["action=renew", "action=renew"]
    )
    const error = await rejectionOf(SessionRequestError, sessions.renew([page, done], { errors: "raise" }))
    assert.deepStrictEqual(error.results, { [page]: true, [done]: false })
    assert.instanceOf(error.errors.get(done), SessionNotReady)
  })
})

describe("AsyncSession.connect", () => {
  it("gives the addresses of what can be opened, by id", async () => {
    const [page, job] = [await notebook(), await platform.given({ cmd: "stay" })]
    const urls = await platform.sessions().connect([page, job])
    const origin = new URL(platform.url).origin
    assert.deepStrictEqual(urls, {
      [page]: `${origin}/session/notebook/${page}/lab/tree/cavern/home/alice?token=${page}`
    })
  })

  it("says why something cannot be opened", async () => {
    const job = await platform.given({ cmd: "stay" })
    const pending = {
      id: "abcdefgh",
      userid: "alice",
      type: "desktop",
      status: "Pending",
      connectURL: "https://x.org/"
    }
    await platform.fail({
      match: { ids: [pending.id] },
      action: { _tag: "Reply", status: 200, body: JSON.stringify(pending) }
    })
    const call = platform.sessions().connect([job, pending.id], { errors: "raise" })
    const error = await rejectionOf(SessionRequestError, call)
    assert.deepStrictEqual(error.results, {})
    assert.strictEqual(error.code, "session.not_ready")
    assert.deepStrictEqual(
      [...error.errors.values()].map(({ message }) => message),
      [
        `session ${job} is Running: it has no page to open`,
        "session abcdefgh is Pending: it can be opened once it is running"
      ]
    )
  })
})

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
