import { assert, describe, it } from "@effect/vitest"
import {
  CredentialsExpired,
  CredentialsMissing,
  CredentialsRefused,
  InvalidInput,
  ServerBusy,
  ServerFailure,
  SessionRequestError,
  type AsyncSession,
  type BulkOptions,
  type Ids,
  type SkahaError
} from "skaha"
import { captured } from "./support/output.ts"
import { image, logOf, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { root } from "./support/server.ts"

/** There is room for all sessions at once. */
const platform = usePlatform({ capacity: { cores: 10_000, ram: 100_000 } })

/** An operation on one id or several, as a row of a table. */
interface Bulk {
  readonly name: "info" | "logs" | "events" | "destroy" | "renew" | "connect"
  readonly call: (sessions: AsyncSession, ids: Ids, options?: BulkOptions) => Promise<unknown>
  /** The requests for one id. */
  readonly request: (id: string) => string
  /** The result when nothing came of anything. */
  readonly nothing: unknown
  /** The result, when of so many ids only these could not be done. */
  readonly without: (ids: ReadonlyArray<string>, failed: ReadonlySet<string>) => unknown
  /** What of a result is compared: not the parts that are different each time. */
  readonly shape: (result: unknown) => unknown
}

const get = (id: string) => `GET ${root}/session/${id}`
const same = (result: unknown) => result
const idsOf = (result: unknown) =>
  Array.isArray(result) ? result.map((row: object) => ("id" in row ? row.id : row)) : result
const keysOf = (result: unknown) =>
  Array.isArray(result) ? result.flatMap((row: object) => Object.keys(row)) : Object.keys(Object(result))
const kept = (ids: ReadonlyArray<string>, failed: ReadonlySet<string>) => ids.filter((id) => !failed.has(id))
const flags = (ids: ReadonlyArray<string>, failed: ReadonlySet<string>) =>
  Object.fromEntries(ids.map((id) => [id, !failed.has(id)]))

const operations: ReadonlyArray<Bulk> = [
  {
    name: "info",
    call: (sessions, ids, options) => sessions.info(ids, options),
    request: get,
    nothing: [],
    without: kept,
    shape: idsOf
  },
  {
    name: "logs",
    call: (sessions, ids, options) => sessions.logs(ids, options),
    request: (id) => `${get(id)}?view=logs`,
    nothing: {},
    without: kept,
    shape: keysOf
  },
  {
    name: "events",
    call: (sessions, ids, options) => sessions.events(ids, options),
    request: (id) => `${get(id)}?view=events`,
    nothing: [],
    without: kept,
    shape: keysOf
  },
  {
    name: "destroy",
    call: (sessions, ids, options) => sessions.destroy(ids, options),
    request: (id) => `DELETE ${root}/session/${id}`,
    nothing: {},
    without: flags,
    shape: same
  },
  {
    name: "renew",
    call: (sessions, ids, options) => sessions.renew(ids, options),
    request: (id) => `POST ${root}/session/${id}`,
    nothing: {},
    without: flags,
    shape: same
  },
  {
    name: "connect",
    call: (sessions, ids, options) => sessions.connect(ids, options),
    request: get,
    nothing: {},
    without: kept,
    shape: keysOf
  }
]

/** Sessions that every operation can do something with. */
const given = async (count: number): Promise<Array<string>> => {
  const ids: Array<string> = []
  for (let made = 0; made < count; made++) {
    ids.push(await platform.given({ name: "page", kind: "notebook", image: "skaha/astroml" }))
  }
  return ids
}

const failing = (ids: ReadonlyArray<string>, status: number, body: string) =>
  platform.fail({ match: { ids }, action: { _tag: "Reply", status, body } })

describe.each(operations)("AsyncSession.$name", ({ name, call, request, nothing, without, shape }) => {
  it("takes one id as a list of one", async () => {
    const [id = ""] = await given(1)
    const one = await call(platform.sessions(), id)
    assert.deepStrictEqual(platform.sent, [request(id)])
    if (name === "destroy") return
    assert.deepStrictEqual(one, await call(platform.sessions(), [id]))
    assert.deepStrictEqual(shape(one), without([id], new Set()))
  })

  it("gives what there is in the order of the ids", async () => {
    const ids = (await given(3)).toReversed()
    assert.deepStrictEqual(shape(await call(platform.sessions(), ids)), without(ids, new Set()))
    assert.sameMembers([...platform.sent], ids.map(request))
  })

  it("sends nothing for an empty list", async () => {
    assert.deepStrictEqual(await call(platform.sessions(), []), nothing)
    assert.deepStrictEqual(platform.sent, [])
  })

  it("asks for an id as often as it is given; a record has it once", async () => {
    const [first = "", second = ""] = await given(2)
    const ids = [first, second, first]
    const expected = without(ids, new Set())
    const result = shape(await call(platform.sessions(), ids))
    const isRecord = name === "logs" || name === "connect"
    assert.deepStrictEqual(result, isRecord ? [first, second] : expected)
    assert.sameMembers([...platform.sent], ids.map(request))
  })

  it("leaves out or marks what failed, and logs why", async () => {
    const ids = await given(3)
    const [, bad = ""] = ids
    await failing([bad], 500, "out of order\n")
    const sessions = platform.sessions({ loglevel: "warning" })
    const { value, stderr, stdout } = await captured(() => call(sessions, ids))
    assert.deepStrictEqual(shape(value), without(ids, new Set([bad])))
    assert.deepStrictEqual(stdout, [])
    assert.strictEqual(stderr.length, 1)
    assert.include(stderr[0], `${name}: ${bad}: the server failed with 500: out of order`)
  })

  it("logs nothing of it where only critical things are logged", async () => {
    const ids = await given(1)
    await failing(ids, 500, "out of order\n")
    const { stderr, stdout } = await captured(() => call(platform.sessions({ loglevel: 50 }), ids))
    assert.deepStrictEqual([stderr, stdout], [[], []])
  })

  it("raises one error that holds the result and every failure", async () => {
    const ids = await given(4)
    const [, second = "", , fourth = ""] = ids
    await failing([second, fourth], 500, "out of order\n")
    const error = await rejectionOf(SessionRequestError, call(platform.sessions(), ids, { errors: "raise" }))
    assert.deepStrictEqual([error.name, error.operation, error.code], ["SessionRequestError", name, "server.failure"])
    assert.deepStrictEqual(shape(error.results), without(ids, new Set([second, fourth])))
    assert.deepStrictEqual([...error.errors.keys()], [second, fourth])
    for (const failure of error.errors.values()) assert.instanceOf(failure, ServerFailure)
    assert.strictEqual(error.cause, error.errors.get(second))
    assert.include(
      error.message,
      `${name} failed for 2: ${second}: the server failed with 500: out of order; ${fourth}`
    )
  })

  it("raises nothing when nothing failed", async () => {
    const ids = await given(2)
    const result = await call(platform.sessions(), ids, { errors: "raise" })
    assert.deepStrictEqual(shape(result), without(ids, new Set()))
  })

  it("raises the failures of different kinds under a code of their own", async () => {
    const ids = await given(2)
    const [first = "", second = ""] = ids
    await platform.fail(
      { match: { ids: [first] }, action: { _tag: "Reply", status: 500 } },
      { match: { ids: [second] }, action: { _tag: "Reply", status: 503 } }
    )
    const error = await rejectionOf(SessionRequestError, call(platform.sessions(), ids, { errors: "raise" }))
    assert.strictEqual(error.code, "session.request")
  })

  it.each<[number, string, string | undefined, new (...args: never) => SkahaError]>([
    [401, "Cannot validate token\n", undefined, CredentialsRefused],
    [401, "token expired\n", undefined, CredentialsExpired],
    [403, "invalid credentials\n", undefined, CredentialsRefused],
    [401, "", "", CredentialsMissing],
    [400, "cannot get group memberships for anonymous\n", "", CredentialsMissing]
  ])("always raises failed credentials: %i %o", async (status, body, token, expected) => {
    const ids = await given(3)
    await failing(ids, status, body)
    const sessions = platform.sessions(token === undefined ? {} : { token })
    const error = await rejectionOf(expected, call(sessions, ids))
    assert.match(error.code, /^credentials\./)
  })

  it("loses no result when credentials fail in the middle", async () => {
    const ids = await given(3)
    const [, bad = ""] = ids
    await failing([bad], 401, "token expired\n")
    const error = await rejectionOf(SessionRequestError, call(platform.sessions(), ids))
    assert.deepStrictEqual(shape(error.results), without(ids, new Set([bad])))
    assert.instanceOf(error.errors.get(bad), CredentialsExpired)
    assert.strictEqual(error.code, "credentials.expired")
  })

  it.each<[string, Ids, string]>([
    ["an empty id", "", "id: is empty"],
    ["an empty id among others", ["abcdefgh", ""], "ids[1]: is empty"],
    ["a way out of the path", "../image", 'id: "../image" is not an id such as "abcd1234"'],
    ["a query", ["abc?view=all"], 'id: "abc?view=all" is not an id such as "abcd1234"'],
    ["several", ["a b", "abc", "%2e"], 'ids[0]: "a b" is not an id such as "abcd1234"; ids[2]: "%2e" is not an id such']
  ])("refuses %s before anything is sent", async (_, ids, message) => {
    for (const errors of ["ignore", "raise"] as const) {
      const error = await rejectionOf(InvalidInput, call(platform.sessions(), ids, { errors }))
      assert.deepStrictEqual([error.name, error.code, error.operation], ["InvalidInput", "input.invalid", name])
      assert.include(error.message, `${name}: ${message}`)
    }
    assert.deepStrictEqual(platform.sent, [])
  })
})

const concurrency = 16

/** A thousand sessions that run, and their names. */
const givenThousand = async (sessions: AsyncSession) => {
  const job = { image, cmd: "stay", replicas: 500, errors: "raise" } as const
  const ids = [...(await sessions.create({ ...job, name: "a" })), ...(await sessions.create({ ...job, name: "b" }))]
  const names = ["a", "b"].flatMap((name) => Array.from({ length: 500 }, (_, index) => `${name}-${index + 1}`))
  return ids.map((id, index) => ({ id, name: names[index] ?? "", fails: (index + 1) % 7 === 0 }))
}

describe("a thousand sessions, of which every seventh fails", () => {
  it("have their results in order, their failures, and no more requests at once than they may", async () => {
    const sessions = platform.sessions({ concurrency })
    const all = await givenThousand(sessions)
    const ids = all.map(({ id }) => id)
    const good = all.filter(({ fails }) => !fails)
    const bad = all.filter(({ fails }) => fails).map(({ id }) => id)
    assert.deepStrictEqual([new Set(ids).size, bad.length], [1000, 142])
    await platform.fail(
      { match: { ids: bad }, action: { _tag: "Reply", status: 503, headers: { "Retry-After": "1" } } },
      // Requests that take no time would never be there at the same time.
      { match: {}, action: { _tag: "Delay", duration: 1 } }
    )

    /** What is left of one operation, and that nothing else was asked. */
    const run = async <A>(call: () => Promise<A>): Promise<A> => {
      await platform.forget()
      const result = await call()
      assert.strictEqual(platform.sent.length, 1000)
      assert.isAtMost(await platform.maxInFlight(), concurrency)
      assert.isAbove(await platform.maxInFlight(), 1)
      return result
    }

    // The list has them all, whatever comes of asking for one.
    await platform.forget()
    const rows = await sessions.info(ids)
    assert.deepStrictEqual(
      rows.map((row) => [row.id, row["name"]]),
      all.map(({ id, name }) => [id, name])
    )
    assert.deepStrictEqual(platform.sent, [`GET ${root}/session`])

    const logs = await run(() => sessions.logs(ids))
    assert.deepStrictEqual(
      Object.entries(logs),
      good.map(({ id, name }) => [id, logOf(name)])
    )

    const events = await run(() => sessions.events(ids))
    assert.deepStrictEqual(
      events.map((record) => Object.keys(record)),
      good.map(({ id }) => [id])
    )

    const error = await rejectionOf(SessionRequestError, sessions.renew(ids, { errors: "raise" }))
    const flags = Object.fromEntries(all.map(({ id, fails }) => [id, !fails]))
    assert.deepStrictEqual(error.results, flags)
    assert.deepStrictEqual([...error.errors.keys()], bad)
    for (const failure of error.errors.values()) assert.instanceOf(failure, ServerBusy)
    assert.isTrue(error.message.startsWith(`renew failed for 142: ${bad[0]}: the server is busy`), error.message)
    assert.isTrue(error.message.endsWith(", and 137 more"), error.message)

    assert.deepStrictEqual(await run(() => sessions.destroy(ids)), flags)
    const left = (await sessions.fetch()).map(({ id }) => id)
    assert.deepStrictEqual(new Set(left), new Set(bad))
  })
})
