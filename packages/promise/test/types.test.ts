import { describe, expectTypeOf, it } from "vitest"
import type {
  AsyncSession,
  AsyncSessionOptions,
  BatchReplica,
  CallOptions,
  ClientOptions,
  CreateOptions,
  Images,
  Overview,
  Progress,
  SessionRequestError,
  SkahaError,
  SkahaPromise,
  StreamedEvents,
  StreamedLog,
  TextOptions,
  WirePublicSession,
  WireSession,
  WithResponse
} from "skaha"

// What the compiler says of these lines is the test.

declare const sessions: AsyncSession
declare const images: Images
declare const overview: Overview
declare const maybe: boolean
declare const someView: "all" | "interactive"

/** Is looked at, never run. */
const typed = (lines: () => void) => expectTypeOf(lines).returns.toBeVoid()

describe("the types", () => {
  it("of fetch depend on the view", () => {
    typed(() => {
      expectTypeOf(sessions.fetch()).toEqualTypeOf<SkahaPromise<Array<WireSession>>>()
      expectTypeOf(sessions.fetch({ kind: "headless", status: "Running" })).resolves.toEqualTypeOf<Array<WireSession>>()
      expectTypeOf(sessions.fetch({ view: "interactive" })).resolves.toEqualTypeOf<Array<WireSession>>()
      expectTypeOf(sessions.fetch({ view: "all" })).resolves.toEqualTypeOf<Array<WirePublicSession>>()
      // @ts-expect-error there is no such view
      void sessions.fetch({ view: "stats" })
    })
    expectTypeOf<WirePublicSession>().toHaveProperty("userid").toEqualTypeOf<string>()
    expectTypeOf<WirePublicSession["id"]>().toBeUnknown()
    expectTypeOf<WireSession["id"]>().toBeString()
  })

  it("of logs and events depend on verbose", () => {
    typed(() => {
      expectTypeOf(sessions.logs("a")).resolves.toEqualTypeOf<Record<string, string>>()
      expectTypeOf(sessions.logs(["a"], { verbose: false })).resolves.toEqualTypeOf<Record<string, string>>()
      expectTypeOf(sessions.logs("a", { errors: "raise" })).resolves.toEqualTypeOf<Record<string, string>>()
      expectTypeOf(sessions.logs("a", { verbose: true })).resolves.toBeUndefined()
      expectTypeOf(sessions.events("a")).resolves.toEqualTypeOf<Array<Record<string, string>>>()
      expectTypeOf(sessions.events("a", { verbose: true })).resolves.toBeUndefined()
    })
  })

  it("of results are Python's shapes", () => {
    typed(() => {
      expectTypeOf(sessions.create({ name: "a", image: "b/c" })).resolves.toEqualTypeOf<Array<string>>()
      expectTypeOf(sessions.info("a")).resolves.toEqualTypeOf<Array<WireSession>>()
      expectTypeOf(sessions.destroy(["a"] as const)).resolves.toEqualTypeOf<Record<string, boolean>>()
      expectTypeOf(sessions.renew("a")).resolves.toEqualTypeOf<Record<string, boolean>>()
      expectTypeOf(sessions.connect("a")).resolves.toEqualTypeOf<Record<string, string>>()
      expectTypeOf(sessions.stats()).resolves.toEqualTypeOf<Readonly<Record<string, unknown>>>()
      expectTypeOf(sessions.fetch().withResponse()).resolves.toEqualTypeOf<WithResponse<Array<WireSession>>>()
      expectTypeOf(images.fetch()).resolves.toEqualTypeOf<Array<string>>()
      expectTypeOf(overview.availability()).resolves.toEqualTypeOf<boolean>()
    })
    expectTypeOf<AsyncSession["destroy_with"]>().toEqualTypeOf<AsyncSession["destroyWith"]>()
    expectTypeOf<AsyncSession>().toExtend<AsyncDisposable>()
  })

  it("of streams tell outcomes apart", () => {
    typed(async () => {
      expectTypeOf(sessions.streamLogs(new Set(["a"]))).toEqualTypeOf<AsyncIterable<StreamedLog>>()
      expectTypeOf(sessions.streamEvents("a")).toEqualTypeOf<AsyncIterable<StreamedEvents>>()
      for await (const { id, index, log, error } of sessions.streamLogs(["a"].values())) {
        expectTypeOf(id).toBeString()
        expectTypeOf(index).toBeNumber()
        if (error) expectTypeOf(error).toEqualTypeOf<SkahaError>()
        else expectTypeOf(log).toBeString()
      }
      for await (const outcome of sessions.streamEvents(["a"])) {
        if (outcome.error === undefined) expectTypeOf(outcome.events).toBeString()
        else expectTypeOf(outcome.error).toEqualTypeOf<SkahaError>()
      }
      // @ts-expect-error every outcome is there: nothing is ignored or raised
      sessions.streamLogs("a", { errors: "raise" })
    })
  })

  it("of saveLogs and of progress are plain", () => {
    typed(() => {
      expectTypeOf(sessions.saveLogs("a", "logs", { resume: true })).resolves.toEqualTypeOf<Record<string, string>>()
      // @ts-expect-error it needs a directory
      void sessions.saveLogs("a")
      // @ts-expect-error one request has no progress
      void sessions.fetch({ onProgress: () => {} })
      void sessions.info("a", { onProgress: (progress) => expectTypeOf(progress).toEqualTypeOf<Progress>() })
    })
    expectTypeOf<Progress>().toEqualTypeOf<{
      readonly done: number
      readonly failed: number
      readonly total: number | undefined
      readonly bytes: number
      readonly seconds: number
      readonly rate: number
      readonly remaining: number | undefined
    }>()
    expectTypeOf<{ workers: number }>().toExtend<AsyncSessionOptions>()
    expectTypeOf<{ workers: number }>().not.toExtend<ClientOptions>()
  })

  it("of what sessions go through are plain", () => {
    typed(async () => {
      expectTypeOf(sessions.waitUntil("a", ({ status }) => status === "Running")).resolves.toEqualTypeOf<
        Array<WireSession>
      >()
      expectTypeOf(sessions.waitReady(["a"], { limit: 60, errors: "raise" })).resolves.toEqualTypeOf<
        Array<WireSession>
      >()
      expectTypeOf(sessions.waitGone(["a"])).resolves.toEqualTypeOf<Record<string, boolean>>()
      expectTypeOf(sessions.timeLeft("a")).resolves.toEqualTypeOf<number | undefined>()
      expectTypeOf(sessions.keepAlive("a")).resolves.toExtend<AsyncDisposable>()
      expectTypeOf(sessions.scoped({ name: "a", image: "b/c" })).resolves.toExtend<AsyncDisposable>()
      expectTypeOf(sessions.runBatch({ name: "a", image: "b/c" })).resolves.toEqualTypeOf<Array<BatchReplica>>()
      // @ts-expect-error a promise is no answer
      void sessions.waitUntil("a", async () => true)
      // @ts-expect-error a batch is headless
      void sessions.runBatch({ name: "a", image: "b/c", kind: "notebook" })
      for await (const change of sessions.watch({ kind: "headless" })) {
        if (change.error) expectTypeOf(change.error).toEqualTypeOf<SkahaError>()
        else if (change.session) expectTypeOf(change.session).toEqualTypeOf<WireSession>()
        if (change.type === "expiringSoon") expectTypeOf(change.timeLeft).toBeNumber()
      }
      for await (const event of sessions.followLogs("a")) {
        if (event.type === "line") expectTypeOf(event.text).toBeString()
        if (event.type === "failed") expectTypeOf(event.error).toEqualTypeOf<SkahaError>()
      }
    })
  })

  it("of options let pass what may be there, and nothing else", () => {
    expectTypeOf<{ name: string; image: string; cores: null; ram: null; gpu: number }>().toExtend<CreateOptions>()
    expectTypeOf<{ image: string }>().not.toExtend<CreateOptions>()
    expectTypeOf<{ name: string; image: string; kind: "jupyter" }>().not.toExtend<CreateOptions>()
    expectTypeOf<{ name: string; image: string; kind: "desktop-app" }>().not.toExtend<CreateOptions>()
    expectTypeOf<{ name: string; image: string; cores: string }>().not.toExtend<CreateOptions>()
    expectTypeOf<CallOptions>().toEqualTypeOf<{
      readonly signal?: AbortSignal | undefined
      readonly timeout?: number | undefined
    }>()
    expectTypeOf<ClientOptions["loglevel"]>().toEqualTypeOf<
      number | "debug" | "info" | "warning" | "error" | "critical" | undefined
    >()
    expectTypeOf<TextOptions["errors"]>().toEqualTypeOf<"ignore" | "raise" | undefined>()
  })

  it("of errors can be told apart by their tags and codes", () => {
    expectTypeOf<Extract<SkahaError, { _tag: "ServerBusy" }>["retryAfter"]>().toEqualTypeOf<number | undefined>()
    expectTypeOf<SkahaError["code"]>().toExtend<string>()
    expectTypeOf<SessionRequestError["errors"]>().toEqualTypeOf<ReadonlyMap<string, SkahaError>>()
    expectTypeOf<SessionRequestError<Array<string>>["results"]>().toEqualTypeOf<Array<string>>()
  })

  it("allow what is only known when the program runs", () => {
    typed(() => {
      expectTypeOf(sessions.fetch({ view: someView })).resolves.toEqualTypeOf<Array<WireSession | WirePublicSession>>()
      expectTypeOf(sessions.logs("a", { verbose: maybe })).resolves.toEqualTypeOf<Record<string, string> | undefined>()
      expectTypeOf(sessions.events("a", { verbose: maybe })).resolves.toEqualTypeOf<
        Array<Record<string, string>> | undefined
      >()
    })
  })
})
