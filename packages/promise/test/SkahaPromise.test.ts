import { assert, describe, it } from "@effect/vitest"
import { Context, Images, Overview, ServerBusy } from "skaha"
import { token, usePlatform, user } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root } from "./support/server.ts"

const platform = usePlatform()

describe("withResponse", () => {
  it("gives the result with status and headers of the reply", async () => {
    const id = await platform.given()
    const { data, responses } = await platform.sessions().fetch().withResponse()
    assert.deepStrictEqual(
      data.map((row) => row.id),
      [id]
    )
    const [reply, ...others] = responses
    assert.deepStrictEqual(others, [])
    assert.include(reply, { operation: "Sessions.fetch", method: "GET", path: `/skaha${root}/session`, status: 200 })
    assert.include(reply?.headers, {
      "x-vo-authenticated": user,
      "content-type": "application/json",
      server: "OpenCADC/cadc-rest"
    })
  })

  it("gives of several sessions every reply, those of failures too", async () => {
    const ids = [await platform.given(), await platform.given(), "unknown"]
    const { data, responses } = await platform.sessions().info(ids).withResponse()
    assert.strictEqual(data.length, 2)
    assert.sameDeepMembers(
      responses.map(({ path, status }) => [path, status]),
      ids.map((id) => [`/skaha${root}/session/${id}`, id === "unknown" ? 404 : 200])
    )
    assert.deepStrictEqual(new Set(responses.map(({ headers }) => headers["x-vo-authenticated"])), new Set([user]))
  })

  it("has only what comes after it is first called", async () => {
    const call = platform.sessions().fetch()
    const noted = call.withResponse()
    await call
    assert.strictEqual((await call.withResponse()).responses.length, 1)
    assert.strictEqual((await noted).responses.length, 1)
    const other = platform.sessions().fetch()
    await other
    assert.deepStrictEqual((await other.withResponse()).responses, [])
  })

  it("keeps the replies of calls at the same time apart", async () => {
    const sessions = platform.sessions()
    const [one, two] = await Promise.all([
      sessions.logs(["a1", "a2"]).withResponse(),
      sessions.logs(["b1", "b2", "b3"]).withResponse()
    ])
    assert.deepStrictEqual([one.responses.length, two.responses.length], [2, 3])
    for (const { path } of one.responses) assert.match(path, /\/a\d$/)
  })

  it("has no replies when nothing was sent", async () => {
    assert.deepStrictEqual(await platform.sessions().info([]).withResponse(), { data: [], responses: [] })
  })

  it("rejects as the call does; the error has what there is to know", async () => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 429, headers: { "Retry-After": "3" } } })
    const error = await rejectionOf(ServerBusy, platform.sessions().fetch().withResponse())
    assert.deepStrictEqual([error.status, error.retryAfter], [429, 3])
  })

  it("is there on every method of every client", async () => {
    const options = { ...platform.address, token, loglevel: "critical" } as const
    await using images = new Images(options)
    await using context = new Context(options)
    await using overview = new Overview(options)
    const sessions = platform.sessions()
    const replies = await Promise.all([
      sessions.stats().withResponse(),
      sessions.create({ name: "fit", image: "skaha/terminal:1.1.2" }).withResponse(),
      sessions.logs("abc").withResponse(),
      sessions.events("abc").withResponse(),
      sessions.renew("abc").withResponse(),
      sessions.connect("abc").withResponse(),
      sessions.destroy("abc").withResponse(),
      sessions.destroy_with("nothing").withResponse(),
      images.fetch().withResponse(),
      images.details().withResponse(),
      images.repositoryHosts().withResponse(),
      context.resources().withResponse(),
      overview.availability().withResponse(),
      overview.capabilities().withResponse()
    ])
    assert.deepStrictEqual(
      replies.map(({ responses }) => responses.length),
      // A create asks first what is there.
      replies.map((_, index) => (index === 1 ? 2 : 1))
    )
  })
})

describe("the promise of a call", () => {
  it("is a promise, and gives plain promises", async () => {
    const call = platform.sessions().fetch()
    assert.instanceOf(call, Promise)
    assert.strictEqual(Promise.resolve(call), call)
    for (const plain of [call.then((rows) => rows.length), call.catch(() => []), call.finally(() => {})]) {
      assert.strictEqual(Object.getPrototypeOf(plain), Promise.prototype)
    }
    assert.strictEqual(await call.then((rows) => rows.length), 0)
  })

  it("can be awaited as often as one likes; the call is made once, and at once", async () => {
    const call = platform.sessions().fetch()
    const [one, two, { data }] = await Promise.all([call, call, call.withResponse()])
    assert.strictEqual(one, two)
    assert.strictEqual(one, data)
    assert.strictEqual(platform.sent.length, 1)
  })
})
