/**
 * How many calls of a client may be in flight at once, and what their ends tell about the server.
 */
import type * as Effect from "effect/Effect"
import type { PlatformCall } from "../PlatformClient.ts"
import type { Settings } from "../Settings.ts"
import type { SkahaError } from "../SkahaError.ts"
import { Latency } from "./Latency.ts"
import { Limiter, type Sign } from "./Limiter.ts"

const signOf = (error: SkahaError): Sign => {
  switch (error._tag) {
    case "ServerBusy":
      return "refusing"
    case "ConnectionFailed":
      // What fails each time in the same way is no matter of how much the server has to do.
      return error.lasting === true ? undefined : "refusing"
    case "RequestTimeout":
      return "slow"
    default:
      // A definite no is an answer like any other; other failures of the server are no matter of how much it has to do.
      return "status" in error && error.status !== undefined && error.status < 500 ? "well" : undefined
  }
}

/** Real servers answer bursts of creates with 500s. */
const signOfCreate = (error: SkahaError): Sign => (error._tag === "ServerFailure" ? "refusing" : signOf(error))

/**
 * Lets calls through: all of them within `concurrency`, and what creates within `createConcurrency` before that, so
 * that creates, which take their time, leave room for the others.
 */
export const callLimits = ({ concurrency, createConcurrency }: Settings["Service"]) => {
  const all = new Limiter(concurrency, signOf)
  const creates = new Limiter(createConcurrency, signOfCreate)
  // Calls about one session that do the same are alike; lists, logs and events may be of any size.
  const latencies = {
    GET: new Latency(concurrency),
    POST: new Latency(concurrency),
    DELETE: new Latency(concurrency)
  }
  return <A, R>(
    effect: Effect.Effect<A, SkahaError, R>,
    { creates: isCreate, id, method, unbounded }: PlatformCall
  ): Effect.Effect<A, SkahaError, R> => {
    // How creates fare is their own affair: reads that waited behind them could not tell what has become of them.
    if (isCreate === true) return creates.run(all.runUnjudged(effect))
    return all.run(effect, id === undefined || unbounded === true ? undefined : latencies[method])
  }
}
