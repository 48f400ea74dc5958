/**
 * What goes wrong.
 */
import type { Fault, FaultAction, FaultMatch } from "@skaha/emulator"
import type { Scale } from "../scales.ts"

type Share = readonly [share: number, action: FaultAction]

/**
 * Faults of which each meets its share of the requests, and no two the same one. The first fault that meets a request
 * acts: a later one needs more than its share of what is left to it.
 */
const shares = (match: FaultMatch, list: ReadonlyArray<Share>): ReadonlyArray<Fault> => {
  let left = 1
  return list.map(([share, action]) => {
    const probability = share / left
    left -= share
    return { match: { ...match, probability }, action }
  })
}

/** The platform's own refusal: nothing was done. */
const busy = ({ retryAfter }: Scale): FaultAction => ({
  _tag: "Reply",
  status: 503,
  headers: { "Content-Type": "text/plain", "Retry-After": String(retryAfter) },
  body: "temporarily unavailable: null\n"
})
const resetBefore: FaultAction = { _tag: "Reset" }
const resetAfter: FaultAction = { _tag: "Reset", handled: true }
const unanswered: FaultAction = { _tag: "Never" }
const answeredInVain: FaultAction = { _tag: "Never", handled: true }
/** Less than any id, and than any list. */
const cut: FaultAction = { _tag: "Truncate", bytes: 1 }
const proxy = (handled: boolean): FaultAction => ({ _tag: "Page", page: "proxy-502", handled })

const creates: FaultMatch = { method: "POST", path: "/v1/session" }

/** Creates, of which more than half go wrong. */
const failingCreates = (scale: Scale): ReadonlyArray<Fault> => {
  const { createTimeout, settle } = scale
  const late = { _tag: "Uniform", from: createTimeout * 1000, to: (createTimeout + settle * 0.9) * 1000 } as const
  return shares(creates, [
    [0.2, busy(scale)],
    [0.1, resetBefore],
    [0.1, resetAfter],
    [0.05, { _tag: "JobNotFound" }],
    [0.025, unanswered],
    // Carried out when its client has given up already.
    [0.025, { _tag: "Never", handled: { after: late } }],
    [0.05, cut]
  ])
}

/** Destroys, of which as many go wrong. */
const failingDestroys = (scale: Scale): ReadonlyArray<Fault> =>
  shares({ method: "DELETE" }, [
    [0.2, busy(scale)],
    [0.1, resetBefore],
    [0.1, resetAfter],
    [0.05, { _tag: "Page", page: "tomcat-500" }],
    [0.025, unanswered],
    [0.025, answeredInVain],
    [0.025, proxy(false)],
    [0.025, proxy(true)]
  ])

/** Lists, and whatever else is read. */
const failingReads = (scale: Scale): ReadonlyArray<Fault> =>
  shares({ method: "GET" }, [
    [0.08, busy(scale)],
    [0.04, resetBefore],
    [0.04, cut],
    [0.02, proxy(false)],
    [0.005, unanswered]
  ])

/** Everything goes wrong, each in its way. */
export const storm = (scale: Scale): ReadonlyArray<Fault> => [
  ...failingCreates(scale),
  ...failingDestroys(scale),
  ...failingReads(scale)
]

/** Nobody is there: connections break, and then the proxy says so. */
export const outage: ReadonlyArray<Fault> = shares({}, [
  [0.5, resetBefore],
  [0.5, proxy(false)]
])
