import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Emulator } from "@skaha/emulator"
import { EmulatorServer, type ServerOptions } from "@skaha/emulator/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AsyncSession } from "skaha"
import { OpenPage } from "../support/Page.ts"

// The package in a real browser, on a page that is not the platform's own.

const token = "token-of-alice"

const platform = (options: ServerOptions) =>
  Layer.provideMerge(EmulatorServer.layer(options), Emulator.layer({ token, pending: 0 }))

describe("AsyncSession on a page of another origin", () => {
  let page: OpenPage
  beforeAll(async () => {
    page = await OpenPage.open()
  })
  afterAll(() => page[Symbol.asyncDispose]())

  const sharing = () => platform({ cors: true, allowedOrigins: [page.origin] })

  const call = <A>(use: (sessions: AsyncSession) => Promise<A>, as: string = token) =>
    Effect.flatMap(EmulatorServer, ({ url }) => Effect.promise(() => page.call({ url, token: as }, use)))

  it.live("does all there is to do with sessions", () =>
    Effect.gen(function* () {
      const done = yield* call(async (sessions) => {
        const image = "images.canfar.net/skaha/terminal:1.1.2"
        const ids = await sessions.create({ name: "fit", image, cmd: "echo", args: "grüße", replicas: 3 })
        const logs = await sessions.logs(ids)
        const infos = await sessions.info(ids)
        const renewed = await sessions.renew(ids)
        const destroyed = await sessions.destroy(ids)
        return {
          logs: ids.map((id) => logs?.[id]),
          names: infos.map(({ name }) => name),
          renewed: Object.values(renewed).length,
          destroyed: Object.values(destroyed),
          left: await sessions.fetch()
        }
      })
      assert.deepStrictEqual(done, {
        _tag: "Success",
        value: {
          logs: ["grüße\n", "grüße\n", "grüße\n"],
          names: ["fit-1", "fit-2", "fit-3"],
          renewed: 3,
          destroyed: [true, true, true],
          left: []
        }
      })
    }).pipe(Effect.provide(sharing()))
  )

  it.live("follows sessions from their creation to their end", () =>
    Effect.gen(function* () {
      const done = yield* call(async (sessions) => {
        const notebook = { name: "book", image: "images.canfar.net/skaha/astroml:latest", kind: "notebook" } as const
        const book = await sessions.scoped(notebook)
        const ready = await sessions.waitReady(book.ids, { limit: 20 })
        await book.destroy()
        const gone = await sessions.waitGone(book.ids, { limit: 20 })
        const job = { name: "fit", image: "images.canfar.net/skaha/terminal:1.1.2", cmd: "echo", args: "grüße" }
        const replicas = await sessions.runBatch({ ...job, replicas: 2 })
        const ids = await sessions.create(job)
        const lines: Array<string> = []
        for await (const event of sessions.followLogs(ids)) if (event.type === "line") lines.push(event.text)
        return {
          ready: ready.map(({ status }) => status),
          gone: Object.values(gone),
          logs: replicas.map(({ log }) => log),
          lines
        }
      })
      assert.deepStrictEqual(done, {
        _tag: "Success",
        value: { ready: ["Running"], gone: [true], logs: ["grüße\n", "grüße\n"], lines: ["grüße"] }
      })
    }).pipe(Effect.provide(sharing()))
  )

  it.live("reads what the platform says when it refuses", () =>
    Effect.gen(function* () {
      const refused = yield* call((sessions) => sessions.fetch(), "another")
      assert.include(refused, { _tag: "Failure", error: "CredentialsRefused" })
      const { setFaults } = yield* Emulator
      yield* setFaults([{ match: {}, action: { _tag: "Reply", status: 503, headers: { "Retry-After": "7" } } }])
      const busy = yield* call((sessions) => sessions.fetch())
      assert.deepStrictEqual(busy, { _tag: "Failure", error: "ServerBusy", retryAfter: 7 })
    }).pipe(Effect.provide(sharing()))
  )

  it.live("is who the browser's cookies say, if it may use them", () =>
    Effect.gen(function* () {
      const url = (yield* EmulatorServer).url.replace("127.0.0.1", "localhost")
      yield* Effect.promise(() => page.remember(url, "CADC_SSO", "cookie-of-dave"))
      const calling = (cookies: boolean) =>
        Effect.promise(() => page.call({ url, cookies }, async (sessions) => (await sessions.describe()).mode))
      const asking = (cookies: boolean) =>
        Effect.promise(() => page.call({ url, cookies }, (sessions) => sessions.fetch()))
      assert.deepStrictEqual(yield* calling(true), { _tag: "Success", value: "cookie" })
      assert.deepStrictEqual(yield* asking(true), { _tag: "Success", value: [] })
      assert.include(yield* asking(false), { _tag: "Failure", error: "CredentialsMissing" })
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          EmulatorServer.layer({ cors: true, allowedOrigins: [page.origin] }),
          Emulator.layer({ identityManager: "ac", users: [{ name: "dave", cookie: "cookie-of-dave" }] })
        )
      )
    )
  )

  it.live.each([
    ["a platform that shares nothing, as the real one", {}],
    ["a platform that shares with others", { cors: true, allowedOrigins: ["http://localhost:1"] }]
  ] satisfies ReadonlyArray<readonly [string, ServerOptions]>)("reaches nothing of %s", ([, options]) =>
    Effect.gen(function* () {
      const unreached = yield* call((sessions) => sessions.fetch())
      assert.include(unreached, { _tag: "Failure", error: "ConnectionFailed" })
    }).pipe(Effect.provide(platform(options)))
  )
})
