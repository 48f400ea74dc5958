import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Emulator } from "../src/index.ts"
import { send } from "./support.ts"

const nobody = { authorization: null }
const html = { "Content-Type": "text/html;charset=utf-8", "Content-Language": "en" }

describe("methods without an action", () => {
  it.effect.each([
    ["PUT", "/v1/session", "GET, POST, DELETE"],
    ["HEAD", "/v1/session/a1", "GET, POST, DELETE"],
    ["PUT", "/v1/context", "GET"],
    ["HEAD", "/v1/image", "GET"],
    ["POST", "/v1/repository", "GET"],
    ["PUT", "/capabilities", "GET, HEAD"]
  ] as const)("%s %s is not allowed, and nobody is asked who calls", ([method, path, allow]) =>
    Effect.gen(function* () {
      const { reply, text } = yield* send(method, path, nobody)
      assert.deepStrictEqual([reply.status, text], [405, `unsupported: HTTP ${method}\n`])
      assert.deepStrictEqual(reply.headers, { Allow: allow, "Content-Type": "text/plain;charset=ISO-8859-1" })
      assert.isTrue(reply.chunked)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each(["/v1/session", "/v1/context", "/v1/image", "/v1/repository", "/capabilities", "/availability"])(
    "on %s the container answers the others",
    (path) =>
      Effect.gen(function* () {
        const options = yield* send("OPTIONS", path, nobody)
        assert.deepStrictEqual([options.status, options.text], [200, ""])
        assert.deepStrictEqual(options.reply.headers, { Allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS" })
        for (const [method, status] of [
          ["PATCH", 501],
          ["BREW", 501],
          ["TRACE", 405]
        ] as const) {
          const { reply } = yield* send(method, path)
          assert.deepStrictEqual([reply.status, reply.headers], [status, html])
        }
      }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("what the servlet container decides", () => {
  it.effect.each([
    ["/v1/session/a%2Fb", 400],
    ["/v1/session/a%5Cb", 400],
    ["/v1/session/a%00b", 400],
    ["/v1/session/a%zz", 400],
    ["/v1/session/a|b", 400],
    ["/v1/session/{id}", 400],
    ["/v1/session/[1]", 400],
    ["/v1/session?x=a|b", 400],
    ["/v1/session?x={", 400],
    ["/v1/session?x=[1]", 400],
    [`/v1/session?x=${"a".repeat(8192)}`, 400],
    ["/v0/session", 404],
    ["/v1/sessions", 404],
    ["/v1/constructor", 404],
    ["/nothing", 404]
  ] as const)("%s", ([path, status]) =>
    Effect.gen(function* () {
      const answer = yield* send("GET", path)
      assert.deepStrictEqual([answer.status, answer.reply.headers], [status, html])
      assert.match(answer.text, /^<!doctype html><html lang="en"><head><title>HTTP Status/)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each([
    ["/v1/session/a;b", "a"],
    ["/v1//session///a", "a"],
    ["/v1/session/x/../a", "a"],
    ["/v1/session/x/%2e%2e/a", "a"],
    ["/v1/session/./a/", "a"],
    ["/v1/session/%61", "a"]
  ] as const)("%s is session %s", ([path, id]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send("GET", path)).text, `session ${id} not found\n`)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("what is escaped in a query may be anything", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send("GET", "/v1/session?type=%2F%5C%00%7C%7B%5B")).text, "[]")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("headers count towards the size of a head", () =>
    Effect.gen(function* () {
      const answer = yield* send("GET", "/v1/session", { headers: { x: "a".repeat(8192) } })
      assert.deepStrictEqual([answer.status, answer.reply.headers], [400, html])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("the bare context path is redirected", () =>
    Effect.gen(function* () {
      const { reply } = yield* send("GET", "", nobody)
      assert.deepStrictEqual([reply.status, reply.headers["Location"]], [302, "/skaha/"])
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
