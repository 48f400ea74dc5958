import { assert, describe, it } from "@effect/vitest"
import { CallTimeout, Transport, type TransportRequest } from "@skaha/core"
import { BulkExecutor, Outcome, Sessions, Skaha } from "@skaha/session"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { idsOf, listOf, rowOf } from "./support/held.ts"
import { failedAt, inOrder } from "./support/outcomes.ts"
import { ways } from "./support/platforms.ts"
import { api } from "./support/server.ts"
import { createAll, createOne, desktop, headless } from "./support/sessions.ts"
import { answering, sent, Wire } from "./support/wire.ts"

const roomForAll = { capacity: { cores: 10_000, ram: 100_000 } }

const list = `GET ${api}/session`
const single = (id: string) => `${list}/${id}`

/** What is sent by an effect, in any order. */
const sentBy = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = (yield* sent).length
    const value = yield* effect
    return { value, requests: (yield* sent).slice(before).toSorted() }
  })

describe.each(ways)("Sessions.info of many ids $way", ({ test }) => {
  test("asks the list once from 8 different ids on, and each of fewer", roomForAll, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const ids = yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 8 }))
      const seven = [...ids.slice(1), ...ids.slice(1)]
      const few = yield* sentBy(info(seven))
      assert.isTrue(inOrder(few.value, seven))
      assert.deepStrictEqual(few.requests, seven.map(single).toSorted())

      const eight = [...ids.toReversed(), ...ids]
      const many = yield* sentBy(info(eight))
      assert.isTrue(inOrder(many.value, eight))
      assert.deepStrictEqual(many.requests, [list])
      assert.deepStrictEqual(
        Outcome.values(many.value).map(({ id }) => id),
        eight
      )
      assert.deepStrictEqual(
        Outcome.values(many.value)
          .slice(-7)
          .map(({ wire }) => wire),
        Outcome.values(few.value)
          .slice(-7)
          .map(({ wire }) => wire)
      )
    })
  )

  test("asks singly for what is not in the list; what is no id is not asked for", roomForAll, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const ids = yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 8 }))
      const mixed = ["zzzzzzzz", ...ids, "../image", ids[0] ?? "", "zzzzzzzz", ""]
      const { value, requests } = yield* sentBy(info(mixed))
      assert.isTrue(inOrder(value, mixed))
      assert.deepStrictEqual(failedAt(value), [0, 9, 11, 12])
      const failures = Outcome.failures(value).map(({ error }) => error)
      assert.deepStrictEqual(
        failures.map(({ _tag, operation }) => [_tag, operation]),
        ["SessionNotFound", "InvalidInput", "SessionNotFound", "InvalidInput"].map((tag) => [tag, "Sessions.info"])
      )
      assert.deepStrictEqual(requests, [list, single("zzzzzzzz"), single("zzzzzzzz")])
    })
  )

  test("counts only what can be an id", {}, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      const { requests } = yield* sentBy(info([...idsOf(7), "", "a/b", "c d"]))
      assert.deepStrictEqual(requests, idsOf(7).map(single))
    })
  )

  test("a desktop is itself, not one of its apps", roomForAll, () =>
    Effect.gen(function* () {
      const { info, apps } = yield* Sessions
      const desk = yield* createOne(desktop())
      yield* apps.create(desk, { image: "skaha/terminal:1.1.2" })
      yield* apps.create(desk, { image: "skaha/other:1" })
      const ids = [desk, ...(yield* createAll(headless({ cmd: "sleep", args: "60", replicas: 7 })))]
      const { value, requests } = yield* sentBy(info(ids))
      assert.deepStrictEqual(
        Outcome.values(value).map(({ id, kind }) => [id, kind]),
        ids.map((id) => [id, id === desk ? "desktop" : "headless"])
      )
      assert.deepStrictEqual(requests, [list])
    })
  )
})

const ids = idsOf(20)

/** Answers the list as told, and every session singly. */
const platform = (whole: () => { readonly status?: number; readonly body?: string }) =>
  answering((request) =>
    isList(request) ? whole() : { body: JSON.stringify(rowOf(request.path.split("/").at(-1) ?? "")) }
  )

const isList = ({ method, path }: Pick<TransportRequest, "method" | "path">) =>
  method === "GET" && path.endsWith("/session")

const requestsOf = Effect.map(Wire, ({ requests }) => ({
  lists: requests.filter(isList).length,
  singles: requests.filter((request) => !isList(request)).length
}))

describe("Sessions.info when the list is of no use", () => {
  it.effect("an app with the id of a desktop does not answer for it", () =>
    Effect.gen(function* () {
      const outcomes = yield* (yield* Sessions).info(ids)
      assert.isTrue(Outcome.values(outcomes).every(({ kind }) => kind === "headless"))
      assert.deepStrictEqual(yield* requestsOf, { lists: 1, singles: 20 })
    }).pipe(Effect.provide(platform(() => listOf(ids, { type: "desktop-app", appid: "abc" }))))
  )

  for (const [what, reply] of [
    ["fails", { status: 503 }],
    ["is forbidden", { status: 403, body: "no" }],
    ["is none", { body: "{}" }]
  ] as const) {
    it.effect(`each id is asked for singly when it ${what}`, () =>
      Effect.gen(function* () {
        const outcomes = yield* (yield* Sessions).info([...ids, "a/b"])
        assert.isTrue(inOrder(outcomes, [...ids, "a/b"]))
        assert.deepStrictEqual(failedAt(outcomes), [20])
        assert.deepStrictEqual(yield* requestsOf, { lists: 1, singles: 20 })
      }).pipe(Effect.provide(platform(() => reply)))
    )
  }

  it.effect("failed credentials are what became of all, but of what is no id", () =>
    Effect.gen(function* () {
      const outcomes = yield* (yield* Sessions).info([...ids, "a/b"])
      const tags = Outcome.failures(outcomes).map(({ error }) => error._tag)
      assert.deepStrictEqual(tags, [...Array.from(ids, () => "CredentialsRefused" as const), "InvalidInput"])
      assert.deepStrictEqual(yield* requestsOf, { lists: 1, singles: 0 })
    }).pipe(Effect.provide(platform(() => ({ status: 401, body: "Cannot validate token" }))))
  )

  it.effect("a timeout that is none is what became of all, and nothing is sent", () =>
    Effect.gen(function* () {
      const outcomes = yield* Effect.provideService((yield* Sessions).info(ids), CallTimeout, NaN)
      assert.isTrue(Outcome.failures(outcomes).every(({ error }) => error._tag === "ConfigurationInvalid"))
      assert.strictEqual(failedAt(outcomes).length, ids.length)
      assert.deepStrictEqual(yield* requestsOf, { lists: 0, singles: 0 })
    }).pipe(Effect.provide(platform(() => listOf(ids))))
  )
})

/** Whether an effect runs within the executor. */
const Within = Context.Reference<boolean>("test/Within", { defaultValue: () => false })

it.effect("the list is asked for outside of the executor, what it lacks within", () => {
  const seen: Array<string> = []
  const send = Effect.fnUntraced(function* (request: TransportRequest) {
    const id = request.path.split("/").at(-1) ?? ""
    seen.push(`${id} ${yield* Within}`)
    return { status: 200, headers: {}, body: isList(request) ? "[]" : JSON.stringify(rowOf(id)) }
  })
  const layer = Skaha.layer({
    token: "a-token",
    url: "http://platform.invalid/skaha",
    transport: Layer.succeed(Transport, { send }),
    executor: Layer.succeed(
      BulkExecutor,
      BulkExecutor.make(32, (effect) => Effect.provideService(effect, Within, true))
    )
  })
  return Effect.gen(function* () {
    const { info, get } = yield* Sessions
    yield* info(ids)
    yield* get("bcdefghi")
    yield* Stream.runDrain(info.stream(ids))
    const singly = ids.map((id) => `${id} true`)
    assert.deepStrictEqual(seen, ["session false", ...singly, "bcdefghi true", "session false", ...singly])
  }).pipe(Effect.provide(layer))
})
