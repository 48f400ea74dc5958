import type { EmulatorRequest } from "../../Exchange.ts"
import type { Fault, FaultAction, FaultMatch } from "../../Fault.ts"

/** Gives the action of the first fault that meets a request, and counts. */
export type FaultPlan = (request: EmulatorRequest) => FaultAction | undefined

const platformPath = (target: string): string => {
  const mark = target.indexOf("?")
  const path = mark < 0 ? target : target.slice(0, mark)
  return path.startsWith("/skaha/") ? path.slice("/skaha".length) : path
}

const meets = (match: FaultMatch, method: string, path: string): boolean => {
  if (match.method !== undefined && match.method !== method) return false
  if (typeof match.path === "string" && match.path !== path) return false
  // `search` and not `test`: a pattern with the flag "g" would remember where it was
  if (match.path instanceof RegExp && path.search(match.path) < 0) return false
  if (match.ids === undefined) return true
  const id = /^\/v[01]\/session\/([^/]+)/.exec(path)?.[1]
  return id !== undefined && match.ids.includes(id)
}

export const planFaults = (faults: ReadonlyArray<Fault>): FaultPlan => {
  const plans = faults.map((fault) => ({ fault, met: 0, used: 0 }))
  return (request) => {
    if (plans.length === 0) return undefined
    const path = platformPath(request.target)
    for (const plan of plans) {
      const { match, action } = plan.fault
      if (plan.used >= (match.times ?? Number.POSITIVE_INFINITY) || !meets(match, request.method, path)) continue
      plan.met++
      if (plan.met % (match.every ?? 1) !== 0) continue
      plan.used++
      return action
    }
    return undefined
  }
}
