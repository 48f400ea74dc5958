import { assert, describe, it } from "@effect/vitest"
import { Overview } from "@skaha/session"
import { Emulator } from "@skaha/emulator"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import { pick, seeded } from "./support/properties.ts"
import { ways } from "./support/platforms.ts"
import { server } from "./support/server.ts"
import { answering, sent } from "./support/wire.ts"

const availability = Overview.use((overview) => overview.availability)
const capabilities = Overview.use((overview) => overview.capabilities)

const given = <A, E>(document: Effect.Effect<A, E, Overview>, body: string) =>
  Effect.provide(document, answering({ headers: { "content-type": "text/xml" }, body }))

const vosi = "http://www.ivoa.net/xml/VOSIAvailability/v1.0"

const available = (value: string, rest = "") =>
  `<?xml version="1.0"?><v:availability xmlns:v="${vosi}"><v:available>${value}</v:available>${rest}</v:availability>`

const capability = (standardId: string, ...interfaces: ReadonlyArray<string>) =>
  `<capability standardID="${standardId}">${interfaces.join("")}</capability>`

const iface = (url: string, ...methods: ReadonlyArray<string>) =>
  `<interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="base">${url}</accessURL>${methods
    .map((method) => `<securityMethod standardID="ivo://ivoa.net/sso#${method}"/>`)
    .join("")}</interface>`

const capabilitiesOf = (...content: ReadonlyArray<string>) =>
  `<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:xsi="x">${content.join("")}` +
  "</vosi:capabilities>"

describe.each(ways)("Overview $way", ({ test }) => {
  test("the platform can be used, and says what is on", {}, () =>
    Effect.gen(function* () {
      const { available: up, notes } = yield* availability
      assert.isTrue(up)
      assert.strictEqual(notes.length, 1)
      assert.match(notes[0] ?? "", /^Skaha Service Available\.\s+Enabled Experimental Features:\s+\S+$/)
      assert.deepStrictEqual(yield* sent, ["GET /availability"])
    })
  )

  test("what it offers, and where", {}, () =>
    Effect.gen(function* () {
      const all = yield* capabilities
      const session = all.find(({ standardId }) => standardId === server.sessions.standardId)
      const url = new URL(session?.interfaces[0]?.accessUrl ?? "")
      assert.deepStrictEqual([url.protocol, url.pathname], ["http:", server.sessions.path])
      assert.deepStrictEqual(session?.interfaces[0]?.securityMethods, ["ivo://ivoa.net/sso#token"])
      assert.deepStrictEqual(
        all.find(({ standardId }) => standardId.endsWith("VOSI#availability"))?.interfaces[0]?.securityMethods,
        []
      )
      assert.deepStrictEqual(yield* sent, ["GET /capabilities"])
    })
  )

  test("a platform that is not there for now", {}, () =>
    Effect.gen(function* () {
      const { setFaults } = yield* Emulator
      yield* setFaults([{ match: { path: "/availability" }, action: { _tag: "Reply", status: 503 } }])
      const error = yield* Effect.flip(availability)
      assert.deepInclude(error, { _tag: "ServerBusy", operation: "Overview.availability", path: "/skaha/availability" })
    })
  )
})

describe("Overview.availability", () => {
  it.effect.each([
    ["true", true],
    ["TRUE", true],
    [" true\r\n", true],
    ["false", false],
    ["", false],
    ["yes", false]
  ] as const)("%j is %s", ([value, up]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* given(availability, available(value)), { available: up, notes: [] })
    })
  )

  it.effect("takes any prefix, or none, and attributes", () =>
    Effect.gen(function* () {
      for (const prefix of ["", "a:", "vosi:", "x-y:"]) {
        const xml = `<${prefix}availability x="1"><${prefix}available y="2">true</${prefix}available></${prefix}availability>`
        assert.isTrue((yield* given(availability, xml)).available)
      }
    })
  )

  it.effect("has every note, in order, without the empty ones", () =>
    Effect.gen(function* () {
      const xml = available(
        "true",
        "<v:note>one</v:note><v:note/><v:note> two &lt;&amp;&gt; &amp;lt; </v:note><!--x-->"
      )
      assert.deepStrictEqual((yield* given(availability, xml)).notes, ["one", "two <&> &lt;"])
    })
  )

  it.effect("expands no entity", () =>
    Effect.gen(function* () {
      const bomb =
        '<!DOCTYPE a [<!ENTITY x "boom"><!ENTITY y "&x;&x;&x;&x;"><!ENTITY f SYSTEM "file:///etc/hostname">]>' +
        `<availability xmlns="${vosi}"><available>true</available><note>&y; &f;</note></availability>`
      const outcome = yield* Effect.result(given(availability, bomb))
      if (outcome._tag === "Failure") assert.strictEqual(outcome.failure._tag, "ReplyUndecodable")
      else assert.deepStrictEqual(outcome.success.notes, ["&y; &f;"])
      assert.notInclude(JSON.stringify(outcome), "boom")
    })
  )

  const nonsense = [
    "",
    " ",
    "<x",
    "<availability>",
    "<availability><available>true</availability>",
    "<availability/>",
    "<other><available>true</available></other>",
    "<!doctype html><html><body><p>hello<br></body></html>",
    '{"available": true}',
    "available",
    "<!DOCTYPE",
    "<!DOCTYPE a [<!ENTITY",
    "<!DOCTYPE a [<!ENTITY x 'y'><availability/>",
    "<?xml",
    "<![CDATA[",
    "<!--",
    "\0"
  ]

  it.effect.each(nonsense)("cannot understand %j", (body) =>
    Effect.gen(function* () {
      assert.deepInclude(yield* Effect.flip(given(availability, body)), {
        _tag: "ReplyUndecodable",
        operation: "Overview.availability"
      })
    })
  )

  it.effect("is not harmed by a document that is deep, or huge", () =>
    Effect.gen(function* () {
      const deep = available("true", "<a>".repeat(20_000) + "</a>".repeat(20_000))
      const wide = available("true", "<v:note>x</v:note>".repeat(20_000))
      const long = available("true", `<v:note>${"x".repeat(2_000_000)}</v:note>`)
      const attributes = available("true", `<a ${Array.from({ length: 5000 }, (_, n) => `b${n}="c"`).join(" ")}/>`)
      const [first, second, third, fourth] = yield* Effect.forEach([deep, wide, long, attributes], (body) =>
        Effect.result(given(availability, body))
      )
      if (first?._tag === "Failure") assert.strictEqual(first.failure._tag, "ReplyUndecodable")
      else assert.isTrue(first?.success.available)
      assert.strictEqual(second?._tag === "Success" ? second.success.notes.length : 0, 20_000)
      assert.strictEqual(third?._tag === "Success" ? third.success.notes[0]?.length : 0, 2_000_000)
      assert.strictEqual(fourth?._tag, "Success")
    })
  )

  const piece = pick(
    "<availability>",
    "</availability>",
    "<available>",
    "</available>",
    "true",
    "<note>",
    "</note>",
    "<a b='c'>",
    "</a>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a [",
    "<!ENTITY x 'y'>",
    "]>",
    "&x;",
    "&#0;",
    "<?x",
    "?>",
    "<__proto__>",
    "<availability>",
    "</__proto__>",
    "<constructor/>",
    "<",
    ">",
    "é"
  )

  it.effect.prop(
    "is a value or a typed error, whatever comes",
    [Arbitrary.array(piece, { maxLength: 12 })],
    ([pieces]) =>
      Effect.gen(function* () {
        for (const document of [availability, capabilities]) {
          const outcome = yield* Effect.result(given<unknown, { readonly _tag: string }>(document, pieces.join("")))
          if (outcome._tag === "Failure") assert.strictEqual(outcome.failure._tag, "ReplyUndecodable")
        }
      }),
    seeded(300)
  )
})

describe("Overview.capabilities", () => {
  it.effect("reads every interface with its address and its ways to sign in", () =>
    Effect.gen(function* () {
      const xml = capabilitiesOf(
        capability(
          "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0",
          iface("https://h/skaha/v0", "cookie"),
          iface("https://h/skaha/v0", "tls-with-certificate"),
          iface("https://h/skaha/v0", "token")
        ),
        capability(
          "http://www.opencadc.org/std/platform#session-1",
          iface(" https://h/skaha/v1/session?a=1&amp;b=2\r\n", "cookie", "token")
        )
      )
      assert.deepStrictEqual(yield* given(capabilities, xml), [
        {
          standardId: "vos://cadc.nrc.ca~vospace/CADC/std/Proc#sessions-1.0",
          interfaces: ["cookie", "tls-with-certificate", "token"].map((method) => ({
            accessUrl: "https://h/skaha/v0",
            baseUrl: "https://h/skaha/v0",
            securityMethods: [`ivo://ivoa.net/sso#${method}`]
          }))
        },
        {
          standardId: "http://www.opencadc.org/std/platform#session-1",
          interfaces: [
            {
              accessUrl: "https://h/skaha/v1/session?a=1&b=2",
              baseUrl: "https://h/skaha/v1/session?a=1&b=2",
              securityMethods: ["ivo://ivoa.net/sso#cookie", "ivo://ivoa.net/sso#token"]
            }
          ]
        }
      ])
    })
  )

  it.effect("leaves out interfaces without an address", () =>
    Effect.gen(function* () {
      const xml = capabilitiesOf(
        capability(
          "a",
          "<interface/>",
          "<interface><accessURL/></interface>",
          "<interface><accessURL> </accessURL></interface>"
        ),
        capability("b", "<interface><accessURL/><accessURL use='full'>https://h/b</accessURL></interface>"),
        "<capability/>",
        "<other/>"
      )
      assert.deepStrictEqual(yield* given(capabilities, xml), [
        { standardId: "a", interfaces: [] },
        { standardId: "b", interfaces: [{ accessUrl: "https://h/b", securityMethods: [] }] },
        { standardId: "", interfaces: [] }
      ])
    })
  )

  it.effect("a document without content offers nothing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* given(capabilities, capabilitiesOf()), [])
      assert.deepStrictEqual(yield* given(capabilities, "<capabilities/>"), [])
    })
  )

  it.effect.each(["", "<x", "<availability/>", "<html><body>hello</body></html>", "[]"])(
    "cannot understand %j",
    (body) =>
      Effect.gen(function* () {
        assert.deepInclude(yield* Effect.flip(given(capabilities, body)), {
          _tag: "ReplyUndecodable",
          operation: "Overview.capabilities"
        })
      })
  )

  it.effect("a mock answers what it is given", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* availability, { available: false, notes: ["closed"] })
    }).pipe(
      Effect.provide(Overview.layerTest({ availability: Effect.succeed({ available: false, notes: ["closed"] }) }))
    )
  )
})
