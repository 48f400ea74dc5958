import { assert, describe, it } from "@effect/vitest"
import { Overview, ReplyUndecodable, ServerBusy } from "skaha"
import { captured } from "./support/output.ts"
import { usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { server } from "./support/server.ts"

const platform = usePlatform()

const overview = () => platform.closing(new Overview(platform.address))

const availability = (available: string, note = "") =>
  platform.fail({
    match: { path: "/availability" },
    action: {
      _tag: "Reply",
      status: 200,
      body:
        '<?xml version="1.0"?><v:availability xmlns:v="http://www.ivoa.net/xml/VOSIAvailability/v1.0">' +
        `<v:available>${available}</v:available>${note}</v:availability>`
    }
  })

describe("Overview", () => {
  it("availability needs no credentials", async () => {
    assert.isTrue((await captured(() => overview().availability())).value)
    assert.deepStrictEqual(platform.sent, ["GET /availability"])
    assert.notProperty(platform.arrived[0]?.headers, "authorization")
  })

  it("availability tells when the platform cannot be used, and logs why", async () => {
    await availability("false", "<v:note>maintenance until 5 &amp; later</v:note>")
    const { value, stderr } = await captured(() => overview().availability())
    assert.isFalse(value)
    assert.strictEqual(stderr.length, 1)
    assert.match(stderr[0] ?? "", /level=INFO.*maintenance until 5 & later/)
  })

  it.each([
    ["true", true],
    [" TRUE ", true],
    ["maybe", false],
    ["", false]
  ])("availability reads %o as %o", async (text, expected) => {
    await availability(text)
    assert.strictEqual(await overview().availability(), expected)
  })

  it.each(["", "<html><body>hello</body></html>", "<availability>", "<availability/>"])(
    "availability rejects what is no such document: %o",
    async (body) => {
      await platform.fail({ match: {}, action: { _tag: "Reply", status: 200, body } })
      const error = await rejectionOf(ReplyUndecodable, overview().availability())
      assert.include(error.message, "VOSI availability document")
    }
  )

  it("availability rejects when the server is busy", async () => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 503 } })
    assert.strictEqual((await rejectionOf(ServerBusy, overview().availability())).status, 503)
  })

  it("capabilities gives what there is, where, and how to sign in", async () => {
    const capabilities = await overview().capabilities()
    const session = capabilities.find(({ standardId }) => standardId === server.capability.standardId)
    assert.strictEqual(session?.interfaces[0]?.accessUrl, `${platform.url}${server.capability.path}`)
    const methods = session?.interfaces.flatMap(({ securityMethods }) => securityMethods) ?? []
    assert.include(methods, "ivo://ivoa.net/sso#token")
    assert.deepStrictEqual(platform.sent, ["GET /capabilities"])
  })
})
