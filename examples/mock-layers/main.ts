/**
 * Testing one's own code without a platform: the same service `Survey` on two stand-ins, the emulator and a mock.
 * Run it with `npm run example mock-layers`; how it looks as tests is in `examples/test/Survey.test.ts`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Emulator } from "@skaha/emulator"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { emulated, mocked } from "./platforms.ts"
import { Survey, type Observation } from "./Survey.ts"

const show = ({ field, result }: Observation) =>
  Console.log(Result.isSuccess(result) ? `  ${field}: ${result.success}` : `  ${field} failed: ${result.failure}`)

const onEmulator = Effect.gen(function* () {
  yield* Console.log("on the emulator, under a test clock:")
  const survey = yield* Survey
  // The clock waits for what it has woken: hence the delay. The sessions take half an hour, which passes at once.
  const observing = yield* survey.observe(["m31", "m33", "ngc253"]).pipe(Effect.delay("1 second"), Effect.forkChild)
  yield* TestClock.adjust("1 hour")
  yield* Effect.forEach(yield* Fiber.join(observing), show)
  const emulator = yield* Emulator
  const requests = yield* emulator.requests
  const seconds = (yield* Clock.currentTimeMillis) / 1000
  yield* Console.log(`  ${requests.length} requests in ${seconds} s of the emulator's time`)
}).pipe(Effect.provide(Survey.layer.pipe(Layer.provideMerge(emulated), Layer.provideMerge(TestClock.layer()))))

const onMock = Effect.gen(function* () {
  yield* Console.log("on a mock:")
  const survey = yield* Survey
  yield* Effect.forEach(yield* survey.observe(["m31", "secret", "lost"]), show)
}).pipe(Effect.provide(Survey.layer.pipe(Layer.provide(mocked))))

Effect.andThen(onEmulator, onMock).pipe(NodeRuntime.runMain)
