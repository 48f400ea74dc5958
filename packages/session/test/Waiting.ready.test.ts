import { assert, describe, it } from "@effect/vitest"
import { Transport } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Sessions, Skaha } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { rowOf, settled } from "./support/held.ts"
import { testInMemory, ways } from "./support/platforms.ts"
import { written } from "./support/secrets.ts"
import { createOne, headless, notebook } from "./support/sessions.ts"
import { pass, passing } from "./support/time.ts"
import { answering, Wire } from "./support/wire.ts"

const id = "abcd1234"
const page = "http://pages.invalid/session/notebook/abcd1234/lab"

/** What a server lists of a notebook. */
const row = (more: Readonly<Record<string, unknown>> = {}) => ({
  ...rowOf(id),
  type: "notebook",
  connectURL: `${page}?token=hush`,
  ...more
})

/** A page that cannot be opened at first, and then sends its visitors around. */
const serving = Effect.acquireRelease(
  Effect.callback<{ readonly origin: string; readonly seen: Array<readonly [string, IncomingHttpHeaders]> }>(
    (resume) => {
      const seen: Array<readonly [string, IncomingHttpHeaders]> = []
      const server = createServer((request, response) => {
        const url = request.url ?? ""
        seen.push([url, request.headers])
        if (seen.length === 1) response.writeHead(503).end("not yet")
        else if (url.startsWith("/lab?")) {
          response.writeHead(302, { location: "/tree", "set-cookie": "session=abc; Path=/" }).end()
        } else response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>")
      }).listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed(Object.assign({ origin: `http://127.0.0.1:${port}`, seen }, { server })))
      })
    }
  ),
  (served) =>
    Effect.sync(() => {
      if ("server" in served) (served.server as ReturnType<typeof createServer>).close()
    })
)

describe.each(ways)("Waiting for a page $way", ({ live, test }) => {
  const eventually = <A, E, R>(effect: Effect.Effect<A, E, R>) => (live ? effect : passing(effect))

  test("looks once at a session and at its page within a second", {}, () =>
    Effect.gen(function* () {
      const { waitReady } = yield* Sessions
      const book = yield* createOne(notebook())
      yield* eventually(waitReady(book))
      for (const timeout of [0, 1]) assert.include(yield* eventually(waitReady(book, { timeout })), { id: book })
    })
  )

  test("the page of a notebook, and no page of a headless session", {}, () =>
    Effect.gen(function* () {
      const { waitReady } = yield* Sessions
      const { requests } = yield* Wire
      const book = yield* createOne(notebook())
      const job = yield* createOne(headless({ cmd: "sleep", args: "1000" }))
      const [ready, none] = yield* eventually(waitReady([book, job]))
      assert.include(ready?.result._tag === "Success" ? ready.result.success : {}, { id: book, status: "Running" })
      assert.deepInclude(none?.result._tag === "Failure" ? none.result.failure : {}, {
        _tag: "SessionNotReady",
        reason: "it has no page to open"
      })
      const [probe] = requests.filter(({ path }) => path.startsWith("/session/notebook/"))
      assert.include(probe, { method: "GET", anonymous: true, operation: "Sessions.waitReady" })
      assert.deepStrictEqual(Object.keys(probe?.headers ?? {}).toSorted(), ["accept", "user-agent"])
    })
  )

  test("asks for the page once when there is no time", {}, () =>
    Effect.gen(function* () {
      const { requests } = yield* Wire
      const book = yield* createOne(notebook())
      const { waitReady } = yield* Sessions
      assert.strictEqual((yield* eventually(waitReady(book, { timeout: 0 }))).id, book)
      assert.lengthOf(
        requests.filter(({ path }) => path.startsWith("/session/notebook/")),
        1
      )
    })
  )
})

describe("Waiting for a page", () => {
  for (const [way, layer] of [
    ["undici", UndiciTransport.layer],
    ["fetch", Transport.layer]
  ] as const) {
    it.live(`asks over ${way} without credentials until it opens, and follows where it is sent`, () =>
      Effect.gen(function* () {
        const { origin, seen } = yield* serving
        const platform = Layer.effect(
          Transport,
          Effect.map(Transport, ({ send }) => ({
            // The platform lists it; its page is real.
            send: (request) =>
              request.origin === undefined
                ? Effect.succeed({
                    status: 200,
                    headers: {},
                    body: JSON.stringify([row({ connectURL: `${origin}/lab?token=hush` })])
                  })
                : send(request)
          }))
        ).pipe(Layer.provide(Layer.orDie(layer)))
        const { status } = yield* Sessions.use(({ waitReady }) => waitReady(id)).pipe(
          Effect.provide(Skaha.layer({ token: "a-token", url: "http://platform.invalid/skaha", transport: platform }))
        )
        assert.strictEqual(status, "Running")
        assert.deepStrictEqual(
          seen.map(([url]) => url),
          ["/lab?token=hush", "/lab?token=hush", "/tree"]
        )
        for (const [, headers] of seen) {
          assert.notProperty(headers, "authorization")
          assert.notProperty(headers, "cookie")
          assert.notInclude(JSON.stringify(headers), "a-token")
        }
      })
    )
  }

  /** A platform with one notebook, as it is, and its page. */
  const platformOf = (state: { row: object | undefined; page: number }) =>
    answering(({ origin, path }) => {
      if (origin !== undefined) return { status: state.page }
      if (path.endsWith("/session")) return { body: JSON.stringify(state.row === undefined ? [] : [state.row]) }
      if (path.endsWith(id)) return { status: 404, body: "no such session" }
      return { body: "" }
    })

  it.effect("ends with the session, whatever becomes of its page", () =>
    Effect.forEach(
      [
        [row({ status: "Failed" }), "SessionEnded"],
        [row({ status: "Completed" }), "SessionEnded"],
        [undefined, "SessionNotFound"],
        [row({ status: "Running", connectURL: "" }), "running still"]
      ] as const,
      Effect.fnUntraced(function* ([later, tag]) {
        const state: Parameters<typeof platformOf>[0] = { row: row({ status: "Pending" }), page: 404 }
        yield* Effect.gen(function* () {
          const { waitReady } = yield* Sessions
          const wait = yield* Effect.forkChild(Effect.flip(waitReady(id, { timeout: 100 })))
          yield* pass(5)
          state.row = row()
          yield* pass(10)
          assert.isUndefined(wait.pollUnsafe())
          state.row = later
          yield* pass(40)
          if (tag === "running still") return yield* Fiber.interrupt(wait)
          return assert.strictEqual((yield* Fiber.join(wait))._tag, tag)
        }).pipe(Effect.provide(platformOf(state)))
      }),
      { discard: true }
    )
  )

  it.effect("says that it is the page, when the time is over, and never what its address is", () =>
    Effect.gen(function* () {
      const { waitReady } = yield* Sessions
      const error = yield* passing(Effect.flip(waitReady(id, { timeout: 30 })))
      assert.include(error, {
        _tag: "WaitTimedOut",
        sessionStatus: "Running",
        limit: 30,
        reason: "its page cannot be opened yet"
      })
      assert.notInclude(written(error), "hush")
      const { requests } = yield* Wire
      const probes = requests.filter(({ origin }) => origin !== undefined)
      // After 0, 1, 2.5, 4.75, 8.1, 13.2, 20.8 seconds.
      assert.strictEqual(probes.length, 7)
      yield* TestClock.adjust("1 hour")
      yield* settled
      assert.strictEqual(requests.filter(({ origin }) => origin !== undefined).length, 7)
    }).pipe(Effect.provide(platformOf({ row: row(), page: 503 })))
  )

  it.effect("does not wait for the page of a session that runs and has none", () =>
    Effect.gen(function* () {
      const { waitReady } = yield* Sessions
      assert.include(yield* Effect.flip(waitReady(id)), { _tag: "SessionNotReady", sessionStatus: "Running" })
    }).pipe(Effect.provide(platformOf({ row: row({ connectURL: "not-applicable" }), page: 200 })))
  )

  testInMemory("is there as soon as the session runs", { pending: 10 }, () =>
    Effect.gen(function* () {
      const { waitReady } = yield* Sessions
      const book = yield* createOne(notebook())
      assert.strictEqual((yield* passing(waitReady(book))).status, "Running")
    })
  )
})
