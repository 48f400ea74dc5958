import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import type { Fault, FaultAction } from "../src/index.ts"
import { decodeFaults, encodeFaults } from "../src/internal/faults/json.ts"

const reset = { match: {}, action: { _tag: "Reset" } }
const acting = (action: unknown) => JSON.stringify([{ match: {}, action }])
const matching = (match: unknown) => JSON.stringify([reset, { ...reset, match }])

/** One of each, with every field. */
const actions: { readonly [A in FaultAction as A["_tag"]]: Required<A> } = {
  Reply: { _tag: "Reply", status: 503, headers: { "Retry-After": "1" }, body: "no\n", handled: false },
  Page: { _tag: "Page", page: "proxy-502", handled: true },
  Reset: { _tag: "Reset", handled: { after: "2 minutes" } },
  Never: { _tag: "Never", handled: { after: { _tag: "Uniform", from: 0, to: "1.5 hours" } } },
  JobNotFound: { _tag: "JobNotFound" },
  Outage: { _tag: "Outage", of: "posix-groups" },
  Delay: {
    _tag: "Delay",
    duration: { _tag: "LogNormal", median: 50, p99: "2 seconds", cap: 5000 },
    next: { _tag: "Page", page: "tomcat-503" }
  },
  Slow: {
    _tag: "Slow",
    head: { _tag: "Normal", mean: 100, deviation: 10, cap: 200 },
    body: { bytes: 10, every: "1 second" }
  },
  Truncate: { _tag: "Truncate", bytes: 0, chunked: true },
  Garble: { _tag: "Garble", bytes: 3, with: "invalid-utf8" }
}

const mistakes: ReadonlyArray<readonly [json: string, reason: RegExp | string]> = [
  ["", /^no JSON: SyntaxError: /],
  ["[\n{]", /^no JSON: SyntaxError: [^\n]+$/],
  ["{}", "faults: Expected array, got {}"],
  ["[1]", "faults[0]: Expected object, got 1"],
  [`[{"match":{}}]`, "faults[0].action: Missing key"],
  [matching({ probabilty: 1 }), "faults[1].match.probabilty: Unexpected key with value 1"],
  [matching({ probability: 1.1 }), "faults[1].match.probability: Expected a number between 0 and 1, got 1.1"],
  [matching({ every: 0 }), "faults[1].match.every: Expected a whole number above zero, got 0"],
  [matching({ after: -1 }), "faults[1].match.after: Expected a whole number that is not negative, got -1"],
  [matching({ path: { pattern: "(" } }), 'faults[1].match.path: Expected a regular expression, got {"pattern":"("}'],
  [
    acting({ _tag: "Explode" }),
    /^faults\[0\]\.action: Expected an object whose _tag is one of Reply, Page, .*Delay, got/
  ],
  [acting({ _tag: "Reply", status: 99 }), "faults[0].action.status: Expected a status between 200 and 599, got 99"],
  [acting({ _tag: "Truncate", bytes: "9" }), 'faults[0].action.bytes: Expected number, got "9"'],
  [
    acting({ _tag: "Delay", duration: -1 }),
    "faults[0].action.duration: Expected a number of milliseconds that is not negative, got -1"
  ],
  [
    acting({ _tag: "Delay", duration: "-2 seconds" }),
    /^faults\[0\]\.action\.duration: .*"2 seconds", got "-2 seconds"$/
  ],
  [acting({ _tag: "Delay", duration: { _tag: "Uniform", from: 1 } }), "faults[0].action.duration.to: Missing key"],
  [
    acting({ _tag: "Delay", duration: 1, next: { _tag: "Delay", duration: 1 } }),
    /^faults\[0\]\.action\.next: Expected an object whose _tag is one of/
  ],
  [
    acting({ _tag: "Page", page: "iis", handled: { before: 1 } }),
    'faults[0].action.page: Expected "proxy-502" | "proxy-503" | "proxy-504" | "tomcat-500" | "tomcat-503", ' +
      'got "iis"; faults[0].action.handled.before: Unexpected key with value 1; ' +
      "faults[0].action.handled.after: Missing key"
  ]
]

describe("faults as JSON", () => {
  it.effect("are read as they are written", () =>
    Effect.gen(function* () {
      const match = { method: "GET", view: null, ids: ["a"], after: 1, every: 2, probability: 0.5, times: 3 }
      const faults = Object.values(actions).map((action): Fault => ({
        match: { path: "/v1/session", ...match },
        action
      }))
      const json = JSON.stringify(yield* encodeFaults(faults))
      assert.deepStrictEqual(JSON.parse(json), faults)
      assert.deepStrictEqual(yield* decodeFaults(json), faults)
    })
  )

  it.effect("have patterns as objects, and durations as milliseconds", () =>
    Effect.gen(function* () {
      const faults: ReadonlyArray<Fault> = [
        { match: { path: /^\/v1\/session\/[^/]+$/i }, action: { _tag: "Delay", duration: Duration.seconds(2) } },
        { match: { path: /x/ }, action: { _tag: "Reset" } }
      ]
      const json = yield* encodeFaults(faults)
      assert.deepStrictEqual(json, [
        {
          match: { path: { pattern: "^\\/v1\\/session\\/[^/]+$", flags: "i" } },
          action: { _tag: "Delay", duration: 2000 }
        },
        { match: { path: { pattern: "x" } }, action: { _tag: "Reset" } }
      ])
      const [first, second] = yield* decodeFaults(JSON.stringify(json))
      assert.deepStrictEqual([first?.match.path, second?.match.path], [/^\/v1\/session\/[^/]+$/i, /x/])
    })
  )

  it.effect.each(mistakes)("that are none: %s", ([json, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeFaults(json))
      if (typeof reason === "string") assert.strictEqual(error.message, reason)
      else assert.match(error.message, reason)
    })
  )
})
