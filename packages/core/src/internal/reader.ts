/**
 * Reading JSON by a schema.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { straightReader, type Reading } from "../wire/Row.ts"

/** A function that gives what JSON means and the JSON itself; `undefined` where it has not the schema's shape. */
export const readerOf = <A, I>(schema: Schema.Codec<A, I>): ((json: unknown) => Reading<A, I> | undefined) =>
  straightReader(schema) ?? schemaReader(schema)

const schemaReader = <A, I>(schema: Schema.Codec<A, I>): ((json: unknown) => Reading<A, I> | undefined) => {
  const decode = Schema.decodeUnknownResult(schema)
  const isWire = Schema.is(Schema.toEncoded(schema))
  return (json) => {
    const reply = decode(json)
    return Result.isSuccess(reply) && isWire(json) ? { reply: reply.success, wire: json } : undefined
  }
}

/** How JSON that could not be read differs from the schema, without quoting its values. */
export const differenceFrom = <A, I>(schema: Schema.Codec<A, I>, json: unknown): string => {
  const reply = Schema.decodeUnknownResult(schema)(json)
  const path = /at (\[[^\n]*\])/.exec(Result.isFailure(reply) ? reply.failure.message : "")?.[1]
  return `it has not the shape of the platform's contract${path === undefined ? "" : ` at ${path}`}`
}
