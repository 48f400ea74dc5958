import {
  ContextReply,
  ImageReply,
  PublicSessionReply,
  ReplyUndecodable,
  RepositoryReply,
  SessionReply,
  StatsReply,
  type PlatformCall
} from "@skaha/core"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type * as Schema from "effect/Schema"
import { assertMeans, plain } from "../support/meaning.ts"
import { platform, reply } from "../support/platform.ts"
import { anyJson, anyText, oneOf, seeded } from "../support/properties.ts"
import * as Wire from "../support/wireReplies.ts"

const call: PlatformCall = { operation: "Test.call", method: "GET", path: "session" }

const silently = Effect.provide(Logger.layer([]))

/** Decodes as every operation does: from the body of a reply. */
const decode = <A, I>(schema: Schema.Codec<A, I>, body: string) =>
  Effect.scoped(
    Effect.flatMap(platform(reply(body)), ({ client }) =>
      client.decode(call, schema, (meaning, wire) => ({ meaning: plain(meaning), wire }))
    )
  )

const rows = <A, I>(schema: Schema.Codec<A, I>, body: string) =>
  Effect.scoped(
    Effect.flatMap(platform(reply(body)), ({ client }) => client.rows(call, schema, (row) => plain(row)))
  ).pipe(silently)

/** Every schema of a reply, a generator of its replies, and the names that it knows. */
const schemas: ReadonlyArray<{
  readonly name: string
  readonly schema: Schema.Codec<object, object>
  readonly replies: Arbitrary.Arbitrary<{ readonly wire: object; readonly means: object }>
  readonly keys: ReadonlyArray<string>
}> = [
  {
    name: "SessionReply",
    schema: SessionReply,
    replies: Wire.session,
    keys: ["id", "userid", "type", "status", "startTime", "requestedRAM", "supplementalGroups", "isFixedResources"]
  },
  {
    name: "PublicSessionReply",
    schema: PublicSessionReply,
    replies: Wire.publicSession,
    keys: ["userid", "type", "status", "startTime"]
  },
  { name: "ImageReply", schema: ImageReply, replies: Wire.image, keys: ["id", "types", "digest"] },
  {
    name: "ContextReply",
    schema: ContextReply,
    replies: Wire.context,
    keys: ["cores", "memoryGB", "gpus", "options", "default", "maxInteractiveSessions"]
  },
  {
    name: "StatsReply",
    schema: StatsReply,
    replies: Wire.stats,
    keys: ["instances", "cores", "ram", "maxCPUCores", "maxRAM", "withRam", "requestedRAM"]
  }
]

describe.each(schemas)("$name", ({ schema, replies, keys }) => {
  it.effect.prop(
    "reads every reply that the contract allows, and keeps it as it came",
    [replies],
    ([{ wire, means }]) =>
      Effect.gen(function* () {
        const decoded = yield* decode(schema, JSON.stringify(wire))
        assertMeans(decoded.meaning, means)
        assert.deepStrictEqual(decoded.wire, wire)
      }),
    seeded(100)
  )

  it.effect.prop(
    "ignores what it does not know",
    [replies, anyJson(["a"])],
    ([{ wire, means }, more]) =>
      Effect.gen(function* () {
        const decoded = yield* decode(schema, JSON.stringify({ ...wire, lastUpdate: more }))
        assertMeans(decoded.meaning, means)
      }),
    seeded(50)
  )

  it.effect.prop(
    "gives a value or a typed error for any JSON at all",
    [anyJson(keys)],
    ([json]) =>
      Effect.gen(function* () {
        const result = yield* Effect.result(decode(schema, JSON.stringify(json)))
        if (result._tag === "Failure") assert.instanceOf(result.failure, ReplyUndecodable)
        else assert.deepStrictEqual(result.success.wire, json)
      }),
    seeded(100)
  )

  it.effect.prop(
    "gives a value or a typed error for a good reply in which anything is put in place of a value",
    [replies, anyJson(keys), anyText],
    ([{ wire }, json, which]) =>
      Effect.gen(function* () {
        const names = Object.keys(wire)
        const name = names[which.length % names.length] ?? ""
        const result = yield* Effect.result(decode(schema, JSON.stringify({ ...wire, [name]: json })))
        if (result._tag === "Failure") assert.instanceOf(result.failure, ReplyUndecodable)
      }),
    seeded(100)
  )

  it.effect.prop(
    "gives a list or a typed error for any list or text at all, and loses no good row",
    [
      Arbitrary.array(
        oneOf<unknown>(
          anyJson(keys),
          Arbitrary.map(replies, ({ wire }) => wire)
        ),
        { maxLength: 5 }
      ),
      replies,
      anyText
    ],
    ([others, { wire, means }, text]) =>
      Effect.gen(function* () {
        const list = yield* rows(schema, JSON.stringify([...others, wire, ...others]))
        assert.isTrue(list.length >= 1 && list.length <= 2 * others.length + 1)
        assertMeans(list[(list.length - 1) / 2], means)
        const error = yield* Effect.flip(rows(schema, `<${text}`))
        assert.instanceOf(error, ReplyUndecodable)
      }),
    seeded(100)
  )
})

describe("RepositoryReply", () => {
  it.effect.each([{ hosts: [] }, { hosts: ["images.canfar.net"] }, { hosts: ["a", "", "b"] }])(
    "is read: $hosts",
    ({ hosts }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* decode(RepositoryReply, JSON.stringify(hosts))).meaning, hosts)
      })
  )

  it.effect.each(["{}", '"images.canfar.net"', "null", ""])("is a typed error otherwise: %j", (body) =>
    Effect.gen(function* () {
      assert.instanceOf(yield* Effect.flip(decode(RepositoryReply, body)), ReplyUndecodable)
    })
  )
})
