/**
 * Reading JSON by a schema.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { straightReader } from "../wire/Row.ts"

/** Reads JSON by a schema. */
export interface Reader<A, I> {
  /** Gives what the JSON means, and the JSON itself; `undefined` where it has not the schema's shape. */
  readonly read: (json: unknown) => { readonly reply: A; readonly wire: I } | undefined
  /** Where the JSON differs from the schema, without quoting its values. */
  readonly problem: (json: unknown) => string
}

const makeReader = <A, I>(schema: Schema.Codec<A, I>): Reader<A, I> => {
  const decode = Schema.decodeUnknownResult(schema)
  const isWire = Schema.is(Schema.toEncoded(schema))
  const straight = straightReader(schema)
  return {
    read:
      straight === undefined
        ? (json) => {
            const reply = decode(json)
            return Result.isSuccess(reply) && isWire(json) ? { reply: reply.success, wire: json } : undefined
          }
        : (json) => {
            const reply = straight(json)
            // What could be read has the contract's shape.
            return reply === undefined ? undefined : { reply, wire: json as I }
          },
    problem: (json) => {
      const reply = decode(json)
      const path = /at (\[[^\n]*\])/.exec(Result.isFailure(reply) ? reply.failure.message : "")?.[1]
      return `it has not the shape of the platform's contract${path === undefined ? "" : ` at ${path}`}`
    }
  }
}

const readers = new WeakMap<Schema.Top, unknown>()

/** The reader for a schema, made when it is first asked for. */
export const readerOf = <A, I>(schema: Schema.Codec<A, I>): Reader<A, I> => {
  const known = readers.get(schema) as Reader<A, I> | undefined
  if (known !== undefined) return known
  const reader = makeReader(schema)
  readers.set(schema, reader)
  return reader
}
