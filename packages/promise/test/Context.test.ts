import { assert, describe, it } from "@effect/vitest"
import { Context, ReplyUndecodable } from "skaha"
import { token, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"
import { offer, root, server } from "./support/server.ts"

const platform = usePlatform(offer)

const context = () => platform.closing(new Context({ ...platform.address, token }))

describe("Context.resources", () => {
  it("gives the server's own keys and values", async () => {
    assert.deepStrictEqual(await context().resources(), server.context)
    assert.deepStrictEqual(platform.sent, [`GET ${root}/context`])
  })

  it.each(["[]", '{"cores":{}}', "<html>"])("rejects what is no context: %s", async (body) => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 200, body } })
    const error = await rejectionOf(ReplyUndecodable, context().resources())
    assert.include(error.message, "the server's reply makes no sense")
  })
})
