import { assert, describe, it } from "@effect/vitest"
import { Context, Images, Overview, SessionRequestError, type AsyncSession, type ClientOptions } from "skaha"
import { captured } from "./support/output.ts"
import { token, usePlatform } from "./support/platform.ts"
import { rejection, rejectionOf, thrown } from "./support/rejection.ts"
import { giveaways } from "./support/secrets.ts"

const platform = usePlatform()

const registry = { username: "robot-account", secret: "registry-secret" }
const secrets = [token, registry.secret, btoa(`${registry.username}:${registry.secret}`), "value-of-a-variable"]
const env = { PASSWORD: "value-of-a-variable" }
const job = { name: "fit", image: "skaha/terminal:1.1.2", env }

/** A client that tells all it has to tell. */
const talkative = (options: ClientOptions = {}) => platform.sessions({ registry, loglevel: "debug", ...options })

/** Every kind of call once; gives the errors, wrapped ones too. */
const callEverything = async (sessions: AsyncSession): Promise<ReadonlyArray<unknown>> => {
  const errors = "raise"
  const calls: ReadonlyArray<Promise<unknown>> = [
    sessions.fetch(),
    sessions.stats(),
    sessions.create({ ...job, errors }),
    sessions.create({ ...job, replicas: 3, errors }),
    sessions.info("abcdefgh", { errors }),
    sessions.logs("abcdefgh", { errors }),
    sessions.events("abcdefgh", { errors }),
    sessions.renew("abcdefgh", { errors }),
    sessions.connect("abcdefgh", { errors }),
    sessions.destroy("abcdefgh", { errors }),
    sessions.destroy_with("fit", { errors })
  ]
  const settled = await Promise.allSettled(calls)
  return settled.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))
}

describe("no secret shows", () => {
  it("in a client", async () => {
    const sessions = talkative()
    await sessions.fetch()
    for (const Client of [Images, Context, Overview]) {
      assert.deepStrictEqual(
        giveaways(platform.closing(new Client({ ...platform.address, token, registry })), secrets),
        []
      )
    }
    assert.deepStrictEqual(giveaways(sessions, secrets), [])
    const call = sessions.fetch()
    assert.deepStrictEqual(giveaways(call, secrets), [])
    await call
  })

  it("in the log at its most talkative, when all is well", async () => {
    const { stdout, stderr } = await captured(async () => {
      const sessions = talkative()
      const ids = await sessions.create({ ...job, replicas: 2 })
      await sessions.info(ids)
      await sessions.destroy(ids)
    })
    assert.deepStrictEqual(giveaways([stdout, stderr], secrets), [])
  })

  it.each([400, 401, 403, 404, 500, 503])(
    "in errors or the log, when the server repeats it with %i",
    async (status) => {
      // The server's own words are passed on, but not the headers, forms and queries that we sent.
      await platform.fail({ match: {}, action: { _tag: "Reply", status, body: "no\n" } })
      const { value, stdout, stderr } = await captured(() => callEverything(talkative()))
      assert.strictEqual(value.length, 11)
      for (const error of value) assert.deepStrictEqual(giveaways(error, secrets), [])
      assert.deepStrictEqual(giveaways([stdout, stderr], secrets), [])
    }
  )

  it.each([{ _tag: "Reset" }, { _tag: "Never" }, { _tag: "Truncate", bytes: 3 }] as const)(
    "in errors or the log, when there is no reply: $_tag",
    async (action) => {
      await platform.fail({ match: {}, action })
      const { value, stdout, stderr } = await captured(() => callEverything(talkative({ timeout: 0.05, settle: 0.05 })))
      assert.isAtLeast(value.length, 5)
      for (const error of value) assert.deepStrictEqual(giveaways(error, secrets), [])
      assert.deepStrictEqual(giveaways([stdout, stderr], secrets), [])
    }
  )

  it("in what is said of a wrong configuration", () => {
    for (const options of [
      { token: `${token} x`, registry },
      { token, registry: { ...registry, username: "a:b" } },
      { token, registry, url: `https://me:${token}@example.org/?token=${token}` }
    ]) {
      assert.deepStrictEqual(
        giveaways(
          thrown(() => new Overview(options)),
          secrets
        ),
        []
      )
    }
  })

  it("in what is said of a wrong input", async () => {
    const input = { ...job, env: { ...env, "A B": "value-of-a-variable", C: "value-of-a-variable=" } }
    assert.deepStrictEqual(giveaways(await rejection(talkative().create(input)), secrets), [])
  })

  it("of the address of a session, whose query is a password", async () => {
    const id = await platform.given({ name: "page", kind: "notebook", image: "skaha/astroml" })
    const { value, stdout, stderr } = await captured(async () => {
      const sessions = talkative()
      const urls = await sessions.connect(id)
      return { urls, error: await rejectionOf(SessionRequestError, sessions.connect("unknown", { errors: "raise" })) }
    })
    assert.include(value.urls[id], `token=${id}`)
    assert.deepStrictEqual(giveaways([stdout, stderr, value.error], [`token=${id}`]), [])
  })
})
