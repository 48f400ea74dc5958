import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { terminal } from "./support.ts"
import { start, started } from "./support-cli.ts"
import { fetchRaw, pem } from "./support-http.ts"

const jsonFile = (text: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const file = join(mkdtempSync(join(tmpdir(), "skaha-list-")), "list.json")
      writeFileSync(file, text)
      return file
    }),
    (file) => Effect.sync(() => rmSync(dirname(file), { recursive: true }))
  )

describe("the command line", () => {
  it.live.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("runs sessions until %s, and leaves nothing", (signal) =>
    Effect.gen(function* () {
      const program = yield* start("--port", "0", "--pending", "0")
      const { url } = yield* started(program)
      const token = /^token: (\w{48})$/.exec(program.lines()[1] ?? "")?.[1] ?? ""
      assert.include(program.lines()[2], `SKAHA_URL=${url} SKAHA_TOKEN=${token}`)
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" }
      const body = new URLSearchParams({
        name: "x",
        image: terminal,
        cmd: process.execPath,
        args: "-e console.log(process.cwd());setInterval(()=>{},1000)"
      }).toString()
      const created = yield* fetchRaw(`${url}/v1/session`, { method: "POST", headers, body })
      const id = created.text.trim()
      let folder = ""
      while (folder === "") {
        folder = (yield* fetchRaw(`${url}/v1/session/${id}?view=logs`, { headers })).text.trim()
        yield* Effect.sleep("10 millis")
      }
      assert.isTrue(existsSync(folder))
      program.kill(signal)
      assert.strictEqual(yield* program.ended, 0)
      assert.isFalse(existsSync(dirname(folder)))
      assert.strictEqual(program.errors(), "")
    }).pipe(Effect.scoped)
  )

  it.live("takes the token it is given and does not repeat it", () =>
    Effect.gen(function* () {
      const program = yield* start("--port", "0", "--token", "sesame", "--user", "bob", "--latency", "1")
      const { url, port } = yield* started(program)
      assert.notInclude(program.lines().join("\n"), "sesame")
      const headers = { authorization: "Bearer sesame" }
      assert.include((yield* fetchRaw(`${url}/v1/session`, { headers })).headers, "bob")

      const second = yield* start("--port", port)
      assert.strictEqual(yield* second.ended, 1)
      assert.strictEqual(second.errors(), `skaha-emulator: cannot listen on 127.0.0.1 port ${port}: it is in use\n`)
      assert.deepStrictEqual(second.lines(), [""])
    }).pipe(Effect.scoped)
  )

  it.live("speaks HTTPS, knows people by their certificates, and shares with pages", () =>
    Effect.gen(function* () {
      const file = (name: string) => join(import.meta.dirname, "fixtures/tls", `${name}.pem`)
      const program = yield* start(
        "--port",
        "0",
        "--tls-key",
        file("server"),
        "--tls-cert",
        file("server"),
        "--client-ca",
        file("ca"),
        "--subject",
        "CN=alice, OU=people, O=Example",
        "--cors",
        "--allow-origin",
        "*",
        "--http2"
      )
      const { url } = yield* started(program)
      assert.match(url, /^https:/)
      const tls = { ca: pem("ca"), key: pem("rfc-proxy"), cert: pem("rfc-proxy") }
      const known = yield* fetchRaw(`${url}/v1/session`, { tls })
      assert.deepStrictEqual([known.status, known.text], [200, "[]"])
      assert.include(known.headers, "alice")
      const page = yield* fetchRaw(`${url}/availability`, { tls, headers: { origin: "http://localhost:3000" } })
      assert.include(page.headers, "Access-Control-Allow-Origin")
    }).pipe(Effect.scoped)
  )

  it.live("knows the users of a file", () =>
    Effect.gen(function* () {
      const file = yield* jsonFile('[{ "name": "bob", "token": "his" }]')
      const { url } = yield* started(yield* start("--port", "0", "--users", file))
      const answer = yield* fetchRaw(`${url}/v1/session`, { headers: { authorization: "Bearer his" } })
      assert.strictEqual(answer.status, 200)
      assert.include(answer.headers, "bob")
      const misspelt = yield* jsonFile('[{ "name": "bob", "tokn": "his" }]')
      const program = yield* start("--port", "0", "--users", misspelt)
      assert.strictEqual(yield* program.ended, 1)
      const clashing = yield* start("--port", "0", "--users", file, "--user", "bob")
      assert.strictEqual(yield* clashing.ended, 1)
      assert.strictEqual(clashing.errors(), "skaha-emulator: users 0 and 1 have the same name\n")
      // the value of an unknown key may be a secret
      assert.match(program.errors(), /^skaha-emulator: cannot use .*: users\[0\]\.tokn: Expected no excess property\n$/)
    }).pipe(Effect.scoped)
  )

  it.live("makes go wrong what a file says", () =>
    Effect.gen(function* () {
      const file = yield* jsonFile(
        '[{ "match": { "view": "stats" }, "action": { "_tag": "Page", "page": "proxy-502" } }]'
      )
      const program = yield* start("--port", "0", "--token", "sesame", "--faults", file)
      const { url } = yield* started(program)
      const headers = { authorization: "Bearer sesame" }
      assert.strictEqual((yield* fetchRaw(`${url}/v1/session?view=stats`, { headers })).status, 502)
      assert.strictEqual((yield* fetchRaw(`${url}/v1/session`, { headers })).status, 200)
    }).pipe(Effect.scoped)
  )

  it.live.each([
    [
      '[{ "match": {}, "action": { "_tag": "Reset", "after": 1 } }]',
      "faults[0].action.after: Unexpected key with value 1"
    ],
    [undefined, "no such file"]
  ])("says in one line what is wrong with a file of faults: %s", ([text, reason]) =>
    Effect.gen(function* () {
      const file = text === undefined ? join(tmpdir(), "no-such-folder", "faults.json") : yield* jsonFile(text)
      const program = yield* start("--port", "0", "--faults", file)
      assert.strictEqual(yield* program.ended, 1)
      assert.strictEqual(program.errors(), `skaha-emulator: cannot use ${file}: ${reason}\n`)
      assert.deepStrictEqual(program.lines(), [""])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    [["--tls-key", join(import.meta.dirname, "fixtures/tls/server.pem")], "--tls-cert"],
    [["--tls-cert", "nosuch.pem"], "nosuch.pem"],
    [["--http2"], "TLS"],
    [["--nonsense"], "--nonsense"],
    [["--prt", "0"], "--port"],
    [["--port", "x"], "--port"],
    [["--port", "70000"], "--port"],
    [["--token", ""], "--token"],
    [["--allow-origin", "http://localhost:3000/"], "--allow-origin"],
    [["--subject", "CN=alice,O=Example"], "--client-ca"],
    [["--users", tmpdir()], "it is no file"],
    [["--capacity-cores", "-1"], "--capacity-cores"],
    [["--state", "/dev/null"], "/dev/null"]
  ] as const)("says in one line what is wrong with %j", ([args, named]) =>
    Effect.gen(function* () {
      const program = yield* start(...args)
      assert.strictEqual(yield* program.ended, 1)
      assert.match(program.errors(), /^skaha-emulator: [^\n]+\n$/)
      assert.include(program.errors(), named)
      assert.deepStrictEqual(program.lines(), [""])
    }).pipe(Effect.scoped)
  )
})
