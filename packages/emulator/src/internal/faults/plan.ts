import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { EmulatorRequest } from "../../Exchange.ts"
import type { Fault, FaultAction, FaultMatch } from "../../Fault.ts"
import { queryParameters } from "../http/parameters.ts"
import { encodeFaults } from "./json.ts"

/** A request that a fault has met. */
export interface Hit {
  readonly action: FaultAction
  /** All that is random in the action follows from this. */
  readonly seed: string
}

/** A list of faults and how far it has come. */
export interface FaultPlan {
  readonly faults: ReadonlyArray<Fault>
  /** The first fault that meets the request. Each fault counts it, if its conditions hold. */
  readonly meet: (request: EmulatorRequest) => Hit | undefined
}

interface Target {
  readonly method: string
  readonly path: string
  readonly view: string | undefined
}

const targetOf = ({ method, target }: EmulatorRequest): Target => {
  const mark = target.indexOf("?")
  const path = mark < 0 ? target : target.slice(0, mark)
  return {
    method,
    path: path.startsWith("/skaha/") ? path.slice("/skaha".length) : path,
    view: mark < 0 ? undefined : queryParameters(target.slice(mark + 1)).first("view")
  }
}

const holds = (match: FaultMatch, { method, path, view }: Target): boolean => {
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false
  if (typeof match.path === "string" && match.path !== path) return false
  // `search` and not `test`: a pattern with the flag "g" would remember where it was
  if (match.path instanceof RegExp && path.search(match.path) < 0) return false
  if (match.view !== undefined && match.view !== (view ?? null)) return false
  if (match.ids === undefined) return true
  const id = /^\/v[01]\/session\/([^/]+)/.exec(path)?.[1]
  return id !== undefined && match.ids.includes(id)
}

/** Whether a fault strikes at the n-th request for which its conditions hold. */
const strikes = ({ after = 0, every = 1, probability = 1 }: FaultMatch, nth: number, random: Random.Random): boolean =>
  nth > after && (nth - after) % every === 0 && (probability >= 1 || random.nextDoubleUnsafe() < probability)

/** Each fault has a seed of its own, which is that of no other and the same wherever in the list it stands. */
export const planFaults = Effect.fnUntraced(function* (
  faults: ReadonlyArray<Fault>,
  seed: string | number
): Effect.fn.Return<FaultPlan> {
  const equals = new Map<string, number>()
  const plans = yield* Effect.forEach(Arr.zip(faults, yield* encodeFaults(faults)), ([{ action, match }, encoded]) => {
    const json = JSON.stringify(encoded)
    const ordinal = (equals.get(json) ?? 0) + 1
    equals.set(json, ordinal)
    const own = `${seed} ${ordinal} ${json}`
    return Effect.map(Random.withSeed(Random.Random, own), (random) => ({
      match,
      action,
      seed: own,
      random,
      seen: 0,
      met: 0
    }))
  })
  const meet = (request: EmulatorRequest): Hit | undefined => {
    if (plans.length === 0) return undefined
    const target = targetOf(request)
    let hit: Hit | undefined
    for (const plan of plans) {
      const { action, match, random, seed } = plan
      const spent = plan.met >= (match.times ?? Number.POSITIVE_INFINITY)
      if (spent || !holds(match, target)) continue
      plan.seen++
      if (!strikes(match, plan.seen, random) || hit !== undefined) continue
      plan.met++
      hit = { action, seed: `${plan.seen} ${seed}` }
    }
    return hit
  }
  return { faults, meet }
})
