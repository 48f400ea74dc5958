import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Emulator } from "../src/index.ts"
import { create, send } from "./support.ts"

const nobody = { authorization: null }

describe("the context", () => {
  it.effect("is compact JSON in the order of its hash maps, the session limit a string", () =>
    Effect.gen(function* () {
      const { reply, text } = yield* send("GET", "/v1/context/whatever")
      assert.strictEqual(
        text,
        '{"cores":{"default":2,"defaultLimit":8,"options":[1,2],"defaultRequest":1},"gpus":{"options":[]},' +
          '"memoryGB":{"default":8,"defaultLimit":32,"options":[4],"defaultRequest":4},"maxInteractiveSessions":"3"}'
      )
      assert.strictEqual(reply.headers["Content-Type"], "application/json")
      assert.isTrue(reply.chunked)
    }).pipe(
      Effect.provide(
        Emulator.layer({
          maxInteractiveSessions: 3,
          context: {
            cores: { default: 2, defaultRequest: 1, defaultLimit: 8, options: [1, 2] },
            memoryGB: { default: 8, defaultRequest: 4, defaultLimit: 32, options: [4] },
            gpus: { options: [] }
          }
        })
      )
    )
  )

  it.effect("is what the platform is shipped with", () =>
    Effect.gen(function* () {
      const { text } = yield* send("GET", "/v1/context")
      assert.include(
        text,
        '"options":[1,2,4,6,8,10,12,14,16,20,24,26,28,30,32,36,40,44,48,56,64,80,92,112,128,140,170,192]'
      )
      assert.include(text, '"maxInteractiveSessions":"5"')
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("images and registries", () => {
  const images = [
    { id: "h/a:1", types: ["notebook", "something"], digest: "sha256:1" },
    { id: "h/b:1", types: ["headless"], digest: "sha256:2" }
  ]
  const layer = Emulator.layer({ hosts: ["h", "i"], images })

  it.effect("are as configured", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* send("GET", "/v1/repository")).text, '["h","i"]')
      const { text } = yield* send("GET", "/v1/image")
      assert.strictEqual(text, JSON.stringify(images, null, 2))
      assert.deepStrictEqual((yield* send("GET", "/v1/image?type=notebook")).json(), images.slice(0, 1))
      assert.strictEqual((yield* send("GET", "/v1/image?type=carta")).text, "[]")
    }).pipe(Effect.provide(layer))
  )

  it.effect("are empty lists when there are none, whatever follows in the path", () =>
    Effect.gen(function* () {
      for (const [path, chunked] of [
        ["/v1/image/what/ever", undefined],
        ["/v1/repository/whatever", true]
      ] as const) {
        const { reply, text } = yield* send("GET", path, { headers: { accept: "text/xml" } })
        assert.deepStrictEqual(
          [text, reply.headers["Content-Type"], reply.chunked],
          ["[]", "application/json", chunked]
        )
      }
    }).pipe(Effect.provide(Emulator.layer({ hosts: [], images: [] })))
  )

  it.effect("by default there is an image for every type of session", () =>
    Effect.gen(function* () {
      for (const type of ["carta", "contributed", "desktop", "notebook", "headless", "desktop-app", "firefly"]) {
        assert.notStrictEqual((yield* send("GET", `/v1/image?type=${type}`)).text, "[]", type)
      }
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("statistics", () => {
  it.effect("are those of the platform's own fixture", () =>
    Effect.gen(function* () {
      for (const ram of ["64", "56", "6"]) yield* create({ cmd: "sleep", args: "100", cores: "4", ram })
      yield* create({ type: "desktop" })
      yield* create({ type: "desktop" })
      // what has ended needs nothing any more
      yield* create({ cmd: "true", cores: "16", ram: "192" })
      yield* TestClock.adjust("2 seconds")
      const { text } = yield* send("GET", "/v1/session?view=stats&type=notebook")
      assert.strictEqual(
        text,
        `{
  "cores": {
    "requestedCPUCores": 12.5,
    "cpuCoresAvailable": 64.0,
    "maxCPUCores": {
      "cpuCores": 8.0,
      "withRam": "32Gi"
    }
  },
  "ram": {
    "requestedRAM": "137.439G",
    "ramAvailable": "549.756G",
    "maxRAM": {
      "ram": "32Gi",
      "withCPUCores": 8.0
    }
  }
}`
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )
})

describe("the documents of the Virtual Observatory", () => {
  it.effect("availability is for everybody, and its lines end in CRLF", () =>
    Effect.gen(function* () {
      const { reply, text } = yield* send("GET", "/availability", nobody)
      assert.deepStrictEqual(reply.headers, { "Content-Type": "text/xml" })
      assert.strictEqual(
        text,
        [
          '<?xml version="1.0" encoding="UTF-8"?>',
          '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">',
          "  <vosi:available>true</vosi:available>",
          "  <vosi:note>Skaha Service Available.",
          "",
          "Enabled Experimental Features:",
          " ExperimentalFeatures{featureGates={}}</vosi:note>",
          "  <!--<clientip>127.0.0.1</clientip>-->",
          "</vosi:availability>",
          ""
        ].join("\r\n")
      )
      const least = yield* send("GET", "/availability?detail=min", nobody)
      assert.deepStrictEqual([least.status, least.text, least.reply.headers], [200, "", {}])
      assert.strictEqual((yield* send("HEAD", "/availability", nobody)).status, 200)
      for (const method of ["PUT", "DELETE"]) {
        const refused = yield* send(method, "/availability", nobody)
        assert.strictEqual(refused.status, 405)
        assert.match(refused.text, /^<!doctype html>/)
      }
      const posted = yield* send("POST", "/availability?state=offline", nobody)
      assert.deepStrictEqual(
        [posted.status, posted.reply.headers],
        [302, { Location: "http://emulator.invalid/skaha/availability" }]
      )
    }).pipe(Effect.provide(Emulator.layer()))
  )

  it.effect("capabilities name the endpoints, under the caller's own host", () =>
    Effect.gen(function* () {
      const { reply, text } = yield* send("GET", "/capabilities", { ...nobody, headers: { host: "here:99" } })
      assert.strictEqual(reply.headers["server"], "OpenCADC/cadc-rest + 1.4")
      assert.strictEqual(reply.headers["WWW-Authenticate"], "Bearer")
      for (const name of ["session", "context", "image", "repository"]) {
        assert.include(
          text,
          `<capability standardID="http://www.opencadc.org/std/platform#${name}-1">\r\n` +
            '    <interface xsi:type="vs:ParamHTTP" role="std" version="1.0">\r\n' +
            `      <accessURL use="base">http://here:99/skaha/v1/${name}</accessURL>\r\n` +
            '      <securityMethod standardID="ivo://ivoa.net/sso#token" />\r\n'
        )
      }
      assert.deepStrictEqual(
        Array.from(text.matchAll(/capability standardID="(.*)"/g), (match) => match[1]),
        [
          "ivo://ivoa.net/std/VOSI#capabilities",
          "ivo://ivoa.net/std/VOSI#availability",
          "vos://cadc.nrc.ca~vospace/CADC/std/Logging#control-1.0",
          "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0",
          ...["session", "context", "image", "repository"].map(
            (name) => `http://www.opencadc.org/std/platform#${name}-1`
          )
        ]
      )
      const head = yield* send("HEAD", "/capabilities")
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      assert.deepStrictEqual(head.reply.headers, {
        server: "OpenCADC/cadc-rest + 1.4",
        "x-vo-authenticated": "alice"
      })
    }).pipe(Effect.provide(Emulator.layer()))
  )
})
