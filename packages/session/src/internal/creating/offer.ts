/**
 * A spec against what the platform offers.
 */
import type { Problem, SkahaError } from "@skaha/core"
import * as Cache from "effect/Cache"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Context } from "../../Context.ts"
import { Images } from "../../Images.ts"
import type { CheckedSpec } from "../../SessionSpec.ts"

/** What the platform offers changes when its operators change it. */
const freshFor = "5 minutes"

/** Compares specs with what the platform offers. */
export type Offer = Effect.Success<typeof makeOffer>

/** Reads what the platform offers, once, and compares specs with it. */
export const makeOffer = Effect.gen(function* () {
  const context = yield* Context
  const images = yield* Images
  const cache = yield* Cache.makeWith(
    () => Effect.all([context.resources, images.repositoryHosts], { concurrency: 2 }),
    { capacity: 1, timeToLive: (exit) => (Exit.isSuccess(exit) ? freshFor : 0) }
  )

  const problems = Effect.fnUntraced(function* (
    spec: CheckedSpec
  ): Effect.fn.Return<ReadonlyArray<Problem>, SkahaError> {
    const [resources, hosts] = yield* Cache.get(cache, "offer")
    const found: Array<Problem> = []
    for (const field of ["cores", "ram", "gpus"] as const) {
      const value = spec[field]
      const { options } = resources[field]
      // What the platform does not say, it may well offer.
      if (value !== undefined && options.length > 0 && !options.includes(value)) {
        found.push({ field, message: `this platform does not offer ${value}, but ${options.join(", ")}` })
      }
    }
    if (!hosts.some((host) => spec.image.startsWith(`${host}/`))) {
      found.push({ field: "image", message: `this platform only trusts images of ${hosts.join(", ") || "nobody"}` })
    }
    return found
  })

  return {
    problems,
    /** The same, or nothing where the platform cannot be asked: then the first create shows what is wrong. */
    problemsIfKnown: (spec: CheckedSpec): Effect.Effect<ReadonlyArray<Problem>> =>
      problems(spec).pipe(
        Effect.catch((error) =>
          Effect.as(Effect.logDebug("cannot compare the spec with what the platform offers", error), [])
        )
      )
  }
})
