import { assert, describe, it } from "@effect/vitest"
import { SessionNotFound, SessionNotReady, SessionRequestError } from "skaha"
import { usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

const platform = usePlatform()

const notebook = () => platform.given({ name: "page", kind: "notebook", image: "skaha/astroml" })

describe("AsyncSession.info", () => {
  it("gives the rows of the list, as they are", async () => {
    const id = await platform.given({ name: "fit", cmd: "stay" })
    const sessions = platform.sessions()
    assert.deepStrictEqual(await sessions.info(id), await sessions.fetch())
    assert.deepStrictEqual(platform.sent, [`GET /v1/session/${id}`, "GET /v1/session"])
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

  it("passes on that today's servers find nothing wrong with an unknown id", async () => {
    assert.deepStrictEqual(await platform.sessions().destroy("unknown"), { unknown: true })
  })
})

describe("AsyncSession.renew", () => {
  it("moves the expiry of what runs, and says what could not be moved", async () => {
    const [page, done] = [await notebook(), await platform.given({})]
    const sessions = platform.sessions()
    assert.deepStrictEqual(await sessions.renew([page, done]), { [page]: true, [done]: false })
    assert.sameMembers([...platform.sent], [`POST /v1/session/${page}`, `POST /v1/session/${done}`])
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
