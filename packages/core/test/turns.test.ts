import { UndiciTransport } from "@skaha/core/node"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inTurn } from "../src/node/internal/turns.ts"
import { serve } from "./support/loopback.ts"
import { open, request } from "./support/transports.ts"

/** Holds this thread up. */
const busyFor = (millis: number): void => {
  const end = performance.now() + millis
  while (performance.now() < end);
}

describe("Work in turns", () => {
  it("is done in order, and lets others in between when it takes long", async () => {
    const done: Array<string> = []
    const all = new Promise<void>((resolve) => {
      for (const name of ["a", "b", "c"]) {
        inTurn(() => {
          busyFor(5)
          done.push(name)
          setImmediate(() => done.push(`after ${name}`))
          if (name === "c") setImmediate(resolve)
        })
      }
    })
    assert.deepStrictEqual(done, [])
    await all
    assert.deepStrictEqual(
      done.filter((name) => name.length === 1),
      ["a", "b", "c"]
    )
    assert.isBelow(done.indexOf("after a"), done.indexOf("c"))
  })

  it("is done in one turn when it takes no time, also what comes in the meantime", async () => {
    const done: Array<number> = []
    inTurn(() => {
      done.push(1)
      inTurn(() => done.push(3))
    })
    inTurn(() => done.push(2))
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepStrictEqual(done, [1, 2, 3])
  })
})

describe("Large bodies", () => {
  const large = 300 * 1024

  it.live("come as they were sent, many at once", () =>
    Effect.gen(function* () {
      const { origin } = yield* serve((response) => response.end("é".repeat(large / 2)))
      const { send } = yield* open(UndiciTransport.layer, origin)
      const replies = yield* Effect.forEach(Array.from({ length: 12 }), () => send(request()), { concurrency: 12 })
      assert.isTrue(replies.every(({ body }) => body === "é".repeat(large / 2)))
    })
  )

  it.live.each([
    ["whole", Buffer.from(new ArrayBuffer(large)).fill("x")],
    ["part", Buffer.from(new ArrayBuffer(2 * large), 1, large).fill("x")],
    ["small", Buffer.from("xx")]
  ] as const)("are read as text: %s", ([, bytes]) =>
    Effect.gen(function* () {
      const { length } = bytes
      assert.strictEqual(yield* UndiciTransport.textInTurn(bytes), "x".repeat(length))
    })
  )
})
