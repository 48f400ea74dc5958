/**
 * `GET context`: what a session may ask for.
 */
import * as Schema from "effect/Schema"
import { Count, Integers } from "./Tolerant.ts"

const Options = Schema.Struct({
  default: Count,
  defaultRequest: Count,
  defaultLimit: Count,
  defaultHeadless: Count,
  options: Integers
})

/**
 * The context. It is a file that an operator writes, so little can be relied on; `maxInteractiveSessions` comes as
 * `"5"`, as `5` or not at all.
 */
export const ContextReply = Schema.Struct({
  cores: Options,
  memoryGB: Options,
  gpus: Schema.optionalKey(Schema.NullOr(Schema.Struct({ options: Integers }))),
  maxInteractiveSessions: Count
})
