/**
 * Two platforms to test on, as layers. Both are used by `main.ts` and by the tests in `examples/test`.
 */
import { ImageNotPublic, Transport } from "@skaha/core"
import { Emulator } from "@skaha/emulator"
import { Session, Sessions, Skaha } from "@skaha/session"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"

/**
 * The emulator in memory: the whole platform, as seen from the wire. What its sessions do is scripted, and time is
 * that of the clock: under a `TestClock` an hour takes no time. Gives `Emulator` too, for faults and what was asked.
 */
export const emulated = Layer.unwrap(
  Emulator.use(({ url, token }) => Effect.succeed(Skaha.layer({ url, token, transport: Transport.layerHttpClient })))
).pipe(
  Layer.provideMerge(
    Emulator.layerTest({
      script: ({ args: [field = ""] }) =>
        field === "m33"
          ? { seconds: 60, exitCode: 1, log: "clouds\n" }
          : { seconds: 30 * 60, exitCode: 0, log: "42 stars\n" }
    })
  )
)

/**
 * A mock: only the operations that the service uses, answered by hand. It is quick to write and says exactly what is
 * answered, also what an emulator would hardly do, such as forgetting a session.
 */
export const mocked = Sessions.layerTest({
  create: ({ name, image }) =>
    name === "survey-secret"
      ? Effect.fail(new ImageNotPublic({ operation: "Sessions.create", status: 400, image }))
      : Effect.succeed([{ input: name, index: 0, result: Result.succeed(`id-${name}`) }]),
  fetch: () => {
    const row = { id: "id-survey-m31", userid: "alice", type: "headless", status: "Completed", name: "survey-m31" }
    return Effect.succeed([Session.fromWire(row)])
  },
  logs: (id) => Effect.succeed(id === "id-survey-m31" ? "42 stars\n" : ""),
  destroy: () => Effect.void
})
