import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Distribution, Fault, FaultAction, FaultMatch } from "../../Fault.ts"
import { decodeJson, encodeJson } from "../strictJson.ts"

// Faults as JSON. The contract is in the types of `Fault.ts`: the compiler refuses a field that is missing here or that
// is something else there.

type Fields<A> = { readonly [K in Exclude<keyof A, "_tag">]-?: Schema.Codec<A[K], unknown> }
type Cases<A extends { readonly _tag: string }> = { readonly [B in A as B["_tag"]]: Fields<B> }

const Count = Schema.Natural.annotate({ expected: "a whole number that is not negative" })
const Positive = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1, { expected: "a whole number above zero" }))

const Millis = Schema.Finite.check(
  Schema.isGreaterThanOrEqualTo(0, { expected: "a number of milliseconds that is not negative" })
)
const Time = Schema.Union([
  Millis,
  Schema.TemplateLiteral([
    Schema.Finite,
    " ",
    Schema.Literals([
      "nano",
      "nanos",
      "micro",
      "micros",
      "milli",
      "millis",
      "second",
      "seconds",
      "minute",
      "minutes",
      "hour",
      "hours",
      "day",
      "days",
      "week",
      "weeks"
    ])
  ]).check(Schema.isPattern(/^\d+(\.\d+)? /, { expected: 'text such as "2 seconds"' })),
  Millis.pipe(Schema.decodeTo(Schema.Duration, SchemaTransformation.durationFromMillis))
])

const cap = Schema.optional(Time)
const distributions = {
  Uniform: { from: Time, to: Time },
  Normal: { mean: Time, deviation: Time, cap },
  Exponential: { mean: Time, cap },
  LogNormal: { median: Time, p99: Time, cap }
} satisfies Cases<Distribution>

const oneOf = (cases: object) => ({ expected: `an object whose _tag is one of ${Object.keys(cases).join(", ")}` })

const Latency = Schema.Union([...Time.members, Schema.TaggedUnion(distributions).annotate(oneOf(distributions))])

const Pattern = Schema.Struct({ pattern: Schema.String, flags: Schema.optional(Schema.String) }).pipe(
  Schema.decodeTo(
    Schema.RegExp,
    SchemaTransformation.transformEffect({
      decode: (json, options) =>
        Effect.try({
          try: () => new RegExp(json.pattern, json.flags),
          catch: () => new SchemaIssue.InvalidValue({ expected: "a regular expression" }, json, options)
        }),
      encode: ({ source, flags }) => Effect.succeed({ pattern: source, ...(flags === "" ? {} : { flags }) })
    })
  )
)

const match = {
  method: Schema.optional(Schema.String),
  path: Schema.optional(Schema.Union([Schema.String, Pattern])),
  view: Schema.optional(Schema.NullOr(Schema.String)),
  ids: Schema.optional(Schema.Array(Schema.String)),
  after: Schema.optional(Count),
  every: Schema.optional(Positive),
  probability: Schema.optional(
    Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }, { expected: "a number between 0 and 1" }))
  ),
  times: Schema.optional(Count)
} satisfies Fields<FaultMatch>

const handled = Schema.optional(Schema.Union([Schema.Boolean, Schema.Struct({ after: Latency })]))
const misfortunes = {
  Reply: {
    status: Schema.Int.check(
      Schema.isBetween({ minimum: 200, maximum: 599 }, { expected: "a status between 200 and 599" })
    ),
    headers: Schema.optional(Schema.Record(Schema.String, Schema.String)),
    body: Schema.optional(Schema.String),
    handled
  },
  Page: { page: Schema.Literals(["proxy-502", "proxy-503", "proxy-504", "tomcat-500", "tomcat-503"]), handled },
  Reset: { handled },
  Never: { handled },
  JobNotFound: {},
  Outage: {
    of: Schema.Literals([
      "membership",
      "posix-mapper",
      "posix-groups",
      "home",
      "redis",
      "kubernetes",
      "job-creation",
      "metrics",
      "context",
      "limit-range"
    ])
  },
  Slow: {
    head: Schema.optional(Latency),
    body: Schema.optional(Schema.Struct({ bytes: Positive, every: Time }))
  },
  Truncate: { bytes: Count, chunked: Schema.optional(Schema.Boolean) },
  Garble: { bytes: Schema.optional(Count), with: Schema.optional(Schema.Literals(["anything", "invalid-utf8"])) }
} satisfies Cases<Exclude<FaultAction, { readonly _tag: "Delay" }>>

const Misfortune = Schema.TaggedUnion(misfortunes).annotate(oneOf(misfortunes))
const actions = {
  ...misfortunes,
  Delay: { duration: Latency, next: Schema.optional(Misfortune) }
} satisfies Cases<FaultAction>

const fault = {
  match: Schema.Struct(match),
  action: Schema.TaggedUnion(actions).annotate(oneOf(actions))
} satisfies Fields<Fault>

const Faults = Schema.Array(Schema.Struct(fault))

/** Reads a list of faults. */
export const decodeFaults = decodeJson(Faults, "faults", { reportInput: true })

/** The list as JSON, its keys in one order however they were written. A fault that makes no sense is a defect. */
export const encodeFaults = encodeJson(Faults, "faults")
