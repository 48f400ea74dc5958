import { assert, describe, it } from "@effect/vitest"
import { makeGuard } from "../src/node/internal/guard.ts"

describe("the guard", () => {
  it.each([
    ["http", 80],
    ["https", 443]
  ] as const)("knows that clients leave out the port of %s", (scheme, port) => {
    const guard = makeGuard({}, { scheme, host: "Example.org", port })
    const other = makeGuard({}, { scheme, host: "Example.org", port: 8080 })
    for (const host of ["example.org", "localhost", "127.0.0.1", "[::1]"]) {
      assert.strictEqual(guard({ host })._tag, "Allowed")
      assert.strictEqual(guard({ host, origin: `${scheme}://${host}` })._tag, "Allowed")
      assert.strictEqual(other({ host })._tag, "Refused")
    }
  })
})
