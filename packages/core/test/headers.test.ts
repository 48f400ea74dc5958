import type { Authorization } from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { makeHeaders } from "../src/internal/headers.ts"

const authorized = (token: string): Authorization => ({ mode: "token", header: Redacted.make(`Bearer ${token}`) })

const get = { method: "GET" }
const noon = Date.UTC(2026, 0, 17, 12)
const first = authorized("first")

describe("headers", () => {
  it("of one second and one authorization are one object", () => {
    const headersOf = makeHeaders(undefined)
    const headers = headersOf(get, first, noon)
    assert.strictEqual(headersOf({ method: "DELETE" }, first, noon + 999), headers)
  })

  it("are new ones in another second, before or after", () => {
    const headersOf = makeHeaders(undefined)
    const dates = [noon, noon + 1000, noon, noon - 1].map((now) => headersOf(get, first, now)["date"])
    assert.deepStrictEqual(dates, [
      "Sat, 17 Jan 2026 12:00:00 GMT",
      "Sat, 17 Jan 2026 12:00:01 GMT",
      "Sat, 17 Jan 2026 12:00:00 GMT",
      "Sat, 17 Jan 2026 11:59:59 GMT"
    ])
  })

  it("are new ones with another authorization, and of another client", () => {
    const headersOf = makeHeaders(undefined)
    const nobody: Authorization = { mode: "anonymous" }
    const sent = [first, authorized("second"), nobody, first].map((one) => headersOf(get, one, noon)["authorization"])
    assert.deepStrictEqual(sent, ["Bearer first", "Bearer second", undefined, "Bearer first"])
    assert.notProperty(makeHeaders(undefined)(get, nobody, noon), "authorization")
  })

  it("of a call that needs others leave those of the rest as they are", () => {
    const headersOf = makeHeaders({ username: "alice", secret: Redacted.make("hunter2") })
    const before = { ...headersOf(get, first, noon) }
    const special = headersOf({ method: "POST", accept: "text/plain", creates: true }, first, noon)
    assert.deepStrictEqual(special, {
      ...before,
      accept: "text/plain",
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-skaha-registry-auth": Buffer.from("alice:hunter2").toString("base64")
    })
    assert.deepStrictEqual(headersOf(get, first, noon), before)
  })
})
