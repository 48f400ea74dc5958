import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Emulator, type Job } from "../src/index.ts"
import { create, formType, info, list, send, type Sending, statusOf, terminal } from "./support.ts"

const missing = "Missing parameter 'image'\n"
const fields = { name: "form", image: terminal }
const query = `?${new URLSearchParams(fields).toString()}`
const urlencoded = { "content-type": "application/x-www-form-urlencoded" }

const post = (path: string, sending: Sending) => send("POST", `/v1/session${path}`, sending)

describe("the parameters of a POST", () => {
  it.effect.each([
    ["none", {}],
    ["text", { "content-type": "text/plain" }],
    ["JSON", { "content-type": "application/json" }],
    ["a blank before the semicolon", { "content-type": "application/x-www-form-urlencoded ; charset=UTF-8" }]
  ] as const)("are not read at all under this content type: %s", ([, headers]) =>
    Effect.gen(function* () {
      const answer = yield* post(query, { headers, body: new URLSearchParams(fields).toString() })
      assert.deepStrictEqual([answer.status, answer.text], [400, missing])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("may stand in the query alone, if the content type says so", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* post(query, { headers: urlencoded })).status, 200)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("are those of the query, then those of the body", () =>
    Effect.gen(function* () {
      const answer = yield* post("?name=query", { form: fields })
      assert.strictEqual((yield* info(answer.text.trim()))["name"], "query")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("of a multipart form are its fields alone", () =>
    Effect.gen(function* () {
      const body = (names: ReadonlyArray<keyof typeof fields>) =>
        names
          .map((name) => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${fields[name]}\r\n`)
          .join("") + "--B--\r\n"
      const headers = { "content-type": "multipart/form-data; boundary=B" }
      const created = yield* post("", { headers, body: body(["name", "image"]) })
      assert.strictEqual((yield* info(created.text.trim()))["name"], "form")
      const refused = yield* post(query, { headers, body: body(["name"]) })
      assert.deepStrictEqual([refused.status, refused.text], [400, missing])
      const accented = yield* post("", { headers, body: body(["image"]).replace(terminal, "é") })
      assert.match(accented.text, /^session image 'é' must come/)
      const broken = yield* post("", { headers, body: "nonsense" })
      assert.strictEqual(broken.status, 500)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("have names without case, of which the first counts", () =>
    Effect.gen(function* () {
      const answer = yield* post("", {
        form: [
          ["NAME", "one"],
          ["Image", terminal],
          ["NAME", "two"]
        ]
      })
      assert.strictEqual((yield* info(answer.text.trim()))["name"], "one")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("name a type in any case, blanks around it or not", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* info(yield* create({ type: " NoteBook " }))).type, "notebook")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("must not have a name in two letter cases", () =>
    Effect.gen(function* () {
      const answer = yield* post("?NAME=x", { form: fields })
      assert.deepStrictEqual([answer.status, answer.text], [400, "null\n"])
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("are dropped one by one where an escape is broken", () =>
    Effect.gen(function* () {
      const answer = yield* post(`${query}&type=%zz`, { headers: urlencoded })
      assert.strictEqual(yield* statusOf(answer.text.trim()), "Pending")
      const refused = yield* post(query.replace("name", "%4"), { headers: urlencoded })
      assert.strictEqual(refused.text, "Missing parameter 'name'\n")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("of a body that is too long are ignored, those of the query are not", () =>
    Effect.gen(function* () {
      const body = `image=${terminal}&name=x&cmd=${"x".repeat(2 * 1024 * 1024)}`
      const answer = yield* post("?name=query", { headers: urlencoded, body })
      assert.deepStrictEqual([answer.status, answer.text], [400, missing])
      assert.strictEqual((yield* post(query, { headers: urlencoded, body })).status, 200)
    }).pipe(Effect.provide(Emulator.layer()))
  )

  const seen: Array<Job> = []
  const watched = Emulator.layer({
    script: (job) => {
      seen.push(job)
      return { seconds: 0, exitCode: 0, log: "" }
    }
  })
  const cmdOf = Effect.fnUntraced(function* (path: string, sending: Sending) {
    seen.length = 0
    const answer = yield* post(path, sending)
    assert.strictEqual(answer.status, 200, answer.text)
    return seen[0]?.cmd
  })
  const pairs = (cmd: string) => `image=${terminal}&name=x&cmd=${cmd}`

  it.effect("are UTF-8 in the query, and Latin-1 in a body that does not name its character set", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* cmdOf(`?${pairs("%C3%A9+%2B")}`, { headers: urlencoded }), "é +")
      assert.strictEqual(yield* cmdOf("", { headers: urlencoded, body: pairs("%C3%A9") }), "Ã©")
      assert.strictEqual(yield* cmdOf("", { headers: urlencoded, body: pairs("%80") }), "\u0080")
      assert.strictEqual(yield* cmdOf("", { headers: { "content-type": formType }, body: pairs("%C3%A9") }), "é")
      const named = (charset: string) => ({ "content-type": `${urlencoded["content-type"]};charset=${charset}` })
      assert.strictEqual(yield* cmdOf("", { headers: named("windows-1252"), body: pairs("%80") }), "€")
      assert.strictEqual(yield* cmdOf("", { headers: named("ISO-8859-1"), body: pairs("%80") }), "\u0080")
      assert.strictEqual(yield* cmdOf("", { headers: named("nonsense"), body: pairs("%C3%A9") }), "Ã©")
      const spaced = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }
      assert.strictEqual(yield* cmdOf("", { headers: spaced, body: pairs("é") }), "é")
    }).pipe(Effect.provide(watched))
  )

  describe("cmd, args and env", () => {
    const jobOf = Effect.fnUntraced(function* (more: ReadonlyArray<readonly [string, string]>) {
      seen.length = 0
      yield* create([["name", "x"], ["image", terminal], ...more])
      assert.strictEqual(seen.length, 1)
      return seen[0]
    })

    it.effect.each([
      ["a b", ["a", "b"]],
      [" a", ["", "a"]],
      ["a  b", ["a", "", "b"]],
      ["a b  ", ["a", "b"]],
      ["", [""]],
      [" ", []],
      ["a\\b", ["ab"]],
      ['a\\\\"b', ['a"b']],
      ["\\$HOME", ["$HOME"]],
      ["a\\\\nb", ["a\nb"]]
    ] as const)("args %j become %j", ([args, expected]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* jobOf([["args", args]]))?.args, expected)
      }).pipe(Effect.provide(watched))
    )

    it.effect.each([
      ["A=1", [["A", "1"]]],
      ["A=Zm9v==", [["A", "Zm9v"]]],
      ["A=b=c", []],
      ["A=", []],
      ["A", []],
      ["A= b ", [["A", " b "]]]
    ] as const)("env %j becomes %j", ([env, expected]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* jobOf([["env", env]]))?.env, expected)
      }).pipe(Effect.provide(watched))
    )

    it.effect("env may be repeated, cmd is one word, without it there is none", () =>
      Effect.gen(function* () {
        const job = yield* jobOf([
          ["env", "A=1"],
          ["cmd", "do this"],
          ["env", "B=2"],
          ["env", "A=3"]
        ])
        assert.deepStrictEqual(job?.env, [
          ["A", "1"],
          ["B", "2"],
          ["A", "3"]
        ])
        assert.strictEqual(job?.cmd, "do this")
        assert.deepStrictEqual(job?.args, [])
        assert.isUndefined((yield* jobOf([]))?.cmd)
        assert.strictEqual((yield* jobOf([["cmd", ""]]))?.cmd, "")
      }).pipe(Effect.provide(watched))
    )

    it.effect("a quote matters only to a template that uses it", () =>
      Effect.gen(function* () {
        yield* create({ type: "notebook", cmd: 'a "b"' })
      }).pipe(Effect.provide(watched))
    )
  })
})

describe("the parameters of a GET", () => {
  it.effect("are those of the query, in any case, decoded as UTF-8", () =>
    Effect.gen(function* () {
      yield* create()
      assert.lengthOf(yield* list("?STATUS=pending"), 1)
      assert.lengthOf(yield* list("?Type=%68eadless"), 1)
      assert.lengthOf(yield* list("?type=notebook&TYPE=headless"), 0)
      // what is broken is as good as not there
      assert.lengthOf(yield* list("?type=%zz&status=pending"), 1)
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("amounts", () => {
  it.effect.each([
    [{ ram: "2.5" }, "2.68", "1"],
    [{ ram: " 4e0 ", cores: "2d" }, "4.29", "2"],
    [{ ram: "1", cores: "2.5" }, "1.07", "2.500"],
    [{ ram: "8" }, "8.59", "1"],
    [{ ram: "16" }, "17.18", "1"],
    [{ type: "firefly", ram: "16", cores: "4" }, "4.29", "0.100"],
    [{ type: "notebook", ram: "192", cores: "16" }, "206.16", "16"]
  ] as const)("%j is fixed: %s GB, %s cores", ([parameters, ram, cores]) =>
    Effect.gen(function* () {
      const row = yield* info(yield* create(parameters))
      assert.deepStrictEqual(
        [row["isFixedResources"], row["requestedRAM"], row["requestedCPUCores"]],
        [true, ram, cores]
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each([{}, { cores: "4" }, { type: "desktop", ram: "4", cores: "4" }])("%j is flexible", (parameters) =>
    Effect.gen(function* () {
      const row = yield* info(yield* create(parameters))
      assert.strictEqual(row["isFixedResources"], false)
      assert.notProperty(row, "requestedRAM")
      assert.notProperty(row, "requestedCPUCores")
      assert.strictEqual(row["requestedGPUCores"], "0")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("gpus may be blank", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* info(yield* create({ gpus: " " })))["requestedGPUCores"], "0")
      assert.strictEqual((yield* info(yield* create({ gpus: "28" })))["requestedGPUCores"], "28")
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect.each(["", "x", "NaN", "1e9", "-1", "0x1p1"])("cores of %j are refused", (cores) =>
    Effect.gen(function* () {
      const answer = yield* post("", { form: { ...fields, cores } })
      assert.deepStrictEqual([answer.status, answer.text], [400, `Invalid value for 'cores': ${cores}\n`])
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
