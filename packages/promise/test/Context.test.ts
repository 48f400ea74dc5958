import { assert, describe, it } from "@effect/vitest"
import { Context, ReplyUndecodable } from "skaha"
import { token, usePlatform } from "./support/platform.ts"
import { rejectionOf } from "./support/rejection.ts"

const platform = usePlatform({
  context: {
    cores: { default: 2, defaultRequest: 1, defaultLimit: 8, options: [1, 2, 4] },
    memoryGB: { default: 4, defaultRequest: 4, defaultLimit: 32, options: [1, 8] },
    gpus: { options: [1] }
  }
})

const context = () => platform.closing(new Context({ server: platform.url, token }))

describe("Context.resources", () => {
  it("gives the server's own keys and values", async () => {
    assert.deepStrictEqual(await context().resources(), {
      maxInteractiveSessions: "5",
      cores: { default: 2, defaultRequest: 1, defaultLimit: 8, options: [1, 2, 4] },
      memoryGB: { default: 4, defaultRequest: 4, defaultLimit: 32, options: [1, 8] },
      gpus: { options: [1] }
    })
    assert.deepStrictEqual(platform.sent, ["GET /v1/context"])
  })

  it.each(["[]", '{"cores":{}}', "<html>"])("rejects what is no context: %s", async (body) => {
    await platform.fail({ match: {}, action: { _tag: "Reply", status: 200, body } })
    const error = await rejectionOf(ReplyUndecodable, context().resources())
    assert.include(error.message, "the server's reply makes no sense")
  })
})
