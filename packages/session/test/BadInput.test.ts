import { assert, describe, it } from "@effect/vitest"
import type { SkahaError } from "@skaha/core"
import { UndiciTransport } from "@skaha/core/node"
import { Context, Images, Overview, Sessions, Skaha, type SessionSpec } from "@skaha/session"
import { Emulator, type FaultAction } from "@skaha/emulator"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { token, ways } from "./support/platforms.ts"
import { valuesOrTags } from "./support/outcomes.ts"
import { written } from "./support/secrets.ts"
import { createOne, headless, notebook } from "./support/sessions.ts"
import { once } from "./support/wire.ts"

const badSpecs: ReadonlyArray<readonly [what: string, field: string, spec: SessionSpec]> = [
  ["a wrong kind", "kind", headless({ kind: "jupyter" as "notebook" })],
  ["a bad name", "name", headless({ name: "my job" })],
  ["0 replicas", "replicas", headless({ replicas: 0 })],
  ["a cmd for a notebook", "cmd", notebook({ cmd: "python3" })],
  ["NaN cores", "cores", headless({ cores: NaN })],
  ["a bad variable", "env.A=B", headless({ env: { "A=B": 1 } })],
  ["an image without a project", "image", headless({ image: "ubuntu" })]
]

const badIds = [
  "",
  "../image",
  "a/b",
  "a?view=logs",
  "a#b",
  "a b",
  " ",
  "%2e%2e",
  ".",
  "..",
  "-a",
  "a-",
  "é",
  "a\n",
  "a".repeat(64)
]

/** What a server may answer to anything, and what that is to the caller. */
const replies: ReadonlyArray<readonly [what: string, tag: SkahaError["_tag"], action: FaultAction]> = [
  ["401", "CredentialsRefused", { _tag: "Reply", status: 401, body: "Invalid JWT token" }],
  ["401 for an old token", "CredentialsExpired", { _tag: "Reply", status: 401, body: "Token has expired" }],
  ["403", "Forbidden", { _tag: "Reply", status: 403, body: "Not authorized to use the skaha system\n" }],
  ["429", "ServerBusy", { _tag: "Reply", status: 429, headers: { "Retry-After": "5" } }],
  ["500", "ServerFailure", { _tag: "Reply", status: 500, body: "unexpected exception: boom" }],
  ["502 with a page", "ServerFailure", { _tag: "Reply", status: 502, body: "<html>bad gateway</html>" }],
  ["503", "ServerBusy", { _tag: "Reply", status: 503, body: "temporarily unavailable: null\n" }],
  ["a redirect", "RequestRefused", { _tag: "Reply", status: 302, headers: { Location: "/login?next=x" } }],
  ["a connection that is reset", "ConnectionFailed", { _tag: "Reset" }]
]

/** What is no JSON of the platform's, where JSON is expected. */
const noJson: ReadonlyArray<readonly [what: string, action: FaultAction]> = [
  ["a page", { _tag: "Reply", status: 200, headers: { "Content-Type": "text/html" }, body: "<!doctype html><p>hi" }],
  ["an empty body", { _tag: "Reply", status: 200, headers: { "Content-Type": "application/json" } }],
  ["cut JSON", { _tag: "Reply", status: 200, body: '{"id": "abcd1234", "userid": "al' }],
  ["other JSON", { _tag: "Reply", status: 200, body: '"hello"' }],
  ["null", { _tag: "Reply", status: 200, body: "null" }]
]

const everything = Effect.gen(function* () {
  const sessions = yield* Sessions
  const images = yield* Images
  const context = yield* Context
  const all: Record<string, Effect.Effect<unknown, SkahaError>> = {
    "Sessions.fetch": sessions.fetch(),
    "Sessions.stats": sessions.stats,
    "Sessions.info": sessions.info("abcd1234"),
    "Sessions.connectUrl": sessions.connectUrl("abcd1234"),
    "Sessions.destroyWith": sessions.destroyWith({ prefix: "a" }),
    "Sessions.apps.list": sessions.apps.list("abcd1234"),
    "Sessions.apps.info": sessions.apps.info("abcd1234", "abc"),
    "Images.fetch": images.fetch(),
    "Images.details": images.details(),
    "Images.repositoryHosts": images.repositoryHosts,
    "Context.resources": context.resources
  }
  return all
})

/** Those that read no JSON. */
const texts = Effect.gen(function* () {
  const sessions = yield* Sessions
  const overview = yield* Overview
  const all: Record<string, Effect.Effect<unknown, SkahaError>> = {
    "Sessions.logs": sessions.logs("abcd1234"),
    "Sessions.events": sessions.events("abcd1234"),
    "Sessions.eventsText": sessions.eventsText("abcd1234"),
    "Sessions.renew": sessions.renew("abcd1234"),
    "Sessions.destroy": sessions.destroy("abcd1234"),
    "Sessions.create": sessions.create(headless()),
    "Sessions.apps.create": sessions.apps.create("abcd1234", { image: "a/b" }),
    "Sessions.apps.destroy": sessions.apps.destroy("abcd1234", "abc"),
    "Overview.availability": overview.availability,
    "Overview.capabilities": overview.capabilities
  }
  return all
})

const fault = (action: FaultAction) => Emulator.use(({ setFaults }) => setFaults([{ match: {}, action }]))

describe.each(ways)("Bad input and bad servers $way", ({ test, live }) => {
  for (const [what, field, spec] of badSpecs) {
    test(`${what} is refused before anything is sent`, {}, () =>
      Effect.gen(function* () {
        const { create } = yield* Sessions
        for (const replicas of [spec.replicas, 5]) {
          if (spec.replicas !== undefined && replicas === 5) continue
          const error = yield* Effect.flip(create({ ...spec, replicas }))
          assert.strictEqual(error._tag, "InvalidInput")
          assert.strictEqual(error.operation, "Sessions.create")
          assert.deepStrictEqual(error._tag === "InvalidInput" ? error.problems.map((problem) => problem.field) : [], [
            field
          ])
        }
        assert.deepStrictEqual(yield* Emulator.use(({ requests }) => requests), [])
      })
    )
  }

  test("an id that is none is refused before anything is sent for it", {}, () =>
    Effect.gen(function* () {
      const { info, logs, events, eventsText, renew, destroy, connectUrl } = yield* Sessions
      for (const each of [info, logs, events, eventsText, renew, destroy, connectUrl]) {
        for (const id of badIds) {
          const error = yield* Effect.flip<unknown, SkahaError, never>(each(id))
          assert.strictEqual(error._tag, "InvalidInput", JSON.stringify(id))
        }
        assert.isTrue(valuesOrTags<unknown>(yield* each(badIds)).every((tag) => tag === "InvalidInput"))
      }
      assert.deepStrictEqual(yield* Emulator.use(({ requests }) => requests), [])
    })
  )

  test("one bad id among good ones has its own outcome", {}, () =>
    Effect.gen(function* () {
      const { logs } = yield* Sessions
      const id = yield* createOne(headless({ cmd: "echo", args: "hello" }))
      assert.deepStrictEqual(valuesOrTags(yield* logs([id, "../image", "", id])), [
        "hello\n",
        "InvalidInput",
        "InvalidInput",
        "hello\n"
      ])
    })
  )

  test("every reply has its own error, in every operation", {}, () =>
    Effect.gen(function* () {
      for (const [what, tag, action] of replies) {
        yield* fault(action)
        for (const [operation, effect] of Object.entries({ ...(yield* everything), ...(yield* texts) })) {
          const error = yield* Effect.flip(effect)
          assert.strictEqual(error._tag, tag, `${operation}: ${what}`)
          assert.strictEqual(error.operation, operation)
          assert.notInclude(written(error), token)
        }
      }
    })
  )

  test("404 is an unknown session where there is one, and a refusal elsewhere", {}, () =>
    Effect.gen(function* () {
      yield* fault({ _tag: "Reply", status: 404, body: "session abcd1234 not found\n" })
      for (const [operation, effect] of Object.entries({ ...(yield* everything), ...(yield* texts) })) {
        const aboutOne = /info|connectUrl|logs|events|renew|destroy$|apps/.test(operation)
        assert.strictEqual(
          (yield* Effect.flip(effect))._tag,
          aboutOne ? "SessionNotFound" : "RequestRefused",
          operation
        )
      }
    })
  )

  test("what is no JSON cannot be understood, in every operation that reads it", {}, () =>
    Effect.gen(function* () {
      for (const [what, action] of noJson) {
        yield* fault(action)
        for (const [operation, effect] of Object.entries(yield* everything)) {
          const error = yield* Effect.flip(effect)
          assert.strictEqual(error._tag, "ReplyUndecodable", `${operation}: ${what}`)
          assert.strictEqual(error.operation, operation)
        }
      }
    })
  )

  test("a page instead of a document or an id cannot be understood", {}, () =>
    Effect.gen(function* () {
      yield* fault({ _tag: "Reply", status: 200, headers: { "Content-Type": "text/html" }, body: "<p>sign in" })
      const all = yield* texts
      for (const operation of ["Sessions.create", "Overview.availability", "Overview.capabilities"]) {
        assert.strictEqual((yield* Effect.flip(all[operation] ?? Effect.void))?._tag, "ReplyUndecodable", operation)
      }
    })
  )

  test("a reply that is cut on the way", {}, () =>
    Effect.gen(function* () {
      const { info, fetch } = yield* Sessions
      const id = yield* createOne(headless({ cmd: "sleep", args: "60" }))
      yield* fault({ _tag: "Truncate", bytes: 40 })
      assert.strictEqual((yield* Effect.flip(info(id)))._tag, "ConnectionFailed")
      assert.strictEqual((yield* Effect.flip(fetch()))._tag, "ConnectionFailed")
    })
  )

  test("503 says when to come back", {}, () =>
    Effect.gen(function* () {
      const { stats } = yield* Sessions
      yield* fault({ _tag: "Reply", status: 503, headers: { "Retry-After": "30" }, body: "temporarily unavailable\n" })
      assert.deepInclude(yield* Effect.flip(stats), { _tag: "ServerBusy", retryAfter: 30, isRetryable: true })
    })
  )

  test("a wrong token, and none", { sdk: { token: "another-token" } }, () =>
    Effect.gen(function* () {
      const { fetch } = yield* Sessions
      assert.strictEqual((yield* Effect.flip(fetch()))._tag, "CredentialsRefused")
    })
  )

  test("no token", { sdk: { token: undefined } }, () =>
    Effect.gen(function* () {
      const { info } = yield* Sessions
      assert.deepStrictEqual(valuesOrTags(yield* info(["abcd1234", "bcde2345"])), [
        "CredentialsMissing",
        "CredentialsMissing"
      ])
      // What needs no credentials is still there.
      const { availability } = yield* Overview
      assert.isTrue((yield* availability).available)
    })
  )

  test("an expired timeout", { sdk: { timeout: 0.05, createTimeout: 0.05, connectTimeout: 0.05 } }, () =>
    Effect.gen(function* () {
      yield* fault({ _tag: "Never" })
      const operations = Object.entries({ ...(yield* everything), ...(yield* texts) })
      const waiting = yield* Effect.forkChild(
        Effect.forEach(operations, ([, effect]) => Effect.flip(effect), { concurrency: "unbounded" })
      )
      if (!live) yield* TestClock.adjust(200)
      const errors = yield* Fiber.join(waiting)
      assert.deepStrictEqual(
        errors.map(({ _tag, operation }) => `${operation}: ${_tag}`),
        operations.map(([operation]) => `${operation}: RequestTimeout`)
      )
      assert.isTrue(errors.every(({ isRetryable }) => isRetryable))
    })
  )
})

describe("An unreachable server", () => {
  it.live("is a typed error of every operation, and of every replica", () =>
    Effect.gen(function* () {
      for (const [operation, effect] of Object.entries({ ...(yield* everything), ...(yield* texts) })) {
        const error = yield* Effect.flip(effect)
        assert.deepInclude(error, { _tag: "ConnectionFailed", operation, reason: "connection refused" })
        assert.notInclude(written(error), token)
      }
      const { destroy } = yield* Sessions
      assert.deepStrictEqual(valuesOrTags(yield* destroy(["a", "b"])), ["ConnectionFailed", "ConnectionFailed"])
    }).pipe(
      // The discard port: nothing listens there.
      Effect.provide([Skaha.layer({ url: "http://127.0.0.1:9/skaha", token, transport: UndiciTransport.layer }), once])
    )
  )
})
